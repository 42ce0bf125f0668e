// SPDX-License-Identifier: GPL-3.0-or-later
// The client against the real local HUB, over real sockets and in real time (with short intervals).
#include "hub/hub_service.h"
#include "hub/server/local_hub.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QRandomGenerator>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkReply>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace torchdeck::hub;
using namespace std::chrono_literals;
using server::LocalHub;

class TestRoundtrip : public QObject {
    Q_OBJECT

    QTemporaryDir dir;
    QNetworkAccessManager network;

    std::unique_ptr<LocalHub> startHub(quint16 port = 0)
    {
        auto hub =
            std::make_unique<LocalHub>(server::LocalHubOptions { dir.filePath("hub"), "127.0.0.1", port });
        if (!hub->start())
            qWarning("%s", qPrintable(hub->error()));
        return hub;
    }

    HubOptions options(const LocalHub &hub) const
    {
        HubOptions o;
        o.apiRoot = hub.apiRoot();
        o.webRoot = hub.webRoot();
        o.apiKey = hub.apiKey();
        o.metricsInterval = 50ms;
        o.checkpointInterval = 100ms;
        o.heartbeatInterval = 1s;
        return o;
    }

    std::unique_ptr<HubService> service(const QString &journal)
    {
        return std::make_unique<HubService>(
            HubService::Config { dir.filePath(journal), nullptr, nullptr, "torchdeck/test" });
    }

    RunDescription run(const QString &name)
    {
        RunDescription d;
        d.run = 7;
        d.runFolder = dir.filePath(name);
        QDir(dir.path()).mkpath(name + "/weights");
        d.modelName = name;
        d.architecture = "yolov8n";
        d.datasetName = "sample";
        d.epochs = 30;
        d.batch = 16;
        d.imgsz = 320;
        d.patience = 100;
        d.device = "cpu";
        d.cache = "False";
        return d;
    }

    static QByteArray weights(const QString &path, qint64 size)
    {
        QByteArray content(size, Qt::Uninitialized);
        auto *words = reinterpret_cast<quint32 *>(content.data());
        QRandomGenerator::global()->fillRange(words, content.size() / 4);
        QFile file(path);
        if (file.open(QIODevice::WriteOnly))
            file.write(content);
        return QCryptographicHash::hash(content, QCryptographicHash::Sha256).toHex();
    }

    QJsonValue get(const LocalHub &hub, const QString &path)
    {
        QNetworkRequest request(QUrl(hub.apiRoot().toString() + path));
        request.setRawHeader("x-api-key", hub.apiKey().toLatin1());
        auto *reply = network.get(request);
        QSignalSpy spy(reply, &QNetworkReply::finished);
        if (!reply->isFinished())
            spy.wait(10'000);
        reply->deleteLater();
        return QJsonDocument::fromJson(reply->readAll()).object().value("data");
    }

    QList<int> epochsOn(const LocalHub &hub, const QString &model)
    {
        QSet<int> found;
        for (const auto &series : get(hub, "/v1/models/" + model + "/metrics").toArray()) {
            const auto keys = series.toObject()["data"].toObject().keys();
            for (const auto &key : keys)
                found.insert(key.toInt());
        }
        auto list = found.values();
        std::sort(list.begin(), list.end());
        return list;
    }

    static QList<int> range(int n)
    {
        QList<int> list(n);
        std::iota(list.begin(), list.end(), 0);
        return list;
    }

private Q_SLOTS:
    void hubDownInTheMiddleOfARun()
    {
        auto hub = startHub();
        const auto port = quint16(hub->apiRoot().port());
        auto client = service("a.sqlite");
        QSignalSpy confirmed(client.get(), &HubService::runConfirmed);
        QSignalSpy known(client.get(), &HubService::modelKnown);
        client->setOptions(options(*hub));
        const auto description = run("train");
        client->beginRun(description);
        client->startTimers();
        for (int epoch = 0; epoch < 30; ++epoch) {
            if (epoch == 5)
                hub->stop();
            if (epoch == 15)
                hub = startHub(port);
            client->addMetrics(epoch, { { "metrics/mAP50(B)", epoch / 30.0 }, { "nan", qQNaN() } });
            weights(description.runFolder + "/weights/last.tmp", 20'000);
            QFile::remove(description.runFolder + "/weights/last.pt");
            QFile::rename(description.runFolder + "/weights/last.tmp",
                          description.runFolder + "/weights/last.pt");
            client->modelSaved(epoch, description.runFolder + "/weights/last.pt", epoch % 3 == 0);
            QTest::qWait(30);
        }
        const auto best = description.runFolder + "/weights/best.pt";
        const auto sha = weights(best, 3'000'000);
        client->endRun(best, 0.5);
        QTRY_COMPARE_WITH_TIMEOUT(confirmed.size(), 1, 60'000);
        QCOMPARE(confirmed[0][0].toULongLong(), 7ULL);
        const auto model = confirmed[0][1].toString();
        QCOMPARE(known.size(), 1);
        QCOMPARE(epochsOn(*hub, model), range(30));
        const auto facts = get(*hub, "/v1/models/" + model).toObject();
        QCOMPARE(facts["status"].toString(), "trained");
        QCOMPARE(facts["weights_sha256"].toString().toLatin1(), sha);
        QCOMPARE(get(*hub, "/v1/models").toObject()["results"].toArray().size(), 1);
        QTRY_VERIFY(client->idle());
        QVERIFY(client->items().isEmpty());
        QCOMPARE(client->status().state, SessionState::Done);
        QVERIFY(QDir(dir.filePath("a.sqlite.files")).isEmpty());
    }

    void goesOnInTheNextProcess()
    {
        auto hub = startHub();
        const auto port = quint16(hub->apiRoot().port());
        const auto wanted = options(*hub);
        const auto description = run("train2");
        const auto best = description.runFolder + "/weights/best.pt";
        const auto sha = weights(best, 1'000'000);
        hub->stop();
        {
            auto client = service("b.sqlite");
            client->setOptions(wanted);
            client->beginRun(description);
            for (int epoch = 0; epoch < 10; ++epoch)
                client->addMetrics(epoch, { { "x", epoch } });
            client->endRun(best, 0.5);
            QTRY_VERIFY(client->stored());
        }
        hub = startHub(port);
        auto client = service("b.sqlite");
        QSignalSpy confirmed(client.get(), &HubService::runConfirmed);
        QSignalSpy drained(client.get(), &HubService::drained);
        client->setOptions(options(*hub));
        QTRY_COMPARE_WITH_TIMEOUT(confirmed.size(), 1, 30'000);
        QTRY_COMPARE(drained.size(), 1);
        const auto model = confirmed[0][1].toString();
        QCOMPARE(epochsOn(*hub, model), range(10));
        QCOMPARE(get(*hub, "/v1/models/" + model).toObject()["weights_sha256"].toString().toLatin1(), sha);
    }

    void testButtonKnowsTheKey()
    {
        auto hub = startHub();
        auto client = service("c.sqlite");
        QSignalSpy spy(client.get(), &HubService::testFinished);
        auto wanted = options(*hub);
        client->testConnection(wanted);
        QTRY_COMPARE(spy.size(), 1);
        QVERIFY(spy[0][0].value<TestResult>().keyAccepted);
        wanted.apiKey = "wrong";
        client->testConnection(wanted);
        QTRY_COMPARE(spy.size(), 2);
        QVERIFY(spy[1][0].value<TestResult>().reachable);
        QVERIFY(!spy[1][0].value<TestResult>().keyAccepted);
    }
};

QTEST_GUILESS_MAIN(TestRoundtrip)
#include "tst_hub_roundtrip.moc"
