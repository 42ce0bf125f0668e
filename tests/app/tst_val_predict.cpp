// SPDX-License-Identifier: GPL-3.0-or-later
// val and predict through the executable: lines for people, the JSON line, files, and which of Ultralytics'
// arguments are taken.
#include "tests/app/instance.h"

#include <QtCore/QDir>
#include <QtCore/QJsonArray>
#include <QtCore/QRegularExpression>
#include <QtTest/QtTest>

class TestValPredictCommands : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QCOMPARE(m_instance.run({ "dataset", "make-sample", "sample", "train=6", "val=4", "imgsz=96" }).code,
                 0);
        const auto trained =
            m_instance.run({ "train", "data=sample/data.yaml", "model=yolov8n.yaml", "epochs=1", "imgsz=64",
                             "batch=4", "device=cpu", "workers=1", "--json" },
                           200'000);
        QVERIFY2(trained.code == 0, qPrintable(trained.err));
        m_model = QStringLiteral("model=%1/weights/best.pt").arg(trained.json().value("save_dir").toString());
    }

    void valPrintsTableAndFolder()
    {
        const auto result = m_instance.run({ "val", m_model, "device=cpu" });
        QVERIFY2(result.code == 0, qPrintable(result.err));
        const QRegularExpression head(
            QStringLiteral("Class +Images +Instances +Box\\(P +R +mAP50 +mAP50-95\\)"));
        QVERIFY2(head.match(result.out).hasMatch(), qPrintable(result.out));
        for (const char *word :
             { "all", "circle", "square", "triangle", "star", "Speed: ", "Results saved to " })
            QVERIFY2(result.out.contains(QLatin1String(word)), word);
        const auto brief = m_instance.run({ "val", m_model, "device=cpu", "verbose=false", "plots=false" });
        QCOMPARE(brief.code, 0);
        QVERIFY(brief.out.contains("all") && !brief.out.contains("triangle"));
        QVERIFY(!brief.out.contains("Results saved"));
    }

    void valJson()
    {
        const auto result = m_instance.run({ "val", m_model, "device=cpu", "conf=0.0001", "save_json=true",
                                             "save_txt=true", "project=out", "name=measured", "--json" });
        QVERIFY2(result.code == 0, qPrintable(result.err));
        const QJsonObject json = result.json();
        const QJsonArray classes = json.value("classes").toArray();
        const QJsonArray matrix = json.value("confusion_matrix").toArray();
        QCOMPARE(matrix.size(), qsizetype { 5 });
        for (const QJsonValue &one : classes) {
            double column = 0;
            for (const QJsonValue &row : matrix)
                column += row.toArray().at(one["class"].toInt()).toDouble();
            QCOMPARE(column, one["instances"].toDouble());
        }
        QCOMPARE(json.value("save_dir").toString(), m_instance.work() + "/out/measured");
        QVERIFY(json.value("speed")["inference"].toDouble() > 0);
        const QDir folder(m_instance.work() + "/out/measured");
        for (const char *file : { "predictions.json", "confusion_matrix.png", "BoxPR_curve.png", "labels" })
            QVERIFY2(folder.exists(QLatin1String(file)), file);
    }

    void predictPrintsTheFieldsLines()
    {
        QFile broken(m_instance.work() + "/sample/images/val/00000.jpg");
        QVERIFY(broken.open(QIODevice::WriteOnly));
        broken.write("x");
        broken.close();
        const auto result =
            m_instance.run({ "predict", m_model, "source=sample/images/val", "device=cpu", "name=lines" });
        QVERIFY(broken.remove());
        QVERIFY2(result.code == 0, qPrintable(result.err));
        const QRegularExpression line(QStringLiteral("^image 2/5 /.*\\.jpg: 64x64 .+, [0-9.]+ms$"),
                                      QRegularExpression::MultilineOption);
        QVERIFY2(line.match(result.out).hasMatch(), qPrintable(result.out));
        QVERIFY2(result.out.contains(QRegularExpression(QStringLiteral("Warning: .*00000\\.jpg .*skipped"))),
                 qPrintable(result.out));
        QVERIFY(result.out.contains("1 file could not be read"));
        QVERIFY2(result.out.contains(QRegularExpression(
                     QStringLiteral("Speed: [0-9.]+ms preprocess, [0-9.]+ms inference, [0-9.]+ms postprocess "
                                    "per image at shape \\(1, 3, 64, 64\\)"))),
                 qPrintable(result.out));
    }

    void predictJson()
    {
        const auto result =
            m_instance.run({ "predict", m_model, "source=sample/images/val/*.jpg", "device=cpu",
                             "conf=0.0001", "max_det=2", "save=false", "imgsz=64,96", "--json" });
        QVERIFY2(result.code == 0, qPrintable(result.err));
        QCOMPARE(result.json().value("images").toInt(), 4);
        QCOMPARE(result.json().value("predictions").toArray().size(), qsizetype { 4 });
        QVERIFY(result.json().value("skipped").toArray().isEmpty());
        QVERIFY(result.json().value("save_dir").toString().isEmpty());
    }

    void theirArguments_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("part"); ///< of the refusal; empty = taken
        QTest::newRow("default augment") << "val augment=False"
                                         << "";
        QTest::newRow("default mode") << "val mode=val task=detect"
                                      << "";
        QTest::newRow("augment") << "val augment=true"
                                 << "augment=true";
        QTest::newRow("train's") << "val lr0=0.1"
                                 << "lr0= is an argument of train";
        QTest::newRow("train's, unknown to our train") << "val copy_paste=0.1"
                                                       << "copy_paste= is an argument of train";
        QTest::newRow("visualize") << "val visualize=true"
                                   << "visualize=true";
        QTest::newRow("quantize") << "val quantize=int8"
                                  << "quantize=int8";
        QTest::newRow("predict's in val") << "val save_crop=true"
                                          << "not an argument of val";
        QTest::newRow("classes") << "val classes=a"
                                 << "classes=a";
        QTest::newRow("show") << "predict source=x.jpg show=true"
                              << "show=true";
        QTest::newRow("stream") << "predict source=x.jpg stream_buffer=true"
                                << "stream_buffer=true";
        QTest::newRow("embed") << "predict source=x.jpg embed=3"
                               << "embed=3";
        QTest::newRow("masks") << "predict source=x.jpg retina_masks=true"
                               << "another task";
        QTest::newRow("size") << "predict source=x.jpg imgsz=1,2,3"
                              << "imgsz=1,2,3";
        QTest::newRow("stride") << "predict source=x.jpg vid_stride=0"
                                << "vid_stride=0";
        QTest::newRow("camera") << "predict source=0"
                                << "source=0";
        QTest::newRow("near") << "predict source=x.jpg save_text=true"
                              << "did you mean 'save_txt'?";
    }

    void theirArguments()
    {
        QFETCH(QString, line);
        QFETCH(QString, part);
        QStringList words = line.split(u' ');
        words << m_model << QStringLiteral("device=cpu");
        if (words.first() == u"val")
            words << QStringLiteral("plots=false");
        const auto result = m_instance.run(words);
        QVERIFY2(result.code == (part.isEmpty() ? 0 : 2), qPrintable(result.out + result.err));
        QVERIFY2(result.err.contains(part), qPrintable(result.err));
        if (!part.isEmpty())
            QCOMPARE(result.err.count(u'\n'), 1);
    }

private:
    Instance m_instance;
    QString m_model;
};

QTEST_GUILESS_MAIN(TestValPredictCommands)
#include "tst_val_predict.moc"
