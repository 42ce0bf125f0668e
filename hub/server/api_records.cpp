// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/access.h"
#include "hub/server/api_error.h"
#include "hub/server/model_json.h"
#include "hub/server/store.h"
#include "hub/server/upload.h"

#include <QtCore/QJsonArray>

namespace torchdeck::hub::server {

namespace {

bool truthy(const QByteArray &text)
{
    const QByteArray word = text.toLower();
    return word == "true" || word == "1";
}

ListQuery listQuery(const HttpRequest &request)
{
    ListQuery query;
    if (request.query.contains("limit")) {
        bool number = false;
        query.limit = request.query.value("limit").toInt(&number);
        if (!number || query.limit < 1 || query.limit > 1000)
            throw ApiError(400, QStringLiteral("limit must be a number from 1 to 1000."));
    }
    query.afterId = QString::fromUtf8(request.query.value("last_doc_id"));
    query.text = QString::fromUtf8(request.query.value("query"));
    query.onlyPublic = truthy(request.query.value("public"));
    return query;
}

void list(const Api &api, Call &call, Kind kind)
{
    ListQuery query = listQuery(call.request);
    query.user = call.user;
    const Page page = api.store.list(kind, query);
    QJsonArray results;
    for (const Record &record : page.results)
        results.append(recordJson(api, call.request, record));
    call.succeed(QJsonObject {
        { QStringLiteral("results"), results },
        { QStringLiteral("total"), page.total },
        { QStringLiteral("lastRecordId"), page.more ? QJsonValue(page.results.last().id) : QJsonValue() } });
}

void remove(const Api &api, Call &call, Kind kind)
{
    const QJsonValue hard = call.json().value(QStringLiteral("hard")); // hub-sdk sends it as a query
    api.store.remove(kind, call.id(), hard.toBool() || truthy(call.request.query.value("hard")));
    call.succeed(QJsonObject {}, QStringLiteral("Deleted."));
}

void addCrud(Router &router, const Api &api, Kind kind)
{
    const QByteArray all = "/v1/" + folderOf(kind).toLatin1();
    const QByteArray one = all + "/{id}";
    const auto answer = [api](Call &call, const Record &record) {
        call.succeed(recordJson(api, call.request, record));
    };
    router.add("POST", all, Router::Who::Key,
               [=](Call &call) {
                   answer(call,
                          api.store.create(kind, call.json(), call.request.header("idempotency-key").trimmed(),
                                            call.user));
               });
    router.add("GET", all, Router::Who::Key, [=](Call &call) { list(api, call, kind); });
    router.add("GET", one, Router::Who::Key,
               [=](Call &call) { answer(call, api.store.get(kind, call.id())); });
    router.add("PATCH", one, Router::Who::Key,
               [=](Call &call) { answer(call, api.store.patch(kind, call.id(), call.json())); });
    router.add("DELETE", one, Router::Who::Key, [=](Call &call) { remove(api, call, kind); });
}

void addUpload(Router &router, const Api &api, Kind kind)
{
    const QByteArray path = "/v1/" + folderOf(kind).toLatin1() + "/{id}/upload";
    router.add("POST", path, Router::Who::Key, [=](Call &call) {
        Upload upload = receiveUpload(call, api.store, kind);
        StoredFile facts;
        facts.role = QStringLiteral("file");
        facts.name = upload.fileName;
        call.succeed(fileJson(api.store.keepFile(kind, call.id(), facts, *upload.file, false, upload.keyLimit)),
                     QStringLiteral("Uploaded."));
    });
}

void addDownload(Router &router, const Api &api, Kind kind)
{
    const QByteArray path = "/v1/" + folderOf(kind).toLatin1() + "/{id}/files/{id}/{name}";
    router.add("GET", path, Router::Who::Anyone, [=](Call &call) {
        const QString role = call.ids.value(1);
        const QByteArray token = call.request.query.value("token");
        if (!mayDownload(api, call)
            && !api.access.verify(filePurpose(kind, call.id(), role), token, api.store.nowMs()))
            throw ApiError(
                401,
                QStringLiteral("This link has expired: ask the HUB for a new one, or send the API key."));
        const auto [file, facts] = api.store.openFile(kind, call.id(), role);
        sendFile(call, file, facts);
    });
}

void addUsage(const Api &api, Call &call)
{
    api.store.addUsage(call.json());
    call.succeed(QJsonObject {});
}

} // namespace

bool mayDownload(const Api &api, const Call &call)
{
    if (api.access.hasKey(call.request))
        return true;
    const auto user = api.store.keys().userOf(Access::presentedKey(call.request), api.store.nowMs());
    return user && api.store.owns(*user, call.id());
}

void addRecordRoutes(Router &router, const Api &api)
{
    router.add("POST", "/v1/auth", Router::Who::Key, [](Call &call) {
        call.discardBody();
        call.succeed(QJsonObject {});
    });
    router.add("POST", "/v1/usage", Router::Who::Key, [api](Call &call) { addUsage(api, call); });
    for (const Kind kind : { Kind::Model, Kind::Project, Kind::Dataset }) {
        addCrud(router, api, kind);
        addDownload(router, api, kind);
    }
    addUpload(router, api, Kind::Project);
    addUpload(router, api, Kind::Dataset);
}

} // namespace torchdeck::hub::server
