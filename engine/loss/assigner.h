// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/loss/image_assigner.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace torchdeck::engine {

/// n anchors that were given a truth box, by rising image and anchor. Of a fixed size (see assignDense) there are some more,
/// without order: they count nothing, their scores are 0.
struct Assignment {
    at::Tensor images; ///< [n] int64
    at::Tensor anchors; ///< [n] int64
    at::Tensor classes; ///< [n] int64
    at::Tensor boxes; ///< [n, 4] float, xyxy pixels
    at::Tensor scores; ///< [n] float, soft target of the class
};

/// Truth sorted by image: `first[b]` .. `first[b + 1]` are image b's boxes.
struct TruthByImage {
    std::vector<AssignerTruth> boxes;
    std::vector<std::int64_t> first;
};

/// Plain loops over images, CPU float only.
/// predicted [B, 4, A] xyxy pixels, scores [B, nc, A] logits, centres [A, 2] pixels; all contiguous.
[[nodiscard]] Assignment assignOnCpu(const at::Tensor &predicted, const at::Tensor &scores,
                                     const at::Tensor &centres, const TruthByImage &truth,
                                     const AssignerOptions &options);

/// The same in tensor operations over [B, M, A], for any device and floating type. truthBoxes [B, M, 4] xyxy pixels, zero where
/// padded; truthClasses [B, M] int64. The count of foreground anchors is known to the device alone: asking for it makes
/// the caller wait for all work before. With `fixedSize` it is not asked: the result has as many anchors as could be.
[[nodiscard]] Assignment assignDense(const at::Tensor &predicted, const at::Tensor &scores,
                                     const at::Tensor &centres, const at::Tensor &truthBoxes,
                                     const at::Tensor &truthClasses, const at::Tensor &minSide,
                                     const AssignerOptions &options, bool fixedSize = false);

} // namespace torchdeck::engine
