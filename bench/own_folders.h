// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QProcessEnvironment>

namespace torchdeck::bench {

/// For a program of ours, offscreen, that keeps everything of its own below `root`.
inline QProcessEnvironment ownFolders(const QString &root)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char *name : { "CONFIG", "DATA", "STATE", "CACHE" })
        environment.insert(QStringLiteral("XDG_%1_HOME").arg(QLatin1String(name)), root + u'/' + QLatin1String(name));
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    return environment;
}

} // namespace torchdeck::bench
