// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/server/local_hub.h"
#include "tests/hub_server/http_client.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

namespace torchdeck::test {

/// A HUB on a free port with a folder of its own, which outlives restarts.
struct RunningHub {
    explicit RunningHub(hub::server::LocalHubOptions theOptions = {})
        : options(std::move(theOptions))
    {
        start();
    }

    void start(quint16 port = 0)
    {
        options.dir = dir.filePath(QStringLiteral("hub"));
        options.port = port;
        hub = std::make_unique<hub::server::LocalHub>(options);
        if (!hub->start())
            qFatal("the HUB did not start: %s", qPrintable(hub->error()));
    }
    [[nodiscard]] quint16 port() const { return static_cast<quint16>(hub->apiRoot().port()); }
    [[nodiscard]] QByteArray key() const { return hub->apiKey().toLatin1(); }
    [[nodiscard]] HttpClient client() const
    {
        return options.tlsCertificate.isEmpty() ? HttpClient(port(), key())
                                                : HttpClient(port(), key(), options.tlsCertificate);
    }
    [[nodiscard]] QString path(const QString &name) const
    {
        return dir.filePath(QStringLiteral("hub/") + name);
    }

    /// A model of `epochs` planned epochs; its id.
    QByteArray createModel(const QByteArray &name = "train", int epochs = 30) const
    {
        const Reply made =
            client().post("/v1/models",
                          R"({"meta": {"name": ")" + name + R"("}, "config": {"epochs": )"
                              + QByteArray::number(epochs) + R"(, "batchSize": 16, "imageSize": 320},
                "dataset": {"name": "bccd"}, "lineage": {"architecture": {"name": "yolov8n"}}})");
        return made.data().value(QStringLiteral("id")).toString().toLatin1();
    }

    hub::server::LocalHubOptions options; ///< for the next start(); folder and port are set there
    QTemporaryDir dir;
    std::unique_ptr<hub::server::LocalHub> hub;
};

/// Body of a metrics request for one epoch.
[[nodiscard]] inline QByteArray metricsBody(int epoch, const QByteArray &json)
{
    const QJsonObject metrics { { QString::number(epoch), QString::fromUtf8(json) } };
    return QJsonDocument(QJsonObject { { QStringLiteral("type"), QStringLiteral("metrics") },
                                       { QStringLiteral("metrics"), metrics } })
        .toJson();
}

} // namespace torchdeck::test
