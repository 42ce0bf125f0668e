// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/hub_server/running_hub.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QDir>

using namespace torchdeck::test;

class TestUploads : public QObject {
    Q_OBJECT

private:
    RunningHub m_hub;

    static QByteArray sha256(const QByteArray &content)
    {
        return QCryptographicHash::hash(content, QCryptographicHash::Sha256).toHex();
    }
    Reply upload(const QByteArray &id, const Headers &fields, const QByteArray &name,
                 const QByteArray &content, Headers more = {})
    {
        more.append(kMultipart);
        return m_hub.client().post("/v1/models/" + id + "/upload", multipart(fields, name, content), more);
    }
    Reply uploadLast(const QByteArray &id, const QByteArray &content, const QByteArray &isBest = "False",
                     const Headers &more = {})
    {
        return upload(id, { { "epoch", "5" }, { "type", "epoch" }, { "isBest", isBest } }, "last.pt", content,
                      more);
    }
    QJsonObject model(const QByteArray &id) { return m_hub.client().get("/v1/models/" + id).data(); }
    QByteArray fetch(const QString &link)
    {
        return HttpClient(m_hub.port(), {}).get(link.toLatin1().mid(link.indexOf("/v1/"))).body;
    }
    bool nothingHalf() { return QDir(m_hub.path("tmp")).isEmpty(); }

    /// A field of /proc/self/status in bytes.
    static qint64 memory(const QByteArray &name)
    {
        QFile file("/proc/self/status");
        if (!file.open(QIODevice::ReadOnly))
            return 0;
        for (const QByteArray &line : file.readAll().split('\n')) {
            if (line.startsWith(name + ':'))
                return line.simplified().split(' ').value(1).toLongLong() * 1024;
        }
        return 0;
    }

private Q_SLOTS:
    void lastAndFinalAreKept()
    {
        const QByteArray id = m_hub.createModel();
        QByteArray content("weights\0\r\n--XbounY-not\r\n--Xboun", 31);
        content += QByteArray(1'000'003, 'w');
        const Reply reply = uploadLast(id, content);
        QCOMPARE(reply.status, 200);
        QCOMPARE(reply.data()["sha256"].toString().toLatin1(), sha256(content));
        QCOMPARE(model(id)["has_best_weights"].toBool(true), false);
        QCOMPARE(fetch(model(id)["resume"].toString()), content);
        const Reply final = upload(id, { { "type", "final" }, { "map", "0.625" } }, "best.pt", "the best");
        QCOMPARE(final.status, 200);
        const QJsonObject after = model(id);
        QCOMPARE(after["weights_sha256"].toString().toLatin1(), sha256("the best"));
        QCOMPARE(after["weights_size"].toInt(), 8);
        QCOMPARE(after["best_map"].toDouble(), 0.625);
        QCOMPARE(after["status"].toString(), QStringLiteral("trained"));
        QCOMPARE(fetch(after["weights"].toString()), QByteArray("the best"));
        QCOMPARE(fetch(after["resume"].toString()), content);
    }

    void bestSoFarServesUntilTheFinalOne()
    {
        const QByteArray id = m_hub.createModel();
        QCOMPARE(uploadLast(id, "one", "True").status, 200);
        QCOMPARE(uploadLast(id, "two", "False").status, 200);
        QCOMPARE(fetch(model(id)["weights"].toString()), QByteArray("one"));
        QCOMPARE(fetch(model(id)["resume"].toString()), QByteArray("two"));
        QCOMPARE(upload(id, { { "type", "final" } }, "best.pt", "final").status, 200);
        QCOMPARE(uploadLast(id, "late", "True").status, 200); // a retry that comes late
        QCOMPARE(fetch(model(id)["weights"].toString()), QByteArray("final"));
        QCOMPARE(fetch(model(id)["resume"].toString()), QByteArray("late"));
    }

    void wrongChecksumReplacesNothing()
    {
        const QByteArray id = m_hub.createModel();
        QCOMPARE(
            uploadLast(id, "good", "False", { { "x-checksum-sha256", sha256("good").toUpper() } }).status,
            200);
        const Reply reply = uploadLast(id, "bad", "True", { { "x-checksum-sha256", sha256("good") } });
        QCOMPARE(reply.status, 422);
        QVERIFY(reply.message().contains("SHA-256"));
        QCOMPARE(fetch(model(id)["resume"].toString()), QByteArray("good"));
        QCOMPARE(model(id)["has_best_weights"].toBool(true), false);
        QVERIFY(nothingHalf());
    }

    void badUploadsAreRefused()
    {
        const QByteArray id = m_hub.createModel();
        const auto post = [&](const QByteArray &body, const QByteArray &type = kMultipart.second) {
            return m_hub.client()
                .post("/v1/models/" + id + "/upload", body, { { "Content-Type", type } })
                .status;
        };
        const Headers good { { "epoch", "1" }, { "type", "epoch" } };
        QCOMPARE(post("{}", "application/json"), 415);
        QCOMPARE(post(multipart(good, "last.pt", "x"), "multipart/form-data"), 415);
        QCOMPARE(post(multipart(good, "last.pt", "x"), "multipart/form-data; boundary=other"), 400);
        QCOMPARE(post(multipart(good, "last.pt", "x").chopped(20)), 400);
        QCOMPARE(post(multipart(good, "last.pt", "")), 400);
        QCOMPARE(post(multipart({ { "epoch", "1" }, { "type", "other" } }, "last.pt", "x")), 400);
        QCOMPARE(post(multipart({ { "type", "epoch" } }, "last.pt", "x")), 400);
        QCOMPARE(post(multipart({ { "epoch", "-1" }, { "type", "epoch" } }, "last.pt", "x")), 400);
        QCOMPARE(
            post("--XbounX\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nepoch\r\n--XbounX--\r\n"),
            400);
        const QByteArray two =
            multipart(good, "last.pt", "x").replace("--XbounX--", "--XbounX") + multipart({}, "b.pt", "y");
        QCOMPARE(post(two), 400);
        QCOMPARE(post(QByteArray(100'000, 'x')), 400);
        QCOMPARE(post("--XbounX\r\nX: " + QByteArray(100'000, 'x')), 400);
        QCOMPARE(post(multipart({ { "epoch", QByteArray(100'000, '1') } }, "last.pt", "x")), 413);
        QCOMPARE(model(id)["has_last_weights"].toBool(true), false);
        QVERIFY(nothingHalf());
    }

    void brokenConnectionLeavesNothing()
    {
        const QByteArray id = m_hub.createModel();
        QCOMPARE(uploadLast(id, "whole").status, 200);
        const QByteArray body =
            multipart({ { "epoch", "6" }, { "type", "epoch" } }, "last.pt", QByteArray(3'000'000, 'p'));
        {
            HttpClient client = m_hub.client();
            QVERIFY(client.connected());
            client.socket().write("POST /v1/models/" + id
                                  + "/upload HTTP/1.1\r\nHost: localhost\r\nx-api-key: " + m_hub.key()
                                  + "\r\nContent-Type: " + kMultipart.second + "\r\nContent-Length: "
                                  + QByteArray::number(body.size()) + "\r\n\r\n" + body.left(2'000'000));
            while (client.socket().bytesToWrite() > 0)
                QVERIFY(client.socket().waitForBytesWritten());
            QTRY_VERIFY(!nothingHalf()); // it is being received
            client.socket().abort();
        }
        QTRY_VERIFY(nothingHalf());
        QCOMPARE(fetch(model(id)["resume"].toString()), QByteArray("whole"));
    }

    void declaredTooLargeIsRefusedAtOnce()
    {
        HttpClient client = m_hub.client();
        const QByteArray id = m_hub.createModel();
        const QByteArray head = "POST /v1/models/" + id + "/upload HTTP/1.1\r\nHost: localhost\r\nx-api-key: "
            + m_hub.key() + "\r\nContent-Type: " + kMultipart.second + "\r\nContent-Length: ";
        QCOMPARE(client.raw(head + "9000000000000\r\n\r\n").status, 413);
    }

    void chunkedUpload()
    {
        const QByteArray id = m_hub.createModel();
        const QByteArray body = multipart({ { "epoch", "0" }, { "type", "epoch" } }, "last.pt", "in chunks");
        QByteArray wire = "POST /v1/models/" + id
            + "/upload HTTP/1.1\r\nHost: localhost\r\nx-api-key: " + m_hub.key()
            + "\r\nContent-Type: " + kMultipart.second + "\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (qsizetype at = 0; at < body.size(); at += 7)
            wire += QByteArray::number(std::min<qsizetype>(7, body.size() - at), 16) + "\r\n"
                + body.mid(at, 7) + "\r\n";
        HttpClient client = m_hub.client();
        QCOMPARE(client.raw(wire + "0\r\n\r\n").status, 200);
        QCOMPARE(fetch(model(id)["resume"].toString()), QByteArray("in chunks"));
    }

    void linksExpireAndCannotBeForged()
    {
        const QByteArray id = m_hub.createModel();
        QCOMPARE(uploadLast(id, "secret").status, 200);
        const QByteArray link = model(id)["resume"].toString().toLatin1();
        const QByteArray path = link.mid(link.indexOf("/v1/"));
        HttpClient stranger(m_hub.port(), {});
        QCOMPARE(stranger.get(path).status, 200);
        QCOMPARE(stranger.get(path.left(path.indexOf('?'))).status, 401);
        QCOMPARE(stranger.get(path.chopped(1)).status, 401);
        QCOMPARE(stranger.get(QByteArray(path).replace("token=", "token=9")).status, 401);
        QCOMPARE(stranger.get(QByteArray(path).replace("/last/last.pt", "/best/best.pt")).status, 401);
        const QByteArray other = m_hub.createModel();
        QCOMPARE(uploadLast(other, "secret").status, 200);
        QCOMPARE(stranger.get(QByteArray(path).replace(id, other)).status, 401);
        QCOMPARE(m_hub.client().get(path.left(path.indexOf('?'))).status, 200);
    }

    void downloadsInRanges()
    {
        const QByteArray id = m_hub.createModel();
        QByteArray content;
        for (int i = 0; i < 300'000; ++i)
            content += static_cast<char>(i * 7);
        QCOMPARE(uploadLast(id, content).status, 200);
        HttpClient client = m_hub.client();
        const QByteArray path = "/v1/models/" + id + "/files/last/last.pt";
        const auto range = [&](const QByteArray &bytes) {
            return client.get(path, { { "Range", "bytes=" + bytes } });
        };
        QCOMPARE(range("10-19").status, 206);
        QCOMPARE(range("10-19").body, content.mid(10, 10));
        QCOMPARE(range("299990-").body, content.right(10));
        QCOMPARE(range("-5").body, content.right(5));
        QCOMPARE(range("5-999999999").headers["content-range"], QByteArray("bytes 5-299999/300000"));
        QCOMPARE(range("300000-").status, 416);
        QCOMPARE(range("0-1,3-4").body, content); // several: answered whole
        QCOMPARE(range("5-2").status, 416);
        const Reply whole = client.get(path);
        QCOMPARE(whole.body, content);
        QVERIFY(whole.headers["content-disposition"].startsWith("attachment"));
        QCOMPARE(client.get(path, { { "If-None-Match", whole.headers["etag"] } }).status, 304);
        QCOMPARE(client.get(path, { { "Range", "bytes=1-2" }, { "If-Range", "\"old\"" } }).body, content);
        const Reply head = client.request("HEAD", path);
        QCOMPARE(head.status, 200);
        QCOMPARE(head.headers["content-length"], QByteArray("300000"));
    }

    void datasetsAndProjectsKeepAFile()
    {
        for (const QByteArray &kind : { QByteArray("datasets"), QByteArray("projects") }) {
            HttpClient client = m_hub.client();
            const QByteArray one =
                "/v1/" + kind + '/' + client.post("/v1/" + kind, "{}").data()["id"].toString().toLatin1();
            const Reply reply = client.post(
                one + "/upload", multipart({}, "../../etc/bad name.zip", "zipped"), { kMultipart });
            QCOMPARE(reply.status, 200);
            QCOMPARE(reply.data()["name"].toString(), QStringLiteral("bad name.zip"));
            QCOMPARE(fetch(client.get(one).data()["url"].toString()), QByteArray("zipped"));
        }
    }

    /// 300 MB through client and server in this process: the peak may not grow by more than 16 MiB.
    void largeUploadTakesNoMemory()
    {
        const QByteArray id = m_hub.createModel();
        QCOMPARE(uploadLast(id, QByteArray(1'000'000, 'w')).status, 200); // what is made once is made now
        const QByteArray prefix =
            multipart({ { "epoch", "1" }, { "type", "epoch" } }, "last.pt", {}).chopped(14);
        QVERIFY(prefix.endsWith("\r\n\r\n"));
        // TORCHDECK_LONG: over 2 GiB.
        constexpr qint64 kPiece = 100'000;
        const qint64 size = qEnvironmentVariableIsSet("TORCHDECK_LONG") ? 2'200'000'000 : 300'000'000;
        QByteArray piece(kPiece, '\0');
        for (qsizetype i = 0; i < piece.size(); ++i)
            piece[i] = static_cast<char>(i * i >> 3);
        QCryptographicHash hash(QCryptographicHash::Sha256);
        qint64 left = size;
        int part = 0;
        QFile clear("/proc/self/clear_refs"); // sets the peak back to the present
        const bool canReset = clear.open(QIODevice::WriteOnly) && clear.write("5") == 1 && clear.flush();
        clear.close();
        const qint64 before = memory(canReset ? "VmRSS" : "VmHWM");
        HttpClient client = m_hub.client();
        const Reply reply = client.stream(
            "POST /v1/models/" + id + "/upload HTTP/1.1\r\nHost: localhost\r\nx-api-key: " + m_hub.key()
                + "\r\nContent-Type: " + kMultipart.second
                + "\r\nContent-Length: " + QByteArray::number(prefix.size() + size + 14) + "\r\n\r\n",
            [&] {
                ++part;
                if (part == 1)
                    return prefix;
                if (left > 0) {
                    left -= kPiece;
                    hash.addData(piece);
                    return QByteArray(piece);
                }
                return left-- == 0 ? QByteArray("\r\n--XbounX--\r\n") : QByteArray();
            });
        QCOMPARE(reply.status, 200);
        QCOMPARE(reply.data()["size"].toInteger(), size);
        QCOMPARE(reply.data()["sha256"].toString().toLatin1(), hash.result().toHex());
        const qint64 growth = memory("VmHWM") - before;
        qInfo() << "peak memory grew by" << growth / 1024 << "KiB";
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        QVERIFY2(growth < 16 << 20, QByteArray::number(growth));
#endif
    }
};

QTEST_GUILESS_MAIN(TestUploads)
#include "test_uploads.moc"
