// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>

namespace torchdeck::engine {

/// What a picture shows, small enough to keep for every image of a set.
struct Fingerprint {
    static constexpr int side = 12;
    bool readable = false;
    bool blank = false; ///< no contrast to speak of: equal to everything and to nothing
    std::uint64_t hash = 0; ///< signs of 63 low frequencies against their median
    std::array<std::uint8_t, std::size_t { 3 } * side * side> colours {}; ///< the picture shrunk to side x side
};

/// Reads and shrinks `file`; `width` and `height` are its size, which says how coarsely it may be decoded. Never
/// throws for a bad file.
[[nodiscard]] Fingerprint fingerprintOf(const std::filesystem::path &file, int width, int height);

/// Correlation of the shrunken pictures, -1 .. 1.
[[nodiscard]] double likeness(const Fingerprint &a, const Fingerprint &b);

} // namespace torchdeck::engine
