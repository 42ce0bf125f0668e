// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/image_recipe.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace torchdeck::engine {

namespace {

bool isAffine(const Matrix3 &m) { return m[6] == 0 && m[7] == 0; }

/// As cv::warpAffine turns a matrix round, to the last bit: its fixed-point coordinates follow from these numbers.
std::array<double, 6> turnedRound(const Matrix3 &place)
{
    Matrix3 values = place;
    std::array<double, 6> back {};
    cv::Mat result(2, 3, CV_64F, back.data());
    cv::invertAffineTransform(cv::Mat(3, 3, CV_64F, values.data()).rowRange(0, 2), result);
    return back;
}

void warpAffine(const cv::Mat &part, std::array<double, 6> back, cv::Mat &image)
{
    if (const auto shift = shiftInside(back, { part.cols, part.rows }, { image.cols, image.rows })) {
        if (part.size() != image.size())
            image.setTo(borderGrey);
        part.copyTo(image(cv::Rect(cv::Point(shift->left, shift->top), part.size())));
        return;
    }
    cv::warpAffine(part, image, cv::Mat(2, 3, CV_64F, back.data()), image.size(),
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT, borderGrey);
}

void applyHsvTable(cv::Mat &rgb, const std::vector<std::uint8_t> &values)
{
    const cv::Mat table(1, 256, CV_8UC3, const_cast<std::uint8_t *>(values.data())); // only read
    // Strips that stay in the cache: three passes over a whole image would go through memory.
    constexpr int kStrip = 16;
    cv::Mat hsv;
    for (int row = 0; row < rgb.rows; row += kStrip) {
        cv::Mat strip = rgb.rowRange(row, std::min(row + kStrip, rgb.rows));
        cv::cvtColor(strip, hsv, cv::COLOR_RGB2HSV);
        cv::LUT(hsv, table, hsv);
        cv::cvtColor(hsv, strip, cv::COLOR_HSV2RGB);
    }
}

void finishImage(const FinalSteps &steps, cv::Mat &image)
{
    if (!steps.hsv.empty())
        applyHsvTable(image, steps.hsv);
    if (steps.flipVertical)
        cv::flip(image, image, 0);
    if (steps.flipHorizontal)
        cv::flip(image, image, 1);
    if (steps.swapChannels)
        cv::cvtColor(image, image, cv::COLOR_RGB2BGR);
}

} // namespace

void ImageRecipe::settle(cv::Mat &image, PixelSize size)
{
    image.create(size.height, size.width, CV_8UC3);
    if (part.empty()) {
        image.setTo(borderGrey);
    } else if (part.data == image.data) {
        return;
    } else if (isAffine(place)) {
        warpAffine(part, turnedRound(place), image);
    } else {
        cv::warpPerspective(part, image, cv::Mat(3, 3, CV_64F, place.data()), image.size(), cv::INTER_LINEAR,
                            cv::BORDER_CONSTANT, borderGrey);
    }
    part = image;
    place = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
}

void ImageRecipe::paint(cv::Mat &image)
{
    settle(image, { image.cols, image.rows });
    finishImage(finish, image);
}

UnfinishedImage ImageRecipe::handOut(PixelSize size)
{
    cv::Mat image;
    if (!part.empty() && !isAffine(place))
        settle(image, size);
    UnfinishedImage result;
    result.finish = std::move(finish);
    if (part.empty())
        return result;
    const auto keeper = std::make_shared<const cv::Mat>(part);
    result.source = { keeper, keeper->data };
    result.width = part.cols;
    result.height = part.rows;
    result.rowBytes = part.step;
    result.toSource = turnedRound(place);
    return result;
}

std::vector<std::uint8_t> hsvTable(double hue, double saturation, double value)
{
    std::vector<std::uint8_t> table;
    table.reserve(256 * 3);
    for (int i = 0; i < 256; ++i) {
        double shifted = std::fmod(i + hue * 180, 180.0);
        if (shifted < 0)
            shifted += 180;
        const auto scaled = [i](double gain) {
            return static_cast<std::uint8_t>(std::clamp(i * (gain + 1), 0.0, 255.0));
        };
        for (const std::uint8_t level : { static_cast<std::uint8_t>(std::min(shifted, 179.0)), scaled(saturation),
                                          scaled(value) })
            table.push_back(level);
    }
    return table;
}

void makePixels(Batch &batch)
{
    if (batch.unfinished.empty())
        return;
    const std::size_t bytes =
        std::size_t { 3 } * static_cast<std::size_t>(batch.width) * static_cast<std::size_t>(batch.height);
    batch.pixels.resize(bytes * batch.unfinished.size());
    for (std::size_t i = 0; i < batch.unfinished.size(); ++i) {
        const UnfinishedImage &from = batch.unfinished[i];
        cv::Mat image(batch.height, batch.width, CV_8UC3, batch.pixels.data() + bytes * i);
        if (!from.source)
            image.setTo(borderGrey);
        else
            warpAffine(cv::Mat(from.height, from.width, CV_8UC3, const_cast<std::uint8_t *>(from.source.get()),
                               from.rowBytes), // only read
                       from.toSource, image);
        finishImage(from.finish, image);
    }
    batch.unfinished.clear();
}

} // namespace torchdeck::engine
