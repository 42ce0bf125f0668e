// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/hub_server/running_hub.h"

#include <QtCore/QJsonArray>

using namespace torchdeck::test;

class TestApi : public QObject {
    Q_OBJECT

private:
    RunningHub m_hub;

    /// GET .../metrics as metric name -> (epoch -> value).
    QJsonObject readMetrics(const QByteArray &id)
    {
        QJsonObject all;
        for (const auto &entry :
             m_hub.client().get("/v1/models/" + id + "/metrics").json().value("data").toArray())
            all.insert(entry.toObject()["meta"].toObject()["name"].toString(), entry.toObject()["data"]);
        return all;
    }

private Q_SLOTS:
    /// The kept sums against a count made anew, through random epochs, many of them replaced or without mAP.
    void sumsFollowReplacedEpochs()
    {
        const QByteArray id = m_hub.createModel();
        QMap<int, std::optional<double>> told;
        quint32 state = 7;
        const auto random = [&state](int below) {
            state = state * 1664525u + 1013904223u;
            return int(state >> 8) % below;
        };
        for (int i = 0; i < 120; ++i) {
            const int epoch = random(30);
            QJsonObject values { { "x", i } };
            told[epoch].reset();
            if (random(4) > 0) {
                told[epoch] = random(20) / 32.0;
                values["metrics/mAP50-95(B)"] = *told[epoch];
            }
            QCOMPARE(m_hub.client()
                         .post("/v1/models/" + id, metricsBody(epoch, QJsonDocument(values).toJson()))
                         .status,
                     200);
            std::optional<double> best;
            int bestEpoch = -1;
            for (auto it = told.cbegin(); it != told.cend(); ++it) {
                if (it.value() && (!best || *it.value() > *best)) {
                    best = it.value();
                    bestEpoch = it.key();
                }
            }
            const QJsonObject model = m_hub.client().get("/v1/models/" + id).data();
            QCOMPARE(model["epochs_received"].toInt(), int(told.size()));
            QCOMPARE(model["last_epoch"].toInt(), told.lastKey());
            QCOMPARE(model["best_map"].toDouble(-1), best.value_or(-1));
            QCOMPARE(model["best_epoch"].toInt(-1), bestEpoch);
        }
    }

    void everyRequestNeedsTheKey_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("path");
        const QByteArray id = m_hub.createModel();
        const QByteArray model = "/v1/models/" + id;
        for (const auto &[method, path] :
             QList<QPair<QByteArray, QByteArray>> { { "POST", "/v1/auth" },
                                                    { "POST", "/v1/models" },
                                                    { "GET", "/v1/models" },
                                                    { "GET", model },
                                                    { "PATCH", model },
                                                    { "DELETE", model },
                                                    { "POST", model },
                                                    { "GET", model + "/metrics" },
                                                    { "POST", model + "/upload" },
                                                    { "POST", model + "/export" },
                                                    { "POST", "/get-export" },
                                                    { "POST", "/v1/predict/" + id },
                                                    { "POST", "/v1/agent/heartbeat/models/" + id },
                                                    { "POST", "/v1/projects" },
                                                    { "GET", "/v1/projects" },
                                                    { "POST", "/v1/datasets" },
                                                    { "GET", "/v1/datasets" },
                                                    { "POST", "/v1/datasets/" + id + "/upload" },
                                                    { "POST", "/v1/usage" },
                                                    { "GET", model + "/files/last/last.pt" } })
            QTest::addRow("%s %s", method.constData(), path.constData()) << method << path;
    }
    void everyRequestNeedsTheKey()
    {
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, path);
        for (const QByteArray &key :
             { QByteArray(), QByteArray("wrong"), m_hub.key() + 'x', m_hub.key().chopped(1) }) {
            HttpClient client(m_hub.port(), key);
            const Reply reply = client.request(method, path, "{}");
            QCOMPARE(reply.status, 401);
            QCOMPARE(reply.json()["success"].toBool(true), false);
            QVERIFY(!reply.message().isEmpty());
            QVERIFY(!reply.body.contains(m_hub.key()));
        }
    }

    void keyComesAsHeaderOrBearer()
    {
        QCOMPARE(m_hub.client().post("/v1/auth").status, 200);
        HttpClient bearer(m_hub.port(), {});
        QCOMPARE(bearer.post("/v1/auth", {}, { { "Authorization", "Bearer " + m_hub.key() } }).status, 200);
        QCOMPARE(bearer.post("/v1/auth", {}, { { "Authorization", "Basic " + m_hub.key() } }).status, 401);
    }

    void recordsAreCreatedReadUpdatedDeleted_data()
    {
        QTest::addColumn<QByteArray>("kind");
        for (const char *kind : { "models", "projects", "datasets" })
            QTest::newRow(kind) << QByteArray(kind);
    }
    void recordsAreCreatedReadUpdatedDeleted()
    {
        QFETCH(QByteArray, kind);
        HttpClient client = m_hub.client();
        const Reply made =
            client.post("/v1/" + kind, R"({"meta": {"name": "first", "x": 1}, "tags": [1, 2]})");
        QCOMPARE(made.status, 200);
        const QByteArray one = "/v1/" + kind + '/' + made.data()["id"].toString().toLatin1();
        QCOMPARE(made.data()["id"].toString().size(), 20);
        QCOMPARE(client.request("PATCH", one, R"({"meta": {"name": "second"}, "tags": [3]})").status, 200);
        const QJsonObject read = client.get(one).data();
        QCOMPARE(read["meta"], QJsonValue(QJsonObject { { "name", "second" }, { "x", 1 } }));
        QCOMPARE(read["tags"], QJsonValue(QJsonArray { 3 }));
        QVERIFY(read.contains("created") && read.contains("updated"));
        QCOMPARE(client.request("DELETE", one, R"({"hard": false})").status, 200);
        for (const char *method : { "GET", "PATCH", "DELETE" })
            QCOMPARE(client.request(method, one, "{}").status, 404);
        QVERIFY(!client.get("/v1/" + kind + "?limit=1000")
                     .body.contains(made.data()["id"].toString().toLatin1()));
        const Reply again = client.post("/v1/" + kind, "{}");
        const QByteArray other = "/v1/" + kind + '/' + again.data()["id"].toString().toLatin1();
        QCOMPARE(client.request("DELETE", other + "?hard=True").status, 200);
        QCOMPARE(client.get(other).status, 404);
    }

    void lostAnswersCreateNothingTwice()
    {
        RunningHub hub;
        auto client = hub.client();
        const Headers once { { "Idempotency-Key", "run-1" } };
        const auto id = client.post("/v1/models", R"({"meta": {"name": "a"}})", once).data().value("id");
        QVERIFY(id.isString());
        QCOMPARE(client.post("/v1/models", R"({"meta": {"name": "a"}})", once).data().value("id"), id);
        QVERIFY(client.post("/v1/projects", "{}", once).data().value("id") != id);
        QVERIFY(client.post("/v1/models", "{}", { { "Idempotency-Key", "run-2" } }).data().value("id") != id);
        QCOMPARE(client.get("/v1/models").data().value("total").toInt(), 2);
        QCOMPARE(client.request("DELETE", "/v1/models/" + id.toString().toLatin1()).status, 200);
        const auto anew = client.post("/v1/models", R"({"meta": {"name": "a"}})", once).data().value("id");
        QVERIFY(anew.isString() && anew != id);
        QCOMPARE(client.post("/v1/models", "{}", { { "Idempotency-Key", QByteArray(256, 'k') } }).status, 400);
    }

    void listPagesFilterAndCount()
    {
        RunningHub hub;
        HttpClient client = hub.client();
        for (int i = 0; i < 7; ++i)
            hub.createModel("run 100%_" + QByteArray::number(i));
        client.post("/v1/models", R"({"meta": {"name": "shown"}, "public": true})");
        QStringList seen;
        QByteArray after;
        for (int page = 0; page < 4; ++page) {
            const QJsonObject data = client.get("/v1/models?limit=2" + after).data();
            QCOMPARE(data["total"].toInt(), 8);
            for (const auto &model : data["results"].toArray())
                seen << model.toObject()["id"].toString();
            QCOMPARE(data["lastRecordId"].isNull(), page == 3);
            after = "&last_doc_id=" + seen.last().toLatin1();
        }
        QCOMPARE(QSet<QString>(seen.begin(), seen.end()).size(), 8);
        QCOMPARE(client.get("/v1/models?query=100%25_3").data()["total"].toInt(), 1);
        QCOMPARE(client.get("/v1/models?query=10__").data()["total"].toInt(), 0);
        QCOMPARE(client.get("/v1/models?public=true").data()["total"].toInt(), 1);
        for (const char *bad : { "limit=0", "limit=1001", "limit=x", "last_doc_id=unknown" })
            QCOMPARE(client.get(QByteArray("/v1/models?") + bad).status, 400);
    }

    void metricsKeepEachEpochOnce()
    {
        const QByteArray id = m_hub.createModel();
        HttpClient client = m_hub.client();
        const auto put = [&](int epoch, const QByteArray &loss, const QByteArray &map) {
            const QByteArray values = "{\"a/b\": " + loss + ", \"metrics/mAP50-95(B)\": " + map + '}';
            return client.post("/v1/models/" + id, metricsBody(epoch, values)).status;
        };
        QCOMPARE(put(0, "1.25", "0.5"), 200);
        QCOMPARE(put(1, "1e-300", "0.75"), 200);
        for (int again = 0; again < 3; ++again)
            QCOMPARE(put(0, "2", "0.1234567890123"), 200);
        QCOMPARE(readMetrics(id)["a/b"], QJsonValue(QJsonObject { { "0", 2 }, { "1", 1e-300 } }));
        QJsonObject model = client.get("/v1/models/" + id).data();
        QCOMPARE(model["epochs_received"].toInt(), 2);
        QCOMPARE(model["best_map"].toDouble(), 0.75);
        QCOMPARE(model["best_epoch"].toInt(), 1);
        QCOMPARE(model["status"].toString(), QStringLiteral("training"));
        QCOMPARE(put(1, "0", "0.01"), 200); // the best one got worse
        model = client.get("/v1/models/" + id).data();
        QCOMPARE(model["best_map"].toDouble(), 0.1234567890123);
        QCOMPARE(model["best_epoch"].toInt(), 0);
    }

    void nonFiniteNumbersBecomeNull()
    {
        const QByteArray id = m_hub.createModel();
        const QByteArray text =
            "{\"a\": NaN, \"b\": -Infinity, \"c\": [Infinity], \"d\": \"NaN \\\" NaN\", \"e\": 1}";
        QCOMPARE(m_hub.client().post("/v1/models/" + id, metricsBody(4, text)).status, 200);
        const QJsonObject read = readMetrics(id);
        QVERIFY(read["a"].toObject()["4"].isNull());
        QVERIFY(read["b"].toObject()["4"].isNull());
        QCOMPARE(read["d"].toObject()["4"].toString(), QStringLiteral("NaN \" NaN"));
        QCOMPARE(read["e"].toObject()["4"].toInt(), 1);
    }

    void badMetricsAreRefusedWhole_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("no JSON") << QByteArray("{");
        QTest::newRow("an array") << QByteArray("[]");
        QTest::newRow("binary") << QByteArray("\xff\xfe\x00\x01", 4);
        QTest::newRow("deep") << QByteArray(100'000, '[');
        QTest::newRow("no type") << QByteArray(R"({"metrics": {"0": "{}"}})");
        QTest::newRow("metrics a list") << QByteArray(R"({"type": "metrics", "metrics": []})");
        QTest::newRow("epoch a word")
            << QByteArray(R"({"type": "metrics", "metrics": {"9": "{}", "x": "{}"}})");
        QTest::newRow("epoch negative")
            << QByteArray(R"({"type": "metrics", "metrics": {"9": "{}", "-1": "{}"}})");
        QTest::newRow("value broken") << metricsBody(8, "{\"a\": }");
        QTest::newRow("value a number")
            << QByteArray(R"({"type": "metrics", "metrics": {"9": "{}", "8": 3}})");
    }
    void badMetricsAreRefusedWhole()
    {
        QFETCH(QByteArray, body);
        const QByteArray id = m_hub.createModel();
        const Reply reply = m_hub.client().post("/v1/models/" + id, body);
        QCOMPARE(reply.status, 400);
        QVERIFY(!reply.message().isEmpty());
        QCOMPARE(m_hub.client().get("/v1/models/" + id).data()["epochs_received"].toInt(), 0);
    }

    void statusFollowsTheRun()
    {
        const QByteArray id = m_hub.createModel("run", 3);
        const QByteArray one = "/v1/models/" + id;
        HttpClient client = m_hub.client();
        const auto status = [&] { return client.get(one).data()["status"].toString(); };
        QCOMPARE(status(), QStringLiteral("new"));
        QCOMPARE(client.get(one).data()["state"].toString(), QStringLiteral("waiting"));
        const Reply beat =
            client.post("/v1/agent/heartbeat/models/" + id, R"({"agent": "test", "agentId": null})");
        const QString agent = beat.data()["agentId"].toString();
        QVERIFY(!agent.isEmpty());
        QCOMPARE(
            client.post("/v1/agent/heartbeat/models/" + id, "{\"agentId\": \"" + agent.toLatin1() + "\"}")
                .data()["agentId"]
                .toString(),
            agent);
        QCOMPARE(status(), QStringLiteral("training"));
        QCOMPARE(client.get(one).data()["state"].toString(), QStringLiteral("live"));
        const QByteArray final =
            multipart({ { "epoch", "2" }, { "type", "final" }, { "map", "0.5" } }, "best.pt", "weights");
        QCOMPARE(client.post(one + "/upload", final, { kMultipart }).status, 200);
        QCOMPARE(status(), QStringLiteral("trained"));
        client.post(one, metricsBody(2, "{}")); // a late retry
        client.post("/v1/agent/heartbeat/models/" + id, "{}");
        QCOMPARE(status(), QStringLiteral("trained"));
        client.post(one, metricsBody(3, "{}")); // beyond the plan: the run goes on
        QCOMPARE(status(), QStringLiteral("training"));
        QCOMPARE(client.request("PATCH", one, R"({"status": "failed"})").status, 200);
        QCOMPARE(status(), QStringLiteral("failed"));
        QCOMPARE(client.request("PATCH", one, R"({"status": "<b>"})").status, 400);
    }

    void modelAnswersWhatClientsRead()
    {
        const QJsonObject data = m_hub.client().get("/v1/models/" + m_hub.createModel("named", 25)).data();
        QCOMPARE(data["cfg"].toString(), QStringLiteral("yolov8n"));
        QCOMPARE(data["data"].toString(), QStringLiteral("bccd"));
        QCOMPARE(data["epochs"].toInt(), 25);
        QCOMPARE(data["train_args"].toObject()["epochs"].toInt(), 25);
        QCOMPARE(data["train_args"].toObject()["batch"].toInt(), 16);
        QCOMPARE(data["has_last_weights"].toBool(true), false);
        QVERIFY(data["resume"].isNull() && data["weights"].isNull() && data["weights_sha256"].isNull());
    }

    void notYetIsSaidHonestly()
    {
        const QByteArray id = m_hub.createModel();
        HttpClient client = m_hub.client();
        const QByteArray image = multipart({}, "image", QByteArray(2'000'000, 'i'));
        for (const Reply &reply :
             { client.post("/v1/predict/" + id, image, { kMultipart }),
               client.post("/v1/models/" + id + "/export", R"({"format": "onnx"})"),
               client.post("/get-export", R"({"format": "onnx", "modelId": ")" + id + R"("})") }) {
            QCOMPARE(reply.status, 501);
            QVERIFY(reply.message().contains("yet"));
        }
        QCOMPARE(
            client.post("/v1/usage", R"({"client_id": "c", "events": [{"name": "train", "params": {}}]})")
                .status,
            200);
        QCOMPARE(client.post("/v1/usage", "no").status, 400);
    }

    void unknownAddressesAndMethods()
    {
        HttpClient client = m_hub.client();
        const QByteArray nobody(20, 'Z');
        QCOMPARE(client.get("/v1/models/" + nobody).status, 404);
        QCOMPARE(client.post("/v1/models/" + nobody, metricsBody(0, "{}")).status, 404);
        QCOMPARE(client.get("/v1/models/" + nobody + "/metrics").status, 404);
        QCOMPARE(client.post("/v1/agent/heartbeat/models/" + nobody, "{}").status, 404);
        QCOMPARE(
            client.post("/v1/models/" + nobody + "/upload", multipart({}, "last.pt", "x"), { kMultipart })
                .status,
            404);
        QCOMPARE(client.get("/v1/datasets/" + m_hub.createModel()).status, 404); // an id of another kind
        for (const char *path :
             { "/v1", "/v1/", "/v1/nothing", "/v2/models", "/v1/models//metrics", "/v1/models/a/b/c/d/e" })
            QCOMPARE(client.get(path).status, 404);
        const Reply put = client.request("PUT", "/v1/models", "{}");
        QCOMPARE(put.status, 405);
        QCOMPARE(put.headers["allow"], QByteArray("POST, GET"));
        QCOMPARE(client.request("DELETE", "/v1/auth").status, 405);
        QCOMPARE(client.request("OPTIONS", "/v1/models").status, 405);
    }

    void pathsCannotLeaveTheFolder_data()
    {
        QTest::addColumn<QByteArray>("path");
        for (const char *path :
             { "/v1/models/..", "/v1/models/../key", "/v1/models/%2e%2e/files/key/key",
               "/v1/models/..%2f..%2fkey", "/v1/models/a%00b", "/assets/../key", "/assets/..%2f..%2fkey",
               "/assets/%2e%2e/key", "//etc/passwd", "/web/files/../../key", "/web/files/%2e%2e/key/key",
               "/models/..%2f..%2fkey", "/v1/models/%0a" })
            QTest::newRow(path) << QByteArray(path);
    }
    void pathsCannotLeaveTheFolder()
    {
        QFETCH(QByteArray, path);
        const Reply reply = m_hub.client().get(path);
        QVERIFY2(reply.status == 404 || reply.status == 400, QByteArray::number(reply.status));
        QVERIFY(!reply.body.contains(m_hub.key()) && !reply.body.contains("root:"));
    }

    void tooLargeIsRefusedAndRead()
    {
        HttpClient client = m_hub.client();
        const Reply reply = client.post("/v1/models", QByteArray(33 << 20, ' '));
        QCOMPARE(reply.status, 413);
        QVERIFY(!reply.message().isEmpty());
        QCOMPARE(client.post("/v1/auth").status, 200); // on a new connection
    }
};

QTEST_GUILESS_MAIN(TestApi)
#include "test_api.moc"
