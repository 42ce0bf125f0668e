// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/nn/model.h"
#include "torchdeck/engine/train_config.h"

#include <c10/core/Device.h>

#include <stop_token>
#include <string>
#include <vector>

namespace torchdeck::engine {

/// One measured batch size of a training step.
struct BatchProbe {
    int batch = 0;
    double memory = 0; ///< bytes the step holds
    double seconds = 0;
};

/// What the sizes tried say: the largest batch that a line through the memory keeps within `budget` bytes,
/// not more than `most`. 0 when there are no probes.
[[nodiscard]] int batchForMemory(const std::vector<BatchProbe> &probes, double budget, int most);
/// The smallest size tried whose images a second reach 95 % of the best.
[[nodiscard]] int fastEnoughBatch(const std::vector<BatchProbe> &probes);

/// What the line through the probes says about `batch` images: bytes; 0 when there are no probes.
[[nodiscard]] double memoryForBatch(const std::vector<BatchProbe> &probes, int batch);

/// Forward and backward passes of a copy of `model` with batches of the rising `sizes`, after one that chooses the
/// kernels. Ends at a stop, and at a size that does not fit.
[[nodiscard]] std::vector<BatchProbe> probeBatches(const nn::DetectionModel &model, const TrainConfig &config,
                                                   const c10::Device &device, const std::vector<int> &sizes,
                                                   const std::stop_token &stop);

struct DeviceMemory {
    double available = 0, total = 0; ///< bytes; of the CPU both are what this process may still use
};
[[nodiscard]] DeviceMemory memoryOf(const c10::Device &device);

/// Bytes of this process that are its own. The resident set would not do: a kernel that is short of memory takes pages of
/// mapped files out of it at any moment.
[[nodiscard]] double anonymousMemory();

struct AutoBatch {
    int batch = 0;
    std::string sentence; ///< what was measured and why this one
};

/// batch=-1 (or a share of the memory): measures forward and backward passes of a copy of `model` on its
/// device at rising sizes. CUDA: the share of the free memory; the CPU: what fits and is not slower an image
/// than anything larger, from the default (smaller ones make poor statistics for the normalisation) to `nbs`.
/// Never more than `images`. Takes some seconds; changes neither the model nor the random numbers. Throws
/// EngineError (Resources, "batch") when not even one image fits.
[[nodiscard]] AutoBatch chooseBatch(const nn::DetectionModel &model, const TrainConfig &config,
                                    const c10::Device &device, std::int64_t images);

} // namespace torchdeck::engine
