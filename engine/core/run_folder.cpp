// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/run_folder.h"

#include "engine/core/atomic_file.h"
#include "engine/core/train_arguments.h"
#include "torchdeck/engine/error.h"
#include "torchdeck/engine/run_arguments.h"

#include <yaml-cpp/yaml.h>

#include <cstdio>
#include <sstream>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

constexpr const char *defaultProject = "runs/detect";

std::vector<std::string> splitCsv(const std::string &line)
{
    std::vector<std::string> cells;
    std::stringstream in(line);
    for (std::string cell; std::getline(in, cell, ',');) {
        const auto first = cell.find_first_not_of(" \t\r");
        const auto last = cell.find_last_not_of(" \t\r");
        cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
    }
    return cells;
}

std::string sixDigits(double value)
{
    char text[48];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

} // namespace

fs::path RunFolder::next(const std::string &project, const std::string &name, const std::string &fallbackName,
                         bool existOk)
{
    const fs::path base = project.empty() ? fs::path(defaultProject) : fs::path(project);
    const std::string stem = name.empty() ? fallbackName : name;
    std::error_code ignored;
    fs::path folder = base / stem;
    for (int n = 2; !existOk && fs::exists(folder, ignored); ++n)
        folder = base / (stem + std::to_string(n));
    return fs::absolute(folder).lexically_normal();
}

fs::path RunFolder::nextOutput(const std::string &project, const std::string &name,
                               const std::string &fallbackName, bool existOk)
{
    const fs::path folder = next(project, name, fallbackName, existOk);
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        throw EngineError(ErrorKind::Storage,
                          "Cannot create " + folder.string() + " (" + error.message()
                              + "): choose another folder with project=.",
                          "project");
    return folder;
}

fs::path RunFolder::newestCheckpoint(const std::string &project)
{
    const fs::path base = project.empty() ? fs::path(defaultProject) : fs::path(project);
    fs::path newest;
    fs::file_time_type newestTime;
    std::error_code error;
    for (const auto &entry : fs::directory_iterator(base, error)) {
        const fs::path file = entry.path() / "weights" / "last.pt";
        std::error_code missing;
        const auto time = fs::last_write_time(file, missing);
        if (!missing && (newest.empty() || time > newestTime)) {
            newest = file;
            newestTime = time;
        }
    }
    return newest;
}

RunFolder::RunFolder(fs::path folder)
    : m_folder(std::move(folder))
{
}

void RunFolder::create()
{
    std::error_code error;
    fs::create_directories(m_folder / "weights", error);
    if (error)
        throw EngineError(ErrorKind::Storage,
                          "Cannot create the run folder " + m_folder.string() + " (" + error.message()
                              + "): choose another folder with project=.",
                          "project");
    // Tried now, so that a read-only folder is told before hours of training.
    const fs::path probe = m_folder / ".write-probe";
    try {
        writeFileAtomically(probe, "");
    } catch (const EngineError &) {
        throw EngineError(ErrorKind::Storage,
                          "The run folder " + m_folder.string()
                              + " cannot be written to: choose another with project=.",
                          "project");
    }
    fs::remove(probe, error);
}

fs::path RunFolder::epochFile(int epoch) const
{
    return m_folder / "weights" / ("epoch" + std::to_string(epoch) + ".pt");
}

void RunFolder::writeArgs(const TrainConfig &config) const
{
    YAML::Emitter out;
    out << YAML::BeginMap;
    out << YAML::Key << "task" << YAML::Value << "detect" << YAML::Key << "mode" << YAML::Value << "train";
    for (const auto &binding : argumentBindings()) {
        const std::string text = trainArgumentText(config, binding.info.name);
        out << YAML::Key << std::string(binding.info.name) << YAML::Value;
        const bool isText = std::holds_alternative<std::string TrainConfig::*>(binding.field);
        if (text == "null")
            out << YAML::Null;
        else if (!isText && text.front() == '[') // a list argument
            out << YAML::Flow << YAML::Load(text);
        else if (isText && binding.info.kind != ArgumentKind::Choice)
            out << YAML::DoubleQuoted << text << YAML::Auto;
        else
            out << text;
    }
    out << YAML::Key << "save_dir" << YAML::Value << YAML::DoubleQuoted << m_folder.string() << YAML::EndMap;
    writeFileAtomically(m_folder / "args.yaml", std::string(out.c_str()) + "\n");
}

TrainConfig RunFolder::readArgs(const fs::path &argsYaml)
{
    TrainConfig config;
    try {
        const YAML::Node root = YAML::Load(readFile(argsYaml));
        for (const auto &item : root) {
            const std::string name = item.first.as<std::string>();
            std::string text;
            if (item.second.IsScalar())
                text = item.second.as<std::string>();
            for (const auto &entry : item.second)
                text += (text.empty() ? "[" : ", ") + entry.as<std::string>();
            if (item.second.IsSequence())
                text += "]";
            if (!item.second.IsNull() && findTrainArgument(name))
                (void)setTrainArgument(config, name, text);
        }
    } catch (const YAML::Exception &error) {
        throw EngineError(ErrorKind::Storage,
                          argsYaml.string() + " is not valid YAML (line "
                              + std::to_string(error.mark.line + 1) + "): restore it or start a new run.");
    }
    return config;
}

TrainConfig readRunArguments(const fs::path &argsYaml) { return RunFolder::readArgs(argsYaml); }

void RunFolder::beginResults(int firstEpoch)
{
    m_results.clear();
    std::error_code ignored;
    const fs::path file = m_folder / "results.csv";
    if (firstEpoch == 0) {
        fs::remove(file, ignored);
        return;
    }
    if (!fs::exists(file, ignored))
        return;
    std::stringstream in(readFile(file));
    bool header = true;
    for (std::string line; std::getline(in, line); header = false) {
        // Rows after the checkpoint belong to work that was lost and is about to be done again.
        if (header || (!line.empty() && std::atoi(line.c_str()) <= firstEpoch))
            m_results += line + "\n";
    }
}

void RunFolder::addResults(int epoch, double seconds, const Metrics &values)
{
    if (m_results.empty()) {
        m_results = "epoch,time";
        for (const auto &[name, value] : values)
            m_results += "," + name;
        m_results += "\n";
    }
    m_results += std::to_string(epoch + 1) + "," + sixDigits(seconds);
    for (const auto &[name, value] : values)
        m_results += "," + sixDigits(value);
    m_results += "\n";
    writeFileAtomically(m_folder / "results.csv", m_results);
}

std::vector<std::pair<int, Metrics>> RunFolder::readResults(const fs::path &folder)
{
    std::vector<std::pair<int, Metrics>> rows;
    std::error_code missing;
    if (!fs::exists(folder / "results.csv", missing))
        return rows;
    std::stringstream in(readFile(folder / "results.csv"));
    std::string line;
    std::getline(in, line);
    const std::vector<std::string> names = splitCsv(line);
    while (std::getline(in, line)) {
        const std::vector<std::string> cells = splitCsv(line);
        if (cells.size() != names.size() || cells.empty())
            continue;
        Metrics values;
        for (std::size_t i = 1; i < cells.size(); ++i)
            values.emplace_back(names[i], std::atof(cells[i].c_str()));
        rows.emplace_back(std::atoi(cells[0].c_str()) - 1, std::move(values));
    }
    return rows;
}

std::vector<std::pair<std::string, std::vector<double>>> RunFolder::resultColumns() const
{
    std::vector<std::pair<std::string, std::vector<double>>> columns;
    for (const auto &[epoch, values] : readResults(m_folder)) {
        if (columns.empty()) {
            columns.push_back({ "epoch", {} });
            for (const auto &entry : values)
                columns.push_back({ entry.first, {} });
        }
        columns[0].second.push_back(epoch + 1);
        for (std::size_t i = 0; i < values.size(); ++i)
            columns[i + 1].second.push_back(values[i].second);
    }
    return columns;
}

} // namespace torchdeck::engine
