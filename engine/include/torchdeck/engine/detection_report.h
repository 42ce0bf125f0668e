// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace torchdeck::engine {

/// Which classes were taken for which. Row = predicted, column = true; the last of each is the background:
/// its column counts detections of nothing, its row objects nobody found. Empty (`classes` 0) when not
/// measured.
struct ConfusionMatrix {
    int classes = 0;
    std::vector<std::int64_t> counts; ///< [(classes + 1) * (classes + 1)], row by row

    [[nodiscard]] std::int64_t at(int predicted, int truth) const
    {
        return counts[static_cast<std::size_t>(predicted) * static_cast<std::size_t>(classes + 1)
                      + static_cast<std::size_t>(truth)];
    }
};

/// One class's curves at IoU 0.5, all over the axes of DetectionCurves.
struct ClassCurves {
    int classId = 0;
    std::string name;
    double map50 = 0;
    std::vector<float> precision, recall, f1; ///< at each confidence
    std::vector<float>
        precisionAtRecall; ///< at each recall: the monotone envelope, 0 beyond the last recall reached
};

/// Curves of the classes present in the truth. Confidence and recall run from 0 to 1.
struct DetectionCurves {
    std::vector<float> confidence;
    std::vector<float> recall;
    std::vector<ClassCurves> classes;
    /// Index into `confidence` with the greatest smoothed mean F1: where precision and recall are reported.
    std::size_t best = 0;

    /// The same with `points` points an axis (nearest ones), to keep or send; as it is when it has no more.
    [[nodiscard]] DetectionCurves thinned(std::size_t points) const;
};

} // namespace torchdeck::engine
