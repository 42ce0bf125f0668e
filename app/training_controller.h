// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/thread.h"
#include "app/training_worker.h"

#include <memory>

namespace torchdeck::app {

/// Starts and stops runs, on the main thread. Its signals are the worker's, delivered on the main thread and
/// only for the run that is going on: an event of an earlier run is dropped by its id.
class TrainingController : public QObject {
    Q_OBJECT
public:
    explicit TrainingController(RunFunction runner = engineRunner(), QObject *parent = nullptr);
    ~TrainingController() override; ///< stops the run, waits until it has saved

    /// The new run's id; 0 when one is going on already.
    engine::RunId start(const engine::TrainConfig &config);
    /// Asks the run to end after the batch it is in, to save and to validate its best model. Any number of times.
    void stop();
    /// A stopped run ends as soon as it has saved.
    void skipFinalValidation();
    void stopAfterEpoch(bool on); ///< may be taken back until the epoch's end
    void setPaused(bool paused);
    void changePlan(const torchdeck::engine::PlanChange &change); ///< from the next epoch on
    [[nodiscard]] bool active() const { return m_active; }
    [[nodiscard]] engine::RunId currentRun() const { return m_run; }

Q_SIGNALS:
    void started(quint64 run);
    void stopRequested(quint64 run);
    void ended(quint64 run); ///< after finished, stopped or failed was delivered

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
    void connectWorker();
    template <typename Event>
    void relay(void (TrainingWorker::*from)(const Event &), void (TrainingController::*to)(const Event &),
               bool ends = false);
    void end();

    TrainingWorker *m_worker; ///< lives on m_thread, deleted by its end
    ThreadPtr m_thread;
    std::stop_source m_stop; ///< one per run, so that a stop cannot be lost or reach the next run
    std::shared_ptr<engine::RunControl> m_control; ///< the same
    engine::RunId m_run = 0;
    bool m_active = false;
};

} // namespace torchdeck::app
