// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/dataset.h"

#include "engine/data/scan.h"

#include <algorithm>

namespace torchdeck::engine {

std::shared_ptr<const Dataset> indexSplit(const DataYaml &yaml, const std::string &split,
                                          const DatasetOptions &options, std::stop_token stop)
{
    SplitScan scan = scanSplit(yaml, split, options, stop);
    const auto isFatal = [](const ScanProblem &found) { return found.problem.level == ProblemLevel::Fatal; };
    const auto fatal = std::find_if(scan.problems.begin(), scan.problems.end(), isFatal);
    if (fatal != scan.problems.end() && !scan.stopped) {
        const auto more = std::count_if(scan.problems.begin(), scan.problems.end(), isFatal) - 1;
        const std::string tail =
            more == 0 ? std::string() : " (" + std::to_string(more) + " more in '" + split + "')";
        throw DatasetError(fatal->problem, options.field, tail);
    }
    constexpr std::size_t kPerKind = 10;
    auto dataset = std::make_shared<Dataset>();
    dataset->names = options.singleCls ? std::vector<std::string> { "item" } : yaml.names;
    dataset->samples = std::move(scan.samples);
    dataset->corrupt = scan.corrupt;
    dataset->background = scan.background;
    dataset->instances = scan.instances;
    dataset->problems = cappedProblems(scan.problems, kPerKind, true);
    return dataset;
}

} // namespace torchdeck::engine
