// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>
#include <QtCore/QUrl>

#include <optional>

namespace torchdeck::hub {

/// "WEB/models/ID", optionally with "?api_key=KEY" (protocol document, "existing model").
struct ModelIdentifier {
    QUrl webRoot;
    QString model;
    QString key; ///< empty = the one of the settings; never to be shown or logged
};

/// Nothing when `text` is not the address of a model on `webRoot` (or, when that is empty, on any http(s) server):
/// a key in an address of another server must not be taken for one of ours. Pure, any thread.
[[nodiscard]] std::optional<ModelIdentifier> parseModelIdentifier(const QString &text, const QUrl &webRoot);

} // namespace torchdeck::hub
