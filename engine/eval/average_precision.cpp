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

} // namespace

PrecisionEnvelope::PrecisionEnvelope(std::span<const std::uint32_t> hits, std::size_t detections,
                                     std::size_t truths)
{
    // Between two hits recall stands still: only the last point before each hit and the hit itself bend the
    // line.
    const auto all = static_cast<double>(truths);
    m_recall = { 0.0 };
    m_precision = { 1.0 };
    m_recall.reserve(2 * hits.size() + 4);
    m_precision.reserve(2 * hits.size() + 4);
    const auto add = [&](std::size_t correct, std::size_t rank) {
        m_recall.push_back(static_cast<double>(correct) / all);
        m_precision.push_back(static_cast<double>(correct) / static_cast<double>(rank));
    };
    std::size_t before = 0;
    for (std::size_t i = 0; i < hits.size(); ++i) {
        const std::size_t rank = hits[i];
        if (rank - 1 > before)
            add(i, rank - 1);
        add(i + 1, rank);
        before = rank;
    }
    if (detections > before)
        add(hits.size(), detections);
    m_recall.insert(m_recall.end(), { m_recall.back(), 1.0 }); // precision falls to 0 where recall ends
    m_precision.insert(m_precision.end(), { 0.0, 0.0 });
    for (std::size_t i = m_precision.size() - 1; i-- > 0;)
        m_precision[i] = std::max(m_precision[i], m_precision[i + 1]);
}

double PrecisionEnvelope::area() const
{
    constexpr std::size_t kPoints = 101;
    Interpolation envelope(m_recall, m_precision, m_precision.front());
    double area = 0, lastX = 0, lastY = envelope.at(0);
    for (std::size_t i = 1; i < kPoints; ++i) {
        const double x = unitPoint(i, kPoints), y = envelope.at(x);
        area += (x - lastX) * (y + lastY) / 2;
        lastX = x;
        lastY = y;
    }
    return area;
}

std::vector<float> PrecisionEnvelope::sampled(std::size_t points) const
{
    Interpolation envelope(m_recall, m_precision, m_precision.front());
    std::vector<float> values(points);
    for (std::size_t i = 0; i < points; ++i)
        values[i] = static_cast<float>(envelope.at(unitPoint(i, points)));
    return values;
}

double averagePrecision(std::span<const std::uint8_t> right, std::size_t truths)
{
    if (right.empty() || truths == 0)
        return 0;
    std::vector<std::uint32_t> hits;
    for (std::size_t i = 0; i < right.size(); ++i) {
        if (right[i])
            hits.push_back(static_cast<std::uint32_t>(i + 1));
    }
    return PrecisionEnvelope(hits, right.size(), truths).area();
}

ConfidenceCurves confidenceCurves(std::span<const float> confidences, std::span<const std::uint8_t> right,
                                  std::size_t truths)
{
    ConfidenceCurves curves;
    if (confidences.empty() || truths == 0)
        return curves;
    std::vector<double> x, recall, precision;
    for (std::vector<double> *values : { &x, &recall, &precision })
        values->reserve(confidences.size());
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
