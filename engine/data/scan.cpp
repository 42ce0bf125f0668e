// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/scan.h"

#include "engine/data/image_header.h"
#include "engine/data/label_file.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <system_error>
#include <thread>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

struct FoundImage {
    fs::path path;
    fs::path listFile; ///< the .txt that named it, or empty
    int line = 0;
};

struct Finder {
    const DataYaml &yaml;
    std::stop_token stop;
    std::vector<FoundImage> images;
    std::vector<ScanProblem> problems;

    void folder(const fs::path &path);
    void list(const fs::path &path);
};

bool hidden(const fs::path &path) { return path.filename().string().rfind('.', 0) == 0; }

void Finder::folder(const fs::path &path)
{
    constexpr int kDeepest = 32; // a link to its own parent must end
    std::error_code error;
    fs::recursive_directory_iterator it(
        path, fs::directory_options::follow_directory_symlink | fs::directory_options::skip_permission_denied,
        error);
    while (!error && it != fs::recursive_directory_iterator() && !stop.stop_requested()) {
        std::error_code ignored;
        if (it->is_directory(ignored)) {
            if (hidden(it->path()) || it.depth() >= kDeepest)
                it.disable_recursion_pending();
        } else if (!hidden(it->path()) && hasImageExtension(it->path())) {
            images.push_back({ it->path(), {}, 0 });
        }
        it.increment(error);
    }
    if (error)
        problems.push_back(
            { ProblemKind::Split,
              { ProblemLevel::Fatal, path, 0, "The folder cannot be read (" + error.message() + ")." } });
}

void Finder::list(const fs::path &path)
{
    std::ifstream stream(path);
    std::string text;
    const fs::path folder = path.parent_path();
    for (int line = 1; std::getline(stream, text); ++line) {
        if (line == 1 && text.rfind("\xef\xbb\xbf", 0) == 0)
            text.erase(0, 3);
        while (!text.empty() && (text.back() == '\r' || text.back() == ' ' || text.back() == '\t'))
            text.pop_back();
        if (text.empty())
            continue;
        fs::path image = text;
        if (!hasImageExtension(image)) {
            problems.push_back(
                { ProblemKind::Images,
                  { ProblemLevel::Warning, path, line, "'" + text + "' is no image name; left out." } });
            continue;
        }
        if (image.is_relative()) {
            std::error_code ignored;
            const fs::path relative = image;
            image = folder / relative;
            for (const fs::path &base : { yaml.root, fs::current_path(ignored) }) {
                if (!fs::exists(image, ignored) && fs::exists(base / relative, ignored))
                    image = base / relative;
            }
        }
        images.push_back({ image.lexically_normal(), path, line });
    }
    if (stream.bad())
        problems.push_back(
            { ProblemKind::Split, { ProblemLevel::Fatal, path, 0, "The list cannot be read." } });
}

std::vector<FoundImage> findImages(const DataYaml &yaml, const std::string &split, std::stop_token stop,
                                   std::vector<ScanProblem> &problems)
{
    const auto &places = split == "train" ? yaml.train : split == "val" ? yaml.val : yaml.test;
    const auto line = yaml.lines.find(split);
    const int yamlLine = line == yaml.lines.end() ? 0 : line->second;
    Finder finder { yaml, stop, {}, {} };
    if (places.empty())
        finder.problems.push_back(
            { ProblemKind::Split,
              { ProblemLevel::Fatal, yaml.file, yamlLine,
                "There is no '" + split + "' split; add '" + split + ":' with the folder of its images." } });
    for (const fs::path &place : places) {
        std::error_code error;
        const std::string extension = place.extension().string();
        if (fs::is_directory(place, error))
            finder.folder(place);
        else if (fs::is_regular_file(place, error) && hasImageExtension(place))
            finder.images.push_back({ place, {}, 0 });
        else if (fs::is_regular_file(place, error))
            finder.list(place);
        else
            finder.problems.push_back(
                { ProblemKind::Split,
                  { ProblemLevel::Fatal, yaml.file, yamlLine,
                    "'" + split + "' is " + place.string() + ", which does not exist; correct the path." } });
    }
    problems.insert(problems.end(), finder.problems.begin(), finder.problems.end());
    if (finder.images.empty() && finder.problems.empty() && !stop.stop_requested())
        problems.push_back({ ProblemKind::Split,
                             { ProblemLevel::Fatal, places.front(), 0,
                               "No images for '" + split
                                   + "' here; put .jpg or .png files (or another image format) in "
                                     "it, or correct the path in "
                                   + yaml.file.string() + "." } });
    std::sort(finder.images.begin(), finder.images.end(),
              [](const FoundImage &a, const FoundImage &b) { return a.path.native() < b.path.native(); });
    return std::move(finder.images);
}

/// One image's outcome; merged in path order so that results do not depend on the threads.
struct Outcome {
    Sample sample;
    bool done = false, corrupt = false, hasLabelFile = false;
    std::vector<ScanProblem> problems;
};

void readLabelsOf(Outcome &outcome, const LabelRules &rules)
{
    const fs::path &file = outcome.sample.labelFile;
    std::error_code error;
    if (!fs::is_regular_file(file, error)) {
        outcome.problems.push_back(
            { ProblemKind::NoLabelFile,
              { ProblemLevel::Warning, outcome.sample.image, 0,
                "The image has no label file (" + file.string() + "); it counts as background." } });
        return;
    }
    std::ifstream stream(file, std::ios::binary);
    const std::string text { std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>() };
    outcome.hasLabelFile = true;
    if (!stream.is_open() || stream.bad()) {
        outcome.problems.push_back(
            { ProblemKind::LabelRow,
              { ProblemLevel::Fatal, file, 0, "The label file cannot be read; check its permissions." } });
        return;
    }
    ParsedLabels parsed = parseLabels(text, file, rules, outcome.problems);
    outcome.sample.labels = std::move(parsed.labels);
    outcome.sample.outlines = std::move(parsed.outlines);
}

Outcome examine(const FoundImage &found, const LabelRules &rules)
{
    Outcome outcome;
    outcome.done = true;
    outcome.sample.image = found.path;
    outcome.sample.labelFile = labelPathFor(found.path);
    const ImageHeader header = readImageHeader(found.path);
    if (!header.problem.empty()) {
        std::error_code error;
        outcome.corrupt = true;
        DatasetProblem problem { ProblemLevel::Warning, found.path, 0,
                                 "The image " + header.problem + "; skipped." };
        if (!found.listFile.empty() && !fs::exists(found.path, error))
            problem = { ProblemLevel::Warning, found.listFile, found.line,
                        "The image " + found.path.string() + " does not exist; skipped." };
        outcome.problems.push_back({ ProblemKind::Corrupt, problem });
        return outcome;
    }
    outcome.sample.width = header.width;
    outcome.sample.height = header.height;
    readLabelsOf(outcome, rules);
    return outcome;
}

void merge(SplitScan &scan, Outcome &&outcome)
{
    std::move(outcome.problems.begin(), outcome.problems.end(), std::back_inserter(scan.problems));
    if (outcome.corrupt) {
        ++scan.corrupt;
        return;
    }
    scan.labelFiles += outcome.hasLabelFile ? 1 : 0;
    scan.background += outcome.sample.labels.empty() ? 1 : 0;
    scan.instances += static_cast<std::int64_t>(outcome.sample.labels.size());
    for (const BoxLabel &label : outcome.sample.labels)
        ++scan.instancesPerClass[static_cast<std::size_t>(label.classId)];
    scan.samples.push_back(std::move(outcome.sample));
}

/// Outlines are kept when every label of the set has one, as in the field: a box among them would be warped
/// by other rules.
void settleOutlines(SplitScan &scan)
{
    std::int64_t outlined = 0;
    for (const Sample &sample : scan.samples)
        outlined += std::ranges::count_if(sample.outlines, [](const Outline &o) { return !o.empty(); });
    if (outlined == scan.instances)
        return;
    for (Sample &sample : scan.samples)
        sample.outlines = {};
    if (outlined > 0)
        scan.problems.push_back(
            { ProblemKind::Outlines,
              { ProblemLevel::Warning, scan.samples.front().labelFile.parent_path(), 0,
                std::to_string(outlined) + " of " + std::to_string(scan.instances)
                    + " labels are outlines, the others boxes; all are used as boxes." } });
}

/// Findings about the split as a whole.
void judge(SplitScan &scan, const std::string &split)
{
    const auto fatal = [&](ProblemKind kind, const fs::path &file, std::string sentence) {
        scan.problems.push_back({ kind, { ProblemLevel::Fatal, file, 0, std::move(sentence) } });
    };
    const bool rowsRefused =
        std::any_of(scan.problems.begin(), scan.problems.end(),
                    [](const ScanProblem &found) { return found.kind == ProblemKind::LabelRow; });
    if (scan.images > 0 && scan.corrupt == scan.images) {
        const auto first =
            std::find_if(scan.problems.begin(), scan.problems.end(),
                         [](const ScanProblem &found) { return found.kind == ProblemKind::Corrupt; });
        const std::string why = placedSentence(first->problem);
        fatal(ProblemKind::Images, {},
              "None of the " + std::to_string(scan.images) + " images of '" + split
                  + "' can be read; the first: " + why);
    } else if (!scan.samples.empty() && scan.labelFiles == 0) {
        fatal(ProblemKind::Labels, scan.samples.front().labelFile.parent_path(),
              "None of the " + std::to_string(scan.samples.size()) + " images of '" + split
                  + "' has a label file; labels belong here, one .txt per image with the image's name.");
    } else if (!scan.samples.empty() && scan.instances == 0 && !rowsRefused) {
        fatal(ProblemKind::Labels, scan.samples.front().labelFile.parent_path(),
              "The label files of '" + split
                  + "' hold no boxes at all; there is nothing to learn or to measure.");
    }
}

} // namespace

void parallelFor(std::size_t count, std::stop_token stop, const std::function<void(std::size_t)> &work)
{
    constexpr std::size_t kMostThreads = 8;
    const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
    const std::size_t threads = std::min({ cores, kMostThreads, count });
    std::atomic<std::size_t> next { 0 };
    std::mutex mutex;
    std::exception_ptr error;
    const auto run = [&] {
        for (std::size_t i = next++; i < count && !stop.stop_requested(); i = next++) {
            try {
                work(i);
            } catch (...) {
                const std::lock_guard lock(mutex);
                error = error ? error : std::current_exception();
                next = count;
            }
        }
    };
    {
        std::vector<std::jthread> pool;
        for (std::size_t i = 1; i < threads; ++i)
            pool.emplace_back(run);
        run();
    }
    if (error)
        std::rethrow_exception(error);
}

SplitScan scanSplit(const DataYaml &yaml, const std::string &split, const DatasetOptions &options,
                    std::stop_token stop)
{
    SplitScan scan;
    std::vector<FoundImage> found = findImages(yaml, split, stop, scan.problems);
    if (options.fraction != 1.0 && !found.empty()) {
        const double count = options.fraction > 1
            ? options.fraction
            : std::nearbyint(static_cast<double>(found.size()) * options.fraction);
        found.resize(static_cast<std::size_t>(std::clamp(count, 1.0, static_cast<double>(found.size()))));
    }
    const LabelRules rules { static_cast<int>(yaml.names.size()), options.singleCls, yaml.keypointColumns,
                             options.classes };
    scan.instancesPerClass.assign(options.singleCls ? 1 : yaml.names.size(), 0);
    std::vector<Outcome> outcomes(found.size());
    parallelFor(found.size(), stop, [&](std::size_t i) { outcomes[i] = examine(found[i], rules); });
    scan.samples.reserve(found.size());
    for (Outcome &outcome : outcomes) {
        scan.images += outcome.done ? 1 : 0;
        if (outcome.done)
            merge(scan, std::move(outcome));
    }
    settleOutlines(scan);
    scan.stopped = stop.stop_requested();
    if (!scan.stopped)
        judge(scan, split);
    return scan;
}

} // namespace torchdeck::engine
