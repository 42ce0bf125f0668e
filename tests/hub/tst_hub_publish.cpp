// SPDX-License-Identifier: GPL-3.0-or-later
// Publishing an old run, a stop asked for by the server, the preview of usage events, the size limit of the queue.
#include "tests/hub/service_fixture.h"

using namespace torchdeck::hub;
using namespace std::chrono_literals;

class TestPublish : public QObject {
    Q_OBJECT

    static void csv(const ServiceFixture &f, int rows)
    {
        QFile file(f.run() + "/results.csv");
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("epoch,time,train/box_loss,metrics/mAP50(B)\n");
        for (int i = 1; i <= rows; ++i)
            file.write(QStringLiteral("%1,1.0,0.5,%2\n").arg(i).arg(i / 100.0).toLatin1());
    }

private Q_SLOTS:
    void oldRunBecomesAModelAndIsReadBack()
    {
        ServiceFixture f;
        f.open();
        csv(f, 4);
        const auto best = f.file("best.pt", "the weights");
        QCOMPARE(f.service->publishRun(f.description(), best, 0.4), QString());
        f.settle();
        f.advance(10s);
        QCOMPARE(f.hub.models.size(), 1);
        QCOMPARE(f.hub.only().metrics.keys(), QList<int>({ 0, 1, 2, 3 }));
        QCOMPARE(f.hub.only().best, "the weights");
        QCOMPARE(f.confirmed.size(), 1);
        QVERIFY2(f.hub.heartbeats.isEmpty(), "nothing trains");
        // Again: the same model, not a second one.
        QCOMPARE(f.service->publishRun(f.description(), best, 0.4), QString());
        f.settle();
        f.advance(10s);
        QCOMPARE(f.hub.models.size(), 1);
        QCOMPARE(f.confirmed.size(), 2);
    }

    void publishingSaysWhyItCannot()
    {
        ServiceFixture f;
        f.open();
        QVERIFY(f.service->publishRun(f.description(), {}, 0).contains("nothing to publish"));
        csv(f, 1);
        f.begin();
        QVERIFY(f.service->publishRun(f.description(2), {}, 0).contains("being synced"));
        f.service->abandonRun({});
        f.options.enabled = false;
        f.service->setOptions(f.options);
        QVERIFY(f.service->publishRun(f.description(3), {}, 0).contains("off"));
    }

    void noAttemptWhileThereIsNoNetwork()
    {
        ServiceFixture f;
        bool there = false;
        f.networkThere = [&there] { return there; };
        f.open();
        f.begin();
        f.service->addMetrics(0, f.values(0));
        f.settle();
        f.advance(600s);
        QCOMPARE(f.network.requests.size(), 0);
        QCOMPARE(f.service->status().state, SessionState::Offline);
        QCOMPARE(f.item(UploadKind::Metrics)->state, UploadState::Offline);
        QVERIFY(!f.service->idle());
        there = true;
        f.advance(5s);
        QCOMPARE(f.hub.only().metrics.size(), 1);
        QVERIFY(!f.hub.heartbeats.isEmpty());
        QCOMPARE(f.service->status().state, SessionState::Syncing);
        // A server on this machine needs none.
        there = false;
        f.options.apiRoot = f.options.webRoot = QUrl("http://127.0.0.1:8418");
        f.service->setOptions(f.options);
        f.settle();
        f.service->abandonRun({});
        f.begin();
        f.advance(10s);
        QVERIFY(f.service->status().state != SessionState::Offline);
        QCOMPARE(f.hub.models.size(), 2);
    }

    void examplesAreWhatIsSent()
    {
        ServiceFixture f;
        f.open();
        auto d = f.description();
        d.runFolder = "/home/somebody/runs/train";
        d.parent = "/home/somebody/yolov8n.pt";
        const auto examples = f.service->sentExamples(d, 4, f.values(4));
        QCOMPARE(examples.size(), 6);
        QString all;
        for (const auto &one : examples)
            all += one.title + one.request + one.body;
        QVERIFY(!all.contains("somebody"));
        QVERIFY(!all.contains("good-key"));
        f.begin();
        QCOMPARE(QJsonDocument::fromJson(f.service->sentExamples(f.description(), 0, {})[0].body.toUtf8()).object(),
                 f.hub.only().payload);
    }

    void serverAsksToStop()
    {
        ServiceFixture f;
        f.open();
        QList<quint64> stopped;
        connect(f.service.get(), &HubService::stopRequested, f.service.get(),
                [&](quint64 run) { stopped << run; });
        f.begin();
        QVERIFY(stopped.isEmpty());
        f.hub.fault = [](const FakeRequest &r) -> std::optional<FakeAnswer> {
            if (!r.path.contains("heartbeat"))
                return std::nullopt;
            return FakeAnswer { .body = R"({"data":{"agentId":"a","stop":true}})" };
        };
        f.advance(301s);
        QCOMPARE(stopped, QList<quint64>({ 1 }));
        f.advance(301s);
        QCOMPARE(stopped.size(), 1); // told once
    }

    void previewIsWhatIsSent()
    {
        ServiceFixture f;
        f.options.usageEvents = true;
        f.open();
        const QJsonObject params { { "model", "/home/me/x.pt" }, { "epochs", 3 } };
        const auto preview = f.service->usagePreview("train", params);
        QVERIFY(!preview.contains("/home"));
        f.service->usageEvent("train", params);
        f.settle();
        f.advance(31s);
        QByteArray sent;
        for (const auto &request : std::as_const(f.network.requests)) {
            if (request.path == "/v1/usage")
                sent = request.body;
        }
        QCOMPARE(sent, preview);
    }

    void limitOfTheQueueDropsOldCheckpointsAndSaysSo()
    {
        ServiceFixture f;
        f.options.queueBytes = 2500;
        f.hub.fault = [](const FakeRequest &r) -> std::optional<FakeAnswer> {
            return r.path.endsWith("/upload") ? std::optional(FakeAnswer { .status = 503 }) : std::nullopt;
        };
        f.open();
        f.begin();
        f.service->addMetrics(0, ServiceFixture::values(0));
        f.service->modelSaved(0, f.file("last.pt", QByteArray(2000, 'a')), true); // best so far
        f.settle();
        QCOMPARE(f.service->status().dropped, 0);
        f.service->modelSaved(1, f.file("last.pt", QByteArray(2000, 'b')), false);
        f.settle();
        QCOMPARE(f.service->status().dropped, 1);
        QVERIFY(f.log.join('\n').contains("dropped"));
        const auto kept = f.item(UploadKind::Checkpoint);
        QVERIFY(kept && kept->title.contains("Best"));
        // The final model is never dropped, however small the limit.
        f.service->endRun(f.file("best.pt", QByteArray(9000, 'c')), 0.5);
        f.settle();
        QVERIFY(f.item(UploadKind::FinalModel));
        f.hub.fault = nullptr;
        f.advance(600s);
        QCOMPARE(f.hub.only().best.size(), 9000);
        QCOMPARE(f.confirmed.size(), 1);
    }
};

QTEST_GUILESS_MAIN(TestPublish)
#include "tst_hub_publish.moc"
