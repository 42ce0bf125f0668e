// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/augment.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace torchdeck::engine {

namespace {

const cv::Scalar kGrey(114, 114, 114);

/// The canvas pixels that `target` can touch, with room for interpolation.
cv::Rect visiblePart(const Matrix3 &m, PixelSize canvas, PixelSize target)
{
    constexpr int kMargin = 2;
    const cv::Rect whole(0, 0, canvas.width, canvas.height);
    if (m[6] != 0 || m[7] != 0)
        return whole;
    const Matrix3 back = inverse(m);
    double left = 1e30, top = 1e30, right = -1e30, bottom = -1e30;
    const double w = target.width, h = target.height;
    for (const Point corner : { Point { 0, 0 }, Point { w, 0 }, Point { 0, h }, Point { w, h } }) {
        const Point p = transformPoint(back, corner);
        left = std::min(left, p.x);
        right = std::max(right, p.x);
        top = std::min(top, p.y);
        bottom = std::max(bottom, p.y);
    }
    if (!std::isfinite(left + right + top + bottom))
        return whole;
    const auto bound = [](double value) { return static_cast<int>(std::clamp(value, -1e6, 1e6)); };
    const cv::Point first(bound(std::floor(left)) - kMargin, bound(std::floor(top)) - kMargin);
    const cv::Point last(bound(std::ceil(right)) + kMargin + 1, bound(std::ceil(bottom)) + kMargin + 1);
    return cv::Rect(first, last) & whole;
}

/// Labels and pixels of the mosaic-and-warp stage, before mixup.
struct Stage {
    const AugmentOptions &options;
    bool mosaic;
    const ImageSource &source;

    std::vector<PixelBox> run(const SourceImage &first, Rng &rng, cv::Mat &target) const;
    std::vector<PixelBox> runMosaic(const SourceImage &first, Rng &rng, cv::Mat &target) const;
    std::vector<PixelBox> runSingle(const SourceImage &first, Rng &rng, cv::Mat &target) const;
};

PixelSize sizeOf(const cv::Mat &image) { return { image.cols, image.rows }; }

std::vector<PixelBox> Stage::run(const SourceImage &first, Rng &rng, cv::Mat &target) const
{
    const bool useMosaic = rng.uniform() <= options.mosaic && mosaic && options.mosaic > 0;
    return useMosaic ? runMosaic(first, rng, target) : runSingle(first, rng, target);
}

std::vector<PixelBox> Stage::runMosaic(const SourceImage &first, Rng &rng, cv::Mat &target) const
{
    const int side = target.cols, canvas = 2 * side;
    const int border = side / 2;
    const int centreY = static_cast<int>(rng.uniform(border, canvas - border));
    const int centreX = static_cast<int>(rng.uniform(border, canvas - border));
    std::vector<PlacedImage> placed;
    std::vector<StoredImagePtr> alive; // the store may drop an image meanwhile
    std::vector<PixelBox> boxes;
    for (int i = 0; i < 4; ++i) {
        const SourceImage image = i == 0 ? first : source.neighbour(rng);
        const PixelSize size = sizeOf(image.image->pixels);
        const MosaicTile tile = mosaicTile(i, size, centreX, centreY, canvas);
        const auto own =
            toPixels(*image.labels, size, static_cast<float>(tile.offsetX), static_cast<float>(tile.offsetY));
        boxes.insert(boxes.end(), own.begin(), own.end());
        placed.push_back({ image.image->pixels, tile });
        alive.push_back(image.image);
    }
    clipBoxes(boxes, { canvas, canvas });
    const WarpParameters warp = drawWarp(options, rng);
    const Matrix3 m = warpMatrix(warp, { canvas, canvas }, sizeOf(target));
    warpCanvas(placed, { canvas, canvas }, m, target);
    return warpBoxes(boxes, m, warp.scale, sizeOf(target));
}

std::vector<PixelBox> Stage::runSingle(const SourceImage &first, Rng &rng, cv::Mat &target) const
{
    const PixelSize size = sizeOf(first.image->pixels);
    const WarpParameters warp = drawWarp(options, rng);
    const Matrix3 m = warpMatrix(warp, size, sizeOf(target));
    warpCanvas({ { first.image->pixels, { 0, 0, size.width, size.height, 0, 0 } } }, size, m, target);
    return warpBoxes(toPixels(*first.labels, size), m, warp.scale, sizeOf(target));
}

void flip(cv::Mat &image, std::vector<PixelBox> &boxes, bool horizontal)
{
    cv::flip(image, image, horizontal ? 1 : 0);
    const auto width = static_cast<float>(image.cols), height = static_cast<float>(image.rows);
    for (PixelBox &box : boxes) {
        if (horizontal)
            box = { box.classId, width - box.x2, box.y1, width - box.x1, box.y2 };
        else
            box = { box.classId, box.x1, height - box.y2, box.x2, height - box.y1 };
    }
}

} // namespace

WarpParameters drawWarp(const AugmentOptions &options, Rng &rng)
{
    const auto around = [&](double middle, double reach) {
        return rng.uniform(middle - reach, middle + reach);
    };
    WarpParameters warp;
    warp.perspectiveX = around(0, options.perspective);
    warp.perspectiveY = around(0, options.perspective);
    warp.degrees = around(0, options.degrees);
    warp.scale = around(1, options.scale);
    warp.shearX = around(0, options.shear);
    warp.shearY = around(0, options.shear);
    warp.translateX = around(0.5, options.translate);
    warp.translateY = around(0.5, options.translate);
    warp.scale = std::max(warp.scale, 1e-3); // scale=1 may draw nothing at all: keep the matrix invertible
    return warp;
}

void warpCanvas(const std::vector<PlacedImage> &images, PixelSize canvas, const Matrix3 &m, cv::Mat &target)
{
    const cv::Rect visible = visiblePart(m, canvas, sizeOf(target));
    if (visible.empty()) {
        target.setTo(kGrey);
        return;
    }
    cv::Mat part;
    if (images.size() == 1 && images.front().tile.x2 - images.front().tile.x1 == canvas.width
        && images.front().tile.y2 - images.front().tile.y1 == canvas.height) {
        part = images.front().pixels(visible);
    } else {
        part = cv::Mat(visible.size(), CV_8UC3, kGrey);
        for (const PlacedImage &image : images) {
            const MosaicTile &tile = image.tile;
            const cv::Rect seen =
                cv::Rect(cv::Point(tile.x1, tile.y1), cv::Point(tile.x2, tile.y2)) & visible;
            if (!seen.empty())
                image.pixels(seen - cv::Point(tile.offsetX, tile.offsetY)).copyTo(part(seen - visible.tl()));
        }
    }
    const Matrix3 shift {
        1, 0, static_cast<double>(visible.x), 0, 1, static_cast<double>(visible.y), 0, 0, 1
    };
    Matrix3 shifted = multiply(m, shift);
    const cv::Mat matrix(3, 3, CV_64F, shifted.data());
    if (m[6] != 0 || m[7] != 0)
        cv::warpPerspective(part, target, matrix, target.size(), cv::INTER_LINEAR, cv::BORDER_CONSTANT,
                            kGrey);
    else
        cv::warpAffine(part, target, matrix.rowRange(0, 2), target.size(), cv::INTER_LINEAR,
                       cv::BORDER_CONSTANT, kGrey);
}

void applyHsv(cv::Mat &rgb, double hue, double saturation, double value)
{
    cv::Mat table(1, 256, CV_8UC3);
    for (int i = 0; i < 256; ++i) {
        double shifted = std::fmod(i + hue * 180, 180.0);
        if (shifted < 0)
            shifted += 180;
        const auto scaled = [i](double gain) {
            return static_cast<std::uint8_t>(std::clamp(i * (gain + 1), 0.0, 255.0));
        };
        table.at<cv::Vec3b>(0, i) = { static_cast<std::uint8_t>(std::min(shifted, 179.0)), scaled(saturation),
                                      scaled(value) };
    }
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

AugmentedLabels augmentImage(const AugmentOptions &options, bool mosaic, const ImageSource &source, Rng &rng,
                             cv::Mat &target)
{
    const Stage stage { options, mosaic, source };
    AugmentedLabels result;
    result.boxes = stage.run(source.primary(), rng, target);
    if (mosaic && options.mixup > 0 && rng.uniform() <= options.mixup) {
        cv::Mat other(target.size(), CV_8UC3);
        const std::vector<PixelBox> more = stage.run(source.neighbour(rng), rng, other);
        const double part = rng.beta(32, 32);
        // Truncates like an integer conversion: addWeighted rounds to nearest, so half a level is taken off.
        cv::addWeighted(target, part, other, 1 - part, -0.4999, target);
        result.boxes.insert(result.boxes.end(), more.begin(), more.end());
    }
    if (options.hsvH != 0 || options.hsvS != 0 || options.hsvV != 0) {
        const double hue = rng.uniform(-1, 1) * options.hsvH;
        const double saturation = rng.uniform(-1, 1) * options.hsvS;
        const double value = rng.uniform(-1, 1) * options.hsvV;
        applyHsv(target, hue, saturation, value);
    }
    if (rng.uniform() < options.flipud)
        flip(target, result.boxes, false);
    if (rng.uniform() < options.fliplr)
        flip(target, result.boxes, true);
    if (rng.uniform() < options.bgr)
        cv::cvtColor(target, target, cv::COLOR_RGB2BGR);
    return result;
}

} // namespace torchdeck::engine
