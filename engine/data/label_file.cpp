// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/label_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <string>

namespace torchdeck::engine {

namespace {

// Annotation tools round; the field accepts 1 % beyond the border, and so do we.
constexpr double kTolerance = 0.01;

struct Row {
    std::vector<double> values;
    std::string problem;
};

bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

std::string shown(std::string_view text)
{
    constexpr std::size_t kLongest = 24;
    return "'" + std::string(text.substr(0, kLongest)) + (text.size() > kLongest ? "...'" : "'");
}

std::string number(double value)
{
    char text[32];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value, std::chars_format::general, 6);
    return error == std::errc() ? std::string(text, end) : std::string("?");
}

Row splitRow(std::string_view line)
{
    Row row;
    for (std::size_t at = 0; at < line.size();) {
        while (at < line.size() && isBlank(line[at]))
            ++at;
        std::size_t end = at;
        while (end < line.size() && !isBlank(line[end]))
            ++end;
        if (end == at)
            break;
        std::string_view word = line.substr(at, end - at);
        at = end;
        if (word.size() > 1 && word.front() == '+')
            word.remove_prefix(1);
        double value = 0;
        const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), value);
        if (error != std::errc() || stop != word.data() + word.size() || !std::isfinite(value)) {
            row.problem =
                shown(word) + " is not a number; a row is 'class x y width height', separated by spaces.";
            return row;
        }
        row.values.push_back(value);
    }
    return row;
}

std::string checkClass(double value, const LabelRules &rules)
{
    if (value != std::floor(value) || value < 0)
        return "The class " + number(value) + " is not a whole number of at least 0.";
    if (!rules.singleCls && value >= rules.classes)
        return "Class " + number(value) + " is not in data.yaml, which names " + std::to_string(rules.classes)
            + (rules.classes == 1 ? " class (0)"
                                  : " classes (0 to " + std::to_string(rules.classes - 1) + ")")
            + "; correct the label or add the class to 'names'.";
    return {};
}

std::string checkCoordinates(const std::vector<double> &values)
{
    for (std::size_t i = 1; i < values.size(); ++i) {
        if (values[i] < -kTolerance || values[i] > 1 + kTolerance)
            return "The coordinate " + number(values[i])
                + " is outside 0 to 1; coordinates are fractions of the image's width and height.";
    }
    return {};
}

bool isPose(std::size_t columns, const LabelRules &rules)
{
    return rules.keypointColumns > 0 && columns == 5 + static_cast<std::size_t>(rules.keypointColumns);
}

bool isOutline(std::size_t columns, const LabelRules &rules)
{
    return columns > 5 && !isPose(columns, rules);
}

/// Reduces a row to five numbers, or says what is wrong with it.
std::string reduceRow(std::vector<double> &values, const LabelRules &rules)
{
    if (isPose(values.size(), rules))
        values.resize(5);
    const std::size_t columns = values.size();
    if (columns != 5 && (columns < 7 || columns % 2 == 0))
        return "The row has " + std::to_string(columns)
            + " columns; a box has 5 (class x y width height), an outline "
              "an odd number of at least 7.";
    if (std::string problem = checkClass(values[0], rules); !problem.empty())
        return problem;
    if (std::string problem = checkCoordinates(values); !problem.empty())
        return problem;
    if (columns == 5) {
        if (values[3] < 0 || values[4] < 0)
            return "The box has a negative width or height.";
        return {};
    }
    double left = values[1], right = values[1], top = values[2], bottom = values[2];
    for (std::size_t i = 3; i < columns; i += 2) {
        left = std::min(left, values[i]);
        right = std::max(right, values[i]);
        top = std::min(top, values[i + 1]);
        bottom = std::max(bottom, values[i + 1]);
    }
    values = { values[0], (left + right) / 2, (top + bottom) / 2, right - left, bottom - top };
    return {};
}

} // namespace

std::filesystem::path labelPathFor(const std::filesystem::path &image)
{
    std::string text = image.string();
    static constexpr std::string_view kImages = "/images/";
    if (const auto at = text.rfind(kImages); at != std::string::npos)
        text.replace(at, kImages.size(), "/labels/");
    return std::filesystem::path(text).replace_extension(".txt");
}

ParsedLabels parseLabels(std::string_view text, const std::filesystem::path &file, const LabelRules &rules,
                         std::vector<ScanProblem> &problems)
{
    ParsedLabels parsed;
    std::set<std::vector<double>> seen;
    int duplicates = 0, emptyBoxes = 0, firstDuplicate = 0, firstEmpty = 0;
    if (text.substr(0, 3) == "\xef\xbb\xbf")
        text.remove_prefix(3);
    for (int line = 1; !text.empty(); ++line) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        Row row = splitRow(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (row.values.empty() && row.problem.empty())
            continue;
        const std::vector<double> whole = row.values;
        if (row.problem.empty())
            row.problem = reduceRow(row.values, rules);
        if (!row.problem.empty()) {
            problems.push_back({ ProblemKind::LabelRow, { ProblemLevel::Fatal, file, line, row.problem } });
            continue;
        }
        if (!seen.insert(whole).second) {
            firstDuplicate = duplicates++ == 0 ? line : firstDuplicate;
            continue;
        }
        if (row.values[3] <= 0 || row.values[4] <= 0) {
            firstEmpty = emptyBoxes++ == 0 ? line : firstEmpty;
            continue;
        }
        const int classId = static_cast<int>(row.values[0]);
        if (!rules.wanted.empty() && std::ranges::find(rules.wanted, classId) == rules.wanted.end())
            continue;
        const auto f = [&](std::size_t i) { return static_cast<float>(row.values[i]); };
        parsed.labels.push_back({ rules.singleCls ? 0 : classId, f(1), f(2), f(3), f(4) });
        parsed.outlines.emplace_back();
        if (isOutline(whole.size(), rules))
            parsed.outlines.back().assign(whole.begin() + 1, whole.end());
    }
    const auto warn = [&](ProblemKind kind, int count, int line, const char *what) {
        if (count > 0)
            problems.push_back({ kind,
                                 { ProblemLevel::Warning, file, line,
                                   std::to_string(count) + (count == 1 ? " row" : " rows") + what } });
    };
    warn(ProblemKind::Duplicate, duplicates, firstDuplicate, " repeated; counted once.");
    warn(ProblemKind::EmptyBox, emptyBoxes, firstEmpty, " with a box of no width or height; left out.");
    return parsed;
}

} // namespace torchdeck::engine
