// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/detection_files.h"

#include <algorithm>
#include <cstdio>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

/// `value` with at most `digits` after the point, without trailing zeros.
std::string rounded(double value, int digits)
{
    char text[48];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    std::string result = text;
    result.erase(result.find_last_not_of('0') + 1);
    if (result.back() == '.')
        result.pop_back();
    return result == "-0" ? "0" : result;
}

std::string imageId(const fs::path &image)
{
    const std::string stem = image.stem().string();
    const bool number =
        !stem.empty() && std::ranges::all_of(stem, [](unsigned char c) { return c >= '0' && c <= '9'; });
    if (!number)
        return jsonString(stem);
    const auto first = stem.find_first_not_of('0');
    return first == std::string::npos ? "0" : stem.substr(first);
}

} // namespace

std::string labelLines(const std::vector<Detection> &detections, int pictureWidth, int pictureHeight,
                       bool withConfidence)
{
    const auto width = static_cast<float>(pictureWidth), height = static_cast<float>(pictureHeight);
    std::string text;
    for (const Detection &d : detections) {
        char line[160];
        std::snprintf(line, sizeof line, "%d %g %g %g %g", d.classId, double((d.x1 + d.x2) / 2 / width),
                      double((d.y1 + d.y2) / 2 / height), double((d.x2 - d.x1) / width),
                      double((d.y2 - d.y1) / height));
        text += line;
        if (withConfidence) {
            std::snprintf(line, sizeof line, " %g", double(d.confidence));
            text += line;
        }
        text += '\n';
    }
    return text;
}

std::vector<int> categoryIds(std::size_t classes, bool coco)
{
    static constexpr int absent[] { 12, 26, 29, 30, 45, 66, 68, 69, 71, 83 }; // numbers COCO never used
    std::vector<int> ids;
    for (int id = 1; ids.size() < classes; ++id) {
        if (!coco || std::ranges::find(absent, id) == std::end(absent))
            ids.push_back(id);
    }
    return ids;
}

std::string jsonString(const std::string &text)
{
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
            result += c;
        } else if (static_cast<unsigned char>(c) < 32) {
            char code[8];
            std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
            result += code;
        } else {
            result += c;
        }
    }
    return result + '"';
}

void CocoPredictions::add(const fs::path &image, const std::vector<Detection> &detections)
{
    const std::string head = "{\"image_id\": " + imageId(image)
        + ", \"file_name\": " + jsonString(image.filename().string()) + ", \"category_id\": ";
    for (const Detection &d : detections) {
        const auto id = static_cast<std::size_t>(d.classId);
        m_text += m_text.empty() ? "[" : ", ";
        m_text += head + std::to_string(id < m_categories.size() ? m_categories[id] : d.classId + 1)
            + ", \"bbox\": [" + rounded(d.x1, 3) + ", " + rounded(d.y1, 3) + ", " + rounded(d.x2 - d.x1, 3)
            + ", " + rounded(d.y2 - d.y1, 3) + "], \"score\": " + rounded(d.confidence, 5) + "}";
    }
}

fs::path commonFolder(const std::vector<fs::path> &files)
{
    if (files.empty())
        return {};
    fs::path common = files.front().parent_path();
    for (const fs::path &file : files) {
        const fs::path folder = file.parent_path();
        fs::path shared;
        for (auto a = common.begin(), b = folder.begin(); a != common.end() && b != folder.end() && *a == *b;
             ++a, ++b)
            shared /= *a;
        common = shared;
    }
    return common;
}

std::string flatName(const fs::path &file, const fs::path &root)
{
    std::string name;
    fs::path below = file.lexically_relative(root);
    below.replace_extension();
    for (const fs::path &part : below)
        name += (name.empty() ? "" : "_") + part.string();
    return name;
}

} // namespace torchdeck::engine
