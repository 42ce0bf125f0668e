// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/lifecycle.h"
#include "torchdeck/engine/run_event.h"

namespace torchdeck::engine {

/// Receives a run's lifecycle on the thread that called Trainer::run(). Implementations return at once
/// (copy the value and post it): training waits for them.
class TrainObserver {
public:
    virtual ~TrainObserver() = default;

    // The nine callbacks
    virtual void onPretrainRoutineStart(const PretrainRoutineStart &) { }
    virtual void onPretrainRoutineEnd(const PretrainRoutineEnd &) { }
    virtual void onTrainStart(const TrainStart &) { }
    virtual void onValStart(const ValStart &) { }
    virtual void onPredictStart(const PredictStart &) { }
    virtual void onExportStart(const ExportStart &) { }
    virtual void onFitEpochEnd(const FitEpochEnd &) { }
    virtual void onModelSave(const ModelSave &) { }
    virtual void onTrainEnd(const TrainEnd &) { }

    // Progress
    virtual void onBatchEnd(const BatchEnd &) { }
    virtual void onValProgress(const ValProgress &) { }
    virtual void onLog(const LogLine &) { }
    virtual void onRunEvent(const RunEvent &) { }

    // Exactly one of these ends the run
    virtual void onFinished(const Finished &) { }
    virtual void onStopped(const Stopped &) { }
    virtual void onFailed(const Failed &) { }
};

} // namespace torchdeck::engine
