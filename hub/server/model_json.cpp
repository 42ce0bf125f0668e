// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/model_json.h"

#include "hub/server/access.h"

#include <QtCore/QDateTime>

namespace torchdeck::hub::server {

namespace {

constexpr qint64 kLinkLifeMs =
    6LL * 3'600'000; // a client may fetch weights or data some time after reading the model

using Json = QJsonObject;

QString iso(qint64 ms) { return QDateTime::fromMSecsSinceEpoch(ms, Qt::UTC).toString(Qt::ISODateWithMs); }

/// The name by which the client found us; without a usable one (HTTP/1.0) the address it connected to.
QByteArray rootFor(const HttpRequest &request)
{
    const QByteArray host = request.header("host");
    return (request.secure ? "https://" : "http://") + (hostName(host).isEmpty() ? request.local : host);
}

/// What Python's client calls train_args, from the config that model creation sent.
Json trainArgs(const Json &config, const QString &data)
{
    static const std::pair<const char *, const char *> names[] = {
        { "batchSize", "batch" },   { "epochs", "epochs" }, { "imageSize", "imgsz" },
        { "patience", "patience" }, { "device", "device" }, { "cache", "cache" }
    };
    Json args { { QStringLiteral("data"), data } };
    for (const auto &[from, to] : names) {
        if (const QJsonValue value = config.value(QLatin1String(from));
            !value.isUndefined() && !value.isNull())
            args.insert(QLatin1String(to), value);
    }
    return args;
}

void addWeights(const Api &api, const HttpRequest &request, const Record &model, Json &data)
{
    const StoredFile *last = model.file(QStringLiteral("last"));
    const StoredFile *best = model.file(QStringLiteral("best"));
    data.insert(QStringLiteral("has_last_weights"), last != nullptr);
    data.insert(QStringLiteral("has_best_weights"), best != nullptr);
    data.insert(QStringLiteral("resume"),
                last ? QJsonValue(fileLink(api, request, model, last->role, QStringLiteral("last.pt")))
                     : QJsonValue());
    data.insert(QStringLiteral("weights"),
                best ? QJsonValue(fileLink(api, request, model, best->role, QStringLiteral("best.pt")))
                     : QJsonValue());
    data.insert(QStringLiteral("weights_sha256"), best ? QJsonValue(best->sha256) : QJsonValue());
    data.insert(QStringLiteral("weights_size"), best ? QJsonValue(best->size) : QJsonValue());
    data.insert(QStringLiteral("weights_final"), best && best->isFinal);
    data.insert(QStringLiteral("last_weights"), last ? QJsonValue(fileJson(*last)) : QJsonValue());
    data.insert(QStringLiteral("best_weights"), best ? QJsonValue(fileJson(*best)) : QJsonValue());
}

void addModel(const Api &api, const HttpRequest &request, const Record &model, Json &data)
{
    const Json config = data.value(QStringLiteral("config")).toObject();
    const Json architecture =
        data.value(QStringLiteral("lineage")).toObject().value(QStringLiteral("architecture")).toObject();
    const QString dataset =
        data.value(QStringLiteral("dataset")).toObject().value(QStringLiteral("name")).toString();
    const auto fallback = [&data](const char *key, const QJsonValue &value) {
        if (!data.contains(QLatin1String(key)))
            data.insert(QLatin1String(key), value);
    };
    fallback("cfg", architecture.value(QStringLiteral("name")));
    fallback("data", dataset);
    fallback("train_args", trainArgs(config, data.value(QStringLiteral("data")).toString()));
    fallback("is_pretrained", false); // no parent weights lie on this HUB
    fallback("is_custom", false);
    const Json args = data.value(QStringLiteral("train_args")).toObject();
    fallback("batch_size", args.value(QStringLiteral("batch"))); // the SDK builds its `config` from these
    for (const char *key : { "epochs", "imgsz", "patience", "device", "cache" })
        fallback(key, args.value(QLatin1String(key)));

    data.insert(QStringLiteral("status"), model.status);
    data.insert(QStringLiteral("state"), liveState(model, api.store.nowMs()));
    data.insert(QStringLiteral("agentId"), model.agent.isEmpty() ? QJsonValue() : QJsonValue(model.agent));
    data.insert(QStringLiteral("epochs_received"), model.epochs);
    data.insert(QStringLiteral("last_epoch"),
                model.lastEpoch < 0 ? QJsonValue() : QJsonValue(model.lastEpoch));
    data.insert(QStringLiteral("best_map"), orNull(shownMap(model)));
    data.insert(QStringLiteral("best_epoch"),
                model.bestEpoch < 0 ? QJsonValue() : QJsonValue(model.bestEpoch));
    addWeights(api, request, model, data);
}

} // namespace

QString signedLink(const Api &api, const HttpRequest &request, const QByteArray &path, const QByteArray &purpose)
{
    return QString::fromLatin1(rootFor(request) + path
                               + "?token=" + api.access.sign(purpose, api.store.nowMs() + kLinkLifeMs));
}

QString fileLink(const Api &api, const HttpRequest &request, const Record &record, const QString &role,
                 const QString &name)
{
    return signedLink(api, request,
                      "/v1/" + folderOf(record.kind).toLatin1() + '/' + record.id.toLatin1() + "/files/"
                          + role.toLatin1() + '/' + name.toUtf8().toPercentEncoding(),
                      filePurpose(record.kind, record.id, role));
}

QJsonValue orNull(const std::optional<double> &value) { return value ? QJsonValue(*value) : QJsonValue(); }

QByteArray filePurpose(Kind kind, const QString &id, const QString &role)
{
    return "file\n" + folderOf(kind).toLatin1() + '\n' + id.toLatin1() + '\n' + role.toLatin1();
}

std::optional<double> shownMap(const Record &model)
{
    const StoredFile *best = model.file(QStringLiteral("best"));
    return best && best->isFinal && best->map.value_or(0.0) > 0.0 ? best->map : model.bestMap;
}

QJsonObject fileJson(const StoredFile &file)
{
    return { { QStringLiteral("name"), file.name },
             { QStringLiteral("size"), file.size },
             { QStringLiteral("sha256"), file.sha256 },
             { QStringLiteral("epoch"), file.epoch < 0 ? QJsonValue() : QJsonValue(file.epoch) },
             { QStringLiteral("final"), file.isFinal },
             { QStringLiteral("map"), orNull(file.map) },
             { QStringLiteral("uploaded"), iso(file.uploadedMs) } };
}

QJsonObject recordJson(const Api &api, const HttpRequest &request, const Record &record)
{
    Json data = record.body;
    if (record.kind == Kind::Model)
        addModel(api, request, record, data);
    if (const StoredFile *file = record.file(QStringLiteral("file"))) {
        data.insert(QStringLiteral("url"), fileLink(api, request, record, file->role, file->name));
        data.insert(QStringLiteral("file"), fileJson(*file));
    }
    data.insert(QStringLiteral("id"), record.id);
    data.insert(QStringLiteral("created"), iso(record.createdMs));
    data.insert(QStringLiteral("updated"), iso(record.updatedMs));
    return data;
}

QJsonObject summaryJson(const Record &model, qint64 nowMs)
{
    const Json &body = model.body;
    const Json architecture =
        body.value(QStringLiteral("lineage")).toObject().value(QStringLiteral("architecture")).toObject();
    return { { QStringLiteral("id"), model.id },
             { QStringLiteral("name"), model.name },
             { QStringLiteral("owner"), model.owner },
             { QStringLiteral("dataset"),
               body.value(QStringLiteral("dataset")).toObject().value(QStringLiteral("name")) },
             { QStringLiteral("architecture"), architecture.value(QStringLiteral("name")) },
             { QStringLiteral("state"), liveState(model, nowMs) },
             { QStringLiteral("best_map"), orNull(shownMap(model)) },
             { QStringLiteral("best_epoch"),
               model.bestEpoch < 0 ? QJsonValue() : QJsonValue(model.bestEpoch) },
             { QStringLiteral("epochs"), model.epochs },
             { QStringLiteral("planned"), model.plannedEpochs() },
             { QStringLiteral("created"), model.createdMs },
             { QStringLiteral("updated"), model.updatedMs } };
}

} // namespace torchdeck::hub::server
