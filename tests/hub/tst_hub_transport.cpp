// SPDX-License-Identifier: GPL-3.0-or-later
// How files and requests travel: bandwidth limit, speed, own certificates, proxy.
#include "hub/client.h"
#include "hub/file_ahead.h"
#include "hub/multipart_body.h"
#include "hub/transfer_rate.h"
#include "tests/hub/fake_clock.h"
#include "tests/hub/tiny_server.h"

#include <QtCore/QDeadlineTimer>
#include <QtCore/QProcess>
#include <QtCore/QRandomGenerator>
#include <QtCore/QStandardPaths>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QSslKey>
#include <QtNetwork/QSslServer>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

#include <algorithm>
#include <vector>

using namespace torchdeck::hub;
using namespace std::chrono_literals;

class TestTransport : public QObject {
    Q_OBJECT
    QTemporaryDir dir;

    static WireAnswer wait(HubCall *call)
    {
        WireAnswer result;
        bool done = false;
        QObject context;
        connect(call, &HubCall::finished, &context, [&](const WireAnswer &a) {
            result = a;
            done = true;
        });
        [&] { QTRY_VERIFY_WITH_TIMEOUT(done, 20'000); }();
        return result;
    }

    WireRequest upload(const QUrl &url, qint64 size)
    {
        QFile file(dir.filePath("w.pt"));
        if (file.open(QIODevice::WriteOnly))
            file.write(QByteArray(size, 'w'));
        WireRequest r;
        r.url = url;
        r.filePath = file.fileName();
        r.fileName = "best.pt";
        r.fields = { { "type", "final" } };
        return r;
    }

    /// The next bytes, once the disk gave them; empty at the end and when it is broken.
    static QByteArray some(QIODevice &body)
    {
        QByteArray part(1 << 20, Qt::Uninitialized);
        for (const QDeadlineTimer limit(20'000); !limit.hasExpired(); QTest::qWait(1)) {
            if (const qint64 got = body.read(part.data(), part.size()); got != 0)
                return part.left(std::max<qint64>(0, got));
        }
        return {};
    }

private Q_SLOTS:
    void bodyGivesNoMoreThanTheTimeAllows()
    {
        auto clock = std::make_shared<FakeClock>();
        const auto request = upload(QUrl("http://x/"), 100'000);
        MultipartBody body(request, clock, 10'000);
        QVERIFY(body.openFile());
        int wakes = 0;
        connect(&body, &QIODevice::readyRead, this, [&] { ++wakes; });
        QByteArray all;
        all += body.read(1 << 20);
        QCOMPARE(all.size(), 0); // nothing is earned yet
        for (int second = 1; second <= 5; ++second) {
            for (int tenth = 0; tenth < 10; ++tenth) {
                clock->advance(100ms, [] {});
                all += some(body);
            }
            QVERIFY2(std::abs(all.size() - second * 10'000) <= 1200, QByteArray::number(all.size()));
        }
        QVERIFY(wakes > 0);
        clock->advance(60s, [] {});
        QVERIFY2(body.read(1 << 20).size() <= 2000, "a pause is not made up for in one burst");
        // Begun anew, without a limit: exactly the fields and the file.
        MultipartBody whole(request, clock, 0);
        QVERIFY(whole.openFile());
        QVERIFY(whole.seek(50'000) && whole.seek(0));
        QByteArray bytes;
        for (auto part = some(whole); !part.isEmpty(); part = some(whole))
            bytes += part;
        QCOMPARE(bytes.size(), whole.size());
        QVERIFY(bytes.contains("name=\"type\"\r\n\r\nfinal\r\n"));
        QVERIFY(bytes.contains("\r\n\r\n" + QByteArray(100'000, 'w') + "\r\n--boundary_"));
        QVERIFY(bytes.endsWith("--\r\n"));
    }

    void fileThatShrinksIsNeverACompleteUpload()
    {
        auto clock = std::make_shared<FakeClock>();
        const auto request = upload(QUrl("http://x/"), 20'000'000); // more than is read ahead
        MultipartBody body(request, clock, 0);
        QVERIFY(body.openFile());
        QFile::resize(request.filePath, 10);
        qint64 got = 0;
        for (auto block = some(body); !block.isEmpty(); block = some(body))
            got += block.size();
        QVERIFY(got < body.size());
    }

    void fileIsReadAheadFromAnyPlace()
    {
        QFile file(dir.filePath("ahead.bin"));
        QByteArray bytes(3'000'001, Qt::Uninitialized);
        QRandomGenerator random(11);
        std::generate(bytes.begin(), bytes.end(), [&random] { return char(random.generate()); });
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.flush());
        QVERIFY(!FileAhead(dir.filePath("nothing.bin")).open());
        FileAhead ahead(file.fileName());
        QVERIFY(ahead.open());
        QCOMPARE(ahead.size(), qint64(bytes.size()));
        QSignalSpy ready(&ahead, &FileAhead::ready);
        std::vector<char> piece(700'000);
        qint64 at = 0;
        int jumps = 0;
        while (at < bytes.size() || ++jumps < 20) {
            if (at >= bytes.size() || random.bounded(10) == 0)
                at = random.bounded(int(bytes.size())); // a request that is sent again begins anew
            const auto wanted = std::min<qint64>(1 + random.bounded(int(piece.size())), bytes.size() - at);
            qint64 got = 0;
            for (int tries = 0; (got = ahead.read(piece.data(), at, wanted)) == 0; ++tries) {
                const auto before = ready.size();
                QVERIFY2(ready.wait(20'000) && ready.size() > before, "promised bytes never came");
                QVERIFY(tries < 10);
            }
            QVERIFY(got > 0 && got <= wanted);
            QVERIFY(QByteArrayView(bytes).sliced(at, got) == QByteArrayView(piece.data(), got));
            at += got;
        }
        for (int i = 0; i < 50; ++i) // given up while a block is being read
            QVERIFY(FileAhead(file.fileName()).open());
    }

    void limitedUploadArrivesWhole()
    {
        TinyServer server;
        server.answer = [](QTcpSocket *s, const TinyServer::Talk &) { s->write(TinyServer::ok()); };
        QNetworkAccessManager network;
        HubClient client(&network, systemClock());
        QCOMPARE(client.setTransport(2'000'000, {}, {}), QString());
        QElapsedTimer timer;
        timer.start();
        QVERIFY(wait(client.send(upload(server.url(), 1'000'000))).ok());
        QVERIFY(server.talks.last().got > 1'000'000);
        QVERIFY2(timer.elapsed() > 250, "half a second's worth cannot be there at once");
    }

    void speedAndTimeLeft()
    {
        TransferRate rate;
        const TimePoint start(100h);
        QCOMPARE(rate.bytesPerSecond(start), 0.0);
        for (int s = 0; s <= 20; ++s)
            rate.add(start + std::chrono::seconds(s), s < 10 ? s * 100 : 1000 + (s - 10) * 1000);
        QVERIFY(std::abs(rate.bytesPerSecond(start + 20s) - 1000) < 1); // the last ten seconds count
        QCOMPARE(rate.timeLeft(start + 20s, 16'000).value(), 5s);
        QVERIFY(rate.bytesPerSecond(start + 40s) < 500); // it stalls
        rate.add(start + 41s, 0); // began anew
        QVERIFY(!rate.timeLeft(start + 41s, 16'000));
    }

    void proxyIsUsedAndAWrongOneIsNotGoneAround()
    {
        TinyServer proxy;
        proxy.answer = [](QTcpSocket *s, const TinyServer::Talk &) { s->write(TinyServer::ok()); };
        QNetworkAccessManager network;
        HubClient client(&network, systemClock());
        QCOMPARE(client.setTransport(0, {}, proxy.url()), QString());
        WireRequest r;
        r.url = QUrl("http://hub.invalid/v1/auth");
        r.json = "{}";
        QVERIFY(wait(client.send(r)).ok());
        QVERIFY(proxy.talks.last().head.startsWith("POST http://hub.invalid/v1/auth"));

        TinyServer direct;
        direct.answer = proxy.answer;
        QVERIFY(!client.setTransport(0, {}, QUrl("ftp://127.0.0.1:1")).isEmpty());
        r.url = direct.url();
        QVERIFY(!wait(client.send(r)).ok());
        QCOMPARE(direct.connections, 0);
    }

    void certificateIsVerifiedAndAnOwnCaCanBeTrusted()
    {
        if (QStandardPaths::findExecutable("openssl").isEmpty() || !QSslSocket::supportsSsl())
            QSKIP("no openssl here to make a certificate with");
        const auto key = dir.filePath("key.pem"), cert = dir.filePath("cert.pem");
        QCOMPARE(QProcess::execute("openssl", { "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                                                "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                                                key, "-out", cert }),
                 0);
        QFile keyFile(key);
        QVERIFY(keyFile.open(QIODevice::ReadOnly));
        auto tls = QSslConfiguration::defaultConfiguration();
        tls.setPrivateKey(QSslKey(&keyFile, QSsl::Rsa));
        tls.setLocalCertificateChain(QSslCertificate::fromPath(cert));
        QSslServer server;
        server.setSslConfiguration(tls);
        QVERIFY(server.listen(QHostAddress::LocalHost));
        QByteArray heard;
        connect(&server, &QSslServer::pendingConnectionAvailable, this, [&] {
            auto *socket = server.nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, socket, [&heard, socket] {
                heard += socket->readAll();
                if (heard.endsWith("{}"))
                    socket->write(TinyServer::ok());
            });
        });
        QNetworkAccessManager network;
        HubClient client(&network, systemClock());
        WireRequest r;
        r.url = QUrl(QStringLiteral("https://127.0.0.1:%1/v1/auth").arg(server.serverPort()));
        r.headers = { { "x-api-key", "secret" } };
        r.json = "{}";
        QCOMPARE(int(wait(client.send(r)).failure), int(Failure::Tls));
        QVERIFY2(heard.isEmpty(), "nothing, above all no key, before the certificate is accepted");
        QVERIFY(client.setTransport(0, key, {}).contains("key.pem")); // no certificate in there
        QCOMPARE(int(wait(client.send(r)).failure), int(Failure::Tls));
        QCOMPARE(client.setTransport(0, cert, {}), QString());
        QVERIFY(wait(client.send(r)).ok());
        QVERIFY(heard.contains("secret"));
        QCOMPARE(client.setTransport(0, {}, {}), QString()); // no longer trusted
        QCOMPARE(int(wait(client.send(r)).failure), int(Failure::Tls));
    }
};

QTEST_GUILESS_MAIN(TestTransport)
#include "tst_hub_transport.moc"
