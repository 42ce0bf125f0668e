// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/dataset.h"
#include "engine/data/problem.h"
#include "torchdeck/engine/ultralytics_settings.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const fs::path &file, int line, std::string sentence)
{
    throw DatasetError({ ProblemLevel::Fatal, file, line, std::move(sentence) });
}

int lineOf(const YAML::Node &node) { return node.IsDefined() ? node.Mark().line + 1 : 0; }

bool pathExists(const fs::path &path)
{
    std::error_code error;
    return fs::exists(path, error);
}

/// A folder stands for the description inside it.
fs::path findYaml(const fs::path &given)
{
    std::error_code error;
    if (given.empty())
        throw DatasetError({ ProblemLevel::Fatal, {}, 0, "No data set given; choose a data.yaml." });
    if (!fs::is_directory(given, error)) {
        if (!fs::is_regular_file(given, error))
            fail(given, 0, "There is no such file; check the path to data.yaml.");
        return fs::absolute(given);
    }
    if (pathExists(given / "data.yaml"))
        return fs::absolute(given / "data.yaml");
    std::vector<fs::path> found;
    for (const auto &entry : fs::directory_iterator(given, error)) {
        const auto extension = entry.path().extension();
        if (extension == ".yaml" || extension == ".yml")
            found.push_back(entry.path());
    }
    if (found.size() != 1)
        fail(given, 0, "This folder holds no data.yaml; give the path of the data set's yaml file.");
    return fs::absolute(found.front());
}

YAML::Node loadYaml(const fs::path &file)
{
    std::ifstream stream(file, std::ios::binary);
    const std::string text { std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>() };
    if (!stream.is_open() || stream.bad())
        fail(file, 0, "The file cannot be read; check its permissions.");
    YAML::Node node;
    try {
        node = YAML::Load(text);
    } catch (const YAML::Exception &error) {
        fail(file, error.mark.is_null() ? 0 : error.mark.line + 1,
             "This is not valid YAML (" + error.msg + ").");
    }
    if (node.IsNull())
        fail(file, 0, "The file is empty; it needs the keys train, val and names.");
    if (!node.IsMap())
        fail(file, 0,
             "A data set description is a list of keys such as train, val and names; this file is not.");
    return node;
}

std::optional<int> wholeNumber(const YAML::Node &node)
{
    if (!node.IsScalar())
        return std::nullopt;
    const std::string &text = node.Scalar();
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value != std::floor(value)
        || std::abs(value) > 1e6)
        return std::nullopt;
    return static_cast<int>(value);
}

std::string className(const fs::path &file, const YAML::Node &node)
{
    if (!node.IsScalar() || node.Scalar().empty())
        fail(file, lineOf(node), "A class name in 'names' is empty or not plain text.");
    return node.Scalar();
}

std::vector<std::string> namesFromMap(const fs::path &file, const YAML::Node &node)
{
    std::map<int, std::string> byId;
    for (const auto &entry : node) {
        const auto id = wholeNumber(entry.first);
        if (!id || *id < 0)
            fail(file, lineOf(entry.first),
                 "The keys of 'names' are class numbers starting at 0; '"
                     + (entry.first.IsScalar() ? entry.first.Scalar() : std::string("?")) + "' is not one.");
        if (!byId.emplace(*id, className(file, entry.second)).second)
            fail(file, lineOf(entry.first), "Class " + std::to_string(*id) + " appears twice in 'names'.");
    }
    std::vector<std::string> names;
    for (auto &[id, name] : byId) {
        if (id != static_cast<int>(names.size()))
            fail(file, lineOf(node),
                 "'names' has " + std::to_string(byId.size()) + " classes but no class "
                     + std::to_string(names.size()) + "; number them 0 to " + std::to_string(byId.size() - 1)
                     + ".");
        names.push_back(name);
    }
    return names;
}

std::vector<std::string> readNames(const fs::path &file, const YAML::Node &root)
{
    const YAML::Node names = root["names"];
    const YAML::Node nc = root["nc"];
    const bool hasNames = names.IsDefined() && !names.IsNull();
    std::optional<int> count;
    if (nc.IsDefined()) {
        count = wholeNumber(nc);
        if (!count || *count < 1)
            fail(file, lineOf(nc), "'nc' must be the number of classes, a whole number of at least 1.");
    }
    std::vector<std::string> result;
    if (!hasNames) {
        if (!count)
            fail(file, 0, "The classes are missing; add 'names:' with one name per class.");
        for (int i = 0; i < *count; ++i)
            result.push_back("class_" + std::to_string(i));
        return result;
    }
    if (names.IsMap()) {
        result = namesFromMap(file, names);
    } else if (names.IsSequence()) {
        for (const auto &name : names)
            result.push_back(className(file, name));
    } else {
        fail(file, lineOf(names), "'names' must be a list of class names or a map from number to name.");
    }
    if (result.empty())
        fail(file, lineOf(names), "'names' is empty; add one name per class.");
    if (count && *count != static_cast<int>(result.size()))
        fail(file, lineOf(nc),
             "'nc' says " + std::to_string(*count) + " classes but 'names' has "
                 + std::to_string(result.size()) + "; make them agree.");
    return result;
}

/// Where Ultralytics keeps data sets on this machine (datasets_dir of its settings, which are JSON and so YAML), or empty.
fs::path ultralyticsDatasets()
{
    try {
        const fs::path folder = YAML::LoadFile(ultralyticsSettingsFile().string())["datasets_dir"].as<std::string>("");
        return folder.is_absolute() ? folder : fs::path();
    } catch (const YAML::Exception &) {
        return {}; // not installed, or settings that Ultralytics does not understand either
    }
}

/// As in the field: a folder that is not there as it is written is looked for in Ultralytics' datasets_dir.
fs::path resolveRoot(const fs::path &file, const YAML::Node &node)
{
    const fs::path folder = file.parent_path();
    if (!node.IsDefined() || node.IsNull())
        return folder;
    if (!node.IsScalar())
        fail(file, lineOf(node), "'path' must be one folder.");
    const fs::path given = node.Scalar();
    if (given.empty() || given == ".")
        return folder;
    if (given.is_absolute()) {
        if (!pathExists(given))
            fail(file, lineOf(node),
                 "'path' is " + given.string()
                     + ", which does not exist; correct it or delete "
                       "the line to use the folder of this file.");
        return given;
    }
    for (const fs::path &candidate : { folder / given, fs::absolute(given) }) {
        if (pathExists(candidate))
            return candidate.lexically_normal();
    }
    const fs::path datasets = ultralyticsDatasets();
    if (!datasets.empty() && pathExists(datasets / given))
        return (datasets / given).lexically_normal();
    fail(file, lineOf(node),
         "'path' is " + given.string()
             + (datasets.empty() ? ", which is neither beside this file nor in the current folder"
                                 : ", which is neither beside this file, nor in the current folder, nor in "
                                     + datasets.string() + " (Ultralytics' datasets_dir)")
             + "; correct it or delete the line.");
}

std::vector<fs::path> readSplit(const fs::path &file, const fs::path &root, const YAML::Node &node,
                                const std::string &key)
{
    std::vector<std::string> given;
    if (node.IsDefined() && node.IsScalar()) {
        given.push_back(node.Scalar());
    } else if (node.IsDefined() && node.IsSequence()) {
        for (const auto &item : node) {
            if (!item.IsScalar())
                fail(file, lineOf(item), "'" + key + "' must list folders or .txt files.");
            given.push_back(item.Scalar());
        }
    } else if (node.IsDefined() && !node.IsNull()) {
        fail(file, lineOf(node), "'" + key + "' must be a folder, a .txt list, or a list of those.");
    }
    std::vector<fs::path> result;
    for (const std::string &text : given) {
        if (text.empty())
            continue;
        fs::path path = (root / text).lexically_normal();
        // Exported sets are often written one folder too deep: "../train/images" beside "train".
        if (!pathExists(path) && text.rfind("../", 0) == 0 && pathExists(root / text.substr(3)))
            path = (root / text.substr(3)).lexically_normal();
        result.push_back(path);
    }
    return result;
}

int readKeypointColumns(const YAML::Node &shape)
{
    if (!shape.IsDefined() || !shape.IsSequence() || shape.size() != 2)
        return 0;
    const auto points = wholeNumber(shape[0]);
    const auto dimensions = wholeNumber(shape[1]);
    if (!points || !dimensions || *points < 1 || *points > 10000 || *dimensions < 2 || *dimensions > 3)
        return 0;
    return *points * *dimensions;
}

std::string datasetName(const fs::path &file)
{
    const std::string stem = file.stem().string();
    const std::string folder = file.parent_path().filename().string();
    return (stem == "data" || stem == "dataset") && !folder.empty() ? folder : stem;
}

} // namespace

DataYaml readDataYaml(const fs::path &given)
{
    DataYaml result;
    result.file = findYaml(given).lexically_normal();
    const YAML::Node root = loadYaml(result.file);
    for (const auto &entry : root) {
        if (entry.first.IsScalar())
            result.lines[entry.first.Scalar()] = lineOf(entry.first);
    }
    result.name = datasetName(result.file);
    result.names = readNames(result.file, root);
    result.root = resolveRoot(result.file, root["path"]);
    result.train = readSplit(result.file, result.root, root["train"], "train");
    const bool renamed = !root["val"].IsDefined() && root["validation"].IsDefined();
    const char *valKey = renamed ? "validation" : "val";
    result.val = readSplit(result.file, result.root, root[valKey], valKey);
    if (renamed)
        result.lines["val"] = result.lines["validation"];
    result.test = readSplit(result.file, result.root, root["test"], "test");
    result.keypointColumns = readKeypointColumns(root["kpt_shape"]);
    for (const auto &[key, paths] :
         { std::pair { "train", &result.train }, std::pair { "val", &result.val } }) {
        if (paths->empty())
            fail(result.file, result.lines.count(key) != 0 ? result.lines[key] : 0,
                 std::string("'") + key + "' is missing; add '" + key + ": images/" + key
                     + "' with the folder of its images.");
    }
    return result;
}

} // namespace torchdeck::engine
