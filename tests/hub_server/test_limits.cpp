// SPDX-License-Identifier: GPL-3.0-or-later
// What one key may ask for: requests a minute.
#include "hub/server/request_limit.h"
#include "tests/hub_server/running_hub.h"

#include <atomic>

using namespace torchdeck::test;
using torchdeck::hub::server::LocalHubOptions;
using torchdeck::hub::server::RequestLimit;

class TestLimits : public QObject {
    Q_OBJECT

private:
    std::atomic<qint64> m_now { 1'700'000'000'250 };

    LocalHubOptions limited(int perMinute)
    {
        LocalHubOptions options;
        options.requestsPerMinute = perMinute;
        options.nowMs = [this] { return m_now.load(); };
        return options;
    }
    static QByteArray userKey(const RunningHub &hub, const QByteArray &label)
    {
        return hub.client()
            .post("/v1/torchdeck/keys", R"({"label": ")" + label + R"("})")
            .data()["key"]
            .toString()
            .toLatin1();
    }

private Q_SLOTS:
    void everyAnswerTellsWhereTheKeyStands()
    {
        const RunningHub hub(limited(5));
        HttpClient client = hub.client();
        const QList<QPair<QByteArray, int>> asked { { "/v1/models", 200 },
                                                    { "/v1/models/nosuch", 404 },
                                                    { "/v1/auth", 405 },
                                                    { "/v1/nothing", 404 },
                                                    { "/v1/models?limit=x", 400 } };
        int left = 5;
        for (const auto &[path, status] : asked) {
            const Reply reply = client.get(path);
            QCOMPARE(reply.status, status);
            QCOMPARE(reply.headers.value("x-ratelimit-limit"), QByteArray("5"));
            QCOMPARE(reply.headers.value("x-ratelimit-remaining"), QByteArray::number(--left));
            QCOMPARE(reply.headers.value("x-ratelimit-reset"), QByteArray("1700000061")); // rounded up
            QCOMPARE(reply.headers.value("date"), QByteArray("Tue, 14 Nov 2023 22:13:20 GMT"));
        }
        QVERIFY(!client.get("/login").headers.contains("x-ratelimit-limit"));
    }

    void beyondTheLimitEveryRequestIsRefusedUntilTheReset()
    {
        const RunningHub hub(limited(3));
        HttpClient client = hub.client();
        for (int i = 0; i < 3; ++i)
            QCOMPARE(client.post("/v1/auth").status, 200);
        m_now += 20'000;
        const Reply refused = client.post("/v1/models", R"({"meta": {"name": "x"}})");
        QCOMPARE(refused.status, 429);
        QCOMPARE(refused.headers.value("retry-after"), QByteArray("40"));
        QCOMPARE(refused.headers.value("x-ratelimit-limit"), QByteArray("3"));
        QCOMPARE(refused.headers.value("x-ratelimit-remaining"), QByteArray("0"));
        QVERIFY2(refused.message().contains("3 requests a minute") && refused.message().contains("40 s"),
                 qPrintable(refused.message()));
        m_now += 39'999;
        QCOMPARE(client.get("/v1/models").headers.value("retry-after"), QByteArray("1"));
        m_now += 1;
        const Reply again = client.get("/v1/models");
        QCOMPARE(again.status, 200);
        QCOMPARE(again.data()["total"].toInt(), 0); // the refused one did nothing
        QCOMPARE(again.headers.value("x-ratelimit-remaining"), QByteArray("2"));
    }

    void keysAreCountedApart()
    {
        const RunningHub hub(limited(4));
        HttpClient ann(hub.port(), userKey(hub, "ann")), second(hub.port(), userKey(hub, "ann"));
        HttpClient stranger(hub.port(), "wrong"), nobody(hub.port(), {});
        for (int i = 0; i < 4; ++i)
            QCOMPARE(ann.post("/v1/auth").status, 200);
        QCOMPARE(ann.post("/v1/auth").status, 429);
        QCOMPARE(ann.get("/v1/torchdeck/keys").status, 429);
        QCOMPARE(second.post("/v1/auth").status, 200); // of the same user
        QCOMPARE(hub.client().post("/v1/auth").status, 200);
        // Without a good key the address counts, whatever is tried.
        QCOMPARE(stranger.post("/v1/auth").status, 401);
        stranger.key = "other";
        const Reply reply = stranger.post("/v1/auth");
        QCOMPARE(reply.status, 401);
        QCOMPARE(reply.headers.value("x-ratelimit-remaining"), QByteArray("2"));
        for (int i = 0; i < 2; ++i)
            QCOMPARE(nobody.post("/v1/auth").status, 401);
        QCOMPARE(nobody.post("/v1/auth").status, 429);
        QCOMPARE(second.post("/v1/auth").status, 200);
    }

    void noLimitUnlessAsked()
    {
        const RunningHub hub;
        HttpClient client = hub.client();
        for (int i = 0; i < 50; ++i)
            QVERIFY(!client.post("/v1/auth").headers.contains("x-ratelimit-limit"));
    }

    void clockSetBackLocksNobodyOut()
    {
        qint64 now = 1'000'000'000;
        RequestLimit limit(1, [&now] { return now; });
        QVERIFY(limit.take("a").allowed);
        QVERIFY(!limit.take("a").allowed);
        now -= 3'600'000;
        QVERIFY(limit.take("a").allowed);
        QVERIFY(!limit.take("a").allowed);
        now += 60'000;
        QVERIFY(limit.take("a").allowed);
    }

    void manyAddressesAreForgottenAgain()
    {
        qint64 now = 1'000'000'000;
        RequestLimit limit(1, [&now] { return now; });
        for (int i = 0; i < 9'000; ++i)
            QVERIFY(limit.take("old" + QByteArray::number(i)).allowed);
        now += 30'000;
        QVERIFY(limit.take("key").allowed);
        now += 30'000; // the old ones' time is over, the key's is not
        for (int i = 0; i < 5'000; ++i)
            QVERIFY(limit.take("new" + QByteArray::number(i)).allowed);
        QVERIFY(!limit.take("key").allowed);
    }

    /// An answer before the body is read: also a client that reads only after sending all gets it, whole, and the
    /// server is free again.
    void refusedUploadIsAnsweredAfterItsBody()
    {
        const RunningHub hub(limited(2));
        const QByteArray model = hub.createModel();
        HttpClient client = hub.client();
        QCOMPARE(client.post("/v1/auth").status, 200);
        const QByteArray piece(1 << 20, 'x');
        int left = 64;
        const Reply reply = client.stream("POST /v1/models/" + model + "/upload HTTP/1.1\r\nHost: localhost\r\nx-api-key: "
                                              + hub.key() + "\r\nContent-Type: " + kMultipart.second
                                              + "\r\nContent-Length: " + QByteArray::number(qint64(left) << 20) + "\r\n\r\n",
                                          [&] { return left-- > 0 ? piece : QByteArray(); });
        QCOMPARE(reply.status, 429);
        QVERIFY(left < 0);
        m_now += 60'000;
        QCOMPARE(hub.client().get("/v1/models/" + model).data()["has_last_weights"].toBool(), false);
    }
};

QTEST_GUILESS_MAIN(TestLimits)
#include "test_limits.moc"
