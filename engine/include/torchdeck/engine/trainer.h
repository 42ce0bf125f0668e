// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/observer.h"
#include "torchdeck/engine/ranks.h"
#include "torchdeck/engine/run_control.h"

#include <memory>
#include <stop_token>

namespace torchdeck::engine {

/// Runs one training. Blocking; call it on a thread of its own. One object, one run.
class Trainer {
public:
    /// `ranks` of more than one process: they train one model together (data parallel, config.batch is the total),
    /// all with the same config; only rank 0 writes files and reports more than the run's end.
    Trainer(TrainConfig config, RunId run, Ranks ranks = {});
    ~Trainer();
    Trainer(const Trainer &) = delete;
    Trainer &operator=(const Trainer &) = delete;

    /// Trains to the end, to a stop (looked at after every batch) or to a failure, and reports exactly one of
    /// onFinished, onStopped, onFailed, last. Never throws. Bad input fails before anything is written.
    /// A stopped run saves first, then validates its best model, as a finished one does.
    void run(TrainObserver &observer, std::stop_token stop);
    /// The same; `control` may pause it, change its plan and stop it after an epoch.
    void run(TrainObserver &observer, std::stop_token stop, RunControl &control);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// Checks what can be checked without training: argument ranges, model, device, data.yaml, labels, image
/// headers. Thread-safe; may take a while on big sets, so not for the GUI thread.
[[nodiscard]] std::vector<ArgumentError> checkBeforeTraining(const TrainConfig &config);

} // namespace torchdeck::engine
