// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace torchdeck::engine {

constexpr std::size_t kConfidenceSteps = 1000; ///< points of the confidence axis 0..1
using ConfidenceCurve = std::array<double, kConfidenceSteps>;

/// Area under the monotone precision envelope over recall, sampled at 101 recall points (COCO). `right`: one
/// class's detections by falling confidence, 1 where correct; `truths`: how many objects there are, at
/// least 1.
[[nodiscard]] double averagePrecision(std::span<const std::uint8_t> right, std::size_t truths);

/// Precision and recall of one class at every step of the confidence axis, linear between detections. Above
/// the best confidence precision is 1 and recall 0.
struct ConfidenceCurves {
    ConfidenceCurve precision {}, recall {};
};
[[nodiscard]] ConfidenceCurves confidenceCurves(std::span<const float> confidences,
                                                std::span<const std::uint8_t> right, std::size_t truths);

/// Mean over 2 * reach + 1 points, the ends repeated.
[[nodiscard]] ConfidenceCurve smoothed(const ConfidenceCurve &curve, std::size_t reach);

} // namespace torchdeck::engine
