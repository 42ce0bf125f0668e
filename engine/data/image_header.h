// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace torchdeck::engine {

struct ImageHeader {
    int width = 0, height = 0; ///< as decoded: EXIF rotation applied
    std::string problem; ///< why the file is no usable image, e.g. "is cut off"; empty when it is fine
};

/// Size of an image file and whether the file is whole, without decoding it where the format allows (JPEG,
/// PNG, WebP, BMP); everything else is decoded. Never throws.
[[nodiscard]] ImageHeader readImageHeader(const std::filesystem::path &file);

/// True for the image extensions of the field (case-insensitive), also those this build may be unable to
/// decode.
[[nodiscard]] bool hasImageExtension(const std::filesystem::path &file);

} // namespace torchdeck::engine
