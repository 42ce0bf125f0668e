// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/plots/results_plot.h"

#include "engine/plots/axes.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace torchdeck::engine::plots {

namespace {

constexpr int kTileWidth = 520, kTileHeight = 560;

/// Losses of training over those of validation, metrics beside them.
std::vector<std::string> columnsOf(const Metrics &row)
{
    std::vector<std::string> losses, metrics;
    for (const auto &[name, value] : row) {
        if (name.find("loss") != std::string::npos)
            losses.push_back(name);
        else if (name.find("metric") != std::string::npos)
            metrics.push_back(name);
    }
    const auto half = [](const std::vector<std::string> &names, bool first, std::size_t middle) {
        const auto at = names.begin() + static_cast<std::ptrdiff_t>(middle);
        return first ? std::vector<std::string>(names.begin(), at)
                     : std::vector<std::string>(at, names.end());
    };
    const std::size_t lossMiddle = losses.size() / 2, metricMiddle = (metrics.size() + 1) / 2;
    std::vector<std::string> columns;
    for (const bool first : { true, false }) {
        for (const std::string &name : half(losses, first, lossMiddle))
            columns.push_back(name);
        for (const std::string &name : half(metrics, first, metricMiddle))
            columns.push_back(name);
    }
    return columns;
}

/// Gaussian over the epochs, sigma 3, cut off at the ends.
std::vector<float> gaussian(const std::vector<float> &values)
{
    constexpr int kReach = 12;
    constexpr double kSigma = 3;
    std::vector<float> result;
    const int count = static_cast<int>(values.size());
    for (int i = 0; i < count; ++i) {
        double sum = 0, weights = 0;
        for (int k = std::max(0, i - kReach); k <= std::min(count - 1, i + kReach); ++k) {
            const double value = values[static_cast<std::size_t>(k)],
                         weight = std::exp(-0.5 * (k - i) * (k - i) / (kSigma * kSigma));
            if (std::isfinite(value)) {
                sum += weight * value;
                weights += weight;
            }
        }
        result.push_back(weights > 0 ? static_cast<float>(sum / weights) : NAN);
    }
    return result;
}

} // namespace

void writeResultsPlot(const std::filesystem::path &folder, const std::vector<std::pair<int, Metrics>> &rows)
{
    if (rows.empty())
        return;
    const std::vector<std::string> columns = columnsOf(rows.front().second);
    if (columns.empty())
        return;
    const int across = static_cast<int>((columns.size() + 1) / 2);
    cv::Mat image(2 * kTileHeight, across * kTileWidth, CV_8UC3, white);
    std::vector<float> epochs;
    for (const auto &[epoch, values] : rows)
        epochs.push_back(static_cast<float>(epoch + 1));
    for (std::size_t i = 0; i < columns.size(); ++i) {
        std::vector<float> values;
        for (const auto &[epoch, row] : rows)
            values.push_back(static_cast<float>(metricValue(row, columns[i], NAN)));
        const int column = static_cast<int>(i) % across, line = static_cast<int>(i) / across;
        const cv::Rect area(column * kTileWidth + 95, line * kTileHeight + 70, kTileWidth - 125,
                            kTileHeight - 135);
        Axes axes(image, area,
                  epochs.size() > 1 ? Axes::Range { epochs.front(), epochs.back() } : rangeOf(epochs),
                  rangeOf(values));
        axes.drawFrame(std::clamp(static_cast<int>(epochs.back() - epochs.front()), 1, 4), 5, 12);
        axes.drawTitle(columns[i], 15);
        axes.drawLine(epochs, values, classColour(0), 3);
        axes.drawPoints(epochs, values, classColour(0), 4);
        axes.drawLine(epochs, gaussian(values), classColour(1), 2);
    }
    writePicture(folder / "results.png", image);
}

} // namespace torchdeck::engine::plots
