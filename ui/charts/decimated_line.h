// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/series_buffer.h"

#include <utility>

namespace torchdeck::ui {

/// The points of one line with an index of extremes, so that any part of it, whatever its length, becomes at most
/// two points a pixel column in time that hardly depends on the number of points (min/max per column: Jugel et
/// al., VLDB 2014). Points come with rising x and finite values.
class DecimatedLine {
public:
    void setPoints(std::vector<ChartPoint> points);
    [[nodiscard]] const std::vector<ChartPoint> &points() const { return m_points; }
    [[nodiscard]] bool empty() const { return m_points.empty(); }

    /// What to draw of [x0, x1] on `columns` pixels: extremes in order of x, with one neighbour on each side so that
    /// the line reaches the plot's edges. `positive` leaves out what a logarithmic axis cannot show.
    [[nodiscard]] std::vector<ChartPoint> visible(double x0, double x1, int columns, bool positive = false) const;
    /// Smallest and largest y within [x0, x1]; first > second when there is none.
    [[nodiscard]] std::pair<double, double> range(double x0, double x1, bool positive = false) const;
    /// Index of the point nearest to `x`; the line must not be empty.
    [[nodiscard]] std::size_t nearest(double x) const;

private:
    static constexpr std::size_t blockSize = 128;
    struct Extremes {
        std::size_t low = 0, high = 0; ///< indexes into m_points
    };
    [[nodiscard]] std::size_t firstAtOrAfter(double x) const;
    [[nodiscard]] Extremes extremes(std::size_t begin, std::size_t end) const; ///< not empty

    std::vector<ChartPoint> m_points;
    std::vector<Extremes> m_blocks;
};

} // namespace torchdeck::ui
