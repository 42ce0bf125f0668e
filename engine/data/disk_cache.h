// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <opencv2/core.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace torchdeck::engine {

/// $XDG_CACHE_HOME/torchdeck, or ~/.cache/torchdeck; empty without a home.
[[nodiscard]] std::filesystem::path cacheFolder();
/// Folder for decoded images: $XDG_CACHE_HOME/torchdeck/images; empty when there is no home.
[[nodiscard]] std::filesystem::path defaultImageCacheFolder();

/// Name of a cached image: changes with the file's path, size, modification time and the wanted size.
[[nodiscard]] std::string imageCacheName(const std::filesystem::path &image, int imgsz);

/// Reads a raw RGB image; empty when absent or damaged.
[[nodiscard]] cv::Mat readRawImage(const std::filesystem::path &file, int &originalWidth,
                                   int &originalHeight);
/// Writes to a temporary file and renames it. False when the disk refuses; nothing is left then.
bool writeRawImage(const std::filesystem::path &file, const cv::Mat &pixels, int originalWidth,
                   int originalHeight);

/// Deletes cached images older than 30 days.
void pruneImageCache(const std::filesystem::path &folder);

} // namespace torchdeck::engine
