// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/http_server.h"
#include "tests/hub_server/running_hub.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QJsonArray>

#include <atomic>
#include <thread>
#include <vector>

using namespace torchdeck::test;
using namespace torchdeck::hub::server;
using namespace std::chrono_literals;

class TestConnections : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void manyClientsLoseNothing()
    {
        RunningHub hub;
        // TORCHDECK_LONG: 100,000 epochs from 50 clients at once.
        const bool isLong = qEnvironmentVariableIsSet("TORCHDECK_LONG");
        const int clients = isLong ? 50 : 8, posts = isLong ? 2000 : 200;
        std::vector<QByteArray> ids;
        for (int i = 0; i < clients / 2; ++i) // two clients share a model
            ids.push_back(hub.createModel());
        std::atomic<int> refused { 0 };
        std::vector<std::thread> threads;
        QElapsedTimer clock;
        clock.start();
        for (int c = 0; c < clients; ++c) {
            threads.emplace_back([&, c] {
                HttpClient client = hub.client();
                for (int i = 0; i < posts; ++i) {
                    const int epoch = i * 2 + c % 2;
                    const QByteArray values = R"({"x": )" + QByteArray::number(epoch * 10) + "}";
                    if (client
                            .post("/v1/models/" + ids[static_cast<size_t>(c / 2)], metricsBody(epoch, values))
                            .status
                        != 200)
                        ++refused;
                }
            });
        }
        for (std::thread &thread : threads)
            thread.join();
        qInfo() << clients * posts * 1000 / std::max<qint64>(1, clock.elapsed()) << "requests a second";
        QCOMPARE(refused.load(), 0);
        for (const QByteArray &id : ids) {
            const QJsonArray series =
                hub.client().get("/v1/models/" + id + "/metrics").json()["data"].toArray();
            QCOMPARE(series.size(), 1);
            const QJsonObject values = series[0].toObject()["data"].toObject();
            QCOMPARE(values.size(), 2 * posts);
            for (int epoch = 0; epoch < 2 * posts; ++epoch)
                QCOMPARE(values[QString::number(epoch)].toInt(-1), epoch * 10);
        }
    }

    void moreIdleConnectionsThanThreads()
    {
        RunningHub hub;
        std::vector<std::unique_ptr<HttpClient>> idle;
        for (int i = 0; i < 200; ++i) {
            idle.push_back(std::make_unique<HttpClient>(hub.port(), hub.key()));
            QCOMPARE(idle.back()->post("/v1/auth").status, 200);
        }
        QCOMPARE(hub.client().post("/v1/auth").status, 200); // an idle one gives way
        for (const auto &client : idle)
            QCOMPARE(client->post("/v1/auth").status, 200); // and may come back
    }

    void keepAliveServesManyRequests()
    {
        RunningHub hub;
        HttpClient client = hub.client();
        QVERIFY(client.connected());
        const auto port = client.socket().localPort();
        for (int i = 0; i < 100; ++i)
            QCOMPARE(client.post("/v1/auth").status, 200);
        QCOMPARE(client.socket().localPort(), port);
    }

    void stopDoesNotWaitForIdleClients()
    {
        RunningHub hub;
        HttpClient idle = hub.client(), silent = hub.client(), half = hub.client();
        QCOMPARE(idle.post("/v1/auth").status, 200);
        QVERIFY(silent.connected());
        QVERIFY(half.connected());
        half.socket().write("POST /v1/models HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf");
        QVERIFY(half.socket().waitForBytesWritten());
        QElapsedTimer clock;
        clock.start();
        hub.hub->stop();
        QVERIFY(clock.elapsed() < 15'000); // the grace is 3 s, the idle time 15 s
        QVERIFY(!HttpClient(hub.port(), {}).connected());
    }

    void garbageIsAnsweredOrCut_data()
    {
        QTest::addColumn<QByteArray>("wire");
        QTest::newRow("no HTTP") << QByteArray("hello there\r\n\r\n");
        QTest::newRow("binary") << QByteArray("\x16\x03\x01\x02\x00\x01\r\n\r\n", 10);
        QTest::newRow("no version") << QByteArray("GET /\r\n\r\n");
        QTest::newRow("odd method") << QByteArray("BREW / HTTP/1.1\r\n\r\n");
        QTest::newRow("CONNECT") << QByteArray("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n");
        QTest::newRow("PRI") << QByteArray("PRI * HTTP/1.1\r\nHost: a\r\n\r\nSM\r\n\r\n");
        QTest::newRow("long address") << "GET /" + QByteArray(9000, 'a') + " HTTP/1.1\r\n\r\n";
        QTest::newRow("long header") << "GET / HTTP/1.1\r\nX: " + QByteArray(9000, 'a') + "\r\n\r\n";
        QTest::newRow("many headers")
            << "GET / HTTP/1.1\r\n" + QByteArray("X: y\r\n").repeated(20'000) + "\r\n";
        QTest::newRow("length a word") << QByteArray("POST /v1/auth HTTP/1.1\r\nContent-Length: ten\r\n\r\n");
        QTest::newRow("length negative")
            << QByteArray("POST /v1/auth HTTP/1.1\r\nContent-Length: -1\r\n\r\n");
        QTest::newRow("length twice")
            << QByteArray("POST /v1/auth HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
        QTest::newRow("length and chunks") << QByteArray(
            "POST /v1/auth HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        QTest::newRow("odd encoding")
            << QByteArray("POST /v1/auth HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n");
        QTest::newRow("broken range")
            << QByteArray("GET / HTTP/1.1\r\nHost: localhost\r\nRange: bytes=abc\r\n\r\n");
        QTest::newRow("two hosts") << QByteArray("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n");
    }
    void garbageIsAnsweredOrCut()
    {
        QFETCH(QByteArray, wire);
        static RunningHub hub;
        HttpClient client(hub.port(), {});
        const Reply reply = client.raw(wire);
        QVERIFY2(reply.status == 0 || (reply.status >= 400 && reply.status < 500),
                 QByteArray::number(reply.status));
        QCOMPARE(hub.client().post("/v1/auth").status, 200);
    }

    void brokenChunksAreRefused()
    {
        RunningHub hub;
        HttpClient client = hub.client();
        const Reply reply =
            client.raw("POST /v1/models HTTP/1.1\r\nHost: localhost\r\nx-api-key: " + hub.key()
                       + "\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n");
        QVERIFY(reply.status == 0 || reply.status == 400);
        QCOMPARE(hub.client().get("/v1/models").data()["total"].toInt(), 0);
    }

    /// A refused body must not be read as the next request.
    void unreadBodyEndsTheConnection()
    {
        RunningHub hub;
        HttpClient client(hub.port(), "wrong");
        const Reply reply = client.post("/v1/models",
                                        "POST /v1/models HTTP/1.1\r\nx-api-key: " + hub.key()
                                            + "\r\nContent-Length: 2\r\n\r\n{}");
        QCOMPARE(reply.status, 401);
        QCOMPARE(reply.headers["connection"], QByteArray("close"));
        QCOMPARE(hub.client().get("/v1/models").data()["total"].toInt(), 0);
    }

    void slowHeadersAreCutAndCrowdsToldToWait()
    {
        HttpLimits limits;
        limits.threads = 2;
        limits.waiting = 3;
        limits.headerTime = 1000ms;
        limits.stopGrace = 100ms;
        HttpServer server(
            [](HttpRequest &, HttpResponse &response) {
                response.type = "text/plain";
                response.body = "served";
            },
            limits);
        QVERIFY2(server.start("127.0.0.1", 0), qPrintable(server.error()));
        std::vector<std::unique_ptr<HttpClient>> crowd;
        for (int i = 0; i < 12;
             ++i) { // each sends one byte of a header, which holds a thread until the header's time is over
            crowd.push_back(std::make_unique<HttpClient>(server.port(), QByteArray()));
            QVERIFY(crowd.back()->connected());
            crowd.back()->socket().write("G");
            QVERIFY(crowd.back()->socket().waitForBytesWritten());
        }
        int busy = 0;
        for (const auto &client : crowd) {
            QVERIFY(client->socket().waitForDisconnected(30'000)
                    || client->socket().state() == QAbstractSocket::UnconnectedState);
            const QByteArray answer = client->socket().readAll();
            QVERIFY(answer.isEmpty() || answer.contains("\r\nRetry-After: 1\r\n"));
            busy += answer.startsWith("HTTP/1.1 503") ? 1 : 0;
        }
        QVERIFY(busy > 0);
        QCOMPARE(HttpClient(server.port(), {}).get("/").body, QByteArray("served"));
    }
};

QTEST_GUILESS_MAIN(TestConnections)
#include "test_connections.moc"
