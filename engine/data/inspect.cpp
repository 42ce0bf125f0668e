// SPDX-License-Identifier: GPL-3.0-or-later
#include "torchdeck/engine/dataset_report.h"

#include "engine/data/leak_check.h"
#include "engine/data/scan.h"

#include <algorithm>

namespace torchdeck::engine {

namespace {

constexpr std::size_t kPerKind = 20;

void append(DatasetReport &report, const std::vector<DatasetProblem> &problems)
{
    report.problems.insert(report.problems.end(), problems.begin(), problems.end());
}

BoxSizes sizesOf(const std::vector<Sample> &samples)
{
    BoxSizes sizes;
    for (const Sample &sample : samples) {
        for (const BoxLabel &box : sample.labels)
            sizes.add(box.w, box.h, sample.width, sample.height);
    }
    return sizes;
}

void inspectSplits(DatasetReport &report, const DataYaml &yaml, const std::stop_token &stop)
{
    report.summary.name = yaml.name;
    report.summary.classNames = yaml.names;
    const SplitScan train = scanSplit(yaml, "train", {}, stop);
    const SplitScan val = scanSplit(yaml, "val", {}, stop);
    report.summary.trainImages = static_cast<std::int64_t>(train.samples.size());
    report.summary.valImages = static_cast<std::int64_t>(val.samples.size());
    report.summary.trainInstances = train.instances;
    report.summary.valInstances = val.instances;
    report.summary.corruptImages = train.corrupt + val.corrupt;
    report.summary.backgroundImages = train.background + val.background;
    report.trainInstancesPerClass = train.instancesPerClass;
    report.valInstancesPerClass = val.instancesPerClass;
    report.trainBoxes = sizesOf(train.samples);
    report.valBoxes = sizesOf(val.samples);
    append(report, cappedProblems(train.problems, kPerKind, false));
    append(report, cappedProblems(val.problems, kPerKind, false));
    append(report, cappedProblems(findLeaks(train.samples, val.samples, stop), kPerKind, false));
    for (std::size_t i = 0; i < yaml.names.size() && train.instances > 0; ++i) {
        if (train.instancesPerClass[i] == 0)
            report.problems.push_back({ ProblemLevel::Warning, yaml.file, 0,
                                        "Class " + std::to_string(i) + " (" + yaml.names[i]
                                            + ") has no box in 'train'; the model cannot learn it." });
    }
}

} // namespace

DatasetReport inspectDataset(const std::string &dataYaml, std::stop_token stop)
{
    DatasetReport report;
    try {
        inspectSplits(report, readDataYaml(dataYaml), stop);
    } catch (const DatasetError &error) {
        report.problems.push_back(error.problem());
    } catch (const std::exception &error) {
        report.problems.push_back({ ProblemLevel::Fatal, dataYaml, 0,
                                    std::string("The data set cannot be read (") + error.what() + ")." });
    }
    std::stable_sort(report.problems.begin(), report.problems.end(),
                     [](const DatasetProblem &a, const DatasetProblem &b) { return a.level > b.level; });
    return report;
}

} // namespace torchdeck::engine
