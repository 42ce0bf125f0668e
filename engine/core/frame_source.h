// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <opencv2/core/mat.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace torchdeck::engine {

/// Images first, then videos, each sorted by name.
struct SourceFiles {
    std::vector<std::filesystem::path> images, videos;
    [[nodiscard]] std::size_t size() const { return images.size() + videos.size(); }
};

/// What `source=` means: an image, a video, a folder (not its subfolders), a pattern (`**` = folders of any
/// depth), or a .txt/.csv list of these, whose entries may be relative to the list. Throws EngineError
/// (Argument, "source") for nothing found, a missing file, and for what is never read: cameras, screens,
/// network addresses.
[[nodiscard]] SourceFiles findSourceFiles(const std::string &source);

/// One image or video frame, decoded (BGR).
struct Frame {
    cv::Mat pixels; ///< empty when the file cannot be decoded
    std::filesystem::path file;
    bool video = false;
    std::int64_t number = 0; ///< 1-based place of the file among all
    std::int64_t frame = 0,
                 frames = 0; ///< 1-based among the frames that are read, and how many there are; videos only
    double fps = 0; ///< of the frames that are read
};

/// Decodes the files one after the other; holds one image or one open video. One thread.
class FrameReader {
public:
    FrameReader(SourceFiles files, int vidStride);
    ~FrameReader();
    FrameReader(const FrameReader &) = delete;
    FrameReader &operator=(const FrameReader &) = delete;

    [[nodiscard]] std::int64_t files() const;
    /// The next frame, or nothing at the end. A file that cannot be decoded comes once, without pixels.
    [[nodiscard]] std::optional<Frame> next();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace torchdeck::engine
