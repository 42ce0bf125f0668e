// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/eval/matching.h"

#include <vector>

namespace torchdeck::engine {

struct NmsOptions {
    float conf = 0.25f;
    float iou = 0.7f;
    int maxDet = 300;
    int maxCandidates = 30000; ///< best by confidence that go into suppression
    bool agnostic = false; ///< suppress across classes
    bool multiLabel =
        false; ///< one candidate for every class over conf (validation) instead of the best class
    std::vector<int> classes {}; ///< only these; empty = all
};

/// Greedy non-maximum suppression of one image. `prediction` is [4 + nc, anchors] row-major on the CPU: xywh
/// in pixels, then class probabilities. Returns detections by falling confidence. Pure; any thread.
[[nodiscard]] std::vector<Detection> nonMaxSuppression(const float *prediction, int classes, int anchors,
                                                       const NmsOptions &options);

/// What a one-to-one head found in one image: nothing is suppressed. Of the `considered` anchors (at most
/// all) with the best scores the best pairs of anchor and class (the best class only, when agnostic), those
/// over conf, at most maxDet; by falling confidence. `prediction` and `options` as above. Pure; any thread.
[[nodiscard]] std::vector<Detection> topDetections(const float *prediction, int classes, int anchors,
                                                   int considered, const NmsOptions &options);

} // namespace torchdeck::engine
