// SPDX-License-Identifier: GPL-3.0-or-later
// Users' keys: who sees what, revocation, and that no key can be read back from the folder.
#include "hub/server/user_keys.h"
#include "tests/hub_server/running_hub.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QJsonArray>

using namespace torchdeck::test;

class TestKeys : public QObject {
    Q_OBJECT

private:
    RunningHub m_hub;

    QJsonObject makeKey(const QByteArray &label)
    {
        return m_hub.client().post("/v1/torchdeck/keys", R"({"label": ")" + label + R"("})").data();
    }
    HttpClient userClient(const QByteArray &label)
    {
        return HttpClient(m_hub.port(), makeKey(label)["key"].toString().toLatin1());
    }
    static QByteArray create(HttpClient &client, const QByteArray &kind, const Headers &headers = {})
    {
        return client.post("/v1/" + kind, R"({"meta": {"name": "x"}})", headers).data()["id"].toString().toLatin1();
    }

private Q_SLOTS:
    void usersSeeOnlyTheirOwn_data()
    {
        QTest::addColumn<QByteArray>("kind");
        for (const char *kind : { "models", "projects", "datasets" })
            QTest::newRow(kind) << QByteArray(kind);
    }
    void usersSeeOnlyTheirOwn()
    {
        QFETCH(QByteArray, kind);
        HttpClient ann = userClient("ann"), bob = userClient("bob"), admin = m_hub.client();
        const QByteArray id = create(ann, kind), others = create(admin, kind), one = "/v1/" + kind + '/';
        QVERIFY(!id.isEmpty() && !others.isEmpty());
        QCOMPARE(ann.get(one + id).status, 200);
        QCOMPARE(admin.get(one + id).status, 200);
        QCOMPARE(ann.get("/v1/" + kind).data()["total"].toInt(), 1);
        QCOMPARE(bob.get("/v1/" + kind).data()["total"].toInt(), 0);
        QCOMPARE(admin.get("/v1/" + kind).data()["total"].toInt(), 2);
        const Reply unknown = bob.get(one + "nosuchrecord");
        for (const QByteArray &foreign : { id, others }) {
            const Reply seen = bob.get(one + foreign);
            QCOMPARE(seen.status, 404);
            QCOMPARE(QString(seen.message()).replace(QString::fromLatin1(foreign), "nosuchrecord"), unknown.message());
            for (const char *method : { "PATCH", "DELETE" })
                QCOMPARE(bob.request(method, one + foreign, "{}").status, 404);
            QCOMPARE(bob.post(one + foreign + "/upload", multipart({ { "epoch", "0" }, { "type", "epoch" } }, "a.pt", "abc"),
                              { kMultipart }).status, 404);
        }
        QCOMPARE(ann.request("PATCH", one + id, "{}").status, 200);
        QCOMPARE(ann.request("DELETE", one + id).status, 200);
        QCOMPARE(admin.request("DELETE", one + others).status, 200);
    }

    void foreignMetricsHeartbeatsAndFilesAreRefused()
    {
        HttpClient ann = userClient("ann"), bob = userClient("bob");
        const QByteArray model = create(ann, "models"), path = "/v1/models/" + model;
        QCOMPARE(ann.post(path, metricsBody(0, "{}")).status, 200);
        QCOMPARE(ann.post(path + "/upload", multipart({ { "epoch", "0" }, { "type", "epoch" } }, "last.pt", "abc"),
                          { kMultipart }).status, 200);
        QCOMPARE(ann.get(path + "/files/last/last.pt").body, QByteArray("abc"));
        QCOMPARE(bob.get(path + "/files/last/last.pt").status, 401);
        QCOMPARE(bob.post(path, metricsBody(1, "{}")).status, 404);
        QCOMPARE(bob.get(path + "/metrics").status, 404);
        QCOMPARE(bob.post("/v1/agent/heartbeat/models/" + model, "{}").status, 404);
    }

    void equalIdempotencyKeysOfTwoUsersMakeTwoRecords()
    {
        HttpClient ann = userClient("ann"), bob = userClient("bob");
        const Headers once { { "Idempotency-Key", "same" } };
        const QByteArray first = create(ann, "models", once);
        QCOMPARE(create(ann, "models", once), first);
        QVERIFY(create(bob, "models", once) != first);
    }

    void keysOfOneLabelAreOneUser()
    {
        HttpClient old = userClient("carol"), renewed = userClient("carol");
        QCOMPARE(renewed.get("/v1/models/" + create(old, "models")).status, 200);
    }

    void onlyTheAdministratorManagesKeys()
    {
        HttpClient ann = userClient("ann");
        QCOMPARE(ann.get("/v1/torchdeck/keys").status, 403);
        QCOMPARE(ann.post("/v1/torchdeck/keys", R"({"label": "eve"})").status, 403);
        QCOMPARE(ann.request("DELETE", "/v1/torchdeck/keys/1").status, 403);
        QCOMPARE(HttpClient(m_hub.port(), "wrong").get("/v1/torchdeck/keys").status, 401);
        QCOMPARE(m_hub.client().post("/v1/torchdeck/keys", R"({"label": " "})").status, 400);
        QCOMPARE(m_hub.client().request("DELETE", "/v1/torchdeck/keys/99999").status, 404);
    }

    void revocationTakesEffectAtTheNextRequest()
    {
        const QJsonObject made = makeKey("dave");
        HttpClient dave(m_hub.port(), made["key"].toString().toLatin1());
        QCOMPARE(dave.post("/v1/auth").status, 200);
        // As `torchdeck hub keys` does from another process, while the server runs.
        torchdeck::hub::server::FolderKeys folder(m_hub.path("."));
        QString error;
        QVERIFY2(folder.open(&error), qPrintable(error));
        folder.keys().revoke(made["id"].toInteger());
        QCOMPARE(dave.post("/v1/auth").status, 401);
        torchdeck::hub::server::UserKey second;
        dave.key = folder.keys().create("dave", 1, &second);
        QCOMPARE(dave.post("/v1/auth").status, 200);
        const auto all = folder.keys().list();
        QCOMPARE(all.last().label, QString("dave"));
        QVERIFY(all.last().lastUsedMs > 1);
    }

    void noKeyStandsInTheDatabase()
    {
        const QByteArray key = makeKey("frank")["key"].toString().toLatin1();
        QVERIFY(key.size() >= 40);
        for (const char *name : { "hub.sqlite", "hub.sqlite-wal" }) {
            QFile file(m_hub.path(name));
            QVERIFY(file.open(QIODevice::ReadOnly));
            QVERIFY(!file.readAll().contains(key));
        }
        QVERIFY(!m_hub.client().get("/v1/torchdeck/keys").body.contains(key));
        m_hub.hub->stop();
        m_hub.start();
        QCOMPARE(HttpClient(m_hub.port(), key).post("/v1/auth").status, 200);
    }
};

QTEST_GUILESS_MAIN(TestKeys)
#include "test_keys.moc"
