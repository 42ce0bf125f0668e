// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QJsonObject>
#include <QtCore/QMap>
#include <QtCore/QString>
#include <QtCore/QUrl>

#include <optional>

namespace torchdeck::hub {

/// RUNFOLDER/hub.json: which HUB model the run is, so that a resumed run continues its own.
struct RunFile {
    QString localId; ///< made here, before the model exists
    QString modelId; ///< empty until the server named one
    QUrl apiRoot, webRoot;
};

[[nodiscard]] std::optional<RunFile> readRunFile(const QString &folder); ///< nothing when missing or not ours
[[nodiscard]] bool writeRunFile(const QString &folder,
                                const RunFile &file); ///< temporary file, flush, rename

/// results.csv of the folder as metrics by 0-based epoch (the file counts from 1); without time and learning
/// rates, as the callbacks send them. Rows that cannot be read are left out.
[[nodiscard]] QMap<int, QJsonObject> readResultsCsv(const QString &folder);

} // namespace torchdeck::hub
