// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/predictor.h"

#include <opencv2/core/mat.hpp>

namespace torchdeck::engine {

/// A copy of `image` (BGR) with boxes, class names and confidences drawn; one colour per class.
[[nodiscard]] cv::Mat annotate(const cv::Mat &image, const std::vector<Prediction> &boxes,
                               const std::vector<std::string> &names);

} // namespace torchdeck::engine
