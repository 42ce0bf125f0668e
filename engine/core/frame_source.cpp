// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/frame_source.h"

#include "engine/core/atomic_file.h"
#include "torchdeck/engine/error.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <fnmatch.h>
#include <glob.h>
#include <sstream>
#include <string_view>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 14> imageEndings { "avif", "bmp",  "dng",  "heic", "heif",
                                                          "jp2",  "jpeg", "jpg",  "mpo",  "pfm",
                                                          "png",  "tif",  "tiff", "webp" };
constexpr std::array<std::string_view, 12> videoEndings { "asf", "avi",  "gif", "m4v", "mkv", "mov",
                                                          "mp4", "mpeg", "mpg", "ts",  "wmv", "webm" };

std::string lower(std::string text)
{
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

template <std::size_t N> bool endsIn(const fs::path &file, const std::array<std::string_view, N> &endings)
{
    const std::string ending = lower(file.extension().string());
    return ending.size() > 1
        && std::ranges::find(endings, std::string_view(ending).substr(1)) != endings.end();
}

[[noreturn]] void fail(const std::string &sentence)
{
    throw EngineError(ErrorKind::Argument, sentence, "source");
}

bool isPattern(const std::string &text) { return text.find_first_of("*?[") != std::string::npos; }

/// glob(3) knows no `**`: the folders below its place are walked, and what follows is matched against each
/// file.
std::vector<fs::path> matchDeep(const std::string &pattern)
{
    const auto place = pattern.find("**");
    const fs::path root = place == 0 ? fs::path(".") : fs::path(pattern.substr(0, place));
    std::string rest = pattern.substr(place + 2);
    rest.erase(0, rest.find_first_not_of('/'));
    std::vector<fs::path> files;
    std::error_code error;
    for (auto it =
             fs::recursive_directory_iterator(root, fs::directory_options::skip_permission_denied, error);
         !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
        const std::string below = it->path().lexically_relative(root).string();
        // "*.jpg" matches in any folder, "a/*.jpg" below any folder.
        const bool match = ::fnmatch(rest.c_str(), below.c_str(), 0) == 0
            || ::fnmatch(("*/" + rest).c_str(), below.c_str(), 0) == 0;
        if (match && it->is_regular_file(error))
            files.push_back(it->path());
    }
    return files;
}

std::vector<fs::path> matchPattern(const std::string &pattern)
{
    if (pattern.find("**") != std::string::npos)
        return matchDeep(pattern);
    std::vector<fs::path> files;
    glob_t found {};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
        files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    return files;
}

/// One entry: a file, a folder or a pattern.
std::vector<fs::path> expand(const std::string &entry)
{
    std::error_code error;
    std::vector<fs::path> files;
    if (fs::is_directory(entry, error)) {
        for (const auto &item : fs::directory_iterator(entry, error)) {
            if (item.is_regular_file(error))
                files.push_back(item.path());
        }
    } else if (fs::exists(entry, error)) {
        files.emplace_back(entry);
    } else if (isPattern(entry)) {
        files = matchPattern(entry);
    } else {
        fail("There is no file or folder " + entry + ": check source=.");
    }
    for (fs::path &file : files)
        file = fs::absolute(file, error).lexically_normal();
    std::ranges::sort(files);
    return files;
}

std::string trimmed(const std::string &text)
{
    const auto first = text.find_first_not_of(" \t\r\""), last = text.find_last_not_of(" \t\r\"");
    return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

/// Entries of a list, sorted; those that are not there seen from here are taken relative to the list.
std::vector<std::string> readList(const fs::path &list)
{
    std::string text = readFile(list);
    if (text.starts_with("\xef\xbb\xbf"))
        text.erase(0, 3);
    const bool csv = lower(list.extension().string()) == ".csv";
    std::vector<std::string> entries;
    std::stringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::stringstream cells(line);
        for (std::string cell;
             csv ? bool(std::getline(cells, cell, ',')) : bool(std::getline(cells, cell));) {
            cell = trimmed(cell);
            if (!cell.empty() && !(csv && entries.empty() && cell == "source"))
                entries.push_back(cell);
        }
    }
    std::ranges::sort(entries);
    std::error_code error;
    for (std::string &entry : entries) {
        const bool here = isPattern(entry) ? !matchPattern(entry).empty() : fs::exists(entry, error);
        if (!here)
            entry = (list.parent_path() / entry).string();
    }
    return entries;
}

void refuseLiveSources(const std::string &source)
{
    if (source.empty())
        fail("No source given: add source=IMAGE, a video, a folder or a quoted pattern.");
    const bool number = std::ranges::all_of(source, [](unsigned char c) { return c >= '0' && c <= '9'; });
    std::error_code error;
    if ((number || source == "screen" || source.starts_with("screen ")) && !fs::exists(source, error))
        fail("source=" + source
             + " means a camera or the screen, which are not read: give an image, a video, a folder "
             + "or a pattern.");
    if (source.find("://") != std::string::npos || source.ends_with(".streams"))
        fail("source=" + source
             + " is a network address or a list of streams, which are not read: download it and "
             + "give the file.");
}

} // namespace

SourceFiles findSourceFiles(const std::string &source)
{
    refuseLiveSources(source);
    const std::string ending = lower(fs::path(source).extension().string());
    std::error_code error;
    const bool list = (ending == ".txt" || ending == ".csv") && fs::is_regular_file(source, error);
    SourceFiles found;
    for (const std::string &entry : list ? readList(source) : std::vector<std::string> { source }) {
        for (const fs::path &file : expand(entry)) {
            if (endsIn(file, imageEndings))
                found.images.push_back(file);
            else if (endsIn(file, videoEndings))
                found.videos.push_back(file);
        }
    }
    if (found.size() == 0)
        fail("No images or videos found in " + source
             + ": check source= (known by their names: .jpg, .png, .bmp, "
             + ".tif, .webp ..., .mp4, .avi, .mkv, .mov ...).");
    return found;
}

struct FrameReader::Impl {
    SourceFiles source;
    int stride = 1;
    std::size_t at = 0; ///< file
    cv::VideoCapture video;
    std::int64_t frame = 0, frames = 0;
    double fps = 0;

    [[nodiscard]] bool open(const fs::path &file)
    {
        frame = 0;
        if (!video.open(file.string()))
            return false;
        const double count = video.get(cv::CAP_PROP_FRAME_COUNT), rate = video.get(cv::CAP_PROP_FPS);
        frames = count > 0 ? static_cast<std::int64_t>(count / stride) : 0;
        fps = std::max(1.0, (std::isfinite(rate) && rate > 0 ? rate : 30) / stride);
        return true;
    }

    /// Empty at the video's end.
    cv::Mat read()
    {
        for (int i = 0; i < stride; ++i) {
            if (!video.grab())
                return {};
        }
        cv::Mat pixels;
        if (!video.retrieve(pixels))
            pixels.release();
        return pixels;
    }
};

FrameReader::FrameReader(SourceFiles files, int vidStride)
    : m_impl(std::make_unique<Impl>())
{
    m_impl->source = std::move(files);
    m_impl->stride = std::max(1, vidStride);
}

FrameReader::~FrameReader() = default;

std::int64_t FrameReader::files() const { return static_cast<std::int64_t>(m_impl->source.size()); }

std::optional<Frame> FrameReader::next()
{
    Impl &d = *m_impl;
    while (d.at < d.source.size()) {
        Frame frame;
        frame.number = static_cast<std::int64_t>(d.at) + 1;
        if (d.at < d.source.images.size()) {
            frame.file = d.source.images[d.at++];
            try {
                frame.pixels = cv::imread(frame.file.string(), cv::IMREAD_COLOR);
            } catch (const cv::Exception &) {
                frame.pixels.release(); // some broken files make the decoder throw
            }
            return frame;
        }
        frame.file = d.source.videos[d.at - d.source.images.size()];
        frame.video = true;
        const bool fresh = !d.video.isOpened();
        const bool opened = !fresh || d.open(frame.file);
        if (opened)
            frame.pixels = d.read();
        if (!frame.pixels.empty()) {
            frame.frame = ++d.frame;
            frame.frames = std::max(d.frames, d.frame);
            frame.fps = d.fps;
            return frame;
        }
        d.video.release();
        ++d.at;
        if (fresh) // not a single frame
            return frame;
    }
    return std::nullopt;
}

} // namespace torchdeck::engine
