// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What is left of an image when its random numbers are drawn and its sources decoded: one warp, colours, flips. Either
// painted here, or handed out (UnfinishedImage) for a device that does it.

#include "engine/data/batch.h"
#include "engine/data/geometry.h"

#include <opencv2/core.hpp>

namespace torchdeck::engine {

inline const cv::Scalar borderGrey = cv::Scalar::all(borderLevel);

struct ImageRecipe {
    /// RGB; empty: the image is grey. Shares the memory of the image store where it can.
    cv::Mat part;
    Matrix3 place { 1, 0, 0, 0, 1, 0, 0, 0, 1 }; ///< from pixels of `part` to pixels of the image
    FinalSteps finish;

    /// Warps now, into `image` (allocated when it is empty): from here the image itself is the part.
    void settle(cv::Mat &image, PixelSize size);
    /// All of it; `image` has its size.
    void paint(cv::Mat &image);
    /// The same for others to do, as long as it is an affine warp; else it settles first.
    [[nodiscard]] UnfinishedImage handOut(PixelSize size);
};

/// The table of FinalSteps::hsv. Gains as factors around 0 (0 = unchanged): hue is shifted by hue * 180, saturation and value
/// scaled by 1 + gain.
[[nodiscard]] std::vector<std::uint8_t> hsvTable(double hue, double saturation, double value);

/// Brings a batch of the second form into the first, on this thread: pixel by pixel what the loader makes.
void makePixels(Batch &batch);

} // namespace torchdeck::engine
