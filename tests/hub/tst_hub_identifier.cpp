// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses of existing models, and what the server says of such a model.
#include "hub/hub_protocol.h"
#include "hub/model_identifier.h"

#include <QtTest/QTest>

using namespace torchdeck::hub;

class TestIdentifier : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void parses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("web");
        QTest::addColumn<QString>("model"); // empty = refused
        QTest::addColumn<QString>("key");
        const QString hub = "https://hub.example.org";
        QTest::newRow("plain") << hub + "/models/Ab-1_z" << hub << "Ab-1_z" << "";
        QTest::newRow("with a key") << hub + "/models/m1?api_key=a%2Bb" << hub << "m1" << "a+b";
        QTest::newRow("spaces around, slash behind") << "  " + hub + "/models/m1/ " << hub << "m1" << "";
        QTest::newRow("any server") << "http://127.0.0.1:8080/models/m1" << "" << "m1" << "";
        QTest::newRow("web root with a path") << hub + "/lab/models/m1" << hub + "/lab/" << "m1" << "";
        QTest::newRow("another path") << hub + "/other/models/m1" << hub + "/lab" << "" << "";
        QTest::newRow("another server") << "https://evil.example.org/models/m1?api_key=k" << hub << "" << "";
        QTest::newRow("another port") << "https://hub.example.org:444/models/m1" << hub << "" << "";
        QTest::newRow("user in the address") << "https://hub.example.org@evil.org/models/m1" << "" << "" << "";
        QTest::newRow("path escape") << hub + "/models/../v1/auth" << hub << "" << "";
        QTest::newRow("encoded slash") << hub + "/models/a%2Fb" << hub << "" << "";
        QTest::newRow("too long") << hub + "/models/" + QString(129, 'a') << hub << "" << "";
        QTest::newRow("a file") << "yolov8n.pt" << hub << "" << "";
        QTest::newRow("other scheme") << "file:///models/m1" << "" << "" << "";
        QTest::newRow("empty") << "" << hub << "" << "";
    }
    void parses()
    {
        QFETCH(QString, text);
        QFETCH(QString, web);
        QFETCH(QString, model);
        QFETCH(QString, key);
        const auto id = parseModelIdentifier(text, QUrl(web));
        QCOMPARE(id ? id->model : QString(), model);
        QCOMPARE(id ? id->key : QString(), key);
    }

    void factsOfAnExistingModel()
    {
        const auto v1 = makeHubV1();
        const auto facts = v1->modelFacts(
            "{\"data\":{\"id\":\"m\",\"status\":\"training\",\"has_last_weights\":true,"
            "\"resume\":\"https://s/last.pt\",\"weights\":\"https://s/n.pt\","
            "\"cfg\":\"/home/me/yolov8n.yaml\",\"data\":\"https://s/d.zip\",\"train_args\":{\"epochs\":5}}}");
        QVERIFY(facts);
        QCOMPARE(facts->resumeFrom, QUrl("https://s/last.pt"));
        QCOMPARE(facts->startFrom, QUrl("https://s/n.pt"));
        QCOMPARE(facts->architecture, "yolov8n.yaml");
        QCOMPARE(facts->dataset, QUrl("https://s/d.zip"));
        QCOMPARE(facts->trainArgs["epochs"].toInt(), 5);
        const auto without = v1->modelFacts(
            "{\"data\":{\"id\":\"m\",\"has_last_weights\":false,\"resume\":\"https://s/last.pt\","
            "\"weights\":\"file:///etc/passwd\",\"data\":\"../x.zip\"}}");
        QVERIFY(without);
        QVERIFY(without->resumeFrom.isEmpty() && without->startFrom.isEmpty() && without->dataset.isEmpty());
    }

    void stopIsAskedOnlyInSoManyWords()
    {
        const auto v1 = makeHubV1();
        QVERIFY(v1->stopAsked(R"({"data":{"agentId":"a","stop":true}})"));
        QVERIFY(v1->stopAsked(R"({"data":{"command":"stop"}})"));
        for (const char *body : { "", "{}", "stop", R"({"data":{"stop":"no"}})", R"({"data":{"stop":false}})",
                                  R"({"stop":true})", R"({"data":{"command":"go"}})" })
            QVERIFY2(!v1->stopAsked(body), body);
    }
};

QTEST_GUILESS_MAIN(TestIdentifier)
#include "tst_hub_identifier.moc"
