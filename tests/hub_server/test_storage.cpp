// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/disk.h"
#include "hub/server/store.h"
#include "tests/hub_server/running_hub.h"

#include <QtCore/QDir>

#include <sys/stat.h>
#include <unistd.h>

using namespace torchdeck::test;
using namespace torchdeck::hub::server;

class TestStorage : public QObject {
    Q_OBJECT

private:
    static int modeOf(const QString &path)
    {
        struct stat info { };
        return ::stat(QFile::encodeName(path).constData(), &info) == 0 ? info.st_mode & 0777 : -1;
    }
    static void write(const QString &path, const QByteArray &content)
    {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }
    static QByteArray upload(HttpClient client, const QByteArray &id, const QByteArray &content)
    {
        const Reply reply = client.post(
            "/v1/models/" + id + "/upload",
            multipart({ { "epoch", "3" }, { "type", "epoch" }, { "isBest", "False" } }, "last.pt", content),
            { kMultipart });
        return reply.data()["sha256"].toString().toLatin1();
    }

private Q_SLOTS:
    void everythingIsPrivate()
    {
        RunningHub hub;
        upload(hub.client(), hub.createModel(), "weights");
        QCOMPARE(modeOf(hub.path(".")), 0700);
        QCOMPARE(modeOf(hub.path("key")), 0600);
        QCOMPARE(modeOf(hub.path("hub.sqlite")), 0600);
        QCOMPARE(modeOf(hub.path("hub.sqlite-wal")), 0600);
        QVERIFY(hub.key().size() >= 40);
        QVERIFY(!hub.key().contains('_')); // Python's client splits keys there
    }

    void looseKeyFileIsTightened()
    {
        RunningHub hub;
        hub.hub->stop();
        QVERIFY(::chmod(QFile::encodeName(hub.path("key")).constData(), 0644) == 0);
        hub.start();
        QCOMPARE(modeOf(hub.path("key")), 0600);
    }

    void restartKeepsDataKeyAndPort()
    {
        RunningHub hub;
        const QByteArray key = hub.key();
        const quint16 port = hub.port();
        const QByteArray id = hub.createModel();
        QCOMPARE(hub.client().post("/v1/models/" + id, metricsBody(7, R"({"a": 1})")).status, 200);
        const QByteArray sum = upload(hub.client(), id, "some weights");
        for (int round = 0; round < 3; ++round) {
            hub.hub->stop();
            hub.start(port); // at once: no waiting for old connections to time out
            QCOMPARE(hub.key(), key);
            QCOMPARE(hub.port(), port);
            const QJsonObject model = hub.client().get("/v1/models/" + id).data();
            QCOMPARE(model["epochs_received"].toInt(), 1);
            QCOMPARE(model["last_weights"].toObject()["sha256"].toString().toLatin1(), sum);
        }
    }

    void sameObjectStartsAgain()
    {
        RunningHub hub;
        const QByteArray id = hub.createModel();
        hub.hub->stop();
        QVERIFY(hub.hub->start());
        QVERIFY(hub.hub->start()); // already running
        QCOMPARE(hub.client().get("/v1/models/" + id).status, 200);
    }

    void crashLeftoversAreRemoved()
    {
        RunningHub hub;
        const QByteArray id = hub.createModel();
        upload(hub.client(), id, "kept");
        hub.hub->stop();
        write(hub.path("tmp/abc.part"), QByteArray(100'000, 'x'));
        QDir(hub.path("tmp")).mkpath("deleted-model");
        write(hub.path("tmp/deleted-model/last.pt"), "x");
        hub.start();
        QCOMPARE(QDir(hub.path("tmp")).entryList(QDir::NoDotAndDotDot | QDir::AllEntries), QStringList());
        QCOMPARE(hub.client().get("/v1/models/" + id).data()["has_last_weights"].toBool(), true);
    }

    /// A crash after the rename, before the row: the row must describe the bytes that are there.
    void rowsFollowTheFiles()
    {
        RunningHub hub;
        const QByteArray renamed = hub.createModel(), lost = hub.createModel();
        upload(hub.client(), renamed, "old bytes");
        upload(hub.client(), lost, "old bytes");
        hub.hub->stop();
        const QString file = hub.path("models/" + QString::fromLatin1(renamed) + "/last.pt");
        write(file + ".new", "new bytes");
        QVERIFY(::rename(QFile::encodeName(file + ".new").constData(), QFile::encodeName(file).constData())
                == 0);
        QVERIFY(QFile::remove(hub.path("models/" + QString::fromLatin1(lost) + "/last.pt")));
        hub.start();
        const QJsonObject model = hub.client().get("/v1/models/" + renamed).data();
        QCOMPARE(model["last_weights"].toObject()["sha256"].toString(), sha256Of(file));
        const QByteArray link = model["resume"].toString().toLatin1();
        QCOMPARE(HttpClient(hub.port(), {}).get(link.mid(link.indexOf("/v1/"))).body,
                 QByteArray("new bytes"));
        QCOMPARE(hub.client().get("/v1/models/" + lost).data()["has_last_weights"].toBool(true), false);
    }

    void hardDeleteRemovesTheFiles()
    {
        RunningHub hub;
        const QByteArray id = hub.createModel();
        upload(hub.client(), id, "bytes");
        const QString folder = hub.path("models/" + QString::fromLatin1(id));
        QVERIFY(QDir(folder).exists());
        QCOMPARE(hub.client().request("DELETE", "/v1/models/" + id, R"({"hard": true})").status, 200);
        QVERIFY(!QDir(folder).exists());
    }

    void startTellsWhatIsWrong()
    {
        RunningHub hub;
        LocalHubOptions same;
        same.dir = hub.path(".");
        LocalHub second(same);
        QVERIFY(!second.start());
        QVERIFY2(second.error().contains("in use"), qPrintable(second.error()));

        QTemporaryDir other;
        LocalHubOptions taken;
        taken.dir = other.path();
        taken.port = hub.port();
        LocalHub third(taken);
        QVERIFY(!third.start());
        QVERIFY2(third.error().contains("taken"), qPrintable(third.error()));

        LocalHubOptions nowhere;
        nowhere.dir = QStringLiteral("/proc/nowhere");
        LocalHub fourth(nowhere);
        QVERIFY(!fourth.start());
        QVERIFY(!fourth.error().isEmpty());
        LocalHub fifth({});
        QVERIFY(!fifth.start());
        LocalHubOptions host;
        host.dir = other.path();
        host.host = QStringLiteral("no such host");
        LocalHub sixth(host);
        QVERIFY(!sixth.start());
        QVERIFY(!sixth.error().isEmpty());
    }

    void olderDatabaseIsCarriedOn_data()
    {
        QTest::addColumn<int>("version");
        QTest::newRow("1") << 1;
        QTest::newRow("2") << 2;
        QTest::newRow("3") << 3;
    }
    void olderDatabaseIsCarriedOn()
    {
        QFETCH(int, version);
        RunningHub hub;
        const QByteArray id = hub.createModel("from before");
        hub.hub->stop();
        {
            auto db = QSqlDatabase::addDatabase("QSQLITE", "older");
            db.setDatabaseName(hub.path("hub.sqlite"));
            QVERIFY(db.open());
            if (version == 3) {
                runSql(db, "ALTER TABLE user_keys DROP COLUMN quota");
            } else {
                runSql(db, "DROP TABLE user_keys"); // what version 2 had not
                runSql(db, "DROP INDEX records_by_owner");
            }
            if (version == 1)
                runSql(db, "DROP TABLE creations");
            runSql(db, QStringLiteral("PRAGMA user_version=%1").arg(version));
        }
        QSqlDatabase::removeDatabase("older");
        hub.start();
        QCOMPARE(hub.client().get("/v1/models/" + id).data()["meta"].toObject()["name"].toString(), "from before");
        const Headers once { { "Idempotency-Key", "k" } };
        const auto made = hub.client().post("/v1/models", "{}", once).data()["id"].toString();
        QVERIFY(!made.isEmpty());
        QCOMPARE(hub.client().post("/v1/models", "{}", once).data()["id"].toString(), made);
    }

    void damagedDatabaseIsNotTouched()
    {
        RunningHub hub;
        hub.createModel();
        hub.hub->stop();
        QFile::remove(hub.path("hub.sqlite-wal"));
        const QByteArray junk(8192, 'j');
        write(hub.path("hub.sqlite"), junk);
        QVERIFY(!hub.hub->start());
        QVERIFY2(hub.hub->error().contains("hub.sqlite"), qPrintable(hub.hub->error()));
        QFile file(hub.path("hub.sqlite"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), junk);
    }

    void emptyKeyFileIsTold()
    {
        RunningHub hub;
        hub.hub->stop();
        write(hub.path("key"), "\n");
        QVERIFY(!hub.hub->start());
        QVERIFY(hub.hub->error().contains("key"));
    }

    void relativeFolder()
    {
        QTemporaryDir dir;
        const QString before = QDir::currentPath();
        QVERIFY(QDir::setCurrent(dir.path()));
        LocalHubOptions options;
        options.dir = QStringLiteral("some/hub");
        LocalHub hub(options);
        const bool started = hub.start();
        QDir::setCurrent(before); // later requests must not depend on it
        QVERIFY2(started, qPrintable(hub.error()));
        HttpClient client(static_cast<quint16>(hub.apiRoot().port()), hub.apiKey().toLatin1());
        const QByteArray id = client.post("/v1/models", "{}").data()["id"].toString().toLatin1();
        QVERIFY(
            !upload(HttpClient(static_cast<quint16>(hub.apiRoot().port()), hub.apiKey().toLatin1()), id, "x")
                 .isEmpty());
        QVERIFY(QFile::exists(dir.filePath("some/hub/models/" + QString::fromLatin1(id) + "/last.pt")));
    }

    /// Of the latest epochs only: a pause long ago does not spoil the time left.
    void paceIsThatOfTheLatestEpochs()
    {
        QTemporaryDir dir;
        qint64 now = 1'000'000;
        Store store(dir.filePath("s"), [&now] { return now; });
        QString error;
        QVERIFY2(store.open(&error), qPrintable(error));
        const QString id = store.create(Kind::Model, {}).id;
        QCOMPARE(store.msPerEpoch(id), 0.0);
        for (int epoch = 0; epoch < 40; ++epoch) {
            now += epoch == 10 ? 3'600'000 : 5'000;
            store.putMetrics(id, { { epoch, QJsonObject() } });
        }
        QCOMPARE(store.msPerEpoch(id), 5'000.0);
    }

    void modelGoesQuietWithTime()
    {
        QTemporaryDir dir;
        qint64 now = 1'000'000;
        Store store(dir.filePath("s"), [&now] { return now; });
        QString error;
        QVERIFY2(store.open(&error), qPrintable(error));
        const QString id = store.create(Kind::Model, {}).id;
        const auto state = [&] { return liveState(store.get(Kind::Model, id), now); };
        QCOMPARE(state(), QStringLiteral("waiting"));
        (void)store.heartbeat(id, {});
        QCOMPARE(state(), QStringLiteral("live"));
        now += 329'000;
        QCOMPARE(state(), QStringLiteral("live"));
        now += 2'000;
        QCOMPARE(state(), QStringLiteral("disconnected"));
        store.putMetrics(id, { { 0, QJsonObject() } });
        QCOMPARE(state(), QStringLiteral("live"));
    }
};

QTEST_GUILESS_MAIN(TestStorage)
#include "test_storage.moc"
