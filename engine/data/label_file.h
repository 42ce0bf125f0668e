// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/data/dataset.h"
#include "engine/data/problem.h"

#include <filesystem>
#include <string_view>
#include <vector>

namespace torchdeck::engine {

struct LabelRules {
    int classes = 0;
    bool singleCls = false;
    int keypointColumns = 0;
    std::vector<int> wanted {}; ///< class ids to keep, empty = all
};

/// One label file's good rows.
struct ParsedLabels {
    std::vector<BoxLabel> labels;
    std::vector<Outline> outlines; ///< one a label, empty where the row was a box
};

/// The label twin of an image: the last /images/ becomes /labels/, the extension .txt.
[[nodiscard]] std::filesystem::path labelPathFor(const std::filesystem::path &image);

/// Parses the text of one label file: rows `class x y w h`, or `class x1 y1 x2 y2 ...` (an outline, taken as
/// its box), or a pose row. Bad rows are left out and appended to `problems` with their line; duplicates are
/// left out with a warning.
[[nodiscard]] ParsedLabels parseLabels(std::string_view text, const std::filesystem::path &file,
                                       const LabelRules &rules, std::vector<ScanProblem> &problems);

} // namespace torchdeck::engine
