// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/decimated_line.h"

#include <algorithm>

namespace torchdeck::ui {

void DecimatedLine::setPoints(std::vector<ChartPoint> points)
{
    m_points = std::move(points);
    m_blocks.clear();
    m_blocks.reserve(m_points.size() / blockSize + 1);
    for (std::size_t start = 0; start < m_points.size(); start += blockSize) {
        Extremes block { start, start };
        for (std::size_t i = start; i < std::min(start + blockSize, m_points.size()); ++i) {
            if (m_points[i].y < m_points[block.low].y)
                block.low = i;
            if (m_points[i].y > m_points[block.high].y)
                block.high = i;
        }
        m_blocks.push_back(block);
    }
}

std::size_t DecimatedLine::firstAtOrAfter(double x) const
{
    const auto it = std::lower_bound(m_points.begin(), m_points.end(), x,
                                     [](const ChartPoint &p, double value) { return p.x < value; });
    return static_cast<std::size_t>(it - m_points.begin());
}

std::size_t DecimatedLine::nearest(double x) const
{
    const std::size_t after = std::min(firstAtOrAfter(x), m_points.size() - 1);
    if (after > 0 && x - m_points[after - 1].x < m_points[after].x - x)
        return after - 1;
    return after;
}

DecimatedLine::Extremes DecimatedLine::extremes(std::size_t begin, std::size_t end) const
{
    Extremes found { begin, begin };
    const auto take = [&](std::size_t i) {
        if (m_points[i].y < m_points[found.low].y)
            found.low = i;
        if (m_points[i].y > m_points[found.high].y)
            found.high = i;
    };
    std::size_t i = begin;
    while (i < end) {
        if (i % blockSize == 0 && i + blockSize <= end) {
            take(m_blocks[i / blockSize].low);
            take(m_blocks[i / blockSize].high);
            i += blockSize;
        } else {
            take(i++);
        }
    }
    return found;
}

std::vector<ChartPoint> DecimatedLine::visible(double x0, double x1, int columns, bool positive) const
{
    std::vector<ChartPoint> out;
    if (m_points.empty() || !(x1 >= x0) || columns < 1)
        return out;
    std::size_t begin = firstAtOrAfter(x0), end = firstAtOrAfter(x1);
    begin = begin > 0 ? begin - 1 : 0;
    end = std::min(end + 1, m_points.size());
    const auto add = [&](std::size_t i) {
        if (!positive || m_points[i].y > 0)
            out.push_back(m_points[i]);
    };
    if (end - begin <= static_cast<std::size_t>(columns) * 2 + 2) {
        for (std::size_t i = begin; i < end; ++i)
            add(i);
        return out;
    }
    out.reserve(static_cast<std::size_t>(columns) * 2 + 2);
    add(begin); // the neighbour on the left
    std::size_t from = begin + 1;
    for (int column = 0; column < columns && from < end - 1; ++column) {
        const double edge = x0 + (x1 - x0) * (column + 1) / columns;
        const std::size_t to = column + 1 == columns ? end - 1 : std::min(firstAtOrAfter(edge), end - 1);
        if (to <= from)
            continue;
        const Extremes found = extremes(from, to);
        add(std::min(found.low, found.high));
        if (found.low != found.high)
            add(std::max(found.low, found.high));
        from = to;
    }
    add(end - 1);
    return out;
}

std::pair<double, double> DecimatedLine::range(double x0, double x1, bool positive) const
{
    constexpr double inf = std::numeric_limits<double>::infinity();
    const std::size_t begin = firstAtOrAfter(x0);
    std::size_t end = firstAtOrAfter(x1);
    while (end < m_points.size() && m_points[end].x <= x1)
        ++end;
    if (begin >= end)
        return { inf, -inf };
    const Extremes found = extremes(begin, end);
    double low = m_points[found.low].y;
    const double high = m_points[found.high].y;
    if (positive && low <= 0) { // rare: a rate that starts at zero
        low = inf;
        for (std::size_t i = begin; i < end; ++i)
            low = m_points[i].y > 0 ? std::min(low, m_points[i].y) : low;
        if (!(high > 0))
            return { inf, -inf };
    }
    return { low, high };
}

} // namespace torchdeck::ui
