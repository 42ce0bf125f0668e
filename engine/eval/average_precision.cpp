// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/eval/average_precision.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace torchdeck::engine {
namespace {

/// Piecewise linear y(x), asked at rising x; of several points with one x the last counts.
class Interpolation {
public:
    Interpolation(std::span<const double> x, std::span<const double> y, double before)
        : m_x(x)
        , m_y(y)
        , m_before(before)
    {
    }

    double at(double x)
    {
        while (m_next < m_x.size() && m_x[m_next] <= x)
            ++m_next;
        if (m_next == 0)
            return m_before;
        const std::size_t j = m_next - 1;
        if (m_next == m_x.size() || m_x[j] == x)
            return m_y[j];
        return (m_y[m_next] - m_y[j]) / (m_x[m_next] - m_x[j]) * (x - m_x[j]) + m_y[j];
    }

private:
    std::span<const double> m_x, m_y;
    double m_before;
    std::size_t m_next = 0; ///< first point beyond the x asked last
};

/// i-th of n points over 0..1; multiplied by the step, so that equal recalls compare as they do in numpy.
double unitPoint(std::size_t i, std::size_t n)
{
    return i + 1 == n ? 1.0 : static_cast<double>(i) * (1.0 / static_cast<double>(n - 1));
}

} // namespace

double averagePrecision(std::span<const std::uint8_t> right, std::size_t truths)
{
    if (right.empty() || truths == 0)
        return 0;
    std::vector<double> recall { 0.0 }, precision { 1.0 };
    recall.reserve(right.size() + 3);
    precision.reserve(right.size() + 3);
    std::size_t correct = 0;
    for (std::size_t i = 0; i < right.size(); ++i) {
        correct += right[i];
        recall.push_back(static_cast<double>(correct) / static_cast<double>(truths));
        precision.push_back(static_cast<double>(correct) / static_cast<double>(i + 1));
    }
    recall.insert(recall.end(), { recall.back(), 1.0 }); // precision falls to 0 where recall ends
    precision.insert(precision.end(), { 0.0, 0.0 });
    for (std::size_t i = precision.size() - 1; i-- > 0;)
        precision[i] = std::max(precision[i], precision[i + 1]);

    constexpr std::size_t kPoints = 101;
    Interpolation envelope(recall, precision, precision.front());
    double area = 0, lastX = 0, lastY = envelope.at(0);
    for (std::size_t i = 1; i < kPoints; ++i) {
        const double x = unitPoint(i, kPoints), y = envelope.at(x);
        area += (x - lastX) * (y + lastY) / 2;
        lastX = x;
        lastY = y;
    }
    return area;
}

ConfidenceCurves confidenceCurves(std::span<const float> confidences, std::span<const std::uint8_t> right,
                                  std::size_t truths)
{
    ConfidenceCurves curves;
    if (confidences.empty() || truths == 0)
        return curves;
    std::vector<double> x, recall, precision;
    std::size_t correct = 0;
    for (std::size_t i = 0; i < confidences.size(); ++i) {
        correct += right[i];
        x.push_back(-static_cast<double>(confidences[i])); // rising
        recall.push_back(static_cast<double>(correct) / static_cast<double>(truths));
        precision.push_back(static_cast<double>(correct) / static_cast<double>(i + 1));
    }
    Interpolation recallAt(x, recall, 0), precisionAt(x, precision, 1);
    for (std::size_t i = kConfidenceSteps; i-- > 0;) {
        const double place = -unitPoint(i, kConfidenceSteps);
        curves.recall[i] = recallAt.at(place);
        curves.precision[i] = precisionAt.at(place);
    }
    return curves;
}

ConfidenceCurve smoothed(const ConfidenceCurve &curve, std::size_t reach)
{
    std::vector<double> padded(reach, curve.front());
    padded.insert(padded.end(), curve.begin(), curve.end());
    padded.insert(padded.end(), reach, curve.back());
    ConfidenceCurve result {};
    const auto width = static_cast<std::ptrdiff_t>(2 * reach + 1);
    for (std::size_t i = 0; i < curve.size(); ++i) { // summed anew each time: equal windows give equal means
        const auto from = padded.begin() + static_cast<std::ptrdiff_t>(i);
        result[i] = std::accumulate(from, from + width, 0.0) / static_cast<double>(width);
    }
    return result;
}

} // namespace torchdeck::engine
