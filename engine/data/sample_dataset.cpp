// SPDX-License-Identifier: GPL-3.0-or-later
#include "torchdeck/engine/sample_dataset.h"

#include "engine/data/sample_scene.h"
#include "torchdeck/engine/error.h"

#include <opencv2/imgcodecs.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include <unistd.h>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

constexpr const char *kMark = "# Torchdeck sample set, version 1: ";

/// First line of data.yaml: says that the set is ours and how it was made.
std::string markOf(const SampleDatasetOptions &options)
{
    return kMark + std::to_string(options.trainImages) + " train, " + std::to_string(options.valImages)
        + " val, " + std::to_string(options.width) + "x" + std::to_string(options.height) + ", seed "
        + std::to_string(options.seed);
}

[[noreturn]] void failWriting(const fs::path &file, const std::string &why)
{
    throw EngineError(ErrorKind::Storage,
                      "The sample set cannot be written (" + file.string() + ": " + why
                          + "); check free space and permissions, or choose another folder.");
}

void writeFile(const fs::path &file, const void *data, std::size_t size)
{
    std::ofstream stream(file, std::ios::binary);
    stream.write(static_cast<const char *>(data), static_cast<std::streamsize>(size));
    stream.close();
    if (!stream)
        failWriting(file, "writing failed");
}

void writeText(const fs::path &file, const std::string &text) { writeFile(file, text.data(), text.size()); }

std::string labelText(const std::vector<PixelBox> &boxes, PixelSize size)
{
    std::string text;
    for (const PixelBox &box : boxes) {
        const BoxLabel label = toNormalised(box, size);
        char row[96];
        std::snprintf(row, sizeof row, "%d %.6f %.6f %.6f %.6f\n", label.classId, label.x, label.y, label.w,
                      label.h);
        for (char *c = row; *c != '\0'; ++c)
            *c = *c == ',' ? '.' : *c; // a locale may want commas
        text += row;
    }
    return text;
}

std::string yamlText(const SampleDatasetOptions &options)
{
    std::string text = markOf(options) + "\ntrain: images/train\nval: images/val\nnames:\n";
    const auto &names = sampleClasses();
    for (std::size_t i = 0; i < names.size(); ++i)
        text += "  " + std::to_string(i) + ": " + names[i] + "\n";
    return text;
}

/// Removes the folder unless it was renamed into place.
struct TemporaryFolder {
    fs::path path;
    bool kept = false;
    ~TemporaryFolder()
    {
        std::error_code ignored;
        if (!kept)
            fs::remove_all(path, ignored);
    }
};

void drawOne(const fs::path &root, const char *split, std::uint64_t stream, int index,
             const SampleDatasetOptions &options)
{
    const PixelSize size { options.width, options.height };
    const SampleScene scene = drawScene(options.seed, stream, static_cast<std::uint64_t>(index), size);
    char name[32];
    std::snprintf(name, sizeof name, "%05d", index + 1);
    std::vector<std::uint8_t> bytes;
    const fs::path image = root / "images" / split / (std::string(name) + ".jpg");
    if (!cv::imencode(".jpg", scene.image, bytes, { cv::IMWRITE_JPEG_QUALITY, 92 }))
        failWriting(image, "encoding failed");
    writeFile(image, bytes.data(), bytes.size());
    writeText(root / "labels" / split / (std::string(name) + ".txt"), labelText(scene.boxes, size));
}

void checkOptions(const SampleDatasetOptions &options)
{
    const auto within = [](int value, int low, int high) { return value >= low && value <= high; };
    if (!within(options.trainImages, 1, 99999) || !within(options.valImages, 1, 99999))
        throw EngineError(ErrorKind::Argument, "A sample set has 1 to 99999 training and validation images.");
    if (!within(options.width, 64, 4096) || !within(options.height, 64, 4096))
        throw EngineError(ErrorKind::Argument,
                          "The images of a sample set are 64 to 4096 pixels wide and high.");
}

/// True when `folder` holds exactly this set already; throws when it holds anything else.
bool alreadyThere(const fs::path &folder, const SampleDatasetOptions &options)
{
    std::error_code error;
    if (!fs::exists(folder, error))
        return false;
    if (!fs::is_directory(folder, error))
        throw EngineError(ErrorKind::Argument,
                          folder.string() + " is a file; choose a folder for the sample set.");
    if (fs::is_empty(folder, error) && !error)
        return false;
    std::ifstream stream(folder / "data.yaml");
    std::string line;
    std::getline(stream, line);
    if (line.rfind(kMark, 0) != 0)
        throw EngineError(ErrorKind::Argument,
                          folder.string() + " already holds something else; choose an empty or new folder.");
    if (line != markOf(options))
        throw EngineError(ErrorKind::Argument,
                          folder.string() + " holds a sample set made with other settings ("
                              + line.substr(std::string(kMark).size())
                              + "); choose another folder, or delete this one first.");
    const auto count = [&](const char *kind, const char *split) {
        std::error_code ignored;
        int files = 0;
        for (fs::directory_iterator it(folder / kind / split, ignored), end; it != end; it.increment(ignored))
            files += it->is_regular_file(ignored) ? 1 : 0;
        return files;
    };
    if (count("images", "train") < options.trainImages || count("images", "val") < options.valImages
        || count("labels", "train") < options.trainImages || count("labels", "val") < options.valImages)
        throw EngineError(ErrorKind::Argument,
                          "Files of the sample set in " + folder.string()
                              + " are missing; delete the folder and make it again.");
    return true;
}

} // namespace

fs::path makeSampleDataset(const fs::path &folder, const SampleDatasetOptions &options,
                           const std::function<bool(int, int)> &progress)
{
    checkOptions(options);
    if (folder.empty())
        throw EngineError(ErrorKind::Argument, "No folder given for the sample set.");
    fs::path target = fs::absolute(folder).lexically_normal();
    if (!target.has_filename())
        target = target.parent_path(); // "folder/"
    if (alreadyThere(target, options))
        return target / "data.yaml";

    std::error_code error;
    fs::create_directories(target.parent_path(), error);
    TemporaryFolder temporary {
        target.parent_path() / ("." + target.filename().string() + "." + std::to_string(::getpid()) + ".tmp")
    };
    fs::remove_all(temporary.path, error);
    for (const char *place : { "images/train", "images/val", "labels/train", "labels/val" }) {
        if (!fs::create_directories(temporary.path / place, error) && error)
            failWriting(temporary.path / place, error.message());
    }
    const int total = options.trainImages + options.valImages;
    for (int i = 0; i < total; ++i) {
        const bool train = i < options.trainImages;
        drawOne(temporary.path, train ? "train" : "val", train ? 0 : 1, train ? i : i - options.trainImages,
                options);
        if (progress && !progress(i + 1, total))
            return {};
    }
    writeText(temporary.path / "data.yaml", yamlText(options));
    fs::rename(temporary.path, target, error); // also over an empty folder
    if (error)
        failWriting(target, error.message());
    temporary.kept = true;
    return target / "data.yaml";
}

} // namespace torchdeck::engine
