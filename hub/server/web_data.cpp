// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/access.h"
#include "hub/server/api_error.h"
#include "hub/server/json_util.h"
#include "hub/server/model_json.h"
#include "hub/server/model_list.h"
#include "hub/server/upload.h"
#include "hub/server/web_access.h"
#include "hub/server/web_reply.h"

#include <QtCore/QUrl>

#include <algorithm>

namespace torchdeck::hub::server {

namespace {

constexpr int kMaxPage = 200;
constexpr qsizetype kMaxCompared = 200; ///< in one request; a page that compares more asks in pieces

/// A user's list has theirs only. The administrator's has their own too, unless asked for others.
std::optional<QString> ownerAskedFor(const Call &call)
{
    const QString asked = QString::fromUtf8(call.request.query.value("owner"));
    if (!call.user.isEmpty())
        return call.user;
    if (asked == QLatin1String("all"))
        return std::nullopt;
    return asked.startsWith(QLatin1String("user:")) ? asked.mid(5) : QString();
}

ModelListQuery listQuery(const Call &call)
{
    const HttpRequest &request = call.request;
    const auto text = [&](const char *name) { return QString::fromUtf8(request.query.value(name)); };
    ModelListQuery query;
    query.text = text("query").trimmed().left(200);
    if (request.query.contains("project"))
        query.project = text("project");
    query.owner = ownerAskedFor(call);
    query.state = text("state");
    query.sort = text("sort");
    query.descending = text("order") != QLatin1String("asc");
    query.offset = request.query.value("offset").toInt();
    if (const int limit = request.query.value("limit").toInt(); limit > 0)
        query.limit = std::min(limit, kMaxPage);
    return query;
}

void sendModels(const Api &api, Call &call)
{
    const ModelList list = api.store.listModels(listQuery(call));
    QJsonArray models, states, projects, owners;
    for (const ModelEntry &entry : list.rows) {
        QJsonObject model = summaryJson(entry.model, api.store.nowMs());
        model.insert(QStringLiteral("project"), entry.projectName);
        models.append(model);
    }
    for (auto it = list.states.begin(); it != list.states.end(); ++it)
        states.append(
            QJsonObject { { QStringLiteral("state"), it.key() }, { QStringLiteral("models"), it.value() } });
    for (auto it = list.projects.begin(); it != list.projects.end(); ++it)
        projects.append(QJsonObject { { QStringLiteral("project"), it.key() },
                                      { QStringLiteral("name"), it.value().first },
                                      { QStringLiteral("models"), it.value().second } });
    if (call.user.isEmpty()) {
        for (auto it = list.owners.begin(); it != list.owners.end(); ++it)
            owners.append(
                QJsonObject { { QStringLiteral("owner"), it.key() }, { QStringLiteral("models"), it.value() } });
    }
    sendTagged(call, "application/json",
               compact({ { QStringLiteral("models"), models },
                         { QStringLiteral("user"), call.user },
                         { QStringLiteral("owners"), owners },
                         { QStringLiteral("total"), list.total },
                         { QStringLiteral("all"), list.all },
                         { QStringLiteral("offset"), list.offset },
                         { QStringLiteral("states"), states },
                         { QStringLiteral("projects"), projects },
                         { QStringLiteral("signed_in"), !needsNoSignIn(call.request) } }));
}

QJsonObject filesJson(const Record &model)
{
    QJsonObject files;
    for (const StoredFile &file : model.files) {
        QJsonObject json = fileJson(file);
        json.insert(QStringLiteral("url"),
                    QStringLiteral("/web/files/%1/%2/%3")
                        .arg(model.id, file.role, QString::fromLatin1(QUrl::toPercentEncoding(file.name))));
        files.insert(file.role, json);
    }
    return files;
}

/// The model and those epochs that changed after revision `after`: what an open page asks for every two
/// seconds.
QByteArray changesJson(const Api &api, const HttpRequest &request, const QString &id, qint64 after)
{
    const Record model = api.store.get(Kind::Model, id);
    if (after < 0 || after > model.rev) // this folder was put back from a copy: begin anew
        after = 0;
    QJsonObject info = summaryJson(model, api.store.nowMs());
    for (const char *key : { "config", "lineage", "meta", "train_args" })
        info.insert(QLatin1String(key), model.body.value(QLatin1String(key)));
    info.insert(QStringLiteral("files"), filesJson(model));
    info.insert(QStringLiteral("seen"), model.seenMs);
    info.insert(QStringLiteral("first_metrics"), model.firstMetricsMs);
    info.insert(QStringLiteral("last_metrics"), model.lastMetricsMs);
    info.insert(QStringLiteral("ms_per_epoch"), api.store.msPerEpoch(model.id));
    QByteArray json =
        "{\"model\":" + compact(info) + ",\"after\":" + QByteArray::number(after) + ",\"epochs\":[";
    qint64 rev = after;
    for (const EpochMetrics &epoch : api.store.metrics(model.id, after)) {
        json += '[' + QByteArray::number(epoch.epoch) + ',' + epoch.body + "],";
        rev = std::max(rev, epoch.rev);
    }
    if (json.endsWith(','))
        json.chop(1);
    return json + "],\"rev\":" + QByteArray::number(rev)
        + ",\"signed_in\":" + (needsNoSignIn(request) ? "false" : "true") + '}';
}

/// models=ID:REVISION,ID:REVISION,...; a model that is gone meanwhile is named, the others are sent.
void sendComparison(const Api &api, Call &call)
{
    QByteArrayList wanted = call.request.query.value("models").split(',');
    wanted.removeAll({});
    if (wanted.size() > kMaxCompared)
        throw ApiError(
            400,
            QStringLiteral("models: at most %1 models in one request, in pieces if there are more.")
                .arg(kMaxCompared));
    QByteArrayList parts;
    for (const QByteArray &one : wanted) {
        const QByteArrayList idAndRevision = one.split(':');
        const QString id = QString::fromLatin1(idAndRevision.first());
        const qint64 after = idAndRevision.value(1).toLongLong();
        try {
            if (!call.user.isEmpty() && !api.store.owns(call.user, id))
                throw noSuchRecord(wordFor(Kind::Model), id);
            parts.append(changesJson(api, call.request, id, after));
        } catch (const ApiError &error) {
            if (error.status() != 404)
                throw;
            parts.append(compact({ { QStringLiteral("missing"), id } }));
        }
    }
    sendTagged(call, "application/json", "{\"models\":[" + parts.join(',') + "]}");
}

void sendCheckpoint(const Api &api, Call &call)
{
    const auto [file, facts] = api.store.openFile(Kind::Model, call.id(), call.ids.value(1));
    sendFile(call, file, facts);
}

} // namespace

void addWebDataRoutes(Router &router, const Api &api)
{
    using enum Router::Who;
    router.add("GET", "/web/api/models", Browser, [api](Call &call) { sendModels(api, call); });
    router.add("GET", "/web/api/models/{id}", Browser, [api](Call &call) {
        sendTagged(call, "application/json",
                   changesJson(api, call.request, call.id(), call.request.query.value("after").toLongLong()));
    });
    router.add("GET", "/web/api/compare", Browser, [api](Call &call) { sendComparison(api, call); });
    router.add("GET", "/web/files/{id}/{id}/{name}", Browser,
               [api](Call &call) { sendCheckpoint(api, call); });
}

} // namespace torchdeck::hub::server
