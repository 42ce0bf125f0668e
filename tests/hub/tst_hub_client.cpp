// SPDX-License-Identifier: GPL-3.0-or-later
// The client against real sockets: redirects, broken connections, stalls, and files streamed from disk.
#include "hub/client.h"
#include "tests/hub/tiny_server.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QNetworkAccessManager>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace torchdeck::hub;
using namespace std::chrono_literals;

namespace {

/// Peak resident memory of this process in bytes (VmHWM); writing 5 to clear_refs starts it anew.
qint64 peakMemory()
{
    QFile file("/proc/self/status");
    if (!file.open(QIODevice::ReadOnly))
        return -1;
    const auto text = file.readAll();
    const auto at = text.indexOf("VmHWM:");
    return text.mid(at + 6, text.indexOf("kB", at) - at - 6).trimmed().toLongLong() * 1024;
}

void resetPeak()
{
    QFile file("/proc/self/clear_refs");
    if (file.open(QIODevice::WriteOnly))
        file.write("5");
}

class CountingNetwork final : public QNetworkAccessManager {
public:
    int requests = 0;

protected:
    QNetworkReply *createRequest(Operation op, const QNetworkRequest &request, QIODevice *body) override
    {
        ++requests;
        return QNetworkAccessManager::createRequest(op, request, body);
    }
};

WireRequest post(const QUrl &url)
{
    WireRequest r;
    r.url = url;
    r.json = "{\"a\":1}";
    r.headers = { { "x-api-key", "secret" } };
    return r;
}

} // namespace

class TestClient : public QObject {
    Q_OBJECT
    CountingNetwork network;
    HubClient client { &network, systemClock() };
    QTemporaryDir dir;

    WireAnswer wait(HubCall *call, int limit = 20'000)
    {
        WireAnswer result;
        result.failure = Failure::Cancelled;
        bool done = false;
        QObject context;
        connect(call, &HubCall::finished, &context, [&](const WireAnswer &a) {
            result = a;
            done = true;
        });
        [&] { QTRY_VERIFY_WITH_TIMEOUT(done, limit); }();
        return result;
    }

    QString sparseFile(qint64 size)
    {
        QFile file(dir.filePath("big.pt"));
        if (file.open(QIODevice::WriteOnly))
            file.resize(size);
        return file.fileName();
    }

    static WireRequest upload(const QUrl &url, const QString &file)
    {
        WireRequest r;
        r.url = url;
        r.filePath = file;
        r.fileName = "best.pt";
        r.fields = { { "type", "final" }, { "map", "0.5" } };
        return r;
    }

private Q_SLOTS:
    void init() { client.setStallTime(30s); }

    void plainRequest()
    {
        TinyServer server;
        server.answer = [](QTcpSocket *s, const TinyServer::Talk &) {
            s->write(TinyServer::ok("{\"x\":2}"));
        };
        const auto a = wait(client.send(post(server.url("/v1/auth"))));
        QVERIFY(a.ok());
        QCOMPARE(a.body, "{\"x\":2}");
        QVERIFY(server.talks[0].head.startsWith("POST /v1/auth HTTP/1.1"));
        QVERIFY(server.talks[0].head.contains("x-api-key: secret"));
        QCOMPARE(server.talks[0].body, "{\"a\":1}");
    }

    /// Between the decision to send and the request no answer may come in: it could forbid the request.
    void requestIsMadeBeforeSendReturns()
    {
        TinyServer server;
        server.answer = [](QTcpSocket *s, const TinyServer::Talk &) { s->write(TinyServer::ok("{}")); };
        const int before = network.requests;
        auto *small = client.send(post(server.url()));
        QCOMPARE(network.requests, before + 1);
        QVERIFY(wait(small).ok());
        auto *file = client.send(upload(server.url(), sparseFile(1 << 16)));
        QCOMPARE(network.requests, before + 2);
        QVERIFY(wait(file).ok());
    }

    void requestsAreRecordedWithTheirBytes()
    {
        QFile file(dir.filePath("recorded.pt"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(50'000, 'w'));
        file.close();
        TinyServer server;
        server.answer = [](QTcpSocket *s, const TinyServer::Talk &) { s->write(TinyServer::ok("{\"x\":2}")); };
        QList<RequestRecord> rows;
        QObject context;
        connect(&client, &HubClient::requestEnded, &context, [&](const RequestRecord &r) { rows << r; });
        auto request = post(server.url("/v1/auth"));
        request.subject.kind = RequestKind::KeyTest;
        QVERIFY(wait(client.send(request)).ok());
        QVERIFY(wait(client.send(upload(server.url("/up"), file.fileName()))).ok());
        (void)wait(client.send(upload(server.url("/up"), dir.filePath("none.pt"))));
        client.send(post(server.url()))->abort();
        QTRY_COMPARE(rows.size(), 4);
        QCOMPARE(int(rows[0].subject.kind), int(RequestKind::KeyTest));
        QCOMPARE(rows[0].httpStatus, 200);
        QCOMPARE(rows[0].bytesSent, qint64(7));
        QCOMPARE(rows[0].bytesReceived, qint64(7));
        QCOMPARE(rows[1].bytesSent, qint64(server.talks[1].got));
        QVERIFY(rows[1].bytesSent > 50'000 && rows[1].duration.count() >= 0);
        QCOMPARE(int(rows[2].failure), int(Failure::FileGone));
        QVERIFY(rows[2].failed());
        QVERIFY(!rows[3].failed()); // our own abort
    }

    void redirectToAnotherServerNeverCarriesTheKey_data()
    {
        QTest::addColumn<QByteArray>("status");
        for (const char *status :
             { "301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent" })
            QTest::newRow(status) << QByteArray(status);
    }
    void redirectToAnotherServerNeverCarriesTheKey()
    {
        QFETCH(QByteArray, status);
        TinyServer other, server;
        server.answer = [&](QTcpSocket *s, const TinyServer::Talk &) {
            s->write("HTTP/1.1 " + status + "\r\nLocation: " + other.url("/take").toEncoded()
                     + "\r\nContent-Length: 0\r\n\r\n");
        };
        const auto a = wait(client.send(post(server.url())));
        QCOMPARE(int(a.failure), int(Failure::OtherHost));
        QCOMPARE(a.where, QStringLiteral("127.0.0.1:%1").arg(other.serverPort()));
        QTest::qWait(50);
        QCOMPARE(other.connections, 0);
    }

    void redirectWithinTheServerRepeatsTheSameRequest()
    {
        TinyServer server;
        server.answer = [](QTcpSocket *s, const TinyServer::Talk &t) {
            if (t.head.startsWith("POST /old "))
                s->write("HTTP/1.1 301 Moved\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n");
            else
                s->write(TinyServer::ok());
        };
        QVERIFY(wait(client.send(post(server.url("/old")))).ok());
        QCOMPARE(server.talks.size(), 2);
        QVERIFY(server.talks[1].head.startsWith("POST /new "));
        QCOMPARE(server.talks[1].body, "{\"a\":1}");
        QVERIFY(server.talks[1].head.contains("x-api-key: secret"));
    }

    void redirectLoopEnds()
    {
        TinyServer server;
        server.answer = [](QTcpSocket *s, const TinyServer::Talk &) {
            s->write("HTTP/1.1 307 Again\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
        };
        QCOMPARE(int(wait(client.send(post(server.url()))).failure), int(Failure::BadAnswer));
        QVERIFY(server.talks.size() < 10);
    }

    void brokenConnections_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::newRow("closed without a word") << QByteArray();
        QTest::newRow("half a head") << QByteArray("HTTP/1.1 200 OK\r\nContent-Le");
        QTest::newRow("half a body") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\"");
        QTest::newRow("half a chunk")
            << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n{\"d");
    }
    void brokenConnections()
    {
        QFETCH(QByteArray, answer);
        TinyServer server;
        server.answer = [&](QTcpSocket *s, const TinyServer::Talk &) {
            s->write(answer);
            s->disconnectFromHost();
        };
        const auto a = wait(client.send(post(server.url())));
        QVERIFY(!a.ok());
        QVERIFY2(a.failure == Failure::Reset || a.failure == Failure::BadAnswer,
                 QByteArray::number(int(a.failure)));
    }

    void nobodyListens()
    {
        QUrl url;
        {
            TinyServer server;
            url = server.url();
        }
        QCOMPARE(int(wait(client.send(post(url))).failure), int(Failure::Refused));
        QCOMPARE(int(wait(client.send(post(QUrl("http://no-such-host.invalid/")))).failure),
                 int(Failure::Dns));
    }

    void answersThatNeverEndAreCutOff()
    {
        TinyServer server;
        server.answer = [](QTcpSocket *s, const TinyServer::Talk &) {
            s->write("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
            s->write(QByteArray(8 << 20, 'x'));
        };
        QCOMPARE(int(wait(client.send(post(server.url()))).failure), int(Failure::BadAnswer));
    }

    void silenceIsAStallButSlowProgressIsNot()
    {
        client.setStallTime(2s);
        TinyServer silent;
        QCOMPARE(int(wait(client.send(post(silent.url()))).failure), int(Failure::Stalled));

        TinyServer slow; // longer than the stall time in all, never without a byte for so long
        slow.answer = [](QTcpSocket *s, const TinyServer::Talk &) {
            s->write("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n");
            auto *timer = new QTimer(s);
            auto left = std::make_shared<int>(8);
            connect(timer, &QTimer::timeout, s, [s, timer, left] {
                s->write(*left == 8 ? "[" : *left == 1 ? "]" : " ");
                if (--*left == 0)
                    timer->stop();
            });
            timer->start(400);
        };
        const auto a = wait(client.send(post(slow.url())));
        QVERIFY(a.ok());
        QCOMPARE(a.body, "[      ]");
    }

    void abortedByUsEndsOnce()
    {
        TinyServer silent;
        auto *call = client.send(post(silent.url()));
        QSignalSpy spy(call, &HubCall::finished);
        call->abort(); // before a byte went out
        call->abort();
        QTRY_COMPARE(spy.size(), 1);
        TinyServer other; // the first call may have opened a connection
        auto *second = client.send(post(other.url()));
        QSignalSpy again(second, &HubCall::finished);
        QTRY_COMPARE(other.connections, 1);
        second->abort();
        QTRY_COMPARE(again.size(), 1);
        QTest::qWait(20);
        QCOMPARE(spy.size() + again.size(), 2);
    }

    void missingFile()
    {
        TinyServer server;
        const auto a = wait(client.send(upload(server.url(), dir.filePath("none.pt"))));
        QCOMPARE(int(a.failure), int(Failure::FileGone));
        QCOMPARE(a.where, "none.pt");
        QCOMPARE(server.connections, 0);
    }

    void uploadHasTheFieldsAndTheFile()
    {
        QFile file(dir.filePath("small.pt"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("WEIGHTS");
        file.close();
        TinyServer server;
        server.answer = [](QTcpSocket *s, const TinyServer::Talk &) { s->write(TinyServer::ok()); };
        QVERIFY(wait(client.send(upload(server.url("/v1/models/m/upload"), file.fileName()))).ok());
        const auto body = server.talks[0].body;
        QVERIFY(server.talks[0].head.contains("multipart/form-data; boundary="));
        QVERIFY(body.contains("Content-Disposition: form-data; name=\"type\"\r\n\r\nfinal\r\n"));
        QVERIFY(body.contains("Content-Disposition: form-data; name=\"map\"\r\n\r\n0.5\r\n"));
        QVERIFY(body.contains("name=\"best.pt\"; filename=\"best.pt\"\r\n\r\nWEIGHTS\r\n--"));
        QVERIFY(!body.contains(dir.path().toUtf8()));
    }

    void refusedInTheMiddleOfTheBody()
    {
        TinyServer server;
        server.early = [](QTcpSocket *s, const TinyServer::Talk &) {
            s->write(TinyServer::ok("{\"message\":\"too large\"}", "413 Too Large"));
            QObject::connect(s, &QTcpSocket::readyRead, s,
                             [s] { s->readAll(); }); // drains, so that no reset eats it
            return true;
        };
        const auto a = wait(client.send(upload(server.url(), sparseFile(8 << 20))));
        QCOMPARE(a.status, 413);
        QCOMPARE(int(a.failure), int(Failure::None));
    }

    void progressIsHalfWhenHalfHasArrived()
    {
        // Large against what the kernel buffers of a connection hold.
        const qint64 size = 320 << 20;
        TinyServer server(512 * 1024);
        server.gate = size / 2;
        server.answer = [](QTcpSocket *s, const TinyServer::Talk &) { s->write(TinyServer::ok()); };
        auto *call = client.send(upload(server.url(), sparseFile(size)));
        qint64 sent = 0, total = 0;
        QObject context; // ends the connection when this test fails in the middle
        connect(call, &HubCall::progress, &context, [&](qint64 s, qint64 t) {
            sent = s;
            total = t;
        });
        QTRY_COMPARE_WITH_TIMEOUT(server.received(), size / 2, 60'000);
        // Qt reports at most every 100 ms: a few more small steps bring the last report up to date.
        // Smaller ones than a loopback segment would not open the sender's window.
        for (int step = 1; step <= 4; ++step) {
            QTest::qWait(150);
            server.openGate(size / 2 + step * qint64(512 * 1024));
        }
        QTest::qWait(300);
        const double percent = 100.0 * double(sent) / double(total);
        QVERIFY2(percent > 48 && percent < 52, QByteArray::number(percent));
        server.openGate(-1);
        QVERIFY(wait(call, 60'000).ok());
        QCOMPARE(sent, total);
    }

    void memoryDoesNotGrowWithTheFile()
    {
        TinyServer server;
        server.answer = [](QTcpSocket *s, const TinyServer::Talk &) { s->write(TinyServer::ok()); };
        QVERIFY(wait(client.send(upload(server.url(), sparseFile(1 << 20)))).ok()); // buffers that stay
        // TORCHDECK_LONG: 2 GiB.
        const qint64 size = qEnvironmentVariableIsSet("TORCHDECK_LONG") ? qint64(2) << 30 : 200 << 20;
        resetPeak();
        const auto before = peakMemory();
        QVERIFY(wait(client.send(upload(server.url(), sparseFile(size))), 250'000).ok());
        const auto grown = peakMemory() - before;
        QVERIFY2(server.talks.last().got > size, "everything arrived");
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        QSKIP("sanitizers keep freed memory");
#endif
        QVERIFY2(grown < 8 << 20, QByteArray::number(grown));
    }
};

QTEST_GUILESS_MAIN(TestClient)
#include "tst_hub_client.moc"
