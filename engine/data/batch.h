// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Batches as plain memory, so that the data layer compiles without torch. Pixels are NHWC RGB bytes, which is
// a channels_last tensor without a copy; or, when the loader was asked to compose later, what the pixels are to be made from.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace torchdeck::engine {

/// A box label, normalised to the image it belongs to: centre x, centre y, width, height in 0..1.
struct BoxLabel {
    int classId = 0;
    float x = 0, y = 0, w = 0, h = 0;
};

/// What validation needs to bring boxes back to the original image.
struct ImageGeometry {
    std::int64_t index = 0; ///< in the dataset's order
    int originalWidth = 0, originalHeight = 0;
    float gain = 1; ///< letterboxed = original * gain + pad
    float padX = 0, padY = 0;
};

/// Level of grey where an image has no picture.
constexpr std::uint8_t borderLevel = 114;

/// What is done to the pixels of an image once they are in place, in this order.
struct FinalSteps {
    std::vector<std::uint8_t> hsv; ///< [256, 3]: new hue (0..179), saturation and value of each old one; empty = as it is
    bool flipVertical = false, flipHorizontal = false;
    bool swapChannels = false;
};

/// An image of a batch that is still to be composed: source decoded, random numbers drawn, labels done. The source is the part
/// of the image, or of the mosaic, that can be seen (neighbours side by side, grey between them), so one warp makes the image.
/// Size: 3 bytes a pixel at the size that images are kept in (long side imgsz): at most imgsz * imgsz pixels for one image and
/// four times as many for a mosaic; with the usual arguments (scale=0.5) a mosaic has 1.26 times the pixels of the image it
/// becomes. Images that are no affine warp of one picture (mixup, cutmix, copy-paste from another image, perspective) have been
/// warped and mixed already: their source is that image.
struct UnfinishedImage {
    std::shared_ptr<const std::uint8_t> source; ///< RGB; null: nothing but grey. Shared with the image store
    int width = 0, height = 0; ///< of the source
    std::size_t rowBytes = 0; ///< from one row to the next
    /// Row-major 2x3, from pixels of the image to pixels of the source: bilinear, borderLevel outside.
    std::array<double, 6> toSource { 1, 0, 0, 0, 1, 0 };
    FinalSteps finish;
};

struct Batch {
    int size = 0, height = 0, width = 0;
    std::vector<std::uint8_t> pixels; ///< [size, height, width, 3], RGB; empty in the second form
    /// [size] in the second form (LoaderOptions::composeLater), else empty: imagesToTensor() composes them on the device,
    /// makePixels() here.
    std::vector<UnfinishedImage> unfinished;
    std::vector<int> labelImage; ///< [n] index of the image in this batch
    std::vector<BoxLabel> labels; ///< [n] normalised to the batch's width and height
    std::vector<ImageGeometry> geometry; ///< [size]
};

} // namespace torchdeck::engine
