// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace torchdeck::engine {

constexpr std::size_t kConfidenceSteps = 1000; ///< points of the confidence axis 0..1
using ConfidenceCurve = std::array<double, kConfidenceSteps>;

/// i-th of n points over 0..1; multiplied by the step, so that equal recalls compare as they do in numpy.
[[nodiscard]] inline double unitPoint(std::size_t i, std::size_t n)
{
    return i + 1 == n ? 1.0 : static_cast<double>(i) * (1.0 / static_cast<double>(n - 1));
}

/// The monotone precision envelope over recall of one class at one threshold, 0 beyond the last recall
/// reached.
class PrecisionEnvelope {
public:
    /// `hits`: ranks (1 = surest) of the correct ones among `detections`, rising; `truths`: objects, at
    /// least 1.
    PrecisionEnvelope(std::span<const std::uint32_t> hits, std::size_t detections, std::size_t truths);

    [[nodiscard]] double area() const; ///< sampled at 101 recall points (COCO)
    [[nodiscard]] std::vector<float> sampled(std::size_t points) const; ///< over recall 0..1

private:
    std::vector<double> m_recall, m_precision;
};

/// Area under the envelope. `right`: one class's detections by falling confidence, 1 where correct; `truths`:
/// how many objects there are, at least 1.
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
