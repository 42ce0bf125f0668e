// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Single steps of the augmentation, painted at once as the loader paints whole images.

#include "engine/data/augment.h"

#include <utility>

namespace torchdeck::engine {

/// cutCanvas(), painted onto `target`.
inline void warpCanvas(const std::vector<PlacedImage> &images, PixelSize canvas, const Matrix3 &m, cv::Mat &target)
{
    cutCanvas(images, canvas, m, { target.cols, target.rows }).paint(target);
}

/// Gains as hsvTable() takes them.
inline void applyHsv(cv::Mat &rgb, double hue, double saturation, double value)
{
    ImageRecipe recipe;
    recipe.part = rgb;
    recipe.finish.hsv = hsvTable(hue, saturation, value);
    recipe.paint(rgb);
}

/// planImage(), painted: fills `target` (RGB) and returns its boxes.
inline AugmentedLabels augmentImage(const AugmentOptions &options, bool mosaic, const ImageSource &source, Rng &rng,
                                    cv::Mat &target)
{
    PlannedImage planned = planImage(options, mosaic, source, rng, { target.cols, target.rows }, target);
    planned.recipe.paint(target);
    return std::move(planned.labels);
}

} // namespace torchdeck::engine
