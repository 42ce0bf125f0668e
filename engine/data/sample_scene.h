// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/data/geometry.h"

#include <opencv2/core.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace torchdeck::engine {

/// Class names of the sample set, by id.
[[nodiscard]] const std::vector<std::string> &sampleClasses();

struct SampleScene {
    cv::Mat image; ///< BGR
    std::vector<PixelBox> boxes;
};

/// Draws one image: a textured background, shapes that may hide each other in part, clutter, blur and noise.
[[nodiscard]] SampleScene drawScene(std::uint64_t seed, std::uint64_t split, std::uint64_t index,
                                    PixelSize size);

} // namespace torchdeck::engine
