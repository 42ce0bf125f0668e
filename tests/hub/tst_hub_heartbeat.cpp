// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/hub/service_fixture.h"

using namespace torchdeck::hub;
using namespace std::chrono_literals;

class TestHeartbeat : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void beatsAtOnceThenEveryInterval()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        QCOMPARE(f.hub.heartbeats.size(), 1);
        QCOMPARE(f.hub.heartbeats[0]["agent"].toString(), "torchdeck/test");
        QVERIFY(f.hub.heartbeats[0]["agentId"].isNull());
        f.advance(299s);
        QCOMPARE(f.hub.heartbeats.size(), 1);
        f.hub.agentId = "agent-2";
        f.advance(1s);
        QCOMPARE(f.hub.heartbeats.size(), 2);
        QCOMPARE(f.hub.heartbeats[1]["agentId"].toString(), "agent-1");
        f.advance(300s);
        QCOMPARE(f.hub.heartbeats[2]["agentId"].toString(), "agent-2"); // adopted when it changes
    }

    void recoversAfter5And10And20Seconds()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.hub.fault = [](const FakeRequest &) { return FakeAnswer { .status = 503 }; };
        f.advance(300s);
        QCOMPARE(f.network.count("/v1/agent"), 2);
        f.advance(4s);
        QCOMPARE(f.network.count("/v1/agent"), 2);
        f.advance(1s); // 5 s after the failure
        QCOMPARE(f.network.count("/v1/agent"), 3);
        f.advance(10s);
        QCOMPARE(f.network.count("/v1/agent"), 4);
        f.advance(19s);
        QCOMPARE(f.network.count("/v1/agent"), 4);
        f.hub.fault = nullptr;
        f.advance(1s);
        QCOMPARE(f.network.count("/v1/agent"), 5);
        f.advance(299s); // back to the normal pace
        QCOMPARE(f.network.count("/v1/agent"), 5);
    }

    void garbageAnswerDoesNotEndIt()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.hub.fault = [](const FakeRequest &) { return FakeAnswer { .body = "not json" }; };
        f.advance(300s);
        f.hub.fault = nullptr;
        f.advance(5s);
        QCOMPARE(f.hub.heartbeats.size(), 2);
    }

    void noneAfterTheEnd_data()
    {
        QTest::addColumn<bool>("failed");
        QTest::newRow("finished") << false;
        QTest::newRow("failed") << true;
    }
    void noneAfterTheEnd()
    {
        QFETCH(bool, failed);
        ServiceFixture f;
        f.open();
        f.begin();
        const auto before = f.network.count("/v1/agent");
        if (failed)
            f.service->abandonRun("out of memory");
        else
            f.service->endRun(f.file("best.pt", "b"), 0.5);
        f.advance(2h);
        QCOMPARE(f.network.count("/v1/agent"), before);
        QVERIFY(!f.service->status().heartbeat.deadline);
    }

    /// The answer to the last heartbeat comes after the run has ended: its word on the limit holds for the others.
    void lateAnswerStillClosesTheGate()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        const auto best = f.file("best.pt", "b");
        f.hub.fault = [&](const FakeRequest &r) -> std::optional<FakeAnswer> {
            if (!r.path.startsWith("/v1/agent"))
                return std::nullopt;
            QMetaObject::invokeMethod(f.service.get(), [&f, best] { f.service->endRun(best, 0.5); },
                                      Qt::QueuedConnection);
            return FakeAnswer { .headers = { { "X-RateLimit-Remaining", "0" },
                                             { "X-RateLimit-Reset",
                                               QByteArray::number(f.clock->wallNow().toSecsSinceEpoch() + 50) } } };
        };
        f.advance(300s);
        QVERIFY(f.service->stored());
        const auto sent = f.network.count();
        f.advance(45s);
        QCOMPARE(f.network.count(), sent);
        f.advance(10s);
        QVERIFY(f.network.count() > sent);
    }

    void noneWhileOffAndAtOnceWhenOnAgain()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.options.enabled = false;
        f.service->setOptions(f.options);
        f.advance(2h);
        QCOMPARE(f.hub.heartbeats.size(), 1);
        f.options.enabled = true;
        f.service->setOptions(f.options);
        f.settle();
        QCOMPARE(f.hub.heartbeats.size(), 2);
    }

    void badKeyStopsTheHeartToo()
    {
        ServiceFixture f;
        f.open();
        f.begin();
        f.hub.key = "changed-on-the-server";
        f.advance(2h);
        QCOMPARE(f.network.count("/v1/agent"), 2);
        QCOMPARE(f.service->status().state, SessionState::BadKey);
        f.options.apiKey = "changed-on-the-server";
        f.service->setOptions(f.options);
        f.settle();
        QCOMPARE(f.hub.heartbeats.size(), 2);
    }
};

QTEST_GUILESS_MAIN(TestHeartbeat)
#include "tst_hub_heartbeat.moc"
