// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QMetaType>
#include <QtCore/QString>

namespace torchdeck::ui {

/// What the settings dialog edits. Plain values: the app stores them (QSettings) and keeps the key in the
/// keyring.
struct SettingsValues {
    bool hubEnabled = true;
    bool useLocalHub = true; ///< the embedded server; apiRoot/webRoot are then ignored
    QString apiRoot, webRoot;
    QString apiKey; ///< in memory only
    bool usageEvents = false;
    QString runsFolder; ///< "" = ./runs
    int uploadLimit = 0; ///< kB/s of weights; 0 = none
    int queueLimit = 0; ///< MB of waiting checkpoints; 0 = none
    QString caFile; ///< PEM; "" = none
    QString proxy; ///< http://HOST:PORT or socks5://HOST:PORT; "" = none

    // Read-only facts shown beside the fields
    QString apiRootLockedBy, webRootLockedBy,
        apiKeyLockedBy; ///< environment variable that sets the field, or empty
    QString keyStorageNote; ///< "Stored in the desktop keyring." or the visible warning about the 0600 file
    bool keyStorageSecure = true;
};

} // namespace torchdeck::ui

Q_DECLARE_METATYPE(torchdeck::ui::SettingsValues)
