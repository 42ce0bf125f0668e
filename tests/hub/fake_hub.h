// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/hub/fake_network.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QJsonArray>
#include <QtCore/QMap>

/// HUB v1 in memory, behind a FakeNetwork. `fault` may answer in its place.
class FakeHub {
public:
    struct Model {
        QJsonObject payload;
        QMap<int, QByteArray> metrics;
        QMap<int, int> timesSent; ///< by epoch
        QByteArray best, last;
        int uploads = 0;
        bool trained = false;
    };
    QMap<QString, Model> models;
    QByteArray key = "good-key";
    QString agentId = QStringLiteral("agent-1");
    QList<QJsonObject> heartbeats;
    QList<QJsonObject> usage;
    std::function<std::optional<FakeAnswer>(const FakeRequest &)> fault;

    explicit FakeHub(FakeNetwork &network)
    {
        network.handler = [this](const FakeRequest &r) -> std::optional<FakeAnswer> {
            if (fault) {
                if (const auto answer = fault(r))
                    return answer;
            }
            return answer(r);
        };
    }

    [[nodiscard]] Model &only() { return models.first(); }

private:
    static FakeAnswer json(const QJsonValue &data)
    {
        return { .body = QJsonDocument(QJsonObject { { "success", true }, { "data", data } }).toJson() };
    }

    std::optional<FakeAnswer> answer(const FakeRequest &r)
    {
        if (r.key != key)
            return FakeAnswer { .status = 401, .body = R"({"message":"Bad key"})" };
        if (r.path == "/v1/auth")
            return json({});
        if (r.path == "/v1/usage") {
            usage.append(r.json());
            return json({});
        }
        if (r.path == "/v1/models" && r.verb == "POST") {
            const auto id = QStringLiteral("model%1").arg(models.size() + 1);
            models[id].payload = r.json();
            return json(QJsonObject { { "id", id } });
        }
        const auto parts = r.path.split('/', Qt::SkipEmptyParts);
        if (r.path.startsWith("/v1/agent/heartbeat/models/")) {
            heartbeats.append(r.json());
            return json(QJsonObject { { "agentId", agentId } });
        }
        if (parts.size() < 3 || parts[1] != "models")
            return std::nullopt;
        if (!models.contains(parts[2]))
            return FakeAnswer { .status = 404, .body = R"({"message":"No such model"})" };
        auto &model = models[parts[2]];
        if (parts.size() == 3 && r.verb == "GET")
            return json(facts(parts[2], model));
        if (parts.size() == 3)
            return takeMetrics(model, r);
        if (parts[3] == "metrics")
            return json(series(model));
        if (parts[3] == "upload")
            return takeFile(model, r);
        return std::nullopt;
    }

    static QJsonObject facts(const QString &id, const Model &m)
    {
        QJsonObject o { { "id", id }, { "status", m.trained ? "trained" : "training" } };
        if (m.trained) {
            o["weights_sha256"] =
                QString::fromLatin1(QCryptographicHash::hash(m.best, QCryptographicHash::Sha256).toHex());
            o["weights_size"] = m.best.size();
        }
        return o;
    }

    static QJsonArray series(const Model &m)
    {
        QJsonObject values;
        for (auto it = m.metrics.cbegin(); it != m.metrics.cend(); ++it)
            values[QString::number(it.key())] = it.key();
        return { QJsonObject { { "meta", QJsonObject { { "name", "x" } } }, { "data", values } } };
    }

    static FakeAnswer takeMetrics(Model &m, const FakeRequest &r)
    {
        const auto all = r.json().value("metrics").toObject();
        if (r.json().value("type") != QJsonValue("metrics") || all.isEmpty())
            return { .status = 400 };
        for (auto it = all.begin(); it != all.end(); ++it) {
            m.metrics[it.key().toInt()] = it.value().toString().toUtf8();
            ++m.timesSent[it.key().toInt()];
        }
        return {};
    }

    static FakeAnswer takeFile(Model &m, const FakeRequest &r)
    {
        const bool final = r.body.contains("\r\n\r\nfinal\r\n");
        const QByteArray head = final ? "name=\"best.pt\"; filename=\"best.pt\"\r\n\r\n"
                                      : "name=\"last.pt\"; filename=\"last.pt\"\r\n\r\n";
        const auto begin = r.body.indexOf(head);
        const auto end = r.body.lastIndexOf("\r\n--boundary");
        if (begin < 0 || end < 0)
            return { .status = 400 };
        ++m.uploads;
        (final ? m.best : m.last) = r.body.mid(begin + head.size(), end - begin - head.size());
        m.trained = m.trained || final;
        return {};
    }
};
