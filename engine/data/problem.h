// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/dataset_report.h"
#include "torchdeck/engine/error.h"

#include <string>
#include <vector>

namespace torchdeck::engine {

/// What a finding is about; lists are capped per kind.
enum class ProblemKind {
    Yaml,
    Split,
    Images,
    Labels,
    Corrupt,
    LabelRow,
    Duplicate,
    EmptyBox,
    Outlines,
    NoLabelFile,
    Leak
};

struct ScanProblem {
    ProblemKind kind = ProblemKind::Yaml;
    DatasetProblem problem;
};

/// "file:line: sentence", the way compilers say it, so that editors can jump there.
[[nodiscard]] std::string placedSentence(const DatasetProblem &problem);

/// EngineError that keeps the place apart from the sentence.
class DatasetError : public EngineError {
public:
    explicit DatasetError(DatasetProblem problem, std::string field = "data", const std::string &tail = {})
        : EngineError(ErrorKind::Dataset, placedSentence(problem) + tail, std::move(field))
        , m_problem(std::move(problem))
    {
    }
    [[nodiscard]] const DatasetProblem &problem() const noexcept { return m_problem; }

private:
    DatasetProblem m_problem;
};

/// Keeps at most `limit` findings of each kind (except Corrupt when `allCorrupt`) and says how many more
/// there are.
[[nodiscard]] std::vector<DatasetProblem> cappedProblems(const std::vector<ScanProblem> &problems,
                                                         std::size_t limit, bool allCorrupt);

} // namespace torchdeck::engine
