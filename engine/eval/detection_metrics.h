// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/eval/matching.h"
#include "torchdeck/engine/lifecycle.h"

#include <memory>
#include <string>
#include <vector>

namespace torchdeck::engine {

struct DetectionScores {
    double precision = 0, recall = 0, map50 = 0, map5095 = 0; ///< means over the classes present in the truth
    double fitness = 0; ///< Ultralytics': 0.0 P + 0.0 R + 0.0 mAP50 + 1.0 mAP50-95
    std::vector<ClassMetrics> classes;
    DetectionCurves curves; ///< 1000 points an axis
};

/// Collects detections image by image, then scores them: AP = area under the monotone precision envelope
/// sampled at 101 recall points; precision and recall at the confidence of the best smoothed mean F1. Plain
/// C++, no torch; one thread.
class DetectionMetrics {
public:
    explicit DetectionMetrics(std::vector<std::string> classNames);
    ~DetectionMetrics();
    DetectionMetrics(DetectionMetrics &&) noexcept;

    void add(const MatchedImage &image);
    /// `detections` by falling confidence.
    void addImage(const std::vector<Detection> &detections, const std::vector<TruthBox> &truth)
    {
        add(matchImage(detections, truth));
    }
    [[nodiscard]] DetectionScores compute() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// A matrix of zeros.
[[nodiscard]] ConfusionMatrix emptyConfusion(int classes);
void addCells(ConfusionMatrix &matrix, const std::vector<std::pair<int, int>> &cells);

} // namespace torchdeck::engine
