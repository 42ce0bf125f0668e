// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/nn/model.h"

namespace torchdeck::engine {

struct DetectionLossOptions {
    double box = 7.5, cls = 0.5, dfl = 1.5; ///< gains
    int topk = 10; ///< TaskAligned assigner: candidates per truth box
    double alpha = 0.5, beta = 6.0;
};

/// Truth of one batch on the model's device.
struct DetectionTargets {
    at::Tensor imageIndex; ///< [n] int64, image within the batch
    at::Tensor classes; ///< [n] int64
    at::Tensor boxes; ///< [n, 4] xywh normalised to the batch's width and height
};

struct LossOutput {
    at::Tensor total; ///< scalar with grad: (box + cls + dfl) * batch size, as the field scales it
    at::Tensor items; ///< [3] detached: box, cls, dfl, gains applied, not multiplied by the batch size
};

/// TaskAligned assignment (TOOD, arXiv 2108.07755), CIoU, distribution focal loss (arXiv 2006.04388) and BCE
/// with the assigner's soft targets.
class DetectionLoss {
public:
    DetectionLoss(std::int64_t classes, std::int64_t regMax, DetectionLossOptions options);

    /// `height`, `width`: of the network's input, pixels.
    [[nodiscard]] LossOutput operator()(const nn::HeadOutput &output, const DetectionTargets &targets,
                                        std::int64_t height, std::int64_t width) const;

private:
    std::int64_t m_classes;
    std::int64_t m_regMax;
    DetectionLossOptions m_options;
};

} // namespace torchdeck::engine
