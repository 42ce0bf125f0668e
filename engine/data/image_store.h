// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/data/dataset.h"
#include "engine/data/geometry.h"

#include <opencv2/core.hpp>

#include <condition_variable>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace torchdeck::engine {

/// A decoded image with its long side at imgsz, RGB.
struct StoredImage {
    cv::Mat pixels; ///< empty when the file could not be decoded
    PixelSize original;
};
using StoredImagePtr = std::shared_ptr<const StoredImage>;

struct ImageStoreOptions {
    int imgsz = 640;
    std::string cache = "auto"; ///< auto, ram/true, disk, false
    std::int64_t window = 256; ///< images kept in any case, for mosaic neighbours
    std::int64_t freeMemory = -1; ///< bytes, -1 = ask the system
    std::filesystem::path diskFolder; ///< empty = the user's cache folder
    /// JPEGs that are halved exactly may be decoded so, which moves a few pixels by a level or two. Not for validation, whose
    /// scores are to equal other programs', and not for files in a cache that it may share.
    bool halveByDecoder = false;
};

/// Decodes images on demand and keeps as many as the cache mode and the memory allow (least recently used go
/// first). Thread-safe; an image wanted by two threads at once is decoded once.
class ImageStore {
public:
    ImageStore(std::shared_ptr<const Dataset> dataset, ImageStoreOptions options);
    ImageStore(const ImageStore &) = delete;
    ImageStore &operator=(const ImageStore &) = delete;

    /// Never null. An undecodable image has no pixels and is noted in problems() once.
    [[nodiscard]] StoredImagePtr get(std::size_t index);
    [[nodiscard]] std::vector<std::string> problems() const;
    [[nodiscard]] std::int64_t budget() const { return m_budget; } ///< bytes kept at most

private:
    struct Entry {
        StoredImagePtr image;
        std::list<std::size_t>::iterator place;
    };
    [[nodiscard]] StoredImagePtr load(std::size_t index);
    [[nodiscard]] StoredImagePtr decode(const Sample &sample);
    void keep(std::size_t index, const StoredImagePtr &image);
    void note(std::string sentence);

    std::shared_ptr<const Dataset> m_dataset;
    ImageStoreOptions m_options;
    std::int64_t m_budget = 0, m_used = 0;
    mutable std::mutex m_mutex;
    std::condition_variable m_loaded;
    std::list<std::size_t> m_recent; ///< front = newest
    std::unordered_map<std::size_t, Entry> m_entries;
    std::set<std::size_t> m_loading;
    std::set<std::size_t> m_failed;
    std::vector<std::string> m_problems;
};

/// Bytes the process may still use, control groups respected; 0 when unknown.
[[nodiscard]] std::int64_t availableMemory();

/// Bytes of all images of the set at `imgsz`.
[[nodiscard]] std::int64_t storedBytes(const Dataset &dataset, int imgsz);

} // namespace torchdeck::engine
