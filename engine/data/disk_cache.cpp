// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/disk_cache.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <system_error>

#include <unistd.h>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

struct RawHeader {
    std::array<char, 8> magic { 'T', 'D', 'I', 'M', 'G', '0', '0', '1' };
    std::int32_t width = 0, height = 0, originalWidth = 0, originalHeight = 0;
    std::uint64_t sum = 0; ///< of the pixels, against half-written or damaged files
};

std::uint64_t fnv1a(const void *data, std::size_t size, std::uint64_t hash = 0xcbf29ce484222325ull)
{
    const auto *bytes = static_cast<const unsigned char *>(data);
    for (std::size_t i = 0; i < size; ++i)
        hash = (hash ^ bytes[i]) * 0x100000001b3ull;
    return hash;
}

/// Eight bytes at a time: the sum must cost less than the decoding it saves.
std::uint64_t pixelSum(const unsigned char *data, std::size_t size)
{
    std::uint64_t hash = 0x9e3779b97f4a7c15ull + size;
    for (; size >= 8; size -= 8, data += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, data, 8);
        hash = (hash ^ word) * 0xff51afd7ed558ccdull;
        hash ^= hash >> 32;
    }
    return fnv1a(data, size, hash);
}

} // namespace

fs::path cacheFolder()
{
    const char *cache = std::getenv("XDG_CACHE_HOME");
    if (cache != nullptr && cache[0] == '/')
        return fs::path(cache) / "torchdeck";
    const char *home = std::getenv("HOME");
    if (home != nullptr && home[0] == '/')
        return fs::path(home) / ".cache" / "torchdeck";
    return {};
}

fs::path defaultImageCacheFolder()
{
    const fs::path folder = cacheFolder();
    return folder.empty() ? folder : folder / "images";
}

std::string imageCacheName(const fs::path &image, int imgsz)
{
    std::error_code error;
    const std::string path = fs::absolute(image, error).string();
    const auto size = static_cast<std::uint64_t>(fs::file_size(image, error));
    const std::int64_t time = fs::last_write_time(image, error).time_since_epoch().count();
    std::uint64_t a = fnv1a(path.data(), path.size());
    a = fnv1a(&size, sizeof size, a);
    a = fnv1a(&time, sizeof time, a);
    const std::uint64_t b = fnv1a(path.data(), path.size(), a ^ 0x5bd1e9955bd1e995ull);
    char name[64];
    std::snprintf(name, sizeof name, "%016llx%016llx-%d.rgb", static_cast<unsigned long long>(a),
                  static_cast<unsigned long long>(b), imgsz);
    return name;
}

cv::Mat readRawImage(const fs::path &file, int &originalWidth, int &originalHeight)
{
    constexpr std::int32_t kLargest = 1 << 16;
    std::ifstream stream(file, std::ios::binary);
    RawHeader header;
    const auto magic = header.magic;
    if (!stream.read(reinterpret_cast<char *>(&header), sizeof header) || header.magic != magic
        || header.width < 1 || header.height < 1 || header.width > kLargest || header.height > kLargest)
        return {};
    cv::Mat pixels(header.height, header.width, CV_8UC3);
    const std::size_t bytes = pixels.total() * pixels.elemSize();
    if (!stream.read(reinterpret_cast<char *>(pixels.data), static_cast<std::streamsize>(bytes))
        || pixelSum(pixels.data, bytes) != header.sum)
        return {};
    originalWidth = header.originalWidth;
    originalHeight = header.originalHeight;
    return pixels;
}

bool writeRawImage(const fs::path &file, const cv::Mat &pixels, int originalWidth, int originalHeight)
{
    static std::atomic<unsigned> counter { 0 };
    CV_Assert(pixels.isContinuous() && pixels.type() == CV_8UC3);
    std::error_code error;
    fs::create_directories(file.parent_path(), error);
    const fs::path temporary =
        file.string() + "." + std::to_string(::getpid()) + "." + std::to_string(counter++) + ".tmp";
    const std::size_t bytes = pixels.total() * pixels.elemSize();
    RawHeader header;
    header.width = pixels.cols;
    header.height = pixels.rows;
    header.originalWidth = originalWidth;
    header.originalHeight = originalHeight;
    header.sum = pixelSum(pixels.data, bytes);
    bool good = false;
    {
        std::ofstream stream(temporary, std::ios::binary);
        stream.write(reinterpret_cast<const char *>(&header), sizeof header);
        stream.write(reinterpret_cast<const char *>(pixels.data), static_cast<std::streamsize>(bytes));
        stream.flush();
        good = stream.good();
    }
    if (good)
        fs::rename(temporary, file, error);
    if (!good || error) {
        std::error_code ignored;
        fs::remove(temporary, ignored);
        return false;
    }
    return true;
}

void pruneImageCache(const fs::path &folder)
{
    std::error_code error;
    const auto oldest = fs::file_time_type::clock::now() - std::chrono::hours(24 * 30);
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        std::error_code ignored;
        const auto time = it->last_write_time(ignored);
        const auto extension = it->path().extension();
        if (!ignored && time < oldest && (extension == ".rgb" || extension == ".tmp"))
            fs::remove(it->path(), ignored);
    }
}

} // namespace torchdeck::engine
