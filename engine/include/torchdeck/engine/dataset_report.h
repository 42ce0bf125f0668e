// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/box_sizes.h"
#include "torchdeck/engine/lifecycle.h"

#include <stop_token>

namespace torchdeck::engine {

enum class ProblemLevel { Note, Warning, Fatal };

/// One finding, with the place to open.
struct DatasetProblem {
    ProblemLevel level = ProblemLevel::Warning;
    std::filesystem::path file;
    int line = 0; ///< 1-based, 0 = whole file
    std::string sentence;
    std::filesystem::path other {}; ///< a second file it is about (the twin of a leaked image), or empty
};

struct DatasetReport {
    DatasetSummary summary;
    std::vector<std::int64_t> trainInstancesPerClass;
    std::vector<std::int64_t> valInstancesPerClass;
    BoxSizes trainBoxes, valBoxes;
    std::vector<DatasetProblem> problems; ///< fatal ones first

    [[nodiscard]] bool fatal() const
    {
        return !problems.empty() && problems.front().level == ProblemLevel::Fatal;
    }
};

/// Reads data.yaml, all labels and image headers and says what is there and what is wrong. Blocking (files
/// only, no torch); thread-safe. Never throws for a bad data set: that is a fatal problem in the report.
[[nodiscard]] DatasetReport inspectDataset(const std::string &dataYaml, std::stop_token stop = {});

} // namespace torchdeck::engine
