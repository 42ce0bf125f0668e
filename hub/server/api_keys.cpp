// SPDX-License-Identifier: GPL-3.0-or-later
// Users' keys over HTTP, for the administrator: a namespace of this server's own, not part of HUB v1.
#include "hub/server/api_error.h"
#include "hub/server/router.h"
#include "hub/server/store.h"

namespace torchdeck::hub::server {

namespace {

/// quota_mib of a request in bytes; 0 or null: no limit.
qint64 quotaFrom(const QJsonObject &body)
{
    const QJsonValue value = body.value(QStringLiteral("quota_mib"));
    const qint64 mib = value.isNull() || value.isUndefined() ? 0 : value.toInteger(-1);
    if (mib < 0 || mib > kMostQuotaMib)
        throw ApiError(400, QStringLiteral("quota_mib must be a whole number of MiB from 0 (no limit) up."));
    return mib << 20;
}

qint64 keyNumber(const Call &call)
{
    bool number = false;
    const qint64 id = call.id().toLongLong(&number);
    if (!number)
        throw ApiError(404, QStringLiteral("This HUB has no key number %1.").arg(call.id()));
    return id;
}

void createKey(const Api &api, Call &call)
{
    UserKey made;
    const QJsonObject body = call.json();
    const QByteArray key = api.store.keys().create(body.value(QStringLiteral("label")).toString(), api.store.nowMs(),
                                                   &made, quotaFrom(body));
    QJsonObject data = keyJson(made);
    data.insert(QStringLiteral("key"), QString::fromLatin1(key));
    call.succeed(data, QStringLiteral("The key is shown this once only."));
}

void listKeys(const Api &api, Call &call)
{
    QJsonArray all;
    for (const UserKey &key : api.store.keys().list())
        all.append(keyJson(key));
    call.succeed(QJsonObject { { QStringLiteral("results"), all } });
}

void changeKey(const Api &api, Call &call)
{
    const QJsonObject body = call.json();
    if (!body.contains(QStringLiteral("quota_mib")))
        throw ApiError(400, QStringLiteral("quota_mib is what can be changed of a key."));
    api.store.keys().setQuota(keyNumber(call), quotaFrom(body));
    call.succeed(QJsonObject {});
}

void revokeKey(const Api &api, Call &call)
{
    api.store.keys().revoke(keyNumber(call));
    call.succeed(QJsonObject {}, QStringLiteral("Revoked."));
}

} // namespace

void addKeyRoutes(Router &router, const Api &api)
{
    using enum Router::Who;
    router.add("POST", "/v1/torchdeck/keys", Administrator, [api](Call &call) { createKey(api, call); });
    router.add("GET", "/v1/torchdeck/keys", Administrator, [api](Call &call) { listKeys(api, call); });
    router.add("PATCH", "/v1/torchdeck/keys/{id}", Administrator, [api](Call &call) { changeKey(api, call); });
    router.add("DELETE", "/v1/torchdeck/keys/{id}", Administrator,
               [api](Call &call) { revokeKey(api, call); });
}

} // namespace torchdeck::hub::server
