// SPDX-License-Identifier: GPL-3.0-or-later
// HTTPS with a certificate of the user's.
#include "hub/server/http_server.h"
#include "hub/server/tls.h"
#include "tests/hub_server/running_hub.h"
#include "tests/hub_server/test_certificate.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QRandomGenerator>
#include <QtNetwork/QSslConfiguration>

#include <vector>

using namespace torchdeck::test;
using namespace torchdeck::hub::server;
using namespace std::chrono_literals;

class TestTls : public QObject {
    Q_OBJECT

private:
    TestCertificate m_pair, m_other, m_locked { "secret" };
    QTemporaryDir m_dir;

    LocalHubOptions secured() const
    {
        LocalHubOptions options;
        options.tlsCertificate = m_pair.certificate();
        options.tlsKey = m_pair.keyFile();
        return options;
    }
    static qint64 peakMemory()
    {
        QFile status("/proc/self/status");
        if (status.open(QIODevice::ReadOnly)) {
            for (const QByteArray &line : status.readAll().split('\n')) {
                if (line.startsWith("VmHWM:"))
                    return line.mid(6).trimmed().split(' ').first().toLongLong() * 1024;
            }
        }
        return 0;
    }
    static void pour(QTcpSocket &socket, quint16 port, const QByteArray &bytes)
    {
        socket.connectToHost("127.0.0.1", port);
        QVERIFY(socket.waitForConnected(60'000));
        socket.write(bytes);
        socket.waitForBytesWritten(60'000);
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (!QSslSocket::supportsSsl())
            QSKIP("Qt has no TLS here");
    }

    void servesOverTlsOnly()
    {
        const RunningHub hub(secured());
        QCOMPARE(hub.hub->apiRoot().scheme(), QString("https"));
        HttpClient client = hub.client();
        QCOMPARE(client.post("/v1/auth").status, 200);
        QVERIFY(client.tls().sessionProtocol() == QSsl::TlsV1_3 || client.tls().sessionProtocol() == QSsl::TlsV1_2);
        const quint16 port = client.socket().localPort();
        for (int i = 0; i < 50; ++i)
            QCOMPARE(client.get("/v1/models").status, 200);
        QCOMPARE(client.socket().localPort(), port); // one connection
        HttpClient distrusting(hub.port(), hub.key(), m_other.certificate());
        QCOMPARE(distrusting.post("/v1/auth").status, 0);
        const Reply plain = HttpClient(hub.port(), hub.key()).post("/v1/auth");
        QCOMPARE(plain.status, 400);
        QVERIFY2(plain.message().contains("https://"), qPrintable(plain.message()));
        HttpClient old = hub.client();
        auto tls = old.tls().sslConfiguration();
        QT_WARNING_PUSH
        QT_WARNING_DISABLE_DEPRECATED
        tls.setProtocol(QSsl::TlsV1_1);
        QT_WARNING_POP
        old.tls().setSslConfiguration(tls);
        QVERIFY(!old.connected());
    }

    void linksAndCookieSayTls()
    {
        for (const bool tls : { true, false }) {
            const RunningHub hub(tls ? secured() : LocalHubOptions());
            HttpClient client = hub.client();
            const QByteArray id = hub.createModel();
            QCOMPARE(client.post("/v1/models/" + id + "/upload",
                                 multipart({ { "type", "final" }, { "map", "0.5" } }, "best.pt", "weights"),
                                 { kMultipart })
                         .status,
                     200);
            const QUrl link(client.get("/v1/models/" + id).data()["weights"].toString());
            QCOMPARE(link.scheme(), QString(tls ? "https" : "http"));
            QCOMPARE(link.port(), int(hub.port()));
            HttpClient follow = hub.client();
            follow.key.clear();
            QCOMPARE(follow.get(link.path().toUtf8() + '?' + link.query().toUtf8()).body, QByteArray("weights"));
            const Reply in = client.post("/login", "key=" + hub.key());
            QCOMPARE(in.status, 303);
            QCOMPARE(in.headers.value("set-cookie").contains("; Secure"), tls);
            QVERIFY(in.headers.value("set-cookie").contains("torchdeck_session="));
        }
    }

    void badFilesAreNamed_data()
    {
        QTest::addColumn<QString>("certificate");
        QTest::addColumn<QString>("key");
        QTest::addColumn<QStringList>("words");
        const QString cert = m_pair.certificate(), key = m_pair.keyFile(), none = m_dir.filePath("none.pem");
        QFile junk(m_dir.filePath("junk.pem"));
        QVERIFY(junk.open(QIODevice::WriteOnly) && junk.write("no PEM at all\n") > 0);
        QFile empty(m_dir.filePath("empty.pem"));
        QVERIFY(empty.open(QIODevice::WriteOnly));
        QTest::newRow("no certificate file") << none << key << QStringList { "tls_cert", none, "cannot be read" };
        QTest::newRow("no key file") << cert << none << QStringList { "tls_key", none, "cannot be read" };
        QTest::newRow("a folder") << cert << m_dir.path() << QStringList { "tls_key", m_dir.path(), "cannot be read" };
        QTest::newRow("certificate alone") << cert << QString() << QStringList { "tls_key=" };
        QTest::newRow("key alone") << QString() << key << QStringList { "tls_cert=" };
        QTest::newRow("no PEM") << junk.fileName() << key << QStringList { "tls_cert", junk.fileName(), "PEM" };
        QTest::newRow("no PEM key") << cert << junk.fileName() << QStringList { "tls_key", junk.fileName(), "PEM" };
        QTest::newRow("empty") << cert << empty.fileName() << QStringList { "tls_key", "empty" };
        QTest::newRow("swapped") << key << cert << QStringList { "tls_cert", "PEM" };
        QTest::newRow("another's key") << cert << m_other.keyFile()
                                       << QStringList { "tls_key", m_other.keyFile(), "does not belong", cert };
        QTest::newRow("passphrase") << m_locked.certificate() << m_locked.keyFile()
                                    << QStringList { "tls_key", "passphrase" };
    }
    void badFilesAreNamed()
    {
        QFETCH(QString, certificate);
        QFETCH(QString, key);
        QFETCH(QStringList, words);
        LocalHubOptions options;
        options.dir = m_dir.filePath("hub");
        options.tlsCertificate = certificate;
        options.tlsKey = key;
        LocalHub hub(options);
        QVERIFY(!hub.start());
        QCOMPARE(LocalHub::tlsProblem(options), hub.error());
        for (const QString &word : words)
            QVERIFY2(hub.error().contains(word), qPrintable(hub.error()));
        QVERIFY2(hub.error().endsWith('.') && hub.error().count(". ") == 0, "one sentence");
        QVERIFY2(!QFile::exists(options.dir), "nothing was made");
    }

    void garbageHarmsNothing()
    {
        const RunningHub hub(secured());
        QByteArray noise(70'000, '\0');
        QRandomGenerator random(7);
        for (char &c : noise)
            c = static_cast<char>(random.bounded(256));
        const QByteArray hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11); // the beginning of a ClientHello
        const QList<QByteArray> wires { noise, hello, hello + noise, "\x16\x03\x01\xff\xff" + noise, "GET / HTTP/1.1\r\n\r\n",
                                        QByteArray("\x80\x2e\x01\x03\x01\x00\x15", 7), QByteArray("\0", 1), QByteArray() };
        std::vector<std::unique_ptr<QTcpSocket>> open;
        for (const QByteArray &wire : wires) {
            for (int i = 0; i < 5; ++i) {
                open.push_back(std::make_unique<QTcpSocket>());
                pour(*open.back(), hub.port(), wire);
            }
            QCOMPARE(hub.client().post("/v1/auth").status, 200);
        }
        // In the middle of an encrypted stream, too.
        HttpClient client = hub.client();
        QCOMPARE(client.post("/v1/auth").status, 200);
        QTcpSocket raw;
        raw.setSocketDescriptor(::dup(int(client.socket().socketDescriptor())));
        raw.write(noise);
        raw.waitForBytesWritten();
        QVERIFY(client.post("/v1/auth").status == 200 || client.socket().state() != QAbstractSocket::ConnectedState);
        QCOMPARE(hub.client().post("/v1/auth").status, 200);
    }

    /// The time limit is set so far that only giving way to others can free the two threads.
    void silentPeersGiveWay()
    {
        QString error;
        const auto identity = TlsIdentity::load(m_pair.certificate(), m_pair.keyFile(), &error);
        QVERIFY2(identity, qPrintable(error));
        HttpLimits limits;
        limits.threads = 2;
        limits.headerTime = 1h;
        HttpServer server([](HttpRequest &, HttpResponse &response) { response.status = 204; }, limits, identity);
        QVERIFY(server.start("127.0.0.1", 0));
        std::vector<std::unique_ptr<QTcpSocket>> silent;
        for (int i = 0; i < 5; ++i) {
            silent.push_back(std::make_unique<QTcpSocket>());
            pour(*silent.back(), server.port(), i % 2 ? QByteArray() : QByteArray("\x16\x03\x01", 3));
        }
        HttpClient client(server.port(), {}, m_pair.certificate());
        QCOMPARE(client.get("/").status, 204);
        QTcpSocket last;
        pour(last, server.port(), {});
        server.stop(); // does not wait for it either
    }

    void slowHandshakeIsEnded()
    {
        QString error;
        HttpLimits limits;
        limits.headerTime = 50ms;
        HttpServer server([](HttpRequest &, HttpResponse &) {}, limits,
                          TlsIdentity::load(m_pair.certificate(), m_pair.keyFile(), &error));
        QVERIFY(server.start("127.0.0.1", 0));
        QTcpSocket silent;
        pour(silent, server.port(), {});
        QTRY_VERIFY_WITH_TIMEOUT(silent.state() == QAbstractSocket::UnconnectedState, 30'000);
    }

    /// 200 MB through client and server in this process.
    void largeUploadTakesNoMemory()
    {
        const RunningHub hub(secured());
        const QByteArray id = hub.createModel();
        const auto send = [&](qint64 size, QCryptographicHash *hash) {
            const QByteArray prefix = multipart({ { "epoch", "1" }, { "type", "epoch" } }, "last.pt", {}).chopped(14);
            QByteArray piece(100'000, '\0');
            for (qsizetype i = 0; i < piece.size(); ++i)
                piece[i] = static_cast<char>(i * i >> 3);
            qint64 left = size;
            bool begun = false;
            HttpClient client = hub.client();
            return client.stream(
                "POST /v1/models/" + id + "/upload HTTP/1.1\r\nHost: localhost\r\nx-api-key: " + hub.key()
                    + "\r\nContent-Type: " + kMultipart.second
                    + "\r\nContent-Length: " + QByteArray::number(prefix.size() + size + 14) + "\r\n\r\n",
                [&]() -> QByteArray {
                    if (!std::exchange(begun, true))
                        return prefix;
                    if (left > 0) {
                        left -= piece.size();
                        hash->addData(piece);
                        return piece;
                    }
                    return left-- == 0 ? QByteArray("\r\n--XbounX--\r\n") : QByteArray();
                });
        };
        QCryptographicHash first(QCryptographicHash::Sha256), second(QCryptographicHash::Sha256);
        QCOMPARE(send(1'000'000, &first).status, 200); // what is made once is made now
        const qint64 before = peakMemory();
        const Reply reply = send(200'000'000, &second);
        QCOMPARE(reply.status, 200);
        QCOMPARE(reply.data()["sha256"].toString().toLatin1(), second.result().toHex());
        const qint64 growth = peakMemory() - before;
        qInfo() << "peak memory grew by" << growth / 1024 << "KiB";
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        QVERIFY2(growth < 16 << 20, QByteArray::number(growth));
#endif
    }
};

QTEST_GUILESS_MAIN(TestTls)
#include "test_tls.moc"
