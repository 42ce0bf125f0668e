// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/access.h"
#include "hub/server/http_message.h"
#include "hub/server/json_util.h"
#include "hub/server/multipart.h"

#include <QtCore/QRandomGenerator>
#include <QtCore/QSet>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace torchdeck::hub::server;

class TestParts : public QObject {
    Q_OBJECT

private:
    struct Read {
        bool good = false;
        bool complete = false;
        QList<QPair<QByteArray, QByteArray>> parts;
    };

    /// Feeds `wire` in pieces of `piece` bytes.
    static Read read(const QByteArray &boundary, const QByteArray &wire, qsizetype piece)
    {
        Read result;
        MultipartReader reader(boundary,
                               { [&](const MultipartReader::Part &part) {
                                    result.parts.append({ part.name + '|' + part.fileName, {} });
                                },
                                 [&](const char *data, size_t size) {
                                     result.parts.last().second.append(data, static_cast<qsizetype>(size));
                                 },
                                 [] {} });
        result.good = true;
        for (qsizetype at = 0; at < wire.size() && result.good; at += piece)
            result.good =
                reader.feed(wire.constData() + at, static_cast<size_t>(std::min(piece, wire.size() - at)));
        result.complete = reader.complete();
        return result;
    }

private Q_SLOTS:
    void multipartInAnyPieces()
    {
        const QByteArray tricky = "\r\n--b\r\r\n--\r\n-\r\n--x" + QByteArray(300, '-') + "\r\n--";
        const QByteArray wire =
            "ignored\r\n--bound \r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n"
            "--bound\r\ncontent-disposition: form-data; filename=\"x \\\"y\\\".pt\"; name=f\r\nX: y\r\n\r\n"
            + tricky + "\r\n--bound--\r\nepilogue";
        for (qsizetype piece = 1; piece < wire.size() + 1; ++piece) {
            const Read all = read("bound", wire, piece);
            QVERIFY(all.good && all.complete);
            QCOMPARE(all.parts.size(), 2);
            QCOMPARE(all.parts[0].first, QByteArray("a|"));
            QCOMPARE(all.parts[0].second, QByteArray());
            QCOMPARE(all.parts[1].first, QByteArray("f|x \"y\".pt"));
            QCOMPARE(all.parts[1].second, tricky);
        }
    }

    /// Whatever comes, it ends in an answer: no crash, no part without a name.
    void multipartSurvivesNoise()
    {
        QRandomGenerator random(7);
        const QByteArray letters = "-b\r\n: ;=\"an\\x";
        for (int round = 0; round < 3000; ++round) {
            QByteArray wire = round % 2 ? "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" : "";
            for (int i = 0; i < 200; ++i)
                wire += letters[random.bounded(static_cast<int>(letters.size()))];
            const Read some = read("b", wire, 1 + random.bounded(50));
            QVERIFY(some.good || !some.complete);
        }
    }

    void boundaries()
    {
        const auto of = [](const char *type) { return MultipartReader::boundaryOf(type).value_or("none"); };
        QCOMPARE(of("multipart/form-data; boundary=abc"), QByteArray("abc"));
        QCOMPARE(of("Multipart/Form-Data; charset=x; BOUNDARY=\"a b\""), QByteArray("a b"));
        QCOMPARE(of("multipart/form-data"), QByteArray("none"));
        QCOMPARE(of("multipart/form-data; boundary="), QByteArray("none"));
        QCOMPARE(of("text/plain; boundary=a"), QByteArray("none"));
        QCOMPARE(of("multipart/form-data; boundary=\"\t\""), QByteArray("none"));
        QCOMPARE(
            MultipartReader::boundaryOf("multipart/form-data; boundary=" + QByteArray(71, 'a')).has_value(),
            false);
    }

    void signatures()
    {
        QTemporaryDir dir, otherDir;
        Access access, other;
        QString error;
        QVERIFY(access.load(dir.path(), &error) && other.load(otherDir.path(), &error));
        QVERIFY(access.key() != other.key());
        const QByteArray token = access.sign("web", 1000);
        QVERIFY(access.verify("web", token, 999));
        QVERIFY(!access.verify("web", token, 1000));
        QVERIFY(!access.verify("file", token, 0));
        QVERIFY(!other.verify("web", token, 0));
        QVERIFY(!access.verify("web", "1" + token, 0));
        for (const char *bad : { "", ".", "999999", "999999.", "x.y" })
            QVERIFY(!access.verify("web", bad, 0));
        QVERIFY(!Access().isKey("")); // not loaded: nothing is the key
    }

    void ids()
    {
        QSet<QString> seen;
        for (int i = 0; i < 1000; ++i)
            seen.insert(randomId());
        QCOMPARE(seen.size(), 1000);
    }

    void hosts()
    {
        QCOMPARE(hostName("LocalHost:80"), QByteArray("localhost"));
        QCOMPARE(hostName("[::1]:80"), QByteArray("[::1]"));
        QCOMPARE(hostName("a\"onload=x"), QByteArray());
        QCOMPARE(hostName("a:80x"), QByteArray());
        QVERIFY(isLoopbackAddress("127.8.8.8") && isLoopbackAddress("::1")
                && isLoopbackAddress("::ffff:127.0.0.1"));
        QVERIFY(!isLoopbackAddress("192.168.0.1") && !isLoopbackAddress("")
                && !isLoopbackAddress("1127.0.0.1"));
    }

    void merging()
    {
        const QJsonObject base { { "a", QJsonObject { { "b", 1 }, { "c", 2 } } }, { "d", 3 } };
        const QJsonObject merged =
            mergedJson(base, { { "a", QJsonObject { { "c", 4 } } }, { "d", QJsonValue() } });
        QCOMPARE(compact(merged), QByteArray(R"({"a":{"b":1,"c":4},"d":null})"));
    }
};

QTEST_GUILESS_MAIN(TestParts)
#include "test_parts.moc"
