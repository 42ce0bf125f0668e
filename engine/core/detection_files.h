// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The text forms of detections: label files and COCO's predictions.

#include "engine/eval/matching.h"

#include <filesystem>
#include <string>
#include <vector>

namespace torchdeck::engine {

/// "class x y w h" a line, normalised to the picture, with the confidence behind when `withConfidence`. Boxes
/// in pixels of the picture. Six digits, as the field writes them.
[[nodiscard]] std::string labelLines(const std::vector<Detection> &detections, int pictureWidth,
                                     int pictureHeight, bool withConfidence);

/// Category numbers of predictions.json: COCO's own for its 80 classes, else 1, 2, 3, ...
[[nodiscard]] std::vector<int> categoryIds(std::size_t classes, bool coco);

/// A text as a JSON string, quotes included.
[[nodiscard]] std::string jsonString(const std::string &text);

/// Collects predictions.json: one object a detection with image_id (a number when the file's name is one),
/// file_name, category_id, bbox (left, top, width, height in pixels) and score.
class CocoPredictions {
public:
    explicit CocoPredictions(std::vector<int> categories)
        : m_categories(std::move(categories))
    {
    }
    void add(const std::filesystem::path &image, const std::vector<Detection> &detections);
    [[nodiscard]] std::string text() const { return m_text.empty() ? "[]" : m_text + "]"; }

private:
    std::vector<int> m_categories;
    std::string m_text;
};

/// Deepest folder that holds all of `files`.
[[nodiscard]] std::filesystem::path commonFolder(const std::vector<std::filesystem::path> &files);
/// A file's path below `root` as one name without its extension: a/1.jpg becomes a_1.
[[nodiscard]] std::string flatName(const std::filesystem::path &file, const std::filesystem::path &root);

} // namespace torchdeck::engine
