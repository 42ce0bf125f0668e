// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/augment.h"

#include "engine/data/mixing.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace torchdeck::engine {

namespace {

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
    cv::Mat drawn(size.height, size.width, CV_8UC3, borderGrey);
    for (const PlacedImage &image : placed) {
        const MosaicTile &tile = image.tile;
        const cv::Rect seen(cv::Point(tile.x1, tile.y1), cv::Point(tile.x2, tile.y2));
        if (!seen.empty())
            image.pixels(seen - cv::Point(tile.offsetX, tile.offsetY)).copyTo(drawn(seen));
    }
    placed = { { drawn, { 0, 0, size.width, size.height, 0, 0 } } };
    return placed.front().pixels;
}

/// An image with its objects before colours and flips; not warped yet unless something was mixed in.
struct Draft {
    ImageRecipe recipe;
    Objects objects;
};

/// The stage that every image goes through before images are mixed.
struct Stage {
    const AugmentOptions &options;
    bool mosaic;
    const ImageSource &source;
    PixelSize size;

    /// What has to be painted at once is painted into `target`.
    Draft run(const SourceImage &first, Rng &rng, cv::Mat &target) const;
    [[nodiscard]] Draft warped(const SourceImage &first, Rng &rng, bool paste) const;
    [[nodiscard]] Canvas mosaicCanvas(const SourceImage &first, int side, Rng &rng) const;
};

Draft Stage::run(const SourceImage &first, Rng &rng, cv::Mat &target) const
{
    const bool paste = mosaic && options.copyPaste > 0;
    Draft draft = warped(first, rng, paste && !options.copyPasteMixup);
    if (paste && options.copyPasteMixup && draft.objects.outlined() && rng.uniform() <= options.copyPaste) {
        cv::Mat other;
        Draft more = warped(source.neighbour(rng), rng, false);
        more.recipe.settle(other, size);
        draft.recipe.settle(target, size);
        pasteObjects(target, draft.objects, other, more.objects, options.copyPaste);
    }
    return draft;
}

Draft Stage::warped(const SourceImage &first, Rng &rng, bool paste) const
{
    const bool useMosaic = rng.uniform() <= options.mosaic && mosaic && options.mosaic > 0;
    Canvas canvas;
    if (useMosaic) {
        canvas = mosaicCanvas(first, size.width, rng);
    } else {
        canvas.size = sizeOf(first.image->pixels);
        canvas.placed.push_back(
            { first.image->pixels, { 0, 0, canvas.size.width, canvas.size.height, 0, 0 } });
        canvas.objects = placeObjects(*first.labels, first.outlines, canvas.size);
    }
    if (paste && canvas.objects.outlined())
        pasteMirrored(canvas.flatten(), canvas.objects, options.copyPaste);
    const WarpParameters warp = drawWarp(options, rng);
    const Matrix3 m = warpMatrix(warp, canvas.size, size);
    return { cutCanvas(canvas.placed, canvas.size, m, size),
             warpObjects(canvas.objects, m, warp.scale, size) };
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

void flip(std::vector<PixelBox> &boxes, PixelSize size, bool horizontal)
{
    const auto width = static_cast<float>(size.width), height = static_cast<float>(size.height);
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

ImageRecipe cutCanvas(const std::vector<PlacedImage> &images, PixelSize canvas, const Matrix3 &m, PixelSize target)
{
    ImageRecipe recipe;
    const cv::Rect visible = visiblePart(m, canvas, target);
    if (visible.empty())
        return recipe;
    if (images.size() == 1 && images.front().tile.x2 - images.front().tile.x1 == canvas.width
        && images.front().tile.y2 - images.front().tile.y1 == canvas.height) {
        recipe.part = images.front().pixels(visible);
    } else {
        recipe.part = cv::Mat(visible.size(), CV_8UC3, borderGrey);
        for (const PlacedImage &image : images) {
            const MosaicTile &tile = image.tile;
            const cv::Rect seen =
                cv::Rect(cv::Point(tile.x1, tile.y1), cv::Point(tile.x2, tile.y2)) & visible;
            if (!seen.empty())
                image.pixels(seen - cv::Point(tile.offsetX, tile.offsetY))
                    .copyTo(recipe.part(seen - visible.tl()));
        }
    }
    const Matrix3 shift {
        1, 0, static_cast<double>(visible.x), 0, 1, static_cast<double>(visible.y), 0, 0, 1
    };
    recipe.place = multiply(m, shift);
    return recipe;
}

PlannedImage planImage(const AugmentOptions &options, bool mosaic, const ImageSource &source, Rng &rng,
                       PixelSize size, cv::Mat &target)
{
    const Stage stage { options, mosaic, source, size };
    Draft draft = stage.run(source.primary(), rng, target);
    const auto other = [&](double probability, const auto &mix) {
        if (!mosaic || probability <= 0 || rng.uniform() > probability)
            return;
        cv::Mat pixels;
        Draft more = stage.run(source.neighbour(rng), rng, pixels);
        more.recipe.settle(pixels, size);
        draft.recipe.settle(target, size);
        mix(pixels, more.objects);
    };
    other(options.mixup, [&](const cv::Mat &pixels, const Objects &more) {
        mixImages(target, draft.objects, pixels, more, rng.beta(32, 32));
    });
    other(options.cutmix,
          [&](const cv::Mat &pixels, const Objects &more) { cutMix(target, draft.objects, pixels, more, rng); });
    PlannedImage planned { std::move(draft.recipe), { std::move(draft.objects.boxes) } };
    FinalSteps &finish = planned.recipe.finish;
    if (options.hsvH != 0 || options.hsvS != 0 || options.hsvV != 0) {
        const double hue = rng.uniform(-1, 1) * options.hsvH;
        const double saturation = rng.uniform(-1, 1) * options.hsvS;
        const double value = rng.uniform(-1, 1) * options.hsvV;
        finish.hsv = hsvTable(hue, saturation, value);
    }
    finish.flipVertical = rng.uniform() < options.flipud;
    if (finish.flipVertical)
        flip(planned.labels.boxes, size, false);
    finish.flipHorizontal = rng.uniform() < options.fliplr;
    if (finish.flipHorizontal)
        flip(planned.labels.boxes, size, true);
    finish.swapChannels = rng.uniform() < options.bgr;
    return planned;
}

} // namespace torchdeck::engine
