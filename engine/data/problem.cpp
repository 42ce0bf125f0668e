// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/problem.h"

#include <map>

namespace torchdeck::engine {

std::string placedSentence(const DatasetProblem &problem)
{
    if (problem.file.empty())
        return problem.sentence;
    std::string place = problem.file.string();
    if (problem.line > 0)
        place += ":" + std::to_string(problem.line);
    return place + ": " + problem.sentence;
}

std::vector<DatasetProblem> cappedProblems(const std::vector<ScanProblem> &problems, std::size_t limit,
                                           bool allCorrupt)
{
    struct Group {
        std::size_t kept = 0, dropped = 0, last = 0;
    };
    std::map<std::pair<ProblemKind, ProblemLevel>, Group> groups;
    std::vector<DatasetProblem> result;
    for (const ScanProblem &found : problems) {
        Group &group = groups[{ found.kind, found.problem.level }];
        const bool unlimited = allCorrupt && found.kind == ProblemKind::Corrupt;
        if (group.kept >= limit && !unlimited) {
            ++group.dropped;
            continue;
        }
        ++group.kept;
        group.last = result.size();
        result.push_back(found.problem);
    }
    for (const auto &[key, group] : groups) {
        if (group.dropped > 0)
            result[group.last].sentence += " (and " + std::to_string(group.dropped) + " more like this)";
    }
    return result;
}

} // namespace torchdeck::engine
