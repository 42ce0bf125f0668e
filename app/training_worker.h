// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/observer.h"
#include "torchdeck/engine/ranks.h"
#include "torchdeck/engine/run_control.h"

#include <QtCore/QObject>

#include <functional>
#include <optional>
#include <stop_token>

namespace torchdeck::app {

/// What runs a training: the engine's Trainer, or a test's stand-in. Called on the training thread; blocks.
using RunFunction = std::function<void(const engine::TrainConfig &, engine::RunId, engine::TrainObserver &,
                                       std::stop_token, engine::RunControl &)>;

/// The engine's Trainer, as one of `ranks`.
[[nodiscard]] RunFunction engineRunner(engine::Ranks ranks = {});

/// Lives on the training thread and turns the observer's calls into signals that carry values. Whatever the
/// runner does, exactly one of finished, stopped, failed is emitted for a run, last.
class TrainingWorker : public QObject, private engine::TrainObserver {
    Q_OBJECT
public:
    explicit TrainingWorker(RunFunction runner);
    void run(const engine::TrainConfig &config, engine::RunId run, const std::stop_token &stop,
             engine::RunControl &control);

Q_SIGNALS:
    void pretrainRoutineStart(const torchdeck::engine::PretrainRoutineStart &event);
    void pretrainRoutineEnd(const torchdeck::engine::PretrainRoutineEnd &event);
    void trainStart(const torchdeck::engine::TrainStart &event);
    void valStart(const torchdeck::engine::ValStart &event);
    void predictStart(const torchdeck::engine::PredictStart &event);
    void exportStart(const torchdeck::engine::ExportStart &event);
    void fitEpochEnd(const torchdeck::engine::FitEpochEnd &event);
    void modelSave(const torchdeck::engine::ModelSave &event);
    void trainEnd(const torchdeck::engine::TrainEnd &event);
    void batchEnd(const torchdeck::engine::BatchEnd &event);
    void valProgress(const torchdeck::engine::ValProgress &event);
    void log(const torchdeck::engine::LogLine &event);
    void runEvent(const torchdeck::engine::RunEvent &event);
    void finished(const torchdeck::engine::Finished &event);
    void stopped(const torchdeck::engine::Stopped &event);
    void failed(const torchdeck::engine::Failed &event);

private:
    void onPretrainRoutineStart(const engine::PretrainRoutineStart &e) override
    {
        Q_EMIT pretrainRoutineStart(e);
    }
    void onPretrainRoutineEnd(const engine::PretrainRoutineEnd &e) override { Q_EMIT pretrainRoutineEnd(e); }
    void onTrainStart(const engine::TrainStart &e) override { Q_EMIT trainStart(e); }
    void onValStart(const engine::ValStart &e) override { Q_EMIT valStart(e); }
    void onPredictStart(const engine::PredictStart &e) override { Q_EMIT predictStart(e); }
    void onExportStart(const engine::ExportStart &e) override { Q_EMIT exportStart(e); }
    void onFitEpochEnd(const engine::FitEpochEnd &e) override { Q_EMIT fitEpochEnd(e); }
    void onModelSave(const engine::ModelSave &e) override { Q_EMIT modelSave(e); }
    void onTrainEnd(const engine::TrainEnd &e) override { Q_EMIT trainEnd(e); }
    void onBatchEnd(const engine::BatchEnd &e) override { Q_EMIT batchEnd(e); }
    void onValProgress(const engine::ValProgress &e) override { Q_EMIT valProgress(e); }
    void onLog(const engine::LogLine &e) override { Q_EMIT log(e); }
    void onRunEvent(const engine::RunEvent &e) override { Q_EMIT runEvent(e); }
    void onFinished(const engine::Finished &e) override;
    void onStopped(const engine::Stopped &e) override;
    void onFailed(const engine::Failed &e) override;

    [[nodiscard]] bool endOnce(); ///< false when the run has already ended

    RunFunction m_runner;
    std::optional<engine::Failed> m_failure; ///< of the run that is just ending
    bool m_ended = true;
};

} // namespace torchdeck::app
