// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/leak_check.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

std::string contents(const fs::path &file, std::streamoff from, std::size_t most)
{
    std::ifstream stream(file, std::ios::binary);
    stream.seekg(from);
    std::string bytes(most, '\0');
    stream.read(bytes.data(), static_cast<std::streamsize>(most));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
    return bytes;
}

/// Size and a piece from the middle: enough to leave only real twins for the full comparison.
std::string sketch(const fs::path &file, std::uintmax_t size)
{
    constexpr std::size_t kPiece = 256;
    return std::to_string(size) + "/" + contents(file, static_cast<std::streamoff>(size / 2), kPiece);
}

bool sameBytes(const fs::path &a, const fs::path &b)
{
    constexpr std::size_t kChunk = 1 << 16;
    for (std::streamoff at = 0;; at += kChunk) {
        const std::string first = contents(a, at, kChunk), second = contents(b, at, kChunk);
        if (first != second)
            return false;
        if (first.size() < kChunk)
            return true;
    }
}

} // namespace

std::vector<ScanProblem> findLeaks(const std::vector<Sample> &train, const std::vector<Sample> &val,
                                   std::stop_token stop)
{
    std::unordered_map<std::uintmax_t, std::vector<const Sample *>> bySize;
    std::error_code error;
    for (const Sample &sample : val)
        bySize[fs::file_size(sample.image, error)].push_back(&sample);
    std::unordered_map<std::string, const Sample *> bySketch;
    std::unordered_map<std::uintmax_t, bool> sketched;
    std::vector<ScanProblem> problems;
    for (const Sample &sample : train) {
        if (stop.stop_requested())
            break;
        const auto size = fs::file_size(sample.image, error);
        const auto twins = bySize.find(size);
        if (error || twins == bySize.end())
            continue;
        if (!std::exchange(sketched[size], true)) {
            for (const Sample *other : twins->second)
                bySketch.emplace(sketch(other->image, size), other);
        }
        const auto twin = bySketch.find(sketch(sample.image, size));
        if (twin == bySketch.end() || !sameBytes(sample.image, twin->second->image))
            continue;
        problems.push_back(
            { ProblemKind::Leak,
              { ProblemLevel::Warning, twin->second->image, 0,
                sample.image == twin->second->image
                    ? "The image is in 'train' and in 'val'; the metrics will look better than they are."
                    : "The same image is in 'train' as " + sample.image.string()
                        + "; the metrics will look better than they are.",
                sample.image == twin->second->image ? fs::path() : sample.image } });
    }
    return problems;
}

} // namespace torchdeck::engine
