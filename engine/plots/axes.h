// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/plots/drawing.h"

#include <span>
#include <string>
#include <vector>

namespace torchdeck::engine::plots {

/// A rectangle of an image with a value scale on both sides.
class Axes {
public:
    struct Range {
        double from = 0, to = 1;
    };
    Axes(cv::Mat &image, cv::Rect area, Range x, Range y);

    /// Lines and numbers at round steps, about `wanted` of them a side, and the frame.
    void drawFrame(int wantedX, int wantedY, double capHeight);
    void drawTitle(const std::string &text, double capHeight);
    void drawLabels(const std::string &x, const std::string &y, double capHeight);
    /// NaN breaks the line.
    void drawLine(std::span<const float> x, std::span<const float> y, const cv::Scalar &colour, int width);
    void drawPoints(std::span<const float> x, std::span<const float> y, const cv::Scalar &colour, int radius);

private:
    [[nodiscard]] cv::Point2d place(double x, double y) const;

    cv::Mat &m_image;
    cv::Rect m_area;
    Range m_x, m_y;
};

/// Smallest range that holds all finite values, widened a little; 0..1 for none and for zeros only.
[[nodiscard]] Axes::Range rangeOf(std::span<const float> values);

} // namespace torchdeck::engine::plots
