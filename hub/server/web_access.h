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
/// Router::Gate: by the cookie, else the administrator where needsNoSignIn().
[[nodiscard]] std::optional<QString> whoBrowses(const Access &access, Store &store, const HttpRequest &request);
/// A browser on this very machine, of the account that runs the HUB: it can read the key file anyway. Whoever else has an
/// account here signs in.
[[nodiscard]] bool needsNoSignIn(const HttpRequest &request);

} // namespace torchdeck::hub::server
