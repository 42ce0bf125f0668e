// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/loss/assigner.h"
#include "engine/loss/detection_loss.h"

namespace torchdeck::engine {

/// Truth in pixels, sorted by image; boxes that lie outside the positive quadrant or are not numbers are left
/// out. Throws std::invalid_argument on an image or class out of range.
[[nodiscard]] TruthByImage collectTruth(const DetectionTargets &targets, std::int64_t images,
                                        std::int64_t classes, std::int64_t height, std::int64_t width);

enum class AssignWith {
    DeviceChoice, ///< loops on the CPU, elsewhere tensors of a fixed size
    Tensors,
    TensorsOfFixedSize, ///< without waiting for the device, see assignDense()
};

/// Which anchors of the head's output learn which truth, on the output's device; no gradient. `maxPairs`:
/// most pairs of truth box and anchor held at once with tensors, about 60 bytes each.
[[nodiscard]] Assignment assignBatch(const nn::HeadOutput &output, const TruthByImage &truth,
                                     std::int64_t regMax, const DetectionLossOptions &options,
                                     AssignWith with = AssignWith::DeviceChoice,
                                     std::int64_t maxPairs = std::int64_t { 1 } << 25);

} // namespace torchdeck::engine
