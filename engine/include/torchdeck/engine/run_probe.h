// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/train_config.h"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace torchdeck::engine {

/// What a run will need, measured by a few real steps.
struct RunProbe {
    std::string device; ///< as a run reports it
    int batch = 0; ///< the one given, or chosen for batch=-1
    std::int64_t trainImages = 0, valImages = 0; ///< of one epoch
    double freeMemory = 0; ///< bytes the device had free before
    double predictedMemory = 0; ///< bytes, from passes with small batches
    double peakMemory = 0; ///< bytes while it really trained; 0 = not tried, it would not have fitted
    std::vector<double> stepSeconds; ///< of batches that did not step the optimizer, and of ...
    std::vector<double> optimizerStepSeconds; ///< ... those that did
    int accumulate = 1; ///< batches an optimizer step in the run itself
    double valSecondsPerImage = 0; ///< 0 = unknown
    bool stopped = false;

    [[nodiscard]] bool fits() const { return peakMemory > 0 && peakMemory <= freeMemory; }
};

/// `phase` says what goes on; `done` of `total` steps, 0 of 0 where they cannot be counted.
using ProbeProgress = std::function<void(const std::string &phase, int done, int total)>;

/// Settles the arguments as a run does, passes two small batches through the model and, when the whole batch then
/// looks as if it fitted into the free memory, trains some real batches (real loader, loss, optimizer) and validates
/// some images in a temporary folder, which is removed. Memory of the CPU is that of this process: call it in a process
/// of its own, which also lets the machine refuse memory to it alone. Blocking, a minute at most on a machine that can
/// train the model at all. Throws EngineError.
[[nodiscard]] RunProbe probeRun(const TrainConfig &config, const ProbeProgress &progress, const std::stop_token &stop);

struct DeviceFacts {
    std::string device; ///< its name as a run reports it
    double freeMemory = 0; ///< bytes; 0 = unknown: a GPU that this process has not used yet
};
/// The first call may take seconds (CUDA). Throws EngineError (Argument, "device").
[[nodiscard]] DeviceFacts deviceFacts(const std::string &device);

} // namespace torchdeck::engine
