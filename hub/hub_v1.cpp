// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/hub_protocol.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QLocale>
#include <QtNetwork/QHostAddress>

#include <cmath>

namespace torchdeck::hub {

namespace {

QByteArray compact(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }

std::optional<QJsonObject> objectOf(const QByteArray &body)
{
    QJsonParseError error;
    const auto document = QJsonDocument::fromJson(body, &error);
    if (error.error != QJsonParseError::NoError || !document.isObject())
        return std::nullopt;
    return document.object();
}

/// Only the last part of anything that looks like a path: no folder or user name leaves the machine.
QString nameOnly(const QString &text)
{
    const auto cut = std::max(text.lastIndexOf(QLatin1Char('/')), text.lastIndexOf(QLatin1Char('\\')));
    return cut < 0 ? text : text.mid(cut + 1);
}

class HubV1 final : public HubProtocol {
public:
    WireRequest checkKey(const Account &account) const override
    {
        auto r = request(account, "POST", QStringLiteral("/v1/auth"));
        r.json = "{}";
        r.subject.kind = RequestKind::KeyTest;
        return r;
    }

    WireRequest createModel(const Account &account, const RunDescription &run,
                            const QByteArray &once) const override
    {
        QJsonObject parent;
        if (!run.parent.isEmpty())
            parent[QLatin1String("name")] = nameOnly(run.parent);
        const QJsonObject payload {
            { QStringLiteral("config"),
              QJsonObject { { QStringLiteral("batchSize"), run.batch },
                            { QStringLiteral("epochs"), run.epochs },
                            { QStringLiteral("imageSize"), run.imgsz },
                            { QStringLiteral("patience"), run.patience },
                            { QStringLiteral("device"), run.device },
                            { QStringLiteral("cache"), nameOnly(run.cache) } } },
            { QStringLiteral("dataset"),
              QJsonObject { { QStringLiteral("name"), nameOnly(run.datasetName) } } },
            { QStringLiteral("lineage"),
              QJsonObject { { QStringLiteral("architecture"),
                              QJsonObject { { QStringLiteral("name"), nameOnly(run.architecture) } } },
                            { QStringLiteral("parent"), parent } } },
            { QStringLiteral("meta"), QJsonObject { { QStringLiteral("name"), nameOnly(run.modelName) } } },
        };
        auto r = request(account, "POST", QStringLiteral("/v1/models"));
        r.headers.append({ "Idempotency-Key", once });
        r.json = compact(payload);
        r.subject.kind = RequestKind::CreateModel;
        return r;
    }

    WireRequest readModel(const Account &account, const QString &model) const override
    {
        auto r = request(account, "GET", QStringLiteral("/v1/models/") + model);
        r.subject.kind = RequestKind::ReadModel;
        return r;
    }

    WireRequest readMetrics(const Account &account, const QString &model) const override
    {
        auto r = request(account, "GET", QStringLiteral("/v1/models/%1/metrics").arg(model));
        r.maxAnswerBytes = 256 << 20; // every value of every epoch
        r.subject.kind = RequestKind::ReadMetrics;
        return r;
    }

    WireRequest metrics(const Account &account, const QString &model,
                        const QMap<int, QByteArray> &texts) const override
    {
        QJsonObject byEpoch;
        for (auto it = texts.cbegin(); it != texts.cend(); ++it)
            byEpoch[QString::number(it.key())] = QString::fromUtf8(it.value());
        auto r = request(account, "POST", QStringLiteral("/v1/models/") + model);
        r.json = compact({ { QStringLiteral("type"), QStringLiteral("metrics") },
                           { QStringLiteral("metrics"), byEpoch } });
        r.subject.kind = RequestKind::Metrics;
        if (!texts.isEmpty()) {
            r.subject.firstEpoch = texts.firstKey();
            r.subject.lastEpoch = texts.lastKey();
        }
        return r;
    }

    WireRequest upload(const Account &account, const QString &model,
                       const WeightsUpload &weights) const override
    {
        auto r = request(account, "POST", QStringLiteral("/v1/models/%1/upload").arg(model));
        r.filePath = weights.filePath;
        if (weights.kind == UploadKind::FinalModel) {
            r.fileName = "best.pt";
            r.subject.kind = RequestKind::FinalModel;
            r.fields = { { "type", "final" },
                         { "map",
                           QByteArray::number(std::isfinite(weights.map) ? weights.map : 0.0, 'g',
                                              QLocale::FloatingPointShortest) } };
        } else {
            r.fileName = "last.pt";
            r.subject = { RequestKind::Checkpoint, weights.epoch, weights.epoch };
            r.fields = { { "epoch", QByteArray::number(weights.epoch) },
                         { "type", "epoch" },
                         { "isBest", weights.isBest ? "True" : "False" } };
        }
        if (!weights.sha256.isEmpty()) {
            r.headers.append({ "x-checksum-sha256", weights.sha256 });
            // The same after every retry and restart: a server that keeps keys need not store the same file twice.
            r.headers.append({ "Idempotency-Key",
                               model.toUtf8() + (weights.kind == UploadKind::FinalModel ? "-final-" : "-epoch-")
                                   + QByteArray::number(weights.epoch) + '-' + weights.sha256 });
        }
        return r;
    }

    WireRequest heartbeat(const Account &account, const QString &model, const QString &agent,
                          const QString &agentId) const override
    {
        auto r = request(account, "POST", QStringLiteral("/v1/agent/heartbeat/models/") + model);
        r.json = compact({ { QStringLiteral("agent"), agent },
                           { QStringLiteral("agentId"),
                             agentId.isEmpty() ? QJsonValue(QJsonValue::Null) : QJsonValue(agentId) } });
        r.subject.kind = RequestKind::Heartbeat;
        return r;
    }

    WireRequest usage(const Account &account, const QString &clientId,
                      const QVector<UsageRecord> &events) const override
    {
        QJsonArray list;
        for (const auto &event : events)
            list.append(QJsonObject { { QStringLiteral("name"), event.name },
                                      { QStringLiteral("params"), finiteJson(event.params) } });
        auto r = request(account, "POST", QStringLiteral("/v1/usage"));
        r.json = compact({ { QStringLiteral("client_id"), clientId }, { QStringLiteral("events"), list } });
        r.subject.kind = RequestKind::Usage;
        return r;
    }

    QUrl modelPage(const Account &account, const QString &model) const override
    {
        return under(account.webRoot, QStringLiteral("/models/") + model);
    }

    std::optional<bool> keyAccepted(const QByteArray &body) const override
    {
        const auto object = objectOf(body);
        if (!object)
            return std::nullopt;
        return object->value(QLatin1String("success")).toBool();
    }

    std::optional<QString> createdModel(const QByteArray &body) const override
    {
        const auto object = objectOf(body);
        if (!object)
            return std::nullopt;
        const auto id = object->value(QLatin1String("data")).toObject().value(QLatin1String("id")).toString();
        if (!saneId(id))
            return std::nullopt;
        return id;
    }

    std::optional<ModelFacts> modelFacts(const QByteArray &body) const override
    {
        const auto object = objectOf(body);
        if (!object || !object->value(QLatin1String("data")).isObject())
            return std::nullopt;
        const auto data = object->value(QLatin1String("data")).toObject();
        ModelFacts facts;
        facts.id = data.value(QLatin1String("id")).toString();
        facts.name = nameOnly(
            data.value(QLatin1String("meta")).toObject().value(QLatin1String("name")).toString());
        facts.status = data.value(QLatin1String("status")).toString();
        facts.weightsSha256 = data.value(QLatin1String("weights_sha256")).toString().toLatin1().toLower();
        if (const auto size = data.value(QLatin1String("weights_size")); size.isDouble())
            facts.weightsSize = size.toInteger();
        const auto url = [&data](const char *name) {
            const QUrl found(data.value(QLatin1String(name)).toString());
            const bool web = found.scheme() == QLatin1String("https") || found.scheme() == QLatin1String("http");
            return web && !found.host().isEmpty() ? found : QUrl();
        };
        if (data.value(QLatin1String("has_last_weights")).toBool())
            facts.resumeFrom = url("resume");
        facts.startFrom = url("weights");
        facts.architecture = nameOnly(data.value(QLatin1String("cfg")).toString());
        facts.dataset = url("data");
        facts.trainArgs = data.value(QLatin1String("train_args")).toObject();
        return facts;
    }

    std::optional<QSet<int>> epochs(const QByteArray &body) const override
    {
        const auto object = objectOf(body);
        if (!object || !object->value(QLatin1String("data")).isArray())
            return std::nullopt;
        QSet<int> found;
        const auto series = object->value(QLatin1String("data")).toArray();
        for (const auto &one : series) {
            const auto values = one.toObject().value(QLatin1String("data")).toObject();
            for (auto it = values.constBegin(); it != values.constEnd(); ++it) {
                bool number = false;
                if (const int epoch = it.key().toInt(&number); number)
                    found.insert(epoch);
            }
        }
        return found;
    }

    QString agentId(const QByteArray &body) const override
    {
        const auto object = objectOf(body);
        return object
            ? object->value(QLatin1String("data")).toObject().value(QLatin1String("agentId")).toString()
            : QString();
    }

    bool stopAsked(const QByteArray &body) const override
    {
        const auto object = objectOf(body);
        const auto data = object ? object->value(QLatin1String("data")).toObject() : QJsonObject();
        return data.value(QLatin1String("stop")).toBool()
            || data.value(QLatin1String("command")).toString() == QLatin1String("stop");
    }

    bool plausible(const QByteArray &body) const override
    {
        if (body.trimmed().isEmpty())
            return true;
        QJsonParseError error;
        // Wrapped in an array, a bare value ("true", a string) is accepted too.
        QJsonDocument::fromJson('[' + body + ']', &error);
        return error.error == QJsonParseError::NoError;
    }

    QString serverMessage(const QByteArray &body) const override
    {
        const auto object = objectOf(body);
        if (!object)
            return {};
        for (const char *key : { "message", "detail", "error" }) {
            const auto text = object->value(QLatin1String(key)).toString().simplified();
            if (!text.isEmpty())
                return text.left(200);
        }
        return {};
    }

private:
    static bool saneId(const QString &id)
    {
        // It becomes part of URLs and of a file in the run folder.
        return !id.isEmpty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](QChar c) {
            return (c.unicode() < 128 && c.isLetterOrNumber()) || c == QLatin1Char('-')
                || c == QLatin1Char('_');
        });
    }

    static QUrl under(const QUrl &root, const QString &path)
    {
        auto url = root.adjusted(QUrl::StripTrailingSlash | QUrl::RemoveQuery | QUrl::RemoveFragment);
        auto base = url.path();
        if (base.endsWith(QLatin1Char('/')))
            base.chop(1);
        url.setPath(base + path);
        return url;
    }

    static WireRequest request(const Account &account, const QByteArray &verb, const QString &path)
    {
        WireRequest r;
        r.verb = verb;
        r.url = under(account.apiRoot, path);
        if (account.key.startsWith(QLatin1String("Bearer ")))
            r.headers.append({ "authorization", account.key.toUtf8() });
        else if (!account.key.isEmpty())
            r.headers.append({ "x-api-key", account.key.toUtf8() });
        return r;
    }
};

QJsonValue finite(const QJsonValue &value)
{
    if (value.isDouble() && !std::isfinite(value.toDouble()))
        return QJsonValue::Null;
    if (value.isObject())
        return finiteJson(value.toObject());
    if (value.isArray()) {
        QJsonArray out;
        for (const auto &one : value.toArray())
            out.append(finite(one));
        return out;
    }
    return value;
}

QString serverName(const QUrl &url)
{
    const auto host = url.host().toLower();
    if (host == QLatin1String("localhost") || QHostAddress(host).isLoopback())
        return QStringLiteral("loopback");
    return host + QLatin1Char(':')
        + QString::number(url.port(url.scheme() == QLatin1String("http") ? 80 : 443));
}

} // namespace

std::unique_ptr<HubProtocol> makeHubV1() { return std::make_unique<HubV1>(); }

bool isLoopback(const QUrl &url) { return serverName(url) == QLatin1String("loopback"); }

bool sameServer(const QUrl &a, const QUrl &b) { return serverName(a) == serverName(b); }

QJsonObject finiteJson(const QJsonObject &object)
{
    QJsonObject out;
    for (auto it = object.begin(); it != object.end(); ++it)
        out[it.key()] = finite(it.value());
    return out;
}

} // namespace torchdeck::hub
