// SPDX-License-Identifier: GPL-3.0-or-later
// Which model a run is, what is sent when HUB is turned on late, and what "Done" means.
#include "hub/run_file.h"
#include "tests/hub/service_fixture.h"

#include <QtTest/QSignalSpy>

using namespace torchdeck::hub;
using namespace std::chrono_literals;

class TestSession : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void startsOffline()
    {
        ServiceFixture f;
        f.hub.fault = [](const FakeRequest &) {
            return FakeAnswer { .error = QNetworkReply::HostNotFoundError };
        };
        f.open();
        f.begin();
        f.service->addMetrics(0, f.values(0));
        f.settle();
        QCOMPARE(f.service->status().state, SessionState::WaitingForServer);
        QVERIFY(f.item(UploadKind::CreateModel)->nextTry.has_value());
        QVERIFY(readRunFile(f.run())->modelId.isEmpty());
        f.hub.fault = nullptr;
        f.advance(10s);
        QCOMPARE(f.hub.only().metrics.size(), 1);
        QCOMPARE(readRunFile(f.run())->modelId, "model1");
        QCOMPARE(f.service->status().modelUrl, QUrl("https://web.example.org/models/model1"));
        QCOMPARE(f.service->status().state, SessionState::Syncing);
    }

    void killedBeforeTheModelExistsContinuesTheSameRun()
    {
        ServiceFixture f;
        f.hub.fault = [](const FakeRequest &) {
            return FakeAnswer { .error = QNetworkReply::ConnectionRefusedError };
        };
        f.open();
        f.begin();
        f.service->addMetrics(0, f.values(0));
        f.settle();
        f.open();
        f.begin(); // resume=true
        f.service->addMetrics(1, f.values(1));
        f.settle();
        f.hub.fault = nullptr;
        f.advance(600s);
        QCOMPARE(f.hub.models.size(), 1);
        QCOMPARE(f.hub.only().metrics.keys(), QList<int>({ 0, 1 }));
        QCOMPARE(f.hub.only().timesSent[0], 1);
    }

    void resumedRunContinuesItsModel()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.service->addMetrics(0, f.values(0));
        f.advance(4s);
        f.open();
        f.begin();
        f.service->addMetrics(1, f.values(1));
        f.advance(4s);
        f.service->endRun(f.file("best.pt", "b"), 0.5);
        f.advance(10s);
        QCOMPARE(f.hub.models.size(), 1);
        QCOMPARE(f.hub.only().metrics.size(), 2);
        QCOMPARE(f.hub.only().timesSent[0], 1);
        QCOMPARE(f.confirmed, QStringList { "model1" });
    }

    /// Killed after the row of results.csv, before the queue had it; or the queue's file was lost.
    void resumeAsksTheServerWhichEpochsItLacks_data()
    {
        QTest::addColumn<bool>("queueLost");
        QTest::addColumn<int>("readBackStatus");
        QTest::addColumn<int>("firstSentAgain");
        QTest::newRow("killed") << false << 200 << 0;
        QTest::newRow("the queue was lost") << true << 200 << 0;
        QTest::newRow("lost, and the server cannot list metrics") << true << 404 << 1;
    }
    void resumeAsksTheServerWhichEpochsItLacks()
    {
        QFETCH(bool, queueLost);
        QFETCH(int, readBackStatus);
        QFETCH(int, firstSentAgain);
        ServiceFixture f;
        f.hub.fault = [&](const FakeRequest &r) -> std::optional<FakeAnswer> {
            if (r.path.endsWith("/metrics") && readBackStatus != 200)
                return FakeAnswer { .status = readBackStatus };
            return std::nullopt;
        };
        f.open();
        f.begin();
        f.service->addMetrics(0, f.values(0));
        f.advance(4s);
        f.service.reset();
        if (queueLost)
            QVERIFY(QDir(f.dir.filePath("state")).removeRecursively());
        QFile csv(f.run() + "/results.csv");
        QVERIFY(csv.open(QIODevice::WriteOnly));
        csv.write("epoch,time,metrics/mAP50(B)\n1,1,0.0\n2,2,0.01\n");
        csv.close();
        f.open();
        f.begin();
        f.service->addMetrics(2, f.values(2));
        f.advance(8s);
        f.service->endRun(f.file("best.pt", "b"), 0.5);
        f.advance(20s);
        QCOMPARE(f.hub.models.size(), 1);
        QCOMPARE(f.hub.only().metrics.keys(), (QList<int> { 0, 1, 2 }));
        QCOMPARE(f.hub.only().timesSent[0], 1 + firstSentAgain);
        QCOMPARE(f.hub.only().timesSent[1], 1);
        QCOMPARE(f.confirmed, QStringList { "model1" });
    }

    void lostAnswerToTheCreationUsesTheSameIdempotencyKey()
    {
        ServiceFixture f;
        bool first = true;
        f.hub.fault = [&](const FakeRequest &r) -> std::optional<FakeAnswer> {
            if (r.path == "/v1/models" && std::exchange(first, false))
                return FakeAnswer { .body = "{\"data\":{\"id\":\"model1\"}}", .half = true };
            return std::nullopt;
        };
        f.open();
        f.begin();
        f.advance(10s);
        QList<QByteArray> keys;
        for (const auto &r : f.network.requests) {
            if (r.path == "/v1/models")
                keys << r.idempotencyKey;
        }
        QCOMPARE(keys.size(), 2);
        QVERIFY(!keys[0].isEmpty());
        QCOMPARE(keys[0], keys[1]);
    }

    void deletedModelIsCreatedAnewWithEverything()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.service->addMetrics(0, f.values(0));
        f.service->addMetrics(1, f.values(1));
        f.advance(4s);
        f.service.reset();
        f.hub.models.clear();
        f.hub.models["unrelated"];
        f.open();
        f.begin();
        f.service->addMetrics(2, f.values(2));
        f.advance(10s);
        QCOMPARE(f.hub.models.size(), 2);
        QCOMPARE(f.hub.models["model2"].metrics.keys(), QList<int>({ 0, 1, 2 }));
        QVERIFY(f.log.join('\n').contains("no longer on HUB"));
        QCOMPARE(readRunFile(f.run())->modelId, "model2");
    }

    void turnedOnMidRunFollowsFromTheStart()
    {
        ServiceFixture f;
        f.options.enabled = false;
        f.open();
        f.begin();
        for (int epoch = 0; epoch < 50; ++epoch)
            f.service->addMetrics(epoch, f.values(epoch));
        f.service->modelSaved(48, f.file("last.pt", "48"), true);
        f.service->modelSaved(49, f.file("last.pt", "49"), false);
        f.advance(1h);
        QCOMPARE(f.network.count(), 0);
        QVERIFY(f.service->items().isEmpty());
        QCOMPARE(f.service->status().state, SessionState::Off);
        QVERIFY(!readRunFile(f.run()));
        f.options.enabled = true;
        f.service->setOptions(f.options);
        f.advance(10s);
        QCOMPARE(f.hub.only().metrics.size(), 50);
        QCOMPARE(f.hub.only().last, "49");
    }

    void csvOfTheFolderIsPartOfTheBackFill()
    {
        ServiceFixture f;
        QFile csv(f.run() + "/results.csv");
        QVERIFY(csv.open(QIODevice::WriteOnly));
        csv.write("epoch,time,metrics/mAP50(B)\n1,1,0.5\n2,2,0.6\n");
        csv.close();
        f.open();
        f.begin(); // a run resumed at epoch 2 that was never synced
        f.service->addMetrics(2, f.values(2));
        f.advance(10s);
        QCOMPARE(f.hub.only().metrics.keys(), QList<int>({ 0, 1, 2 }));
        QCOMPARE(f.hub.only().metrics[1], "{\"metrics/mAP50(B)\":0.6}");
    }

    void offAllAlongLeavesNothingBehind()
    {
        ServiceFixture f;
        f.options.enabled = false;
        f.open();
        f.begin();
        f.service->addMetrics(0, f.values(0));
        f.service->endRun(f.file("best.pt", "b"), 0.5);
        f.settle();
        f.options.enabled = true;
        f.open();
        f.advance(1h);
        QCOMPARE(f.network.count(), 0);
    }

    void turnedOffMidRunKeepsTheRestForLater()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.options.enabled = false;
        f.service->setOptions(f.options);
        f.settle();
        const auto before = f.network.count();
        f.service->addMetrics(0, f.values(0));
        f.service->endRun(f.file("best.pt", "b"), 0.5);
        f.advance(1h);
        QCOMPARE(f.network.count(), before);
        f.options.enabled = true;
        f.service->setOptions(f.options);
        f.advance(10s);
        QCOMPARE(f.confirmed.size(), 1);
    }

    void endFlushesWithoutWaitingForTheWindow()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.advance(4s);
        f.service->addMetrics(0, f.values(0));
        f.settle();
        f.service->addMetrics(1, f.values(1)); // its window opens in 3 s
        f.service->modelSaved(1, f.file("last.pt", "l"), true); // its window opens in 15 min
        f.service->endRun(f.file("best.pt", "b"), 0.5);
        f.settle();
        QCOMPARE(f.hub.only().metrics.size(), 2);
        QCOMPARE(f.hub.only().best, "b");
        QCOMPARE(f.hub.only().uploads, 1); // the checkpoint says nothing more than the final model
        QCOMPARE(f.confirmed.size(), 1);
        QCOMPARE(f.service->status().state, SessionState::Done);
    }

    /// Killed after the end, before the final model was confirmed; `resume=true` ends the same run once more.
    void endedAgainAfterAKillSendsOneFinalModel_data()
    {
        QTest::addColumn<QByteArray>("second");
        QTest::newRow("the same file") << QByteArray("weights");
        QTest::newRow("a better one") << QByteArray("better weights");
    }
    void endedAgainAfterAKillSendsOneFinalModel()
    {
        QFETCH(QByteArray, second);
        ServiceFixture f;
        f.hub.fault = [](const FakeRequest &r) -> std::optional<FakeAnswer> {
            return r.path.endsWith("/upload") ? std::optional(FakeAnswer { .status = 503 }) : std::nullopt;
        };
        f.open();
        f.begin();
        f.service->addMetrics(0, f.values(0));
        f.service->endRun(f.file("best.pt", "weights"), 0.4);
        f.settle();
        f.open();
        f.begin();
        f.service->endRun(f.file("best.pt", second), 0.4);
        f.settle();
        f.hub.fault = nullptr;
        f.advance(60s);
        QCOMPARE(f.hub.only().uploads, 1);
        QCOMPARE(f.hub.only().best, second);
        QCOMPARE(f.confirmed, QStringList { "model1" });
        QVERIFY(f.service->items().isEmpty());
        f.service.reset();
        QVERIFY(QDir(f.journal() + ".files").isEmpty());
    }

    void failedRunSendsWhatItHas()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.service->addMetrics(0, f.values(0));
        f.service->modelSaved(0, f.file("last.pt", "to resume from"), false);
        f.service->abandonRun("out of memory");
        f.settle();
        QCOMPARE(f.hub.only().metrics.size(), 1);
        QCOMPARE(f.hub.only().last, "to resume from");
        QVERIFY(!f.hub.only().trained);
        QVERIFY(f.confirmed.isEmpty());
        QVERIFY(f.service->status().state != SessionState::Done);
    }

    void doneOnlyWhenReadBack()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.service->addMetrics(0, f.values(0));
        f.service->addMetrics(1, f.values(1));
        f.advance(4s);
        f.hub.only().metrics.remove(1); // the server said 200 and lost it
        bool torn = true;
        f.hub.fault = [&](const FakeRequest &r) -> std::optional<FakeAnswer> {
            if (r.path.endsWith("/upload"))
                return std::nullopt;
            if (r.verb == "GET" && std::exchange(torn, false))
                return FakeAnswer { .body = "{\"data\":{\"id\":\"model1\",\"status\":\"trained\","
                                            "\"weights_sha256\":\"00\"}}" };
            return std::nullopt;
        };
        f.service->endRun(f.file("best.pt", "b"), 0.5);
        f.settle();
        QVERIFY(f.confirmed.isEmpty());
        f.advance(30s);
        QCOMPARE(f.hub.only().uploads, 2); // another hash: sent again
        QCOMPARE(f.hub.only().metrics.size(), 2);
        QCOMPARE(f.confirmed.size(), 1);
    }

    void uploadedButNotConfirmed()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.hub.fault = [&](const FakeRequest &r) -> std::optional<FakeAnswer> {
            if (r.verb == "GET")
                return FakeAnswer { .body = "{\"data\":{\"id\":\"model1\",\"status\":\"training\"}}" };
            return std::nullopt;
        };
        f.service->endRun(f.file("best.pt", "b"), 0.5);
        f.advance(1h);
        QVERIFY(f.confirmed.isEmpty());
        const auto item = f.item(UploadKind::FinalModel);
        QCOMPARE(item->state, UploadState::Failed);
        QVERIFY(item->error.contains("not confirmed"));
        QVERIFY(f.service->status().state != SessionState::Done);
        QCOMPARE(f.hub.only().uploads, 1);
        f.hub.fault = nullptr;
        f.service->retryNow(item->id); // asks again, does not send again
        f.advance(1s);
        QCOMPARE(f.confirmed.size(), 1);
        QCOMPARE(f.hub.only().uploads, 1);
    }

    void missingBestModelIsNoDone()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.service->endRun(f.run() + "/weights/best.pt", 0.5);
        f.advance(10s);
        QVERIFY(f.confirmed.isEmpty());
        QVERIFY(f.service->status().state != SessionState::Done);
        QVERIFY(f.log.join('\n').contains("no best model"));
    }

    void testButton()
    {
        ServiceFixture f;
        f.open();
        QSignalSpy spy(f.service.get(), &HubService::testFinished);
        const auto test = [&](const HubOptions &options) {
            spy.clear();
            f.service->testConnection(options);
            f.advance(6s);
            return spy.size() == 1 ? spy[0][0].value<TestResult>() : TestResult { .message = "no answer" };
        };
        auto result = test(f.options);
        QVERIFY(result.reachable && result.keyAccepted);
        auto other = f.options;
        other.apiKey = "wrong";
        result = test(other);
        QVERIFY(result.reachable && !result.keyAccepted);
        QCOMPARE(result.httpStatus, 401);
        QVERIFY(f.service->status().state
                != SessionState::BadKey); // testing a key does not block the working one
        f.hub.fault = [](const FakeRequest &) { return FakeAnswer { .silent = true }; };
        result = test(f.options); // 5 s limit
        QVERIFY(!result.reachable && !result.message.isEmpty());
    }

    /// Every request of a run with a fault in it is one row, and nothing in a row is secret.
    void requestsAreKept()
    {
        ServiceFixture f;
        f.open();
        int refusals = 1;
        f.hub.fault = [&](const FakeRequest &r) -> std::optional<FakeAnswer> {
            if (r.verb == "POST" && r.path.startsWith("/v1/models/") && !r.path.endsWith("upload") && refusals-- > 0)
                return FakeAnswer { .status = 429, .headers = { { "Retry-After", "7" } } };
            return std::nullopt;
        };
        QSignalSpy seen(f.service.get(), &HubService::requestEnded);
        f.begin();
        f.service->addMetrics(0, f.values(0));
        f.service->addMetrics(1, f.values(1));
        f.advance(30s);
        f.service->endRun(f.file("best.pt", "b"), 0.5);
        f.advance(60s);
        QCOMPARE(f.confirmed.size(), 1);
        f.service->testConnection(f.options);
        f.advance(1s);
        const auto rows = f.service->requests();
        QCOMPARE(rows.size(), qsizetype(f.network.requests.size()));
        QCOMPARE(seen.size(), rows.size());
        QMap<int, int> kinds;
        int limited = 0;
        for (qsizetype i = 0; i < rows.size(); ++i) {
            const auto &r = rows[i];
            QCOMPARE(r.number, quint64(i + 1));
            ++kinds[int(r.subject.kind)];
            QVERIFY(r.started.isValid());
            QCOMPARE(r.server, "api.example.org");
            QCOMPARE(r.failed(), r.httpStatus == 429);
            if (r.failed()) {
                ++limited;
                QCOMPARE(*r.serverWait, 7s);
                QCOMPARE(resultWords(r), "429 (too many requests)");
            }
            const QString line = requestLine(r);
            QVERIFY2(!line.contains(f.options.apiKey) && !line.contains(f.dir.path()) && !line.contains("best.pt"),
                     qPrintable(line));
        }
        QCOMPARE(limited, 1);
        for (const auto kind : { RequestKind::CreateModel, RequestKind::FinalModel, RequestKind::KeyTest })
            QCOMPARE(kinds[int(kind)], 1);
        for (const auto kind : { RequestKind::Metrics, RequestKind::Heartbeat, RequestKind::ReadModel })
            QVERIFY2(kinds[int(kind)] > 0, QByteArray::number(int(kind)));
        QCOMPARE(kinds[int(RequestKind::Other)], 0);
    }

    void theRequestLogIsBounded()
    {
        RequestLog log;
        for (std::size_t i = 0; i < RequestLog::most + 5; ++i)
            log.add({});
        QCOMPARE(log.records().size(), RequestLog::most);
        QCOMPARE(log.records().front().number, quint64(6));
        QCOMPARE(subjectWords({ RequestKind::Metrics, 2, 4 }), "Metrics, epochs 3-5");
        RequestRecord paused;
        paused.failure = Failure::Cancelled;
        QVERIFY(!paused.failed());
    }

    void usageEventsOnlyWhenAllowed()
    {
        ServiceFixture f;
        f.open();
        f.service->usageEvent("train", { { "epochs", 3 } });
        f.advance(60s);
        QCOMPARE(f.hub.usage.size(), 0);
        f.options.usageEvents = true;
        f.service->setOptions(f.options);
        f.service->usageEvent("train", { { "epochs", 3 }, { "data", "/home/alice/data.yaml" } });
        f.settle();
        QCOMPARE(f.hub.usage.size(), 1);
        QVERIFY(f.hub.usage[0]["client_id"].isString());
        const auto event = f.hub.usage[0]["events"].toArray()[0].toObject();
        QCOMPARE(event["name"].toString(), "train");
        QCOMPARE(event["params"].toObject(), (QJsonObject { { "epochs", 3 }, { "data", "data.yaml" } }));
        for (int i = 0; i < 100; ++i)
            f.service->usageEvent("val", {});
        f.advance(29s);
        QCOMPARE(f.hub.usage.size(), 1);
        f.advance(1s);
        QCOMPARE(f.hub.usage.size(), 2);
        QCOMPARE(f.hub.usage[1]["events"].toArray().size(), 25);
    }
};

QTEST_GUILESS_MAIN(TestSession)
#include "tst_hub_session.moc"
