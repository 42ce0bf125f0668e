// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Images of a batch made by its device: the loader's threads then only read and decode.

#include "engine/data/batch.h"

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

namespace torchdeck::engine {

constexpr std::int64_t composeTemporaries = 96; ///< bytes a pixel of the images made together

struct ComposeLimits {
    std::int64_t temporaries = std::int64_t { 384 } << 20; ///< bytes for the images made together, one image at least
    std::int64_t sourcePixels = std::int64_t { 1 } << 30; ///< of one copy to the device; their numbers have 32 bits
};

/// Pixels of a batch of the second form (Batch::unfinished, not empty) as bytes [size, height, width, 3] on `device`: RGB, with
/// warp, colours, flips and channel swap done. Calculates as OpenCV 4.6 does: warpAffine with coordinates in 1/1024 and weights
/// in 1/32 pixel, cvtColor to HSV with its division tables and back with the decimals cut off. So a warp gives the loader's own
/// pixels; with colours a level may differ by one, where OpenCV rounds (columns that its vectors leave over).
///
/// One copy to the device, unless the batch is beyond `limits`: sources and all index arithmetic that is by row or column lie in one buffer, page-locked for CUDA,
/// where the copy does not wait. Sources are bytes; UnfinishedImage says how large they are (and one pixel of border around).
/// Nothing waits for the device; as many images are made together as the limits allow. Thread-safe; on CUDA everything runs on the current stream.
[[nodiscard]] at::Tensor composeOnDevice(const Batch &batch, const c10::Device &device,
                                         const ComposeLimits &limits = {});

} // namespace torchdeck::engine
