// SPDX-License-Identifier: GPL-3.0-or-later
// The queue under trouble: nothing is lost, nothing is sent twice for no reason, and the server's word
// counts.
#include "tests/hub/service_fixture.h"

using namespace torchdeck::hub;
using namespace std::chrono_literals;

namespace {

FakeAnswer refused() { return { .error = QNetworkReply::ConnectionRefusedError }; }
FakeAnswer status(int code, QList<std::pair<QByteArray, QByteArray>> headers = {})
{
    return { .status = code, .body = R"({"message":"no"})", .headers = headers };
}

} // namespace

class TestQueue : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void outageOf16SecondsLosesNothing()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        for (int epoch = 0; epoch < 5; ++epoch) {
            if (epoch == 1)
                f.hub.fault = [](const FakeRequest &) { return refused(); };
            f.service->addMetrics(epoch, f.values(epoch));
            f.advance(6s);
            if (epoch == 2)
                f.hub.fault = nullptr; // 16 s later
            f.advance(4s);
        }
        f.service->endRun(f.file("best.pt", "best weights"), 0.5);
        f.advance(60s);
        QCOMPARE(f.hub.models.size(), 1);
        QCOMPARE(f.hub.only().metrics.keys(), QList<int>({ 0, 1, 2, 3, 4 }));
        QCOMPARE(f.hub.only().best, "best weights");
        QCOMPARE(f.confirmed.size(), 1);
        QCOMPARE(f.service->status().state, SessionState::Done);
        QVERIFY(f.service->items().isEmpty());
        QVERIFY(f.drained >= 1);
        QCOMPARE(f.network.unknown, QStringList());
    }

    void metricsKeepTheirSpacingAndTravelTogether()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        for (int epoch = 0; epoch < 30; ++epoch) { // ten a second
            f.service->addMetrics(epoch, f.values(epoch));
            f.advance(100ms);
        }
        QCOMPARE(f.network.count("/v1/models/model1"), 1); // the window opened once, at 3 s
        QCOMPARE(f.hub.only().metrics.size(), 30);
        f.service->addMetrics(30, f.values(30));
        f.advance(2900ms);
        QCOMPARE(f.network.count("/v1/models/model1"), 1);
        QCOMPARE(f.service->status().metrics.waiting, 1);
        f.advance(100ms);
        QCOMPARE(f.network.count("/v1/models/model1"), 2);
        f.advance(60s);
        QCOMPARE(f.network.count("/v1/models/model1"), 2);
        QCOMPARE(f.service->status().epochsSynced, 31);
    }

    void replacedWhileOnItsWayIsSentAgain()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.advance(3s);
        bool first = true;
        f.hub.fault = [&](const FakeRequest &r) -> std::optional<FakeAnswer> {
            if (r.path == "/v1/models/model1" && std::exchange(first, false))
                f.service->addMetrics(0, { { "loss", 2 } }); // between the request and its answer
            return std::nullopt;
        };
        f.service->addMetrics(0, { { "loss", 1 } });
        f.settle();
        QCOMPARE(f.hub.only().metrics[0], R"({"loss":1})");
        QCOMPARE(f.service->status().epochsSynced, 0);
        f.advance(3s);
        QCOMPARE(f.hub.only().metrics[0], R"({"loss":2})");
        QCOMPARE(f.hub.only().timesSent[0], 2);
        QCOMPARE(f.service->status().epochsSynced, 1);
    }

    void nonFiniteNumbersBecomeNull()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.service->addMetrics(0, { { "a", qQNaN() }, { "b", qInf() }, { "c", QJsonArray { 1.0, -qInf() } } });
        f.advance(3s);
        QCOMPARE(f.hub.only().metrics[0], R"({"a":null,"b":null,"c":[1,null]})");
    }

    void badKeyPausesEverythingUntilAnotherOne()
    {
        ServiceFixture f;
        f.options.apiKey = "wrong-key";
        f.open();
        f.begin();
        f.service->addMetrics(0, f.values(0));
        f.settle();
        QCOMPARE(f.service->status().state, SessionState::BadKey); // told at once
        QCOMPARE(f.network.count(), 1);
        f.advance(2h);
        QCOMPARE(f.network.count(), 1);
        for (const auto &item : f.service->items())
            QCOMPARE(item.state, UploadState::NeedsKey);
        QVERIFY(f.service->idle()); // nothing goes on by itself: nobody should wait for it
        f.options.apiKey = "good-key";
        f.service->setOptions(f.options);
        f.advance(3s);
        QCOMPARE(f.hub.only().metrics.size(), 1);
        QVERIFY(f.service->items().isEmpty());
        QVERIFY(!f.log.join('\n').contains("wrong-key"));
    }

    void keyInTheServersErrorIsNotRepeated()
    {
        ServiceFixture f;
        f.open();
        f.hub.fault = [](const FakeRequest &r) -> std::optional<FakeAnswer> {
            return FakeAnswer { .status = 403, .body = "{\"message\":\"key " + r.key + " may not\"}" };
        };
        f.begin();
        QCOMPARE(f.service->status().state, SessionState::BadKey);
        QVERIFY(f.service->status().message.contains("may not"));
        QVERIFY(!f.service->status().message.contains("good-key"));
        QVERIFY(!f.log.join('\n').contains("good-key"));
        f.service.reset();
        QFile journal(f.journal());
        QVERIFY(journal.open(QIODevice::ReadOnly));
        QVERIFY(!journal.readAll().contains("good-key"));
    }

    void retryAfterIsObeyedByEverything()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.advance(10s);
        f.hub.fault = [](const FakeRequest &) { return status(429, { { "Retry-After", "40" } }); };
        f.service->addMetrics(0, f.values(0));
        f.settle();
        const auto before = f.network.count();
        QCOMPARE(f.service->status().state, SessionState::RateLimited);
        QVERIFY(!f.service->status().metrics.cause.isEmpty());
        f.service->addMetrics(1, f.values(1));
        f.service->retryAll(); // the user cannot get under the server's own time
        f.service->modelSaved(1, f.file("last.pt", "w"), true);
        f.service->endRun(f.file("best.pt", "best"), 0.1);
        f.advance(39s);
        QCOMPARE(f.network.count(), before);
        f.hub.fault = nullptr;
        f.advance(30s);
        QCOMPARE(f.hub.only().metrics.size(), 2);
        QCOMPARE(f.confirmed.size(), 1);
    }

    void restartDoesNotKnockInsideRetryAfter()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.hub.fault = [](const FakeRequest &) { return status(429, { { "Retry-After", "40" } }); };
        f.advance(4s);
        f.service->addMetrics(0, f.values(0));
        f.settle();
        const auto before = f.network.count();
        f.hub.fault = nullptr;
        f.advance(5s);
        f.open();
        f.advance(34s);
        QCOMPARE(f.network.count(), before);
        f.clock->jumpWall(-86'400); // a wall clock set back must not make it a day
        f.open();
        f.advance(41s);
        QCOMPARE(f.hub.only().metrics.size(), 1);
    }

    void lastAllowedRequestClosesTheGate()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.advance(4s);
        f.hub.fault = [&](const FakeRequest &r) -> std::optional<FakeAnswer> {
            if (r.path == "/v1/models/model1")
                return FakeAnswer {
                    .headers = { { "X-RateLimit-Remaining", "0" },
                                 { "X-RateLimit-Reset",
                                   QByteArray::number(f.clock->wallNow().toSecsSinceEpoch() + 30) } }
                };
            return std::nullopt;
        };
        f.service->addMetrics(0, f.values(0));
        f.settle();
        const auto before = f.network.count();
        f.service->addMetrics(1, f.values(1));
        f.advance(28s);
        QCOMPARE(f.network.count(), before);
        f.advance(4s);
        QVERIFY(f.network.count() > before);
    }

    void permanentErrorStopsExplainsAndCanBeRetried()
    {
        ServiceFixture f;
        f.open();
        f.hub.fault = [](const FakeRequest &) { return status(422); };
        f.begin();
        f.service->addMetrics(0, f.values(0));
        f.advance(1h);
        QCOMPARE(f.network.count(), 1);
        const auto item = f.item(UploadKind::CreateModel);
        QCOMPARE(item->state, UploadState::Failed);
        QCOMPARE(item->category, ErrorCategory::Permanent);
        QCOMPARE(item->httpStatus, 422);
        QVERIFY(item->lastTry.isValid());
        QVERIFY(f.service->idle());
        f.hub.fault = nullptr;
        f.service->retryNow(item->id);
        QCOMPARE(f.item(UploadKind::CreateModel)->state,
                 UploadState::Waiting); // until the disk has the change
        f.advance(4s);
        QCOMPARE(f.hub.only().metrics.size(), 1);
    }

    void metricsThatOnlyTheUserCanSendDoNotKeepTheFinalModel()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.advance(1s);
        f.hub.fault = [](const FakeRequest &r) -> std::optional<FakeAnswer> {
            if (r.verb == "POST" && r.path == "/v1/models/model1")
                return FakeAnswer { .status = 404 };
            return std::nullopt;
        };
        f.service->addMetrics(0, f.values(0));
        f.service->endRun(f.file("best.pt", "b"), 0.5);
        f.advance(10min);
        QVERIFY(f.service->idle()); // or a waiting quit dialog would never close
        QVERIFY(f.hub.only().trained);
        QVERIFY(f.confirmed.isEmpty());
        QVERIFY(f.item(UploadKind::FinalModel)->error.contains("not confirmed"));
        f.hub.fault = {};
        f.service->retryAll();
        f.advance(1min);
        QCOMPARE(f.confirmed, QStringList { "model1" });
        QCOMPARE(f.hub.only().metrics.size(), 1);
        QVERIFY(f.service->items().isEmpty());
    }

    void oneBadEpochDoesNotKeepTheOthers()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.hub.fault = [](const FakeRequest &r) -> std::optional<FakeAnswer> {
            if (r.path == "/v1/models/model1" && r.json()["metrics"].toObject().contains("5"))
                return status(400);
            return std::nullopt;
        };
        for (int epoch = 0; epoch < 9; ++epoch)
            f.service->addMetrics(epoch, f.values(epoch));
        f.advance(60s);
        QCOMPARE(f.hub.only().metrics.keys(), QList<int>({ 0, 1, 2, 3, 4, 6, 7, 8 }));
        const auto left = f.service->items();
        QCOMPARE(left.size(), 1);
        QCOMPARE(left[0].state, UploadState::Failed);
        QCOMPARE(left[0].title, "Metrics, epoch 6");
        f.hub.fault = nullptr;
        f.service->retryNow(left[0].id);
        f.advance(4s);
        QCOMPARE(f.hub.only().metrics.size(), 9);
        QVERIFY(f.service->items().isEmpty());
    }

    void newerCheckpointReplacesTheWaitingOne()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        for (int epoch = 0; epoch < 5; ++epoch)
            f.service->modelSaved(epoch, f.file("last.pt", "weights " + QByteArray::number(epoch)), false);
        f.settle();
        QCOMPARE(f.service->items().size(), 1);
        QCOMPARE(f.hub.only().uploads, 0); // the window opens 900 s after the start
        QVERIFY(f.item(UploadKind::Checkpoint)->nextTry.has_value());
        QTRY_COMPARE(QDir(f.journal() + ".files").entryList(QDir::Files).size(), 1); // never two of one run
        f.file("last.pt", "written over"); // the frozen one must not change
        f.advance(900s);
        QCOMPARE(f.hub.only().last, "weights 4");
        QCOMPARE(f.hub.only().uploads, 1);
        f.settle();
        QTRY_COMPARE(QDir(f.journal() + ".files").entryList(QDir::Files).size(), 0); // removed on another thread
    }

    void bestCheckpointIsKeptAndGoesFirst()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.service->modelSaved(3, f.file("last.pt", "best so far"), true);
        f.service->modelSaved(4, f.file("last.pt", "newer"), false);
        f.advance(900s);
        QCOMPARE(f.hub.only().last, "best so far");
        f.advance(900s);
        QCOMPARE(f.hub.only().last, "newer");
    }

    void windowDoesNotRestartWhenTheUploadFails()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.service->modelSaved(0, f.file("last.pt", "w0"), false);
        f.hub.fault = [](const FakeRequest &r) -> std::optional<FakeAnswer> {
            return r.path.endsWith("/upload") ? std::optional(status(503)) : std::nullopt;
        };
        f.advance(901s);
        QCOMPARE(f.item(UploadKind::Checkpoint)->state, UploadState::Retrying);
        f.hub.fault = nullptr;
        f.advance(10s);
        QCOMPARE(f.hub.only().last, "w0");
    }

    void fileGoneIsToldAndTheOriginalIsTried()
    {
        ServiceFixture f;
        f.hub.fault = [](const FakeRequest &) { return refused(); };
        f.open();
        f.begin();
        f.service->addMetrics(0, f.values(0));
        f.service->endRun(f.file("best.pt", "the best"), 0.5);
        f.settle();
        QDir(f.journal() + ".files").removeRecursively();
        f.hub.fault = nullptr;
        f.advance(400s);
        const auto item = f.item(UploadKind::FinalModel);
        QCOMPARE(item->state, UploadState::Failed);
        QCOMPARE(item->category, ErrorCategory::Local);
        QVERIFY(item->error.contains("best.pt"));
        f.service->retryNow(item->id); // best.pt itself is still in the run folder
        f.advance(10s);
        QCOMPARE(f.hub.only().best, "the best");
        QCOMPARE(f.confirmed.size(), 1);
    }

    void garbageWithStatus200IsNotTakenForSuccess()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.advance(4s);
        f.hub.fault = [](const FakeRequest &) {
            return FakeAnswer { .body = "<html>Log in to this network</html>" };
        };
        f.service->addMetrics(0, f.values(0));
        f.settle();
        QCOMPARE(f.service->status().epochsSynced, 0);
        QCOMPARE(f.item(UploadKind::Metrics)->category, ErrorCategory::Transient);
        f.hub.fault = nullptr;
        f.advance(10s);
        QCOMPARE(f.service->status().epochsSynced, 1);
    }

    void silentServerIsGivenUpAfterTheStallTime()
    {
        ServiceFixture f;
        f.hub.fault = [](const FakeRequest &) { return FakeAnswer { .silent = true }; };
        f.open();
        f.begin();
        QCOMPARE(f.item(UploadKind::CreateModel)->state, UploadState::Sending);
        f.advance(61s);
        QVERIFY(f.item(UploadKind::CreateModel)->attempts >= 1);
        QCOMPARE(f.item(UploadKind::CreateModel)->category, ErrorCategory::Transient);
        f.hub.fault = nullptr;
        f.advance(120s);
        QCOMPARE(f.hub.models.size(), 1);
    }

    void pauseAndDiscard()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.service->setPaused(true);
        f.service->addMetrics(0, f.values(0));
        f.advance(1h);
        QCOMPARE(f.item(UploadKind::Metrics)->state, UploadState::Paused);
        QVERIFY(f.hub.only().metrics.isEmpty());
        f.service->discard(f.item(UploadKind::Metrics)->id);
        f.service->addMetrics(1, f.values(1));
        f.service->setPaused(false);
        f.advance(4s);
        QCOMPARE(f.hub.only().metrics.keys(), QList<int> { 1 });
        f.service->endRun(f.file("best.pt", "b"), 0);
        f.advance(10s);
        QCOMPARE(f.confirmed.size(), 1); // what the user threw away is not missed
    }

    void goesOnAfterARestartWithoutTraining()
    {
        ServiceFixture f;
        f.hub.fault = [](const FakeRequest &) { return refused(); };
        f.open();
        f.begin();
        for (int epoch = 0; epoch < 3; ++epoch)
            f.service->addMetrics(epoch, f.values(epoch));
        f.service->endRun(f.file("best.pt", "final weights"), 0.25);
        f.settle();
        const auto stored = HubService::storedItems(f.journal()); // while the service is open
        QCOMPARE(stored.size(), 3);
        QCOMPARE(stored[1].title, "Metrics, epochs 1-3");
        QCOMPARE(stored[2].runName, "train");
        f.service.reset();
        QDir(f.run()).removeRecursively(); // even the run folder is gone
        f.hub.fault = nullptr;
        f.open();
        f.advance(10s);
        QCOMPARE(f.hub.models.size(), 1);
        QCOMPARE(f.hub.only().metrics.size(), 3);
        QCOMPARE(f.hub.only().best, "final weights");
        QCOMPARE(f.confirmed.size(), 1);
        QCOMPARE(f.drained, 1);
        QVERIFY(f.service->items().isEmpty());
        // Sent in order: model, metrics, file, confirmation.
        QStringList paths;
        for (const auto &r : f.network.requests) {
            if (!r.path.startsWith("/v1/agent"))
                paths << r.verb + ' ' + r.path;
        }
        paths = paths.mid(paths.size() - 5);
        QCOMPARE(paths,
                 QStringList({ "POST /v1/models", "POST /v1/models/model1", "POST /v1/models/model1/upload",
                               "GET /v1/models/model1", "GET /v1/models/model1/metrics" }));
    }

    void otherServerGetsNothingOfThisModel()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.service->setPaused(true);
        f.service->addMetrics(0, f.values(0));
        f.settle();
        const auto before = f.network.count();
        f.options.apiRoot = QUrl("https://elsewhere.example.org");
        f.service->setOptions(f.options);
        f.service->setPaused(false);
        f.advance(10s);
        for (auto i = before; i < f.network.count(); ++i)
            QVERIFY(!f.network.requests[i].path.contains("model1"));
        QCOMPARE(f.item(UploadKind::Metrics)->state, UploadState::Paused);
        QVERIFY(f.item(UploadKind::Metrics)->error.contains("api.example.org"));
        f.options.apiRoot = QUrl("https://api.example.org");
        f.service->setOptions(f.options);
        f.advance(10s);
        QCOMPARE(f.hub.only().metrics.size(), 1);
    }
};

QTEST_GUILESS_MAIN(TestQueue)
#include "tst_hub_queue.moc"
