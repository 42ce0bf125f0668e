// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/lifecycle.h"

#include <cstdint>
#include <memory>
#include <string>
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

struct DetectionScores {
    double precision = 0, recall = 0, map50 = 0, map5095 = 0; ///< means over the classes present in the truth
    double fitness = 0; ///< Ultralytics': 0.0 P + 0.0 R + 0.0 mAP50 + 1.0 mAP50-95
    std::vector<ClassMetrics> classes;
};

/// Collects detections image by image, then scores them. Matching at each IoU 0.50:0.05:0.95 by itself,
/// one-to-one per class: detections by falling confidence each claim the free truth box they overlap most
/// (COCO's rule, and Ultralytics' since 8.4); AP = area under the monotone precision envelope sampled at 101
/// recall points; precision and recall at the confidence of the best smoothed mean F1. Plain C++, no torch;
/// one thread.
class DetectionMetrics {
public:
    explicit DetectionMetrics(std::vector<std::string> classNames);
    ~DetectionMetrics();
    DetectionMetrics(DetectionMetrics &&) noexcept;

    /// `detections` by falling confidence.
    void addImage(const std::vector<Detection> &detections, const std::vector<TruthBox> &truth);
    [[nodiscard]] DetectionScores compute() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace torchdeck::engine
