// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/arguments.h"

namespace torchdeck::app::cli {

// One function a command: `words` is what follows its name; returns the exit code; throws UsageError
// (reported by runCommandLine with exit code 2). A QCoreApplication exists.
int trainCommand(const QStringList &words);
int valCommand(const QStringList &words);
int estimateCommand(const QStringList &words);
int predictCommand(const QStringList &words);
int convertCommand(const QStringList &words);
int hubServeCommand(const QStringList &words);
int hubQueueCommand(const QStringList &words);
int hubPublishCommand(const QStringList &words);
int hubSupportCommand(const QStringList &words);
int hubKeysCommand(const QStringList &words);
int datasetMakeSampleCommand(const QStringList &words);
int datasetCheckCommand(const QStringList &words);
int settingsCommand(const QStringList &words);
int devicesCommand(const QStringList &words);
int demoCommand(const QStringList &words);

[[nodiscard]] CommandSpec trainSpec();
[[nodiscard]] CommandSpec valSpec();
[[nodiscard]] CommandSpec estimateSpec();
[[nodiscard]] CommandSpec predictSpec();
[[nodiscard]] CommandSpec convertSpec();
[[nodiscard]] CommandSpec hubServeSpec();
[[nodiscard]] CommandSpec hubQueueSpec();
[[nodiscard]] CommandSpec hubPublishSpec();
[[nodiscard]] CommandSpec hubSupportSpec();
[[nodiscard]] CommandSpec hubKeysSpec();
[[nodiscard]] CommandSpec datasetMakeSampleSpec();
[[nodiscard]] CommandSpec datasetCheckSpec();
[[nodiscard]] CommandSpec settingsSpec();
[[nodiscard]] CommandSpec devicesSpec();
[[nodiscard]] CommandSpec demoSpec();

/// The whole command line without the program's name. Errors of use go to standard error with exit code 2.
int runCommandLine(const QStringList &words);

/// The sample set's data.yaml under the data folder, drawn when it is not there yet. Throws EngineError.
[[nodiscard]] QString ensureSampleDataset();

/// A name that `settings` and commands take as folder or file, made absolute; empty stays empty.
[[nodiscard]] QString absolutePath(const QString &path);

} // namespace torchdeck::app::cli
