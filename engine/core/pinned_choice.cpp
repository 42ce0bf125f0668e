// SPDX-License-Identifier: GPL-3.0-or-later
#include "torchdeck/engine/pinned_choice.h"

#include "engine/core/atomic_file.h"
#include "torchdeck/engine/error.h"

#include <algorithm>
#include <sstream>
#include <string>

namespace torchdeck::engine {

namespace {

constexpr std::uintmax_t mostBytes = 1 << 20;

std::filesystem::path choiceFile(const std::filesystem::path &folder) { return folder / "pinned_images.txt"; }

} // namespace

std::vector<std::filesystem::path> readPinnedChoice(const std::filesystem::path &runFolder)
{
    std::vector<std::filesystem::path> images;
    try {
        std::error_code error;
        const std::uintmax_t size = std::filesystem::file_size(choiceFile(runFolder), error);
        if (error || size > mostBytes)
            return images;
        std::istringstream in(readFile(choiceFile(runFolder)));
        for (std::string line; std::getline(in, line) && images.size() < mostPinned;) {
            if (!line.empty() && line.back() == '\r')
                line.pop_back();
            if (!line.empty() && line.front() != '#')
                images.emplace_back(line);
        }
    } catch (const EngineError &) { // gone, or not ours to read: the usual ones
        images.clear();
    }
    return images;
}

void writePinnedChoice(const std::filesystem::path &runFolder, const std::vector<std::filesystem::path> &images)
{
    std::string text = "# Validation images whose boxes are kept after every epoch, one path a line.\n";
    for (std::size_t i = 0; i < std::min(images.size(), mostPinned); ++i)
        text += images[i].string() + "\n";
    writeFileAtomically(choiceFile(runFolder), text);
}

} // namespace torchdeck::engine
