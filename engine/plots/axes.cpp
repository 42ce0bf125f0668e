// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/plots/axes.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace torchdeck::engine::plots {

namespace {

constexpr int kShift = 4; ///< fractional bits of OpenCV's coordinates

/// 1, 2 or 5 times a power of ten.
double roundStep(double span, int wanted)
{
    const double rough = span / std::max(wanted, 1);
    const double unit = std::pow(10.0, std::floor(std::log10(rough)));
    for (const double factor : { 1.0, 2.0, 5.0 }) {
        if (factor * unit >= rough * 0.999)
            return factor * unit;
    }
    return 10 * unit;
}

std::vector<double> ticks(Axes::Range range, int wanted)
{
    std::vector<double> places;
    const double step = roundStep(range.to - range.from, wanted);
    for (double at = std::ceil(range.from / step - 1e-9) * step; at <= range.to + step * 1e-6; at += step)
        places.push_back(std::abs(at) < step * 1e-6 ? 0.0 : at);
    return places;
}

std::string number(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

} // namespace

Axes::Axes(cv::Mat &image, cv::Rect area, Range x, Range y)
    : m_image(image)
    , m_area(area)
    , m_x(x)
    , m_y(y)
{
}

cv::Point2d Axes::place(double x, double y) const
{
    return { m_area.x + (x - m_x.from) / (m_x.to - m_x.from) * m_area.width,
             m_area.y + m_area.height - (y - m_y.from) / (m_y.to - m_y.from) * m_area.height };
}

void Axes::drawFrame(int wantedX, int wantedY, double capHeight)
{
    const int right = m_area.x + m_area.width, bottom = m_area.y + m_area.height;
    const int line = std::max(1, static_cast<int>(capHeight / 14));
    for (const double value : ticks(m_x, wantedX)) {
        const int x = static_cast<int>(std::lround(place(value, m_y.from).x));
        cv::line(m_image, { x, m_area.y }, { x, bottom }, grid, line);
        drawText(m_image, number(value), { x, bottom + static_cast<int>(capHeight * 1.9) },
                 { capHeight, ink, Align::Centre });
    }
    for (const double value : ticks(m_y, wantedY)) {
        const int y = static_cast<int>(std::lround(place(m_x.from, value).y));
        cv::line(m_image, { m_area.x, y }, { right, y }, grid, line);
        drawText(m_image, number(value),
                 { m_area.x - static_cast<int>(capHeight * 0.7), y + static_cast<int>(capHeight / 2) },
                 { capHeight, ink, Align::Right });
    }
    cv::rectangle(m_image, m_area, faint, line + 1);
}

void Axes::drawTitle(const std::string &text, double capHeight)
{
    drawText(m_image, text, { m_area.x + m_area.width / 2, m_area.y - static_cast<int>(capHeight * 0.9) },
             { capHeight, ink, Align::Centre });
}

void Axes::drawLabels(const std::string &x, const std::string &y, double capHeight)
{
    drawText(m_image, x,
             { m_area.x + m_area.width / 2, m_area.y + m_area.height + static_cast<int>(capHeight * 4.0) },
             { capHeight, ink, Align::Centre });
    drawTextUpwards(m_image, y,
                    { m_area.x - static_cast<int>(capHeight * 3.6), m_area.y + m_area.height / 2 },
                    { capHeight, ink, Align::Centre });
}

void Axes::drawLine(std::span<const float> x, std::span<const float> y, const cv::Scalar &colour, int width)
{
    std::vector<cv::Point> run;
    const auto flush = [&] {
        if (run.size() > 1)
            cv::polylines(m_image, run, false, colour, width, cv::LINE_AA, kShift);
        run.clear();
    };
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
        if (!std::isfinite(x[i]) || !std::isfinite(y[i])) {
            flush();
            continue;
        }
        const cv::Point2d at = place(x[i], std::clamp<double>(y[i], m_y.from, m_y.to));
        run.emplace_back(static_cast<int>(std::lround(at.x * (1 << kShift))),
                         static_cast<int>(std::lround(at.y * (1 << kShift))));
    }
    flush();
}

void Axes::drawPoints(std::span<const float> x, std::span<const float> y, const cv::Scalar &colour,
                      int radius)
{
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
        if (std::isfinite(x[i]) && std::isfinite(y[i]))
            cv::circle(m_image, place(x[i], y[i]), radius, colour, cv::FILLED, cv::LINE_AA);
    }
}

Axes::Range rangeOf(std::span<const float> values)
{
    double low = INFINITY, high = -INFINITY;
    for (const float value : values) {
        if (std::isfinite(value)) {
            low = std::min<double>(low, value);
            high = std::max<double>(high, value);
        }
    }
    if (!(low <= high) || (low == 0 && high == 0))
        return {};
    const double room = std::max((high - low) * 0.06, std::max(std::abs(high) * 1e-3, 1e-6));
    return { low - room, high + room };
}

} // namespace torchdeck::engine::plots
