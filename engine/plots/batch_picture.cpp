// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/plots/batch_picture.h"

#include "engine/plots/drawing.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace torchdeck::engine::plots {

namespace {

constexpr int kMostImages = 16;
constexpr double kLongestSide = 1920;

cv::Mat imageOf(const Batch &batch, int index)
{
    const std::size_t bytes = std::size_t { 3 } * static_cast<std::size_t>(batch.width * batch.height);
    // OpenCV has no view of constant memory; the pixels are only read.
    const cv::Mat rgb(batch.height, batch.width, CV_8UC3,
                      const_cast<std::uint8_t *>(batch.pixels.data())
                          + bytes * static_cast<std::size_t>(index));
    cv::Mat bgr;
    cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
    return bgr;
}

std::string labelOf(const PictureBox &box, const std::vector<std::string> &names)
{
    const auto id = static_cast<std::size_t>(box.classId);
    std::string label = drawableName(id < names.size() ? names[id] : "", box.classId);
    if (box.confidence >= 0) {
        char text[16];
        std::snprintf(text, sizeof text, " %.1f", static_cast<double>(box.confidence));
        label += text;
    }
    return label;
}

} // namespace

void writeBatchPicture(const std::filesystem::path &file, const BatchPicture &picture,
                       const std::vector<std::string> &names)
{
    const Batch &batch = *picture.batch;
    const int count = std::min(batch.size, kMostImages);
    const int columns = static_cast<int>(std::ceil(std::sqrt(count)));
    const int rows = (count + columns - 1) / columns;
    const double scale = std::min(1.0, kLongestSide / std::max(columns * batch.width, rows * batch.height));
    const int width = static_cast<int>(std::ceil(batch.width * scale)),
              height = static_cast<int>(std::ceil(batch.height * scale));
    cv::Mat sheet(rows * height, columns * width, CV_8UC3, white);
    for (int i = 0; i < count; ++i) {
        cv::Mat tile = sheet(cv::Rect(i % columns * width, i / columns * height, width, height));
        cv::resize(imageOf(batch, i), tile, tile.size(), 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
        for (const PictureBox &box : picture.boxes[static_cast<std::size_t>(i)])
            drawBox(tile,
                    { box.x1 * scale, box.y1 * scale, (box.x2 - box.x1) * scale, (box.y2 - box.y1) * scale },
                    labelOf(box, names), classColour(box.classId), width >= 400 ? 2 : 1);
        cv::rectangle(tile, cv::Rect(0, 0, width, height), white, 2);
        const TextStyle style { width >= 400 ? 9.0 : 7.0, white };
        const std::string title =
            fitted(picture.titles[static_cast<std::size_t>(i)], style.capHeight, width - 16);
        const cv::Rect back =
            cv::Rect(2, 2, textWidth(title, style) + 12, 18) & cv::Rect(0, 0, width, height);
        tile(back) *= 0.35;
        drawText(tile, title, { 8, 15 }, style);
    }
    writePicture(file, sheet);
}

} // namespace torchdeck::engine::plots
