// SPDX-License-Identifier: GPL-3.0-or-later
// Users' keys over HTTP, for the administrator: a namespace of this server's own, not part of HUB v1.
#include "hub/server/api_error.h"
#include "hub/server/router.h"
#include "hub/server/store.h"

namespace torchdeck::hub::server {

namespace {

QJsonObject keyJson(const UserKey &key)
{
    return { { QStringLiteral("id"), key.id },
             { QStringLiteral("label"), key.label },
             { QStringLiteral("created"), key.createdMs },
             { QStringLiteral("last_used"), key.lastUsedMs ? QJsonValue(key.lastUsedMs) : QJsonValue() } };
}

void createKey(const Api &api, Call &call)
{
    UserKey made;
    const QByteArray key = api.store.keys().create(call.json().value(QStringLiteral("label")).toString(),
                                                   api.store.nowMs(), &made);
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

void revokeKey(const Api &api, Call &call)
{
    bool number = false;
    const qint64 id = call.id().toLongLong(&number);
    if (!number)
        throw ApiError(404, QStringLiteral("This HUB has no key number %1.").arg(call.id()));
    api.store.keys().revoke(id);
    call.succeed(QJsonObject {}, QStringLiteral("Revoked."));
}

} // namespace

void addKeyRoutes(Router &router, const Api &api)
{
    using enum Router::Who;
    router.add("POST", "/v1/torchdeck/keys", Administrator, [api](Call &call) { createKey(api, call); });
    router.add("GET", "/v1/torchdeck/keys", Administrator, [api](Call &call) { listKeys(api, call); });
    router.add("DELETE", "/v1/torchdeck/keys/{id}", Administrator,
               [api](Call &call) { revokeKey(api, call); });
}

} // namespace torchdeck::hub::server
