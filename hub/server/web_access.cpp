// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/web_access.h"

#include "hub/server/access.h"
#include "hub/server/http_message.h"
#include "hub/server/peer_account.h"
#include "hub/server/store.h"

namespace torchdeck::hub::server {

namespace {

constexpr char kPurpose[] = "web";

QByteArray cookieOf(const HttpRequest &request)
{
    for (const QByteArray &pair : request.header("cookie").split(';')) {
        const QByteArray trimmed = pair.trimmed();
        if (trimmed.startsWith(QByteArray(kSessionCookie) + '='))
            return trimmed.mid(static_cast<qsizetype>(sizeof kSessionCookie));
    }
    return {};
}

QByteArray purposeOf(qint64 key) { return QByteArray(kPurpose) + "\nkey " + QByteArray::number(key); }

/// "EXPIRY.SIGNATURE" for the administrator, "KEY-EXPIRY.SIGNATURE" for the user with that key.
std::optional<QString> signedIn(const Access &access, Store &store, const QByteArray &session)
{
    if (session.isEmpty())
        return std::nullopt;
    const qsizetype dash = session.indexOf('-');
    if (dash < 0)
        return access.verify(kPurpose, session, store.nowMs()) ? std::optional(QString()) : std::nullopt;
    bool number = false;
    const qint64 key = session.left(dash).toLongLong(&number);
    if (!number || !access.verify(purposeOf(key), session.mid(dash + 1), store.nowMs()))
        return std::nullopt;
    return store.keys().labelOf(key);
}

} // namespace

QByteArray newSession(const Access &access, Store &store, const QByteArray &key)
{
    const qint64 expiry = store.nowMs() + kSessionLifeMs;
    if (access.isKey(key))
        return access.sign(kPurpose, expiry);
    const auto user = store.keys().used(key, store.nowMs());
    return user ? QByteArray::number(user->id) + '-' + access.sign(purposeOf(user->id), expiry) : QByteArray();
}

std::optional<QString> whoBrowses(const Access &access, Store &store, const HttpRequest &request)
{
    const bool foreign =
        request.header("sec-fetch-site") == "cross-site" && request.header("sec-fetch-mode") != "navigate";
    if (foreign)
        return std::nullopt;
    if (const auto user = signedIn(access, store, cookieOf(request)))
        return user;
    return needsNoSignIn(request) ? std::optional(QString()) : std::nullopt;
}

bool needsNoSignIn(const HttpRequest &request)
{
    return Access::isLocalBrowser(request) && isOfOurAccount(request);
}

} // namespace torchdeck::hub::server
