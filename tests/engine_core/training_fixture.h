// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/trainer.h"

#include <functional>
#include <string>
#include <vector>

/// Records a run's lifecycle and checks its order while it happens.
class RecordingObserver : public torchdeck::engine::TrainObserver {
public:
    void onPretrainRoutineStart(const torchdeck::engine::PretrainRoutineStart &event) override;
    void onPretrainRoutineEnd(const torchdeck::engine::PretrainRoutineEnd &event) override;
    void onTrainStart(const torchdeck::engine::TrainStart &event) override;
    void onFitEpochEnd(const torchdeck::engine::FitEpochEnd &event) override;
    void onModelSave(const torchdeck::engine::ModelSave &event) override;
    void onTrainEnd(const torchdeck::engine::TrainEnd &event) override;
    void onBatchEnd(const torchdeck::engine::BatchEnd &event) override;
    void onLog(const torchdeck::engine::LogLine &event) override;
    void onRunEvent(const torchdeck::engine::RunEvent &event) override;
    void onFinished(const torchdeck::engine::Finished &event) override;
    void onStopped(const torchdeck::engine::Stopped &event) override;
    void onFailed(const torchdeck::engine::Failed &event) override;

    [[nodiscard]] int ends() const { return finished + stopped + failedCount; }

    std::function<void(const torchdeck::engine::BatchEnd &)> atBatch;
    std::vector<std::string> order; ///< callback names, batches left out
    std::vector<torchdeck::engine::FitEpochEnd> epochs;
    std::vector<torchdeck::engine::BatchEnd> batches;
    std::vector<torchdeck::engine::RunEvent> events;
    std::function<void(const torchdeck::engine::RunEvent &)> atEvent;
    std::vector<std::string> logs;
    torchdeck::engine::PretrainRoutineStart start;
    torchdeck::engine::PretrainRoutineEnd ready;
    torchdeck::engine::TrainEnd end;
    torchdeck::engine::Failed failed;
    int finished = 0, stopped = 0, failedCount = 0;
};

/// A generated set below `folder` (made once), small enough for tests.
std::string sampleData(const std::string &folder, int trainImages, int valImages, int size);
/// A run on the CPU with everything small.
torchdeck::engine::TrainConfig smallConfig(const std::string &data, const std::string &project);
