// SPDX-License-Identifier: GPL-3.0-or-later
// `torchdeck hub serve` runs the models that were uploaded to it: a trained one finds what `torchdeck predict` finds.
#include "tests/app/hub_process.h"

#include <QtCore/QDir>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtNetwork/QHttpMultiPart>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkReply>
#include <QtTest/QtTest>

class TestHubPredict : public QObject {
    Q_OBJECT

    struct Answer {
        int status = 0;
        QJsonObject json;
    };
    using Fields = QMap<QString, QString>;

    Answer send(const QString &path, const QByteArray &body)
    {
        QNetworkRequest request(QUrl(m_hub->root.toString() + path));
        request.setRawHeader("x-api-key", m_hub->key.toUtf8());
        request.setHeader(QNetworkRequest::ContentTypeHeader, "application/json");
        return finish(m_network.post(request, body));
    }
    Answer sendFile(const QString &path, const Fields &fields, const QString &part, const QByteArray &content)
    {
        QHttpMultiPart parts(QHttpMultiPart::FormDataType);
        for (auto it = fields.begin(); it != fields.end(); ++it) {
            QHttpPart field;
            field.setHeader(QNetworkRequest::ContentDispositionHeader, "form-data; name=\"" + it.key() + '"');
            field.setBody(it.value().toUtf8());
            parts.append(field);
        }
        QHttpPart file;
        file.setHeader(QNetworkRequest::ContentDispositionHeader,
                       "form-data; name=\"" + part + "\"; filename=\"" + part + '"');
        file.setBody(content);
        parts.append(file);
        QNetworkRequest request(QUrl(m_hub->root.toString() + path));
        request.setRawHeader("x-api-key", m_hub->key.toUtf8());
        return finish(m_network.post(request, &parts));
    }
    static Answer finish(QNetworkReply *reply)
    {
        const std::unique_ptr<QNetworkReply> owned(reply);
        QSignalSpy finished(reply, &QNetworkReply::finished);
        if (!reply->isFinished())
            finished.wait(120'000);
        return { reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(),
                 QJsonDocument::fromJson(reply->readAll()).object() };
    }
    QString modelWith(const QByteArray &weights)
    {
        const QString id = send("/v1/models", R"({"meta": {"name": "m"}})").json.value("data")["id"].toString();
        const Answer kept = sendFile("/v1/models/" + id + "/upload", { { "type", "final" }, { "map", "0.1" } },
                                     "best.pt", weights);
        return kept.status == 200 ? id : QString();
    }
    static QByteArray contentOf(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    Instance m_instance;
    std::unique_ptr<HubProcess> m_hub;
    QNetworkAccessManager m_network;
    QString m_weights, m_image;

private Q_SLOTS:
    void initTestCase()
    {
        QCOMPARE(m_instance.run({ "dataset", "make-sample", "sample", "train=6", "val=4", "imgsz=96" }).code, 0);
        const auto trained =
            m_instance.run({ "train", "data=sample/data.yaml", "model=yolov8n.yaml", "epochs=1", "imgsz=64",
                             "batch=4", "device=cpu", "workers=1", "--json" },
                           200'000);
        QVERIFY2(trained.code == 0, qPrintable(trained.err));
        m_weights = trained.json().value("save_dir").toString() + "/weights/best.pt";
        const QDir images(m_instance.work() + "/sample/images/val");
        m_image = images.filePath(images.entryList({ "*.jpg" }, QDir::Files).value(0));
        m_hub = std::make_unique<HubProcess>(m_instance);
        QVERIFY(!m_hub->key.isEmpty());
    }

    void findsWhatPredictFinds()
    {
        const QString model = modelWith(contentOf(m_weights));
        QVERIFY(!model.isEmpty());
        const auto local = m_instance.run({ "predict", "model=" + m_weights, "source=" + m_image, "device=cpu",
                                            "conf=0.0001", "iou=0.7", "save=false", "--json" });
        QVERIFY2(local.code == 0, qPrintable(local.err));
        const QJsonArray wanted = local.json()["predictions"].toArray().at(0)["boxes"].toArray();
        QVERIFY(!wanted.isEmpty());
        for (int round = 0; round < 2; ++round) { // read from the file, then from memory
            const Answer answer = sendFile("/v1/predict/" + model, { { "confidence", "0.0001" }, { "iou", "0.7" } },
                                           "image", contentOf(m_image));
            QCOMPARE(answer.status, 200);
            const QJsonArray found = answer.json["images"].toArray().at(0)["results"].toArray();
            QCOMPARE(found.size(), wanted.size());
            for (int i = 0; i < found.size(); ++i) {
                QCOMPARE(found.at(i)["class"].toInt(), wanted.at(i)["class"].toInt());
                QVERIFY(!found.at(i)["name"].toString().isEmpty());
                const QStringList corners { "x1", "y1", "x2", "y2" };
                for (int k = 0; k < 4; ++k)
                    QVERIFY(std::abs(found.at(i)["box"][corners[k]].toDouble() - wanted.at(i)["box"][k].toDouble())
                            < 0.01);
            }
            QCOMPARE(answer.json["data"].toArray().size(), wanted.size());
        }
    }

    void badInputIsSaidWithoutPaths_data()
    {
        QTest::addColumn<QByteArray>("weights"); ///< empty: the trained ones
        QTest::addColumn<QByteArray>("image"); ///< empty: a good one
        QTest::addColumn<int>("status");
        QTest::newRow("no checkpoint") << QByteArray("not a checkpoint") << QByteArray() << 422;
        QTest::newRow("half a checkpoint") << contentOf(m_weights).left(100'000) << QByteArray() << 422;
        QTest::newRow("no image") << QByteArray() << QByteArray("not an image") << 400;
        QTest::newRow("half an image") << QByteArray() << contentOf(m_image).left(500) << 400;
    }
    void badInputIsSaidWithoutPaths()
    {
        QFETCH(QByteArray, weights);
        QFETCH(QByteArray, image);
        QFETCH(int, status);
        const QString model = modelWith(weights.isEmpty() ? contentOf(m_weights) : weights);
        const Answer answer =
            sendFile("/v1/predict/" + model, {}, "image", image.isEmpty() ? contentOf(m_image) : image);
        const QString said = answer.json["message"].toString();
        QVERIFY2(answer.status == status, qPrintable(said));
        QVERIFY2(said.endsWith(u'.') && !said.contains("/proc") && !said.contains("/store/"), qPrintable(said));
        if (status == 422)
            QVERIFY2(said.contains("best.pt"), qPrintable(said));
    }

    void newWeightsCountAtOnce()
    {
        const QString model = modelWith("old and broken");
        QCOMPARE(sendFile("/v1/predict/" + model, {}, "image", contentOf(m_image)).status, 422);
        QCOMPARE(sendFile("/v1/models/" + model + "/upload", { { "type", "final" }, { "map", "0.2" } }, "best.pt",
                          contentOf(m_weights)).status, 200);
        QCOMPARE(sendFile("/v1/predict/" + model, {}, "image", contentOf(m_image)).status, 200);
    }
};

QTEST_GUILESS_MAIN(TestHubPredict)
#include "tst_hub_predict.moc"
