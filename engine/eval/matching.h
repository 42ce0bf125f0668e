// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace torchdeck::engine {

/// A detection in pixels.
struct Detection {
    float x1 = 0, y1 = 0, x2 = 0, y2 = 0;
    float confidence = 0;
    int classId = 0;
};

/// A ground-truth box in the same pixels.
struct TruthBox {
    float x1 = 0, y1 = 0, x2 = 0, y2 = 0;
    int classId = 0;
};

constexpr std::size_t kIouThresholds = 10; ///< IoU 0.50:0.05:0.95

/// What one image says about its detections.
struct MatchedImage {
    struct Entry {
        float confidence = 0;
        int classId = 0;
        std::uint16_t right = 0; ///< bit t: correct at threshold t
    };
    std::vector<Entry> detections;
    std::vector<std::pair<int, int>> truth; ///< class, how many; each class once
};

/// At each IoU 0.50:0.05:0.95 by itself, one-to-one per class: detections by falling confidence each claim
/// the free truth box they overlap most (COCO's rule, and Ultralytics' since 8.4). `detections` by falling
/// confidence. Pure; any thread.
[[nodiscard]] MatchedImage matchImage(const std::vector<Detection> &detections,
                                      const std::vector<TruthBox> &truth);

/// Cells of a confusion matrix with `classes` classes and the background after them, one a pair: (predicted,
/// true). Detections over `conf` by falling confidence each claim the free truth box of any class they
/// overlap most, over `iou`. Ids outside 0..classes-1 are left out. Pure; any thread.
[[nodiscard]] std::vector<std::pair<int, int>> confusionCells(const std::vector<Detection> &detections,
                                                              const std::vector<TruthBox> &truth, int classes,
                                                              float conf, float iou = 0.45f);

} // namespace torchdeck::engine
