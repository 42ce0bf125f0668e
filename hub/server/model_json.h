// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/server/router.h"
#include "hub/server/store.h"

namespace torchdeck::hub::server {

/// `data` of GET /v1/{models,projects,datasets}/ID: what clients gave, and what this HUB knows. Links are for
/// the host by which `request` came and carry a token for `kLinkLifeMs`.
[[nodiscard]] QJsonObject recordJson(const Api &api, const HttpRequest &request, const Record &record);
/// The short form for lists in the browser.
[[nodiscard]] QJsonObject summaryJson(const Record &model, qint64 nowMs);
/// mAP50-95 to show: the final evaluation's, else the best epoch's.
[[nodiscard]] std::optional<double> shownMap(const Record &model);
[[nodiscard]] QJsonObject fileJson(const StoredFile &file);
[[nodiscard]] QJsonValue orNull(const std::optional<double> &value);

/// An address on this server, by the name under which the client found it, that needs no key for some hours.
[[nodiscard]] QString signedLink(const Api &api, const HttpRequest &request, const QByteArray &path,
                                 const QByteArray &purpose);
/// The same for one of the record's files.
[[nodiscard]] QString fileLink(const Api &api, const HttpRequest &request, const Record &record, const QString &role,
                               const QString &name);
/// Purpose under which a download link is signed.
[[nodiscard]] QByteArray filePurpose(Kind kind, const QString &id, const QString &role);

} // namespace torchdeck::hub::server
