// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/lifecycle.h"

#include <filesystem>

namespace torchdeck::engine {

/// One run's folder in the field's layout: args.yaml, results.csv, weights/last.pt, weights/best.pt.
class RunFolder {
public:
    /// Where a new run would go: PROJECT/NAME, PROJECT/NAME2, ... Nothing is created.
    [[nodiscard]] static std::filesystem::path next(const std::string &project, const std::string &name,
                                                    const std::string &fallbackName, bool existOk);
    /// The same, created, for results of val and predict. Throws EngineError (Storage, field "project").
    [[nodiscard]] static std::filesystem::path nextOutput(const std::string &project, const std::string &name,
                                                          const std::string &fallbackName, bool existOk);
    /// The newest resumable run below `project` (latest weights/last.pt), or empty.
    [[nodiscard]] static std::filesystem::path newestCheckpoint(const std::string &project);

    explicit RunFolder(std::filesystem::path folder);

    /// Creates the folders; throws EngineError (Storage, field "project") when it may not.
    void create();
    [[nodiscard]] const std::filesystem::path &path() const { return m_folder; }
    [[nodiscard]] std::filesystem::path last() const { return m_folder / "weights" / "last.pt"; }
    [[nodiscard]] std::filesystem::path best() const { return m_folder / "weights" / "best.pt"; }
    [[nodiscard]] std::filesystem::path epochFile(int epoch) const;

    void writeArgs(const TrainConfig &config) const;
    /// Fields of an args.yaml over the defaults; unknown keys are left out. Throws EngineError.
    [[nodiscard]] static TrainConfig readArgs(const std::filesystem::path &argsYaml);

    /// Starts results.csv anew, or (resume) keeps the rows of epochs before `firstEpoch`.
    void beginResults(int firstEpoch);
    /// Adds the row of one epoch: `epoch` 0-based here, 1-based in the file; values as %.6g.
    void addResults(int epoch, double seconds, const Metrics &values);
    /// The rows kept in the file, 0-based epoch first.
    [[nodiscard]] static std::vector<std::pair<int, Metrics>>
    readResults(const std::filesystem::path &folder);
    /// results.csv by columns, "epoch" (1-based) first.
    [[nodiscard]] std::vector<std::pair<std::string, std::vector<double>>> resultColumns() const;

private:
    std::filesystem::path m_folder;
    std::string m_results;
};

} // namespace torchdeck::engine
