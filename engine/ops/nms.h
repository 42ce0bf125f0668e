// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/eval/detection_metrics.h"

namespace torchdeck::engine {

struct NmsOptions {
    float conf = 0.25f;
    float iou = 0.7f;
    int maxDet = 300;
    int maxCandidates = 30000; ///< best by confidence that go into suppression
    bool agnostic = false; ///< suppress across classes
    bool multiLabel =
        false; ///< one candidate for every class over conf (validation) instead of the best class
};

/// Greedy non-maximum suppression of one image. `prediction` is [4 + nc, anchors] row-major on the CPU: xywh
/// in pixels, then class probabilities. Returns detections by falling confidence.
[[nodiscard]] std::vector<Detection> nonMaxSuppression(const float *prediction, int classes, int anchors,
                                                       const NmsOptions &options);

} // namespace torchdeck::engine
