// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

namespace torchdeck::app {

/// Where everything of this user lives (XDG base directories): setting XDG_CONFIG_HOME, XDG_DATA_HOME and
/// XDG_STATE_HOME isolates an instance. Read from the environment at each call.
class StatePaths {
public:
    [[nodiscard]] static QString configDir(); ///< XDG_CONFIG_HOME/torchdeck
    [[nodiscard]] static QString dataDir(); ///< XDG_DATA_HOME/torchdeck
    [[nodiscard]] static QString stateDir(); ///< XDG_STATE_HOME/torchdeck

    [[nodiscard]] static QString settingsFile(); ///< torchdeck.conf
    [[nodiscard]] static QString secretFile(); ///< hub_api_key, the fallback without a keyring
    [[nodiscard]] static QString
    journalFile(); ///< upload journal; others that run meanwhile get files beside it
    [[nodiscard]] static QString runCostsFile(); ///< memory and time of earlier runs
    [[nodiscard]] static QString logFile(); ///< the last lines, for a support bundle
    [[nodiscard]] static QString localHubDir();
    [[nodiscard]] static QString sampleDir();
    [[nodiscard]] static QString windowStateFile();
    /// Folder of the runs when no project= is given: `runsFolder` (a setting) if set, else "" (the engine's
    /// runs/detect in the current folder), or, where that cannot be written, a folder in dataDir().
    [[nodiscard]] static QString projectFolder(const QString &runsFolder);
};

/// Creates `folder` and its parents, the last one readable by the user only. False when that fails.
[[nodiscard]] bool ensurePrivateFolder(const QString &folder);

} // namespace torchdeck::app
