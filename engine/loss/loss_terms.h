// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/loss/assigner.h"

#include <ATen/core/Tensor.h>

namespace torchdeck::engine {

/// Complete IoU (arXiv 1911.08287) of boxes given by their corners, element by element; the trade-off weight
/// carries no gradient, as in the paper's own code. All eight tensors broadcast.
struct Corners {
    at::Tensor x1, y1, x2, y2;
};
[[nodiscard]] at::Tensor completeIou(const Corners &a, const Corners &b);

/// Sum over all anchors and classes of the binary cross entropy with logits; the target is
/// `assignment.scores` at the foreground's classes and 0 elsewhere. scores [B, nc, A]; `weights`: undefined, or
/// [nc] on the same device, what each class counts. Scalar with grad; once differentiable.
[[nodiscard]] at::Tensor classificationSum(const at::Tensor &scores, const Assignment &assignment,
                                           const at::Tensor &weights = {});

/// Foreground columns of [B, C, A] as [n, C]; once differentiable.
[[nodiscard]] at::Tensor pickAnchors(const at::Tensor &values, const Assignment &assignment);

struct BoxTerms {
    at::Tensor iou; ///< scalar: sum of (1 - CIoU) * score
    at::Tensor distances; ///< scalar: sum of the distances' loss * score: DFL, or L1 when regMax is 1
};

/// `logits`: foreground distances [n, 4 * regMax]; anchors [A, 2] and strides [A, 1] as in nn::HeadOutput.
[[nodiscard]] BoxTerms boxTerms(const at::Tensor &logits, const Assignment &assignment,
                                const at::Tensor &anchors, const at::Tensor &strides, std::int64_t regMax,
                                std::int64_t height, std::int64_t width);

} // namespace torchdeck::engine
