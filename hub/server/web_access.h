// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QString>

#include <optional>

namespace torchdeck::hub::server {

class Access;
class Store;
struct HttpRequest;

constexpr char kSessionCookie[] = "torchdeck_session";
constexpr qint64 kSessionLifeMs = 30LL * 24 * 3'600'000;

/// The value of the cookie for who has this key: the administrator, or a user as long as that key is not revoked.
/// Empty: no key of this HUB.
[[nodiscard]] QByteArray newSession(const Access &access, Store &store, const QByteArray &key);
/// Router::Gate: by the cookie, else the administrator for a browser on this machine.
[[nodiscard]] std::optional<QString> whoBrowses(const Access &access, Store &store, const HttpRequest &request);
/// A browser on this very machine, as long as the HUB has one user only: with users' keys, whoever else has an account
/// here is not to see what is theirs.
[[nodiscard]] bool needsNoSignIn(Store &store, const HttpRequest &request);

} // namespace torchdeck::hub::server
