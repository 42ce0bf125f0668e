// SPDX-License-Identifier: GPL-3.0-or-later
// The engine learns: a small model on the generated set goes from nothing to a useful detector.
#include "torchdeck/engine/validator.h"
#include "training_fixture.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <cmath>

using namespace torchdeck::engine;

class TestLearning : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void learnsTheSampleSet();
};

void TestLearning::learnsTheSampleSet()
{
    QTemporaryDir dir;
    const std::string data = sampleData((dir.path() + "/data").toStdString(), 160, 40, 160);
    TrainConfig config = smallConfig(data, (dir.path() + "/runs").toStdString());
    config.imgsz = 160;
    config.batch = 8;
    config.epochs = 15;
    config.closeMosaic = 5;
    RecordingObserver seen;
    Trainer(config, 1).run(seen, {});
    QVERIFY2(seen.finished == 1, seen.failed.sentence.c_str());
    const double map50 = metricValue(seen.end.metrics, "metrics/mAP50(B)");
    const auto &first = seen.epochs.front().trainLosses;
    const auto &last = seen.epochs[14].trainLosses;
    qInfo("mAP50 %.3f, box loss %.3f -> %.3f", map50, metricValue(first, "train/box_loss"),
          metricValue(last, "train/box_loss"));
    QVERIFY(metricValue(last, "train/cls_loss") < metricValue(first, "train/cls_loss"));
    QVERIFY2(map50 > 0.1, // an untrained one has 0.000
              qPrintable(QString::number(map50)));

    // A later validation of best.pt, folded and in other batches, finds what training found.
    ValConfig val;
    val.model = seen.end.best.string();
    val.device = "cpu";
    val.plots = false;
    const ValResult later = validate(val, seen, {});
    for (const char *key : { "metrics/mAP50(B)", "metrics/mAP50-95(B)" }) {
        const double was = metricValue(seen.end.metrics, key), is = metricValue(later.metrics, key);
        QVERIFY2(std::abs(was - is) < 0.002,
                 qPrintable(QStringLiteral("%1: %2, later %3").arg(QLatin1String(key)).arg(was).arg(is)));
    }
}

QTEST_APPLESS_MAIN(TestLearning)
#include "tst_learning.moc"
