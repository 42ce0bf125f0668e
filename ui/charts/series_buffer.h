// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

namespace torchdeck::ui {

struct ChartPoint {
    double x = 0;
    double y = 0;
    friend bool operator==(const ChartPoint &, const ChartPoint &) = default;
};

/// Any number of points in fixed memory, for a line that is only some hundred pixels wide: points fall into
/// buckets that keep their extremes; when all buckets are taken, neighbours merge and each covers twice as
/// many points. No spike is ever lost (min/max per column, the idea of M4: Jugel et al., VLDB 2014). Points
/// come with rising x.
class SeriesBuffer {
public:
    /// `buckets` is rounded up to an even number, at least 2.
    explicit SeriesBuffer(std::size_t buckets = 512);

    /// Amortised O(1). Non-finite values are counted and left out.
    void add(double x, double y);
    void clear();

    [[nodiscard]] std::size_t count() const { return m_count; } ///< points added, non-finite ones excluded
    [[nodiscard]] std::size_t skipped() const { return m_skipped; } ///< non-finite points
    [[nodiscard]] bool empty() const { return m_count == 0; }
    [[nodiscard]] std::size_t bucketCount() const { return m_buckets.size(); }
    [[nodiscard]] std::size_t capacity() const { return m_capacity; }
    [[nodiscard]] double minimum() const { return m_min; }
    [[nodiscard]] double maximum() const { return m_max; }
    [[nodiscard]] ChartPoint last() const { return m_last; }

    /// Extremes in order of x: at most two points a column, at most `columns` columns; the last point always.
    [[nodiscard]] std::vector<ChartPoint> envelope(std::size_t columns) const;

    /// All that is kept: the extremes of every bucket, in order of x.
    [[nodiscard]] std::vector<ChartPoint> points() const { return envelope(m_capacity); }
    /// The moving average of Smoother over all points added, one point a bucket: exact while a bucket holds one
    /// point, over the buckets' means later on. `weight` of the past in [0, 1).
    [[nodiscard]] std::vector<ChartPoint> smoothed(double weight) const;

private:
    struct Bucket {
        ChartPoint low, high;
        double sum = 0;
        double lastX = 0;
        std::size_t points = 0;
        void take(const ChartPoint &point);
        void merge(const Bucket &other);
    };

    std::size_t m_capacity;
    std::size_t m_perBucket = 1;
    std::vector<Bucket> m_buckets;
    std::size_t m_count = 0;
    std::size_t m_skipped = 0;
    double m_min = std::numeric_limits<double>::infinity();
    double m_max = -std::numeric_limits<double>::infinity();
    ChartPoint m_last;
};

/// Exponential moving average that is unbiased from its first value on (as Adam's moments are corrected).
class Smoother {
public:
    /// `weight` of the past, in [0, 1).
    explicit Smoother(double weight = 0.92)
        : m_weight(weight)
    {
    }
    double add(double value); ///< returns the average so far; a non-finite value changes nothing
    void clear();

private:
    double m_weight;
    double m_sum = 0;
    double m_norm = 0;
};

} // namespace torchdeck::ui
