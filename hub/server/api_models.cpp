// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/api_error.h"
#include "hub/server/json_util.h"
#include "hub/server/model_json.h"
#include "hub/server/store.h"
#include "hub/server/upload.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>

#include <cmath>

namespace torchdeck::hub::server {

namespace {

void putMetrics(const Api &api, Call &call)
{
    const QJsonObject body = call.json();
    if (body.value(QStringLiteral("type")).toString() != QLatin1String("metrics"))
        throw ApiError(400, QStringLiteral("type must be \"metrics\"."));
    if (!body.value(QStringLiteral("metrics")).isObject())
        throw ApiError(400, QStringLiteral("metrics must be an object of epochs."));
    api.store.putMetrics(call.id(), parseMetrics(body.value(QStringLiteral("metrics")).toObject()));
    call.succeed(QJsonObject {});
}

/// One entry per metric name, each with its value per epoch.
QJsonArray byName(const QVector<EpochMetrics> &epochs)
{
    QMap<QString, QJsonObject> series;
    for (const EpochMetrics &epoch : epochs) {
        const QJsonObject values = QJsonDocument::fromJson(epoch.body).object();
        for (auto it = values.begin(); it != values.end(); ++it)
            series[it.key()].insert(QString::number(epoch.epoch), it.value());
    }
    QJsonArray all;
    for (auto it = series.begin(); it != series.end(); ++it)
        all.append(
            QJsonObject { { QStringLiteral("meta"), QJsonObject { { QStringLiteral("name"), it.key() } } },
                          { QStringLiteral("data"), it.value() } });
    return all;
}

int epochField(const Upload &upload, bool required)
{
    bool number = false;
    const int epoch = upload.fields.value("epoch").trimmed().toInt(&number);
    if (number && epoch >= 0)
        return epoch;
    if (required)
        throw ApiError(400, QStringLiteral("epoch must be a number from 0 up."));
    return -1;
}

std::optional<double> mapField(const Upload &upload)
{
    bool number = false;
    const double map = upload.fields.value("map").trimmed().toDouble(&number);
    return number && std::isfinite(map) ? std::optional(map) : std::nullopt;
}

void uploadCheckpoint(const Api &api, Call &call)
{
    Upload upload = receiveUpload(call, api.store, Kind::Model);
    const QByteArray type = upload.fields.value("type").trimmed();
    if (type != "epoch" && type != "final")
        throw ApiError(400, QStringLiteral("type must be \"epoch\" or \"final\"."));
    StoredFile facts;
    facts.isFinal = type == "final";
    facts.role = facts.isFinal ? QStringLiteral("best") : QStringLiteral("last");
    facts.name = facts.role + QStringLiteral(".pt");
    facts.epoch = epochField(upload, !facts.isFinal);
    facts.map = mapField(upload);
    const QByteArray best = upload.fields.value("isBest").trimmed().toLower();
    const bool alsoBest = !facts.isFinal && (best == "true" || best == "1");
    call.succeed(fileJson(api.store.keepFile(Kind::Model, call.id(), facts, *upload.file, alsoBest,
                                             upload.keyLimit)),
                 QStringLiteral("Uploaded."));
}

void heartbeat(const Api &api, Call &call)
{
    const QString told = call.json().value(QStringLiteral("agentId")).toString();
    if (told.size() > 200)
        throw ApiError(400, QStringLiteral("agentId is too long."));
    call.succeed(QJsonObject { { QStringLiteral("agentId"), api.store.heartbeat(call.id(), told) } });
}

} // namespace

void addModelRoutes(Router &router, const Api &api)
{
    using enum Router::Who;
    router.add("POST", "/v1/models/{id}", Key, [api](Call &call) { putMetrics(api, call); });
    router.add("GET", "/v1/models/{id}/metrics", Key,
               [api](Call &call) { call.succeed(byName(api.store.metrics(call.id()))); });
    router.add("POST", "/v1/models/{id}/upload", Key, [api](Call &call) { uploadCheckpoint(api, call); });
    router.add("POST", "/v1/agent/heartbeat/models/{id}", Key, [api](Call &call) { heartbeat(api, call); });
}

} // namespace torchdeck::hub::server
