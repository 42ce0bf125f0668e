// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QString>

namespace torchdeck::hub::server {

struct HttpRequest;

/// The administrator's key and everything signed with it. Immutable after load(): any thread.
class Access {
public:
    /// Reads DIR/key, or makes one (CSPRNG, 0600) at first start. False: `error` is one sentence.
    [[nodiscard]] bool load(const QString &dir, QString *error);
    [[nodiscard]] QByteArray key() const { return m_key; }

    /// Constant time, whatever the length of `presented`.
    [[nodiscard]] bool isKey(const QByteArray &presented) const;
    /// Header x-api-key, or authorization: Bearer.
    [[nodiscard]] bool hasKey(const HttpRequest &request) const { return isKey(presentedKey(request)); }
    [[nodiscard]] static QByteArray presentedKey(const HttpRequest &request); ///< empty: none

    /// "EXPIRY.SIGNATURE" for links and cookies: valid for that purpose ("web", "file:ID:best", ...) until
    /// `expiryMs`.
    [[nodiscard]] QByteArray sign(const QByteArray &purpose, qint64 expiryMs) const;
    [[nodiscard]] bool verify(const QByteArray &purpose, const QByteArray &token, qint64 nowMs) const;

    /// May this request see pages without a key? Only a browser on this very machine that also typed so: the
    /// Host header must name loopback, else a foreign page could point its own name at 127.0.0.1 and read
    /// (DNS rebinding).
    [[nodiscard]] static bool isLocalBrowser(const HttpRequest &request);

private:
    QByteArray m_key;
};

/// 42 hex characters from the system's CSPRNG.
[[nodiscard]] QByteArray makeKey();
/// For digests, whose size is no secret.
[[nodiscard]] bool equalInConstantTime(const QByteArray &a, const QByteArray &b);
/// "127.0.0.1", "::1" and their like.
[[nodiscard]] bool isLoopbackAddress(const QByteArray &peer);
/// Name part of a Host header, lower case, without port; empty when malformed.
[[nodiscard]] QByteArray hostName(const QByteArray &hostHeader);
/// `count` random characters of [A-Za-z0-9], from the system's CSPRNG.
[[nodiscard]] QString randomId(int count = 20);

} // namespace torchdeck::hub::server
