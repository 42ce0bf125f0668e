// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/data/dataset.h"
#include "engine/data/problem.h"

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace torchdeck::engine {

/// Everything one split holds and everything wrong with it; nothing is thrown for bad data.
struct SplitScan {
    std::vector<Sample> samples; ///< usable images, sorted by path
    std::int64_t images = 0; ///< found, corrupt ones included
    std::int64_t corrupt = 0, background = 0, instances = 0, labelFiles = 0;
    std::vector<std::int64_t> instancesPerClass;
    std::vector<ScanProblem> problems; ///< in path order
    bool stopped = false;
};

[[nodiscard]] SplitScan scanSplit(const DataYaml &yaml, const std::string &split,
                                  const DatasetOptions &options, std::stop_token stop);

/// Calls `work(i)` for every i < count on several threads; ends early on a stop request. Rethrows the first
/// exception.
void parallelFor(std::size_t count, std::stop_token stop, const std::function<void(std::size_t)> &work);

} // namespace torchdeck::engine
