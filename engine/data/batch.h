// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Batches as plain memory, so that the data layer compiles without torch. Pixels are NHWC RGB bytes, which is
// a channels_last tensor without a copy.

#include <cstdint>
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

struct Batch {
    int size = 0, height = 0, width = 0;
    std::vector<std::uint8_t> pixels; ///< [size, height, width, 3], RGB
    std::vector<int> labelImage; ///< [n] index of the image in this batch
    std::vector<BoxLabel> labels; ///< [n] normalised to the batch's width and height
    std::vector<ImageGeometry> geometry; ///< [size]
};

} // namespace torchdeck::engine
