// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/hub_process.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkReply>
#include <QtNetwork/QNetworkRequest>
#include <QtTest/QSignalSpy>

HubProcess::HubProcess(const Instance &instance, int port)
    : m_process(
        instance.start({ "hub", "serve", QStringLiteral("port=%1").arg(port), "dir=store", "--json" }))
{
    const QJsonObject ready = QJsonDocument::fromJson(Instance::readLine(*m_process)).object();
    root = QUrl(ready.value("api_root").toString());
    key = ready.value("api_key").toString();
}

void HubProcess::stop()
{
    if (m_process->state() == QProcess::NotRunning)
        return;
    m_process->terminate();
    m_process->waitForFinished();
}

void HubProcess::kill()
{
    m_process->kill();
    m_process->waitForFinished();
}

void HubProcess::use(Instance &instance) const
{
    instance.set("ULTRALYTICS_HUB_API", root.toString());
    instance.set("ULTRALYTICS_HUB_WEB", root.toString());
    instance.set("HUB_API_KEY", key);
}

QByteArray HubProcess::get(const QString &path) const
{
    QNetworkAccessManager network;
    QNetworkRequest request(QUrl(root.toString() + path));
    request.setRawHeader("x-api-key", key.toUtf8());
    const std::unique_ptr<QNetworkReply> reply(network.get(request));
    QSignalSpy finished(reply.get(), &QNetworkReply::finished);
    if (!reply->isFinished())
        finished.wait(10'000);
    return reply->readAll();
}

QMap<int, QJsonObject> HubProcess::epochs(const QString &model) const
{
    const QByteArray answer = get("/v1/models/" + model + "/metrics");
    QMap<int, QJsonObject> found;
    for (const QJsonValue &row : QJsonDocument::fromJson(answer).object().value("data").toArray()) {
        const QString name = row.toObject().value("meta").toObject().value("name").toString();
        const QJsonObject values = row.toObject().value("data").toObject();
        for (auto it = values.begin(); it != values.end(); ++it)
            found[it.key().toInt()].insert(name, it.value());
    }
    return found;
}
