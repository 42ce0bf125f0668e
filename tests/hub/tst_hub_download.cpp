// SPDX-License-Identifier: GPL-3.0-or-later
// Files from a server: whole or not at all, bounded, without the key.
#include "hub/clock.h"
#include "hub/digest/sha256.h"
#include "hub/model_fetch.h"
#include "tests/hub/tiny_server.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QDir>
#include <QtCore/QRandomGenerator>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QNetworkAccessManager>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

#include <algorithm>

using namespace torchdeck::hub;

class TestDownload : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    QNetworkAccessManager m_network;
    QByteArray m_content = QByteArray(300'000, 'w');

    Download::Wish wish(const QUrl &url) const
    {
        Download::Wish w;
        w.url = url;
        w.file = m_dir.filePath("best.pt");
        w.mostBytes = 1'000'000;
        w.stallMs = 1'000;
        return w;
    }
    /// The problem, empty = none; "-" = no answer.
    QString fetch(const Download::Wish &w)
    {
        Download download(&m_network, w);
        QSignalSpy finished(&download, &Download::finished);
        download.start();
        if (finished.isEmpty() && !finished.wait(20'000))
            return QStringLiteral("-");
        return finished[0][0].toString();
    }
    [[nodiscard]] QStringList files() const { return QDir(m_dir.path()).entryList(QDir::Files | QDir::Hidden); }

private Q_SLOTS:
    void cleanup() { QFile::remove(m_dir.filePath("best.pt")); }

    void hashIsTheStandardsInAnyPieces()
    {
        Sha256 hash;
        hash.add("abc"); // FIPS 180-4's example
        QCOMPARE(hash.takeHex(), QByteArray("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        QByteArray bytes(1'000'003, Qt::Uninitialized);
        QRandomGenerator random(3);
        std::generate(bytes.begin(), bytes.end(), [&random] { return char(random.generate()); });
        for (qsizetype from = 0, piece = 0; from < bytes.size(); from += piece) { // the same object goes on from nothing
            piece = std::min<qsizetype>(random.bounded(100'000), bytes.size() - from);
            hash.add(QByteArrayView(bytes).sliced(from, piece));
        }
        QCOMPARE(hash.takeHex(), QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex());
        QCOMPARE(hash.takeHex(), QCryptographicHash::hash({}, QCryptographicHash::Sha256).toHex());
    }

    void wholeFileArrivesWithItsHash()
    {
        TinyServer server;
        server.answer = [this](QTcpSocket *s, const TinyServer::Talk &) { s->write(TinyServer::ok(m_content)); };
        auto w = wish(server.url("/best.pt?token=abc"));
        w.sha256 = QCryptographicHash::hash(m_content, QCryptographicHash::Sha256).toHex();
        QCOMPARE(fetch(w), QString());
        QFile file(w.file);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), m_content);
        w.sha256 = QByteArray(64, '0');
        QFile::remove(w.file);
        QVERIFY(fetch(w).contains("check sum"));
        QCOMPARE(files(), QStringList());
    }

    void nothingHalfIsLeft_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<QString>("word");
        QTest::newRow("cut off") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc") << "broke off";
        QTest::newRow("too large, said before") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\nabc") << "too large";
        QTest::newRow("too large, not said") << QByteArray("HTTP/1.1 200 OK\r\n\r\n") + QByteArray(1'500'000, 'x') << "too large";
        QTest::newRow("gone") << TinyServer::ok("{}", "404 Not Found") << "404";
        QTest::newRow("expired") << TinyServer::ok("{}", "403 Forbidden") << "403";
    }
    void nothingHalfIsLeft()
    {
        QFETCH(QByteArray, answer);
        QFETCH(QString, word);
        TinyServer server;
        server.answer = [answer](QTcpSocket *s, const TinyServer::Talk &) {
            s->write(answer);
            s->disconnectFromHost();
        };
        const QString problem = fetch(wish(server.url()));
        QVERIFY2(problem.contains(word), qPrintable(problem));
        QCOMPARE(files(), QStringList());
    }

    void silenceIsGivenUp()
    {
        TinyServer server;
        server.answer = [](QTcpSocket *s, const TinyServer::Talk &) { s->write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"); };
        QVERIFY(fetch(wish(server.url())).contains("broke off"));
        QCOMPARE(files(), QStringList());
    }

    void cancelLeavesNothingAndIsSilent()
    {
        TinyServer server;
        server.answer = [](QTcpSocket *s, const TinyServer::Talk &) {
            s->write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + QByteArray(5000, 'x'));
        };
        Download download(&m_network, wish(server.url()));
        QSignalSpy finished(&download, &Download::finished);
        QSignalSpy progress(&download, &Download::progress);
        download.start();
        QTRY_VERIFY(!progress.isEmpty());
        download.cancel();
        QTest::qWait(50);
        QVERIFY(finished.isEmpty());
        QCOMPARE(files(), QStringList());
    }

    void theKeyGoesToTheApiOnly()
    {
        TinyServer api, storage;
        const QByteArray model = R"({"success": true, "data": {"id": "m", "status": "training", "has_last_weights": true,
            "resume": "%1", "meta": {"name": "/home/me/train"}, "train_args": {"epochs": 3}}})";
        api.answer = [&](QTcpSocket *s, const TinyServer::Talk &) {
            s->write(TinyServer::ok(QByteArray(model).replace("%1", storage.url("/last.pt").toEncoded())));
        };
        storage.answer = [this](QTcpSocket *s, const TinyServer::Talk &) { s->write(TinyServer::ok(m_content)); };
        HubClient client(&m_network, systemClock());
        ModelFetch fetch(client, &m_network, makeHubV1(), { api.url({}), api.url({}), "secret-key" });
        QSignalSpy downloaded(&fetch, &ModelFetch::downloaded);
        ModelFacts facts;
        connect(&fetch, &ModelFetch::modelRead, this, [&](const ModelFacts &f) {
            facts = f;
            fetch.download(f.resumeFrom, m_dir.filePath("best.pt"), 1'000'000);
        });
        fetch.readModel("m");
        QTRY_COMPARE(downloaded.size(), 1);
        QCOMPARE(facts.name, "train");
        QCOMPARE(facts.trainArgs.value("epochs").toInt(), 3);
        QVERIFY(api.talks[0].head.contains("secret-key"));
        QVERIFY(!storage.talks[0].head.contains("secret-key"));
    }
};

QTEST_GUILESS_MAIN(TestDownload)
#include "tst_hub_download.moc"
