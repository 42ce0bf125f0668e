// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Images of a batch made by its device: the loader's threads then only read and decode.

#include "engine/data/batch.h"

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

namespace torchdeck::engine {

constexpr std::int64_t composeTemporaries = 96; ///< bytes a pixel of the images made together
constexpr std::int64_t composeBudget = std::int64_t { 384 } << 20;

/// Pixels of a batch of the second form (Batch::unfinished, not empty) as bytes [size, height, width, 3] on `device`: RGB, with
/// warp, colours, flips and channel swap done. Calculates as OpenCV 4.6 does: warpAffine with coordinates in 1/1024 and weights
/// in 1/32 pixel, cvtColor to HSV with its division tables and back with the decimals cut off. So a warp gives the loader's own
/// pixels; with colours a level may differ by one, where OpenCV rounds (columns that its vectors leave over).
///
/// One copy to the device: sources and all index arithmetic that is by row or column lie in one buffer, page-locked for CUDA,
/// where the copy does not wait. Sources are bytes; UnfinishedImage says how large they are (and one pixel of border around).
/// Nothing waits for the device. Whole images are made together as long as their temporaries stay within `budget` bytes.
/// Thread-safe; on CUDA everything runs on the current stream.
[[nodiscard]] at::Tensor composeOnDevice(const Batch &batch, const c10::Device &device,
                                         std::int64_t budget = composeBudget);

} // namespace torchdeck::engine
