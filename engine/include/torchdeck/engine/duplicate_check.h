// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace torchdeck::engine {

/// A validation image that looks like a training image: the same one in another size or format, or a neighbouring
/// frame.
struct DuplicatePair {
    std::filesystem::path val, train;
    double likeness = 0; ///< correlation of the shrunken pictures, 1 = no difference but brightness and contrast
};

struct DuplicateReport {
    std::vector<DuplicatePair> pairs; ///< one a validation image (its nearest), the likest first
    std::int64_t images = 0; ///< compared, both splits
    std::int64_t unreadable = 0;
    bool stopped = false; ///< early: `pairs` is empty
};

/// Looks for validation images that are also training images, by what they show: a perceptual hash of every image
/// (sign pattern of the low frequencies of its DCT; C. Zauner, "Implementation and Benchmarking of Perceptual Image
/// Hash Functions", 2010) finds candidates, the correlation of small colour pictures decides. Files that are equal
/// byte for byte are left out: inspectDataset() reports those. Pictures without contrast are not compared. Hashes are
/// kept by path, size and date, so that the next check reads what is new only. One call at a time.
class DuplicateFinder {
public:
    using Progress = std::function<void(std::int64_t done, std::int64_t total)>; ///< from several threads

    DuplicateFinder();
    ~DuplicateFinder();
    DuplicateFinder(const DuplicateFinder &) = delete;
    DuplicateFinder &operator=(const DuplicateFinder &) = delete;

    /// Blocking; no torch. Throws EngineError (Dataset) when data.yaml cannot be read; labels do not matter.
    [[nodiscard]] DuplicateReport find(const std::string &dataYaml, const Progress &progress,
                                       const std::stop_token &stop);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace torchdeck::engine
