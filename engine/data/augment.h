// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Training augmentation with the order and the distributions of Ultralytics 8.4: mosaic of four, copy-paste,
// perspective or affine warp, mixup, cutmix, HSV gains, flips, channel swap. The random choices are drawn
// first, as plain numbers; pixels follow, from an ImageRecipe.

#include "engine/data/contours.h"
#include "engine/data/image_recipe.h"
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

struct PlacedImage {
    cv::Mat pixels;
    MosaicTile tile;
};
/// The part that `target` can see of up to four placed images, as if they lay together on one canvas filled with grey, and
/// where the warp `m` of the canvas puts it.
[[nodiscard]] ImageRecipe cutCanvas(const std::vector<PlacedImage> &images, PixelSize canvas, const Matrix3 &m,
                                    PixelSize target);

/// An image whose pixels are still to be painted, with its boxes.
struct PlannedImage {
    ImageRecipe recipe;
    AugmentedLabels labels;
};
/// An image of `size` (imgsz x imgsz, another shape without mosaic only), everything drawn from `rng`. `mosaic` false: no
/// mosaic and nothing that mixes images. What has to be mixed is painted into `target` at once (allocated when empty).
[[nodiscard]] PlannedImage planImage(const AugmentOptions &options, bool mosaic, const ImageSource &source,
                                     Rng &rng, PixelSize size, cv::Mat &target);

} // namespace torchdeck::engine
