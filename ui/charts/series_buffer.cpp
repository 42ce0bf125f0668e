// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/series_buffer.h"

#include <algorithm>
#include <cmath>

namespace torchdeck::ui {

void SeriesBuffer::Bucket::take(const ChartPoint &point)
{
    if (points == 0 || point.y < low.y)
        low = point;
    if (points == 0 || point.y > high.y)
        high = point;
    sum += point.y;
    lastX = point.x;
    ++points;
}

void SeriesBuffer::Bucket::merge(const Bucket &other)
{
    if (other.points == 0)
        return;
    if (points == 0) {
        *this = other;
        return;
    }
    if (other.low.y < low.y)
        low = other.low;
    if (other.high.y > high.y)
        high = other.high;
    sum += other.sum;
    lastX = other.lastX;
    points += other.points;
}

SeriesBuffer::SeriesBuffer(std::size_t buckets)
    : m_capacity(std::max<std::size_t>(2, buckets + buckets % 2))
{
    m_buckets.reserve(m_capacity);
}

void SeriesBuffer::add(double x, double y)
{
    if (!std::isfinite(x) || !std::isfinite(y)) {
        ++m_skipped;
        return;
    }
    if (m_buckets.empty() || m_buckets.back().points >= m_perBucket) {
        if (m_buckets.size() == m_capacity) {
            for (std::size_t i = 0; i < m_capacity / 2; ++i) {
                Bucket pair = m_buckets[2 * i];
                pair.merge(m_buckets[2 * i + 1]);
                m_buckets[i] = pair;
            }
            m_buckets.resize(m_capacity / 2);
            m_perBucket *= 2;
        }
        m_buckets.emplace_back();
    }
    m_last = { x, y };
    m_buckets.back().take(m_last);
    m_min = std::min(m_min, y);
    m_max = std::max(m_max, y);
    ++m_count;
}

void SeriesBuffer::clear()
{
    m_buckets.clear();
    m_perBucket = 1;
    m_count = m_skipped = 0;
    m_min = std::numeric_limits<double>::infinity();
    m_max = -std::numeric_limits<double>::infinity();
    m_last = {};
}

std::vector<ChartPoint> SeriesBuffer::envelope(std::size_t columns) const
{
    std::vector<ChartPoint> points;
    if (m_buckets.empty())
        return points;
    const std::size_t group =
        (m_buckets.size() + std::max<std::size_t>(1, columns) - 1) / std::max<std::size_t>(1, columns);
    points.reserve(2 * (m_buckets.size() / group + 1) + 1);
    for (std::size_t start = 0; start < m_buckets.size(); start += group) {
        Bucket column;
        for (std::size_t i = start; i < std::min(start + group, m_buckets.size()); ++i)
            column.merge(m_buckets[i]);
        const bool lowFirst = column.low.x <= column.high.x;
        points.push_back(lowFirst ? column.low : column.high);
        if (!(column.low == column.high))
            points.push_back(lowFirst ? column.high : column.low);
    }
    if (points.back().x < m_last.x)
        points.push_back(m_last);
    return points;
}

std::vector<ChartPoint> SeriesBuffer::smoothed(double weight) const
{
    std::vector<ChartPoint> points;
    points.reserve(m_buckets.size());
    double sum = 0, norm = 0, keep = weight;
    std::size_t last = 1;
    for (const Bucket &bucket : m_buckets) {
        if (bucket.points != last) { // all but the newest hold the same number
            last = bucket.points;
            keep = std::pow(weight, static_cast<double>(last));
        }
        sum = keep * sum + (1 - keep) * bucket.sum / static_cast<double>(bucket.points);
        norm = keep * norm + (1 - keep);
        points.push_back({ bucket.lastX, sum / norm });
    }
    return points;
}

double Smoother::add(double value)
{
    if (std::isfinite(value)) {
        m_sum = m_weight * m_sum + (1 - m_weight) * value;
        m_norm = m_weight * m_norm + (1 - m_weight);
    }
    return m_norm > 0 ? m_sum / m_norm : value;
}

void Smoother::clear() { m_sum = m_norm = 0; }

} // namespace torchdeck::ui
