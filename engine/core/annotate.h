// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/predictor.h"

#include <opencv2/core/mat.hpp>

namespace torchdeck::engine {

struct AnnotateOptions {
    int lineWidth = 0; ///< pixels; 0 = 0.3% of the image's mean side, at least 2
    bool boxes = true, labels = true, confidences = true;
};

/// A copy of `image` (BGR) with boxes, class names and confidences drawn; one colour per class.
[[nodiscard]] cv::Mat annotate(const cv::Mat &image, const std::vector<Prediction> &boxes,
                               const std::vector<std::string> &names, const AnnotateOptions &options = {});

} // namespace torchdeck::engine
