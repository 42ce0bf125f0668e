// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/state_paths.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>

namespace torchdeck::app {

namespace {

/// The specification asks to ignore relative values.
QString xdgFolder(const char *variable, const char *fallback)
{
    const QString set = qEnvironmentVariable(variable);
    const QString base =
        QDir::isAbsolutePath(set) ? set : QDir::homePath() + QLatin1Char('/') + QLatin1String(fallback);
    return QDir::cleanPath(base + QStringLiteral("/torchdeck"));
}

} // namespace

QString StatePaths::configDir() { return xdgFolder("XDG_CONFIG_HOME", ".config"); }
QString StatePaths::dataDir() { return xdgFolder("XDG_DATA_HOME", ".local/share"); }
QString StatePaths::stateDir() { return xdgFolder("XDG_STATE_HOME", ".local/state"); }

QString StatePaths::settingsFile() { return configDir() + QStringLiteral("/torchdeck.conf"); }
QString StatePaths::secretFile() { return configDir() + QStringLiteral("/hub_api_key"); }

QString StatePaths::journalFile() { return stateDir() + QStringLiteral("/uploads.sqlite"); }

QString StatePaths::runCostsFile() { return stateDir() + QStringLiteral("/run_costs.json"); }

QString StatePaths::logFile() { return stateDir() + QStringLiteral("/recent.log"); }
QString StatePaths::localHubDir() { return dataDir() + QStringLiteral("/hub"); }
QString StatePaths::sampleDir() { return dataDir() + QStringLiteral("/sample"); }
QString StatePaths::windowStateFile() { return stateDir() + QStringLiteral("/window.conf"); }

QString StatePaths::projectFolder(const QString &runsFolder)
{
    if (!runsFolder.isEmpty())
        return QDir::cleanPath(runsFolder + QStringLiteral("/detect"));
    const QString existing =
        QFileInfo::exists(QStringLiteral("runs")) ? QStringLiteral("runs") : QStringLiteral(".");
    if (QFileInfo(existing).isWritable())
        return {};
    return dataDir() + QStringLiteral("/runs/detect");
}

bool ensurePrivateFolder(const QString &folder)
{
    const bool existed = QFileInfo::exists(folder);
    if (!QDir().mkpath(folder))
        return false;
    return existed || QFile::setPermissions(folder, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
}

} // namespace torchdeck::app
