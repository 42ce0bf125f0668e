// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/plots/confusion_plot.h"

#include "engine/plots/drawing.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace torchdeck::engine::plots {

namespace {

constexpr int kWidth = 2400, kHeight = 2000, kSide = 1500;
constexpr int kLeft = 420, kTop = 130; ///< room for the names and the title
constexpr int kNumbersUpTo = 30, kNamesUpTo = 99; ///< classes, background included
constexpr double kSmallest = 0.005; ///< cells below stay empty: they would show as 0.00

/// From nearly white to deep blue, even to the eye.
cv::Scalar shade(double part)
{
    static const std::array<cv::Scalar, 5> stops { cv::Scalar(255, 251, 247), cv::Scalar(239, 219, 198),
                                                   cv::Scalar(214, 174, 107), cv::Scalar(181, 113, 33),
                                                   cv::Scalar(107, 48, 8) };
    const double at = std::clamp(part, 0.0, 1.0) * (stops.size() - 1);
    const auto low = std::min(static_cast<std::size_t>(at), stops.size() - 2);
    const double rest = at - static_cast<double>(low);
    return stops[low] * (1 - rest) + stops[low + 1] * rest;
}

std::vector<double> cellsOf(const ConfusionMatrix &matrix, bool normalised)
{
    const auto side = static_cast<std::size_t>(matrix.classes + 1);
    std::vector<double> cells(matrix.counts.begin(), matrix.counts.end());
    for (std::size_t column = 0; normalised && column < side; ++column) {
        double sum = 0;
        for (std::size_t row = 0; row < side; ++row)
            sum += cells[row * side + column];
        for (std::size_t row = 0; row < side && sum > 0; ++row)
            cells[row * side + column] /= sum;
    }
    return cells;
}

struct Grid {
    int side; ///< cells a side
    [[nodiscard]] int edge(int i) const { return static_cast<int>(std::lround(double(kSide) * i / side)); }
    [[nodiscard]] cv::Rect cell(int row, int column) const
    {
        return { kLeft + edge(column), kTop + edge(row), edge(column + 1) - edge(column),
                 edge(row + 1) - edge(row) };
    }
};

void drawCells(cv::Mat &image, const std::vector<double> &cells, Grid grid, bool normalised, double most)
{
    for (int row = 0; row < grid.side; ++row) {
        for (int column = 0; column < grid.side; ++column) {
            const double value = cells[static_cast<std::size_t>(row * grid.side + column)];
            const cv::Rect place = grid.cell(row, column);
            const cv::Scalar colour = value < kSmallest ? white : shade(most > 0 ? value / most : 0);
            cv::rectangle(image, place, colour, cv::FILLED);
            if (value < kSmallest || grid.side > kNumbersUpTo)
                continue;
            char text[32];
            std::snprintf(text, sizeof text, normalised ? "%.2f" : "%.0f", value);
            TextStyle style { std::min(26.0, place.height * 0.32), textOn(colour), Align::Centre };
            if (const int width = textWidth(text, style); width > place.width * 0.86)
                style.capHeight *= place.width * 0.86 / width;
            drawText(image, text,
                     { place.x + place.width / 2,
                       place.y + place.height / 2 + static_cast<int>(style.capHeight / 2) },
                     style);
        }
    }
    cv::rectangle(image, cv::Rect(kLeft, kTop, kSide, kSide), faint, 2);
}

void drawNames(cv::Mat &image, const std::vector<std::string> &names, Grid grid)
{
    if (grid.side > kNamesUpTo)
        return;
    const double capHeight = std::clamp(double(kSide) / grid.side * 0.5, 8.0, 24.0);
    for (int i = 0; i < grid.side; ++i) {
        const auto id = static_cast<std::size_t>(i);
        const std::string name = i + 1 == grid.side ? "background"
            : id < names.size()                     ? drawableName(names[id], i)
                                                    : "class " + std::to_string(i);
        const int middle = (grid.edge(i) + grid.edge(i + 1)) / 2 + static_cast<int>(capHeight / 2);
        const std::string shown = fitted(name, capHeight, 270);
        drawText(image, shown, { kLeft - 20, kTop + middle }, { capHeight, ink, Align::Right });
        drawTextUpwards(image, shown, { kLeft + middle, kTop + kSide + 20 },
                        { capHeight, ink, Align::Right });
    }
}

void drawScale(cv::Mat &image, double most, bool normalised)
{
    const cv::Rect bar(kLeft + kSide + 90, kTop, 60, kSide);
    for (int y = 0; y < bar.height; ++y)
        cv::line(image, { bar.x, bar.y + y }, { bar.x + bar.width, bar.y + y },
                 shade(1 - double(y) / (bar.height - 1)));
    cv::rectangle(image, bar, faint, 2);
    for (int i = 0; i <= 4; ++i) {
        char text[32];
        std::snprintf(text, sizeof text, normalised || most < 8 ? "%.2f" : "%.0f", most * i / 4);
        drawText(image, text, { bar.x + bar.width + 20, bar.y + bar.height - bar.height * i / 4 + 10 },
                 { 22 });
    }
}

void writePlot(const std::filesystem::path &file, const ConfusionMatrix &matrix,
               const std::vector<std::string> &names, bool normalised)
{
    const std::vector<double> cells = cellsOf(matrix, normalised);
    const double most = normalised ? 1.0 : *std::max_element(cells.begin(), cells.end());
    const Grid grid { matrix.classes + 1 };
    cv::Mat image(kHeight, kWidth, CV_8UC3, white);
    drawCells(image, cells, grid, normalised, most);
    drawNames(image, names, grid);
    drawScale(image, most, normalised);
    drawText(image, normalised ? "Confusion Matrix Normalized" : "Confusion Matrix",
             { kLeft + kSide / 2, kTop - 45 }, { 34, ink, Align::Centre });
    drawText(image, "True", { kLeft + kSide / 2, kHeight - 25 }, { 28, ink, Align::Centre });
    drawTextUpwards(image, "Predicted", { 60, kTop + kSide / 2 }, { 28, ink, Align::Centre });
    writePicture(file, image);
}

} // namespace

void writeConfusionPlots(const std::filesystem::path &folder, const ConfusionMatrix &matrix,
                         const std::vector<std::string> &names)
{
    if (matrix.classes < 1)
        return;
    writePlot(folder / "confusion_matrix.png", matrix, names, false);
    writePlot(folder / "confusion_matrix_normalized.png", matrix, names, true);
}

} // namespace torchdeck::engine::plots
