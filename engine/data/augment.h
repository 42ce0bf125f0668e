// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Training augmentation with the order and the distributions of Ultralytics 8.4: mosaic of four, copy-paste,
// perspective or affine warp, mixup, cutmix, HSV gains, flips, channel swap. The random choices are drawn
// first, as plain numbers; pixels follow.

#include "engine/data/contours.h"
#include "engine/data/image_store.h"
#include "engine/data/loader.h"
#include "engine/data/rng.h"

#include <opencv2/core.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace torchdeck::engine {

/// An image with its labels, as the augmentation takes it.
struct SourceImage {
    StoredImagePtr image; ///< pixels never empty
    const std::vector<BoxLabel> *labels = nullptr; ///< normalised
    const std::vector<Outline> *outlines = nullptr; ///< one a label, or null or empty
};

struct AugmentedLabels {
    std::vector<PixelBox> boxes; ///< in the target's pixels
};

/// Where the augmentation gets images from: `primary()` is the one this position is about, `neighbour(rng)`
/// draws another.
struct ImageSource {
    std::function<SourceImage()> primary;
    std::function<SourceImage(Rng &)> neighbour;
};

[[nodiscard]] WarpParameters drawWarp(const AugmentOptions &options, Rng &rng);

/// Warps up to four placed images onto `target` as if they lay together on one canvas filled with grey,
/// without drawing the parts of the canvas that nobody sees.
struct PlacedImage {
    cv::Mat pixels;
    MosaicTile tile;
};
void warpCanvas(const std::vector<PlacedImage> &images, PixelSize canvas, const Matrix3 &m, cv::Mat &target);

/// Gains as factors around 0 (0 = unchanged): hue is shifted by hue * 180, saturation and value scaled by 1 +
/// gain.
void applyHsv(cv::Mat &rgb, double hue, double saturation, double value);

/// Fills `target` (imgsz x imgsz, another shape without mosaic only; RGB) and returns its boxes, everything
/// drawn from `rng`. `mosaic` false: no mosaic and nothing that mixes images.
[[nodiscard]] AugmentedLabels augmentImage(const AugmentOptions &options, bool mosaic,
                                           const ImageSource &source, Rng &rng, cv::Mat &target);

} // namespace torchdeck::engine
