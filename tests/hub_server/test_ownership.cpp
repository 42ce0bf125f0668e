// SPDX-License-Identifier: GPL-3.0-or-later
// No route, of the API or of the pages, tells a user anything of another's records or changes them: what is another's is
// answered like what is not there.
#include "hub/server/access.h"
#include "hub/server/model_runner.h"
#include "hub/server/router.h"
#include "hub/server/store.h"
#include "tests/hub_server/running_hub.h"

#include <QtCore/QJsonArray>
#include <QtCore/QProcess>

#include <unistd.h>

using namespace torchdeck::test;
namespace server = torchdeck::hub::server;

namespace {

class FindsNothing final : public server::ModelService {
public:
    server::FoundObjects predict(const server::PredictRequest &) override { return {}; }
    QStringList exportFormats() const override { return { QStringLiteral("onnx") }; }
    void exportModel(const server::ServedCheckpoint &, const QString &, const QString &) override { }
};

struct Case {
    QByteArray route; ///< as Router::routes() has it
    QByteArray path; ///< ID stands for the record
    QByteArray body;
    bool multipart = false;
};

const QByteArray kUpload = multipart({ { "epoch", "1" }, { "type", "epoch" } }, "last.pt", "new");

QList<Case> cases()
{
    QList<Case> all {
        { "POST /v1/models/{id}", "/v1/models/ID", metricsBody(7, R"({"a": 1})") },
        { "GET /v1/models/{id}/metrics", "/v1/models/ID/metrics", {} },
        { "POST /v1/models/{id}/upload", "/v1/models/ID/upload", kUpload, true },
        { "POST /v1/agent/heartbeat/models/{id}", "/v1/agent/heartbeat/models/ID", "{}" },
        { "POST /v1/predict/{id}", "/v1/predict/ID", multipart({}, "image", "picture"), true },
        { "POST /v1/models/{id}/export", "/v1/models/ID/export", R"({"format": "pytorch"})" },
        { "POST /get-export", "/get-export", R"({"format": "pytorch", "modelId": "ID"})" },
        { "GET /v1/models/{id}/export/{name}", "/v1/models/ID/export/onnx", {} },
        { "GET /models/{id}", "/models/ID", {} },
        { "GET /web/api/models/{id}", "/web/api/models/ID", {} },
        { "GET /web/api/compare", "/web/api/compare?models=ID", {} },
        { "GET /web/files/{id}/{id}/{name}", "/web/files/ID/last/last.pt", {} },
    };
    for (const QByteArray kind : { "models", "projects", "datasets" }) {
        const QByteArray one = "/v1/" + kind + "/{id}", path = "/v1/" + kind + "/ID";
        const QByteArray file = kind == "models" ? QByteArray("last/last.pt") : QByteArray("file/last.pt");
        all << Case { "GET " + one, path, {} } << Case { "PATCH " + one, path, R"({"meta": {"name": "mine"}})" }
            << Case { "DELETE " + one, path, R"({"hard": true})" }
            << Case { "GET " + one + "/files/{id}/{name}", path + "/files/" + file, {} };
        if (kind != "models")
            all << Case { "POST " + one + "/upload", path + "/upload", kUpload, true };
    }
    return all;
}

/// Routes that name no record: lists and what is made anew have tests of their own, the rest is nobody's.
const QByteArrayList kOthers {
    "POST /v1/auth", "POST /v1/usage", "POST /v1/models", "GET /v1/models", "POST /v1/projects", "GET /v1/projects",
    "POST /v1/datasets", "GET /v1/datasets", "POST /v1/torchdeck/keys", "GET /v1/torchdeck/keys",
    "DELETE /v1/torchdeck/keys/{id}", "PATCH /v1/torchdeck/keys/{id}", "GET /", "GET /models", "GET /compare", "GET /web/api/models", "GET /login",
    "POST /login", "POST /logout", "GET /assets/{name}",
};

} // namespace

class TestOwnership : public QObject {
    Q_OBJECT

    static torchdeck::hub::server::LocalHubOptions predicting()
    {
        torchdeck::hub::server::LocalHubOptions options;
        options.models = std::make_shared<FindsNothing>();
        return options;
    }
    RunningHub m_hub { predicting() };
    QByteArray m_ann, m_bob, m_bobId; ///< keys, and the id of bob's

    QJsonObject makeKey(const QByteArray &label) const
    {
        return m_hub.client().post("/v1/torchdeck/keys", R"({"label": ")" + label + R"("})").data();
    }
    /// A record with a file.
    QByteArray record(const QByteArray &key, const QByteArray &kind) const
    {
        HttpClient client(m_hub.port(), key);
        const QByteArray id =
            client.post("/v1/" + kind, R"({"meta": {"name": "secret name"}})").data()["id"].toString().toLatin1();
        const QByteArray upload = multipart({ { "epoch", "0" }, { "type", "epoch" } }, "last.pt", "secret weights");
        const bool kept = client.post("/v1/" + kind + '/' + id + "/upload", upload, { kMultipart }).status == 200;
        return kept ? id : QByteArray();
    }
    /// With the key, or by the cookie that the key gives a browser elsewhere.
    Reply ask(const Case &one, const QByteArray &id, const QByteArray &key, const QByteArray &cookie = {}) const
    {
        HttpClient client(m_hub.port(), key);
        client.host = "hub.lab.example";
        Headers headers;
        if (!cookie.isEmpty())
            headers << QPair<QByteArray, QByteArray>("Cookie", cookie);
        if (one.multipart)
            headers << kMultipart;
        QByteArray path = one.path, body = one.body;
        return client.request(one.route.left(one.route.indexOf(' ')), path.replace("ID", id), body.replace("ID", id),
                              headers);
    }
    QByteArray signIn(const QByteArray &key) const
    {
        HttpClient client(m_hub.port(), {});
        client.host = "hub.lab.example";
        const QByteArray set = client.post("/login", "key=" + key).headers.value("set-cookie");
        return set.left(set.indexOf(';'));
    }
    static QByteArray kindOf(const Case &one)
    {
        for (const char *kind : { "projects", "datasets" }) {
            if (one.path.contains(kind))
                return kind;
        }
        return "models";
    }
    QJsonObject list(const QByteArray &query, const QByteArray &cookie) const
    {
        HttpClient client(m_hub.port(), {});
        client.host = "hub.lab.example";
        return client.get("/web/api/models?" + query, { { "Cookie", cookie } }).json();
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_ann = makeKey("ann")["key"].toString().toLatin1();
        const QJsonObject bob = makeKey("bob");
        m_bob = bob["key"].toString().toLatin1();
        m_bobId = QByteArray::number(bob["id"].toInteger());
        QVERIFY(!m_ann.isEmpty() && !m_bob.isEmpty());
    }

    /// A new route has to be put into one of the lists above.
    void everyRouteIsLookedAt()
    {
        QTemporaryDir dir;
        server::Access access;
        QString error;
        QVERIFY(access.load(dir.path(), &error));
        server::Store store(dir.filePath(QStringLiteral("hub")), [] { return qint64 { 1 }; });
        QVERIFY(store.open(&error));
        server::ModelRunner models(nullptr);
        server::Router router(access, {}, {});
        const server::Api api { store, access, models };
        addRecordRoutes(router, api);
        addModelRoutes(router, api);
        addPredictRoutes(router, api);
        addExportRoutes(router, api);
        addKeyRoutes(router, api);
        addWebRoutes(router, api);
        QByteArrayList known = kOthers;
        for (const Case &one : cases())
            known << one.route;
        const QByteArrayList routes = router.routes();
        for (const QByteArray &route : routes)
            QVERIFY2(known.contains(route), route);
        for (const QByteArray &route : known)
            QVERIFY2(routes.contains(route), route);
    }

    void anothersRecordIsLikeNone_data()
    {
        QTest::addColumn<int>("number");
        const QList<Case> all = cases();
        for (int i = 0; i < all.size(); ++i)
            QTest::newRow(all[i].route.constData()) << i;
    }
    void anothersRecordIsLikeNone()
    {
        QFETCH(int, number);
        const Case one = cases()[number];
        const bool page = !one.route.contains("/v1/") && !one.route.contains("/get-export");
        const QByteArray kind = kindOf(one), anns = record(m_ann, kind), owners = record(m_hub.key(), kind);
        QVERIFY(!anns.isEmpty() && !owners.isEmpty());
        const QByteArray none(20, 'Z');
        QList<QPair<QByteArray, QByteArray>> ways { { m_bob, {} } }; // key and cookie
        if (page)
            ways << QPair<QByteArray, QByteArray>({}, signIn(m_bob));
        for (const auto &[key, cookie] : ways) {
            const Reply unknown = ask(one, none, key, cookie);
            QVERIFY(unknown.status >= 400 || one.path.contains("compare"));
            for (const QByteArray &foreign : { anns, owners }) {
                const Reply seen = ask(one, foreign, key, cookie);
                QCOMPARE(seen.status, unknown.status);
                QCOMPARE(QByteArray(seen.body).replace(foreign, none), unknown.body);
                QVERIFY(!seen.body.contains("secret"));
            }
        }
        // Nothing happened to it, and the same request is a good one when its owner sends it.
        HttpClient ann(m_hub.port(), m_ann);
        const QByteArray file = kind == "models" ? QByteArray("/files/last/last.pt") : QByteArray("/files/file/last.pt");
        QCOMPARE(ann.get("/v1/" + kind + '/' + anns + file).body, QByteArray("secret weights"));
        QCOMPARE(ann.get("/v1/" + kind + '/' + anns).data()["meta"].toObject()["name"].toString(), QString("secret name"));
        if (kind == "models")
            QVERIFY(ann.get("/v1/models/" + anns + "/metrics").json()["data"].toArray().isEmpty());
        const Reply own = page ? ask(one, anns, {}, signIn(m_ann)) : ask(one, anns, m_ann);
        QVERIFY2(own.status == 200, own.body);
        QVERIFY(!own.body.contains("missing"));
    }

    void listsShowOnesOwn()
    {
        const QByteArray anns = record(m_ann, "models"), cookie = signIn(m_bob);
        const QByteArray foreign = HttpClient(m_hub.port(), m_ann)
                                       .post("/v1/projects", R"({"meta": {"name": "secret project"}})")
                                       .data()["id"]
                                       .toString()
                                       .toLatin1();
        HttpClient bob(m_hub.port(), m_bob);
        const QByteArray own = bob.post("/v1/models", R"({"meta": {"name": "bobs"}, "projectId": ")" + foreign + R"("})")
                                   .data()["id"]
                                   .toString()
                                   .toLatin1();
        for (const char *query : { "", "owner=all", "owner=user:ann", "owner=", "query=secret" }) {
            const QJsonObject seen = list(query, cookie);
            for (const auto &model : seen["models"].toArray())
                QCOMPARE(model.toObject()["id"].toString().toLatin1(), own);
            QCOMPARE(seen["all"].toInt(), 1);
            QVERIFY(seen["owners"].toArray().isEmpty());
            QCOMPARE(seen["user"].toString(), QString("bob"));
            QVERIFY(!QJsonDocument(seen).toJson().contains("secret") && !QJsonDocument(seen).toJson().contains("\"ann\""));
        }
        for (const char *kind : { "models", "projects", "datasets" })
            QVERIFY(!bob.get(QByteArray("/v1/") + kind + "?limit=1000").body.contains("secret"));
        QVERIFY(!bob.get("/v1/models?last_doc_id=" + anns).body.contains("secret"));
    }

    void theAdministratorChooses()
    {
        const QByteArray cookie = signIn(m_hub.key());
        const QByteArray own = m_hub.createModel("the owner's");
        record(m_ann, "models");
        const auto owners = [&](const QByteArray &query) {
            QSet<QString> all;
            for (const auto &model : list(query + "&limit=200", cookie)["models"].toArray())
                all << model.toObject()["owner"].toString();
            return all;
        };
        QCOMPARE(owners(""), QSet<QString> { QString() });
        QCOMPARE(owners("owner=user:ann"), QSet<QString> { "ann" });
        QVERIFY(owners("owner=all").contains("") && owners("owner=all").contains("ann"));
        QCOMPARE(owners("owner=user:nobody"), QSet<QString>());
        const QJsonObject mine = list("", cookie), all = list("owner=all", cookie);
        QMap<QString, int> counts;
        int sum = 0;
        for (const auto &one : mine["owners"].toArray()) {
            counts[one.toObject()["owner"].toString()] = one.toObject()["models"].toInt();
            sum += one.toObject()["models"].toInt();
        }
        QCOMPARE(counts.value(QString()), mine["all"].toInt());
        QCOMPARE(all["all"].toInt(), sum);
        QCOMPARE(list("query=ann&owner=all", cookie)["total"].toInt(), counts.value("ann"));
    }

    void signingInEndsWithTheKey()
    {
        const QJsonObject made = makeKey("carol");
        const QByteArray cookie = signIn(made["key"].toString().toLatin1());
        QCOMPARE(list("", cookie)["user"].toString(), QString("carol"));
        QVERIFY(!cookie.contains(made["key"].toString().toLatin1()));
        const qsizetype dash = cookie.indexOf('-'), equals = cookie.indexOf('=');
        for (const QByteArray &forged : { cookie.left(equals + 1) + m_bobId + cookie.mid(dash), // another's number
                                          cookie.left(equals + 1) + cookie.mid(dash + 1), // the administrator's form
                                          cookie.chopped(1) })
            QCOMPARE(list("", forged)["success"].toBool(true), false);
        QCOMPARE(m_hub.client().request("DELETE", "/v1/torchdeck/keys/" + QByteArray::number(made["id"].toInteger())).status,
                 200);
        QCOMPARE(list("", cookie)["success"].toBool(true), false);
    }

    /// Whoever has an account on the HUB's machine has a local browser; only the HUB's own account needs no key.
    void otherAccountsOfTheMachineSignIn()
    {
        HttpClient local(m_hub.port(), {});
        QCOMPARE(local.get("/web/api/models").json()["user"].toString(), QString());
        QCOMPARE(local.get("/web/api/models", { { "Cookie", signIn(m_ann) } }).json()["user"].toString(), QString("ann"));
        if (::geteuid() != 0)
            QSKIP("only root can ask as another account");
        for (const uint account : { 0u, 65534u }) {
            QProcess other;
            other.setChildProcessModifier([account] { (void)!::setuid(account); });
            other.start("/bin/bash", { "-c", "exec 3<>/dev/tcp/127.0.0.1/$0; printf '%s\\r\\n' 'GET /web/api/models HTTP/1.1'"
                                             " 'Host: 127.0.0.1' 'Connection: close' '' >&3; head -n 1 <&3",
                                       QString::number(m_hub.port()) });
            QVERIFY(other.waitForFinished());
            const QByteArray line = other.readAllStandardOutput();
            QVERIFY2(line.contains(account == 0 ? " 200 " : " 401 "), line);
        }
    }
};

QTEST_GUILESS_MAIN(TestOwnership)
#include "test_ownership.moc"
