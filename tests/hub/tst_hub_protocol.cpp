// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/hub_protocol.h"
#include "hub/run_file.h"

#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace torchdeck::hub;

namespace {

const Account account { QUrl("https://api.example.org/"), QUrl("https://web.example.org"), "secret" };

QJsonObject object(const QByteArray &text) { return QJsonDocument::fromJson(text).object(); }

QByteArray header(const WireRequest &r, const QByteArray &name)
{
    for (const auto &h : r.headers) {
        if (h.name == name)
            return h.value;
    }
    return {};
}

} // namespace

class TestProtocol : public QObject {
    Q_OBJECT
    std::unique_ptr<HubProtocol> hub = makeHubV1();

private Q_SLOTS:
    void createModelSaysNamesOnly()
    {
        RunDescription run;
        run.runFolder = "/home/alice/secret-client/runs/detect/train3";
        run.modelName = "/home/alice/secret-client/train3";
        run.architecture = "yolov8n";
        run.parent = "C:\\Users\\alice\\yolov8n.pt";
        run.datasetName = "/home/alice/data/bccd.yaml";
        run.epochs = 30;
        run.batch = 16;
        run.imgsz = 320;
        run.patience = 50;
        run.device = "cpu";
        run.cache = "ram";
        const auto r = hub->createModel(account, run, "once-1");
        QCOMPARE(r.verb, "POST");
        QCOMPARE(r.url, QUrl("https://api.example.org/v1/models"));
        QCOMPARE(header(r, "x-api-key"), "secret");
        QCOMPARE(header(r, "Idempotency-Key"), "once-1");
        QCOMPARE(object(r.json),
                 object("{\"config\":{\"batchSize\":16,\"epochs\":30,\"imageSize\":320,\"patience\":50,"
                        "\"device\":\"cpu\",\"cache\":\"ram\"},\"dataset\":{\"name\":\"bccd.yaml\"},"
                        "\"lineage\":{\"architecture\":{\"name\":\"yolov8n\"},"
                        "\"parent\":{\"name\":\"yolov8n.pt\"}},\"meta\":{\"name\":\"train3\"}}"));
        QVERIFY(!r.json.contains("alice"));
        run.parent.clear();
        QVERIFY(object(hub->createModel(account, run, {}).json)["lineage"]
                    .toObject()["parent"]
                    .toObject()
                    .isEmpty());
    }

    void bearerTokensGoOutAsAuthorization()
    {
        const auto r = hub->checkKey({ account.apiRoot, account.webRoot, "Bearer abc" });
        QCOMPARE(header(r, "authorization"), "Bearer abc");
        QVERIFY(header(r, "x-api-key").isEmpty());
    }

    void metricsAreJsonTextsByEpoch()
    {
        const auto r = hub->metrics(account, "m1", { { 0, "{\"a\":1}" }, { 12, "{}" } });
        QCOMPARE(r.url.path(), "/v1/models/m1");
        const auto o = object(r.json);
        QCOMPARE(o["type"].toString(), "metrics");
        QVERIFY(o["metrics"].toObject()["0"].isString());
        QCOMPARE(object(o["metrics"].toObject()["0"].toString().toUtf8()), (QJsonObject { { "a", 1 } }));
        QCOMPARE(o["metrics"].toObject().keys(), QStringList({ "0", "12" }));
    }

    void uploads()
    {
        const auto last =
            hub->upload(account, "m1", { UploadKind::Checkpoint, "/x/y.pt", "ab12", 7, true, 0 });
        QCOMPARE(last.url.path(), "/v1/models/m1/upload");
        QCOMPARE(last.fileName, "last.pt");
        QCOMPARE(header(last, "x-checksum-sha256"), "ab12");
        QCOMPARE(header(last, "Idempotency-Key"), "m1-epoch-7-ab12");
        QCOMPARE(last.fields.size(), 3);
        QCOMPARE(last.fields[0].value, "7");
        QCOMPARE(last.fields[1].value, "epoch");
        QCOMPARE(last.fields[2].name, "isBest");
        QCOMPARE(last.fields[2].value, "True");
        const auto best =
            hub->upload(account, "m1", { UploadKind::FinalModel, "/x/y.pt", "ab12", 0, false, 0.1 });
        QCOMPARE(best.fileName, "best.pt");
        QCOMPARE(best.fields[0].value, "final");
        QCOMPARE(best.fields[1].name, "map");
        QCOMPARE(best.fields[1].value, "0.1");
        const auto none =
            hub->upload(account, "m1", { UploadKind::FinalModel, "/x/y.pt", {}, 0, false, qQNaN() });
        QCOMPARE(none.fields[1].value, "0");
    }

    void heartbeatAgentIdIsNullAtFirst()
    {
        QVERIFY(object(hub->heartbeat(account, "m1", "torchdeck", {}).json)["agentId"].isNull());
        QCOMPARE(object(hub->heartbeat(account, "m1", "torchdeck", "a7").json)["agentId"].toString(), "a7");
        QCOMPARE(hub->agentId("{\"data\":{\"agentId\":\"a8\"}}"), "a8");
        QCOMPARE(hub->agentId("<html>"), "");
    }

    void answers()
    {
        QCOMPARE(hub->createdModel("{\"data\":{\"id\":\"abc\"}}").value_or("-"), "abc");
        for (const char *bad :
             { "", "{}", "[]", "{\"data\":{}}", "{\"data\":{\"id\":\"\"}}", "{\"data\":{\"id\":\"a/../b\"}}",
               "{\"data\":{\"id\":\"a\\r\\nx: y\"}}", "{\"data\":{\"id\":\"ab", "<html></html>" })
            QVERIFY2(!hub->createdModel(bad), bad);
        const auto facts =
            hub->modelFacts("{\"data\":{\"id\":\"m\",\"status\":\"trained\",\"weights_sha256\":\"AB\","
                            "\"weights_size\":5000000000}}");
        QCOMPARE(facts->status, "trained");
        QCOMPARE(facts->weightsSha256, "ab");
        QCOMPARE(facts->weightsSize.value_or(0), 5'000'000'000);
        QVERIFY(!hub->modelFacts("{\"data\":[]}"));
        const auto epochs =
            hub->epochs("{\"data\":[{\"meta\":{\"name\":\"a\"},\"data\":{\"0\":1,\"2\":null}},"
                        "{\"data\":{\"1\":1,\"x\":2}}]}");
        QCOMPARE(*epochs, QSet<int>({ 0, 1, 2 }));
        QVERIFY(!hub->epochs("{\"data\":{}}"));
        QCOMPARE(hub->serverMessage("{\"message\":\"Too\\n many\"}"), "Too many");
        QCOMPARE(hub->serverMessage("<html>long page</html>"), "");
        QVERIFY(hub->plausible("") && hub->plausible("{}") && hub->plausible("true")
                && hub->plausible("[1]"));
        QVERIFY(!hub->plausible("<html>") && !hub->plausible("{\"a\":") && !hub->plausible("nonsense"));
    }

    void servers()
    {
        QVERIFY(sameServer(QUrl("http://127.0.0.1:1234"), QUrl("http://localhost:99")));
        QVERIFY(sameServer(QUrl("http://[::1]:1"), QUrl("http://127.0.0.1:1")));
        QVERIFY(sameServer(QUrl("https://a.org"), QUrl("https://A.org:443/")));
        QVERIFY(!sameServer(QUrl("https://a.org"), QUrl("https://a.org:8443")));
        QVERIFY(!sameServer(QUrl("https://a.org"), QUrl("https://b.org")));
        QVERIFY(!sameServer(QUrl("http://127.0.0.1"), QUrl("https://b.org")));
    }

    void modelPageIsUnderTheWebRoot()
    {
        QCOMPARE(hub->modelPage(account, "m1"), QUrl("https://web.example.org/models/m1"));
        QCOMPARE(hub->modelPage({ {}, QUrl("http://h/hub/"), {} }, "m1"), QUrl("http://h/hub/models/m1"));
    }

    void runFileSurvivesAndRefusesRubbish()
    {
        QTemporaryDir dir;
        QVERIFY(!readRunFile(dir.path()));
        QVERIFY(writeRunFile(dir.path(), { "local-1", "m1", QUrl("https://a.org"), QUrl("https://w.org") }));
        const auto file = readRunFile(dir.path());
        QCOMPARE(file->localId, "local-1");
        QCOMPARE(file->modelId, "m1");
        QCOMPARE(file->apiRoot, QUrl("https://a.org"));
        QVERIFY(!writeRunFile(dir.filePath("none"), {}));
        QFile raw(dir.filePath("hub.json"));
        for (const char *text : { "", "nonsense", "[]", "{\"model_id\": \"../../x\", \"local_id\": 7}" }) {
            QVERIFY(raw.open(QIODevice::WriteOnly));
            raw.write(text);
            raw.close();
            QVERIFY2(!readRunFile(dir.path()), text);
        }
    }

    void resultsCsv()
    {
        QTemporaryDir dir;
        QFile csv(dir.filePath("results.csv"));
        QVERIFY(csv.open(QIODevice::WriteOnly));
        csv.write("      epoch,time, "
                  "train/box_loss,metrics/mAP50(B),lr/pg0\n1,2.5,1.25,0.5,0.01\n2,5,nan,0.75,0.01\n3,7\n");
        csv.close();
        const auto rows = readResultsCsv(dir.path());
        QCOMPARE(rows.keys(), QList<int>({ 0, 1 }));
        QCOMPARE(rows[0], (QJsonObject { { "train/box_loss", 1.25 }, { "metrics/mAP50(B)", 0.5 } }));
        QCOMPARE(rows[1]["metrics/mAP50(B)"].toDouble(), 0.75);
        QVERIFY(readResultsCsv(dir.filePath("none")).isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestProtocol)
#include "tst_hub_protocol.moc"
