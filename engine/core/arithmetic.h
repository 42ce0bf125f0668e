// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/train_config.h"

#include <c10/core/Device.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace torch::nn {
class Module;
}

namespace torchdeck::engine {

namespace nn {
class DetectionModel;
}

/// How a training computes: the numbers of its convolutions and matrix products, and the order of maps in memory. Weights,
/// their gradients' sums, batch statistics, loss and validation stay fp32.
struct Arithmetic {
    bool bf16 = false; ///< autocast
    bool channelsLast = true;
    double gain = 1; ///< seconds of fp32, channels_last, by those of this
    bool known = false; ///< measured, now or earlier
};

/// What training can gain from: bf16 on a GPU (amp). On the CPU a short measurement on this machine (forward and backward
/// of an image by a copy of `model` on one thread), once for each machine and model and then kept in `file`; amp=False,
/// a processor without bf16 instructions and images below smallestMeasured pixels stay with fp32. Deterministic where
/// `file` is kept: a gain below leastGain is not taken.
[[nodiscard]] Arithmetic chooseArithmetic(const nn::DetectionModel &model, const TrainConfig &config,
                                          const c10::Device &device, const std::filesystem::path &file);

constexpr double leastGain = 1.15;
constexpr int smallestMeasured = 160;

/// Fastest of several; `seconds(candidate)` is asked three times in turn for each, the first time to warm up. The first one has a gain of 1 and is left for a gain of leastGain.
[[nodiscard]] Arithmetic fastest(const std::vector<Arithmetic> &candidates,
                                 const std::function<double(const Arithmetic &)> &seconds);

/// arithmetic.tsv in cacheFolder(); empty without one.
[[nodiscard]] std::filesystem::path arithmeticFile();
/// For the log; empty when nothing differs from fp32 in channels_last.
[[nodiscard]] std::string describe(const Arithmetic &arithmetic);

/// Weights of convolutions in this order of memory, in place.
void setLayout(torch::nn::Module &module, bool channelsLast);

} // namespace torchdeck::engine
