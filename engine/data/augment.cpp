// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/augment.h"

#include "engine/data/mixing.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

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

PixelSize sizeOf(const cv::Mat &image) { return { image.cols, image.rows }; }

/// Everything up to the warp: the images where they lie on the canvas.
struct Canvas {
    PixelSize size;
    std::vector<PlacedImage> placed;
    std::vector<StoredImagePtr> alive; ///< the store may drop an image meanwhile
    Objects objects;

    /// Draws the canvas, so that it can be painted on.
    [[nodiscard]] cv::Mat &flatten();
};

cv::Mat &Canvas::flatten()
{
    cv::Mat drawn(size.height, size.width, CV_8UC3, kGrey);
    for (const PlacedImage &image : placed) {
        const MosaicTile &tile = image.tile;
        const cv::Rect seen(cv::Point(tile.x1, tile.y1), cv::Point(tile.x2, tile.y2));
        if (!seen.empty())
            image.pixels(seen - cv::Point(tile.offsetX, tile.offsetY)).copyTo(drawn(seen));
    }
    placed = { { drawn, { 0, 0, size.width, size.height, 0, 0 } } };
    return placed.front().pixels;
}

/// Objects and pixels of the stage that every image goes through before images are mixed.
struct Stage {
    const AugmentOptions &options;
    bool mosaic;
    const ImageSource &source;

    Objects run(const SourceImage &first, Rng &rng, cv::Mat &target) const;
    Objects warped(const SourceImage &first, Rng &rng, cv::Mat &target, bool paste) const;
    [[nodiscard]] Canvas mosaicCanvas(const SourceImage &first, int side, Rng &rng) const;
};

Objects Stage::run(const SourceImage &first, Rng &rng, cv::Mat &target) const
{
    const bool paste = mosaic && options.copyPaste > 0;
    Objects objects = warped(first, rng, target, paste && !options.copyPasteMixup);
    if (paste && options.copyPasteMixup && objects.outlined() && rng.uniform() <= options.copyPaste) {
        cv::Mat other(target.size(), CV_8UC3);
        const Objects more = warped(source.neighbour(rng), rng, other, false);
        pasteObjects(target, objects, other, more, options.copyPaste);
    }
    return objects;
}

Objects Stage::warped(const SourceImage &first, Rng &rng, cv::Mat &target, bool paste) const
{
    const bool useMosaic = rng.uniform() <= options.mosaic && mosaic && options.mosaic > 0;
    Canvas canvas;
    if (useMosaic) {
        canvas = mosaicCanvas(first, target.cols, rng);
    } else {
        canvas.size = sizeOf(first.image->pixels);
        canvas.placed.push_back(
            { first.image->pixels, { 0, 0, canvas.size.width, canvas.size.height, 0, 0 } });
        canvas.objects = placeObjects(*first.labels, first.outlines, canvas.size);
    }
    if (paste && canvas.objects.outlined())
        pasteMirrored(canvas.flatten(), canvas.objects, options.copyPaste);
    const WarpParameters warp = drawWarp(options, rng);
    const Matrix3 m = warpMatrix(warp, canvas.size, sizeOf(target));
    warpCanvas(canvas.placed, canvas.size, m, target);
    return warpObjects(canvas.objects, m, warp.scale, sizeOf(target));
}

Canvas Stage::mosaicCanvas(const SourceImage &first, int side, Rng &rng) const
{
    Canvas canvas;
    const int length = 2 * side, border = side / 2;
    canvas.size = { length, length };
    const int centreY = static_cast<int>(rng.uniform(border, length - border));
    const int centreX = static_cast<int>(rng.uniform(border, length - border));
    for (int i = 0; i < 4; ++i) {
        const SourceImage image = i == 0 ? first : source.neighbour(rng);
        const PixelSize size = sizeOf(image.image->pixels);
        const MosaicTile tile = mosaicTile(i, size, centreX, centreY, length);
        canvas.objects.append(placeObjects(*image.labels, image.outlines, size,
                                           static_cast<float>(tile.offsetX),
                                           static_cast<float>(tile.offsetY)));
        canvas.placed.push_back({ image.image->pixels, tile });
        canvas.alive.push_back(image.image);
    }
    clipObjects(canvas.objects, canvas.size);
    return canvas;
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
    warp.scale =
        options.scaleHigh > 0 ? rng.uniform(options.scaleLow, options.scaleHigh) : around(1, options.scale);
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
    Objects objects = stage.run(source.primary(), rng, target);
    const auto other = [&](double probability, const auto &mix) {
        if (!mosaic || probability <= 0 || rng.uniform() > probability)
            return;
        cv::Mat pixels(target.size(), CV_8UC3);
        const Objects more = stage.run(source.neighbour(rng), rng, pixels);
        mix(pixels, more);
    };
    other(options.mixup, [&](const cv::Mat &pixels, const Objects &more) {
        mixImages(target, objects, pixels, more, rng.beta(32, 32));
    });
    other(options.cutmix,
          [&](const cv::Mat &pixels, const Objects &more) { cutMix(target, objects, pixels, more, rng); });
    AugmentedLabels result { std::move(objects.boxes) };
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
