// SPDX-License-Identifier: GPL-3.0-or-later
// What a run prints, and what its JSON line holds.
#include "app/cli/progress_printer.h"
#include "app/cli/run_record.h"
#include "app/text.h"

#include <QtTest/QtTest>

using namespace torchdeck;
using namespace torchdeck::app::cli;

class TestProgress : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void batches()
    {
        engine::BatchEnd event;
        event.epoch = 2;
        event.epochs = 30;
        event.batch = 11;
        event.batches = 46;
        event.meanBoxLoss = 1.2345;
        event.meanClsLoss = 2;
        event.meanDflLoss = 0.5;
        event.imagesPerSecond = 38.4;
        event.epochSecondsLeft = 12;
        event.runSecondsLeft = 605;
        const QString line = batchLine(event);
        for (const char *part : { "epoch 3/30", "batch 12/46", "box 1.234", "cls 2.000", "dfl 0.500",
                                  "38 img/s", "epoch 12 s", "run 10 min 05 s" })
            QVERIFY2(line.contains(QLatin1String(part)), qPrintable(line));
    }

    void epochs()
    {
        engine::FitEpochEnd event;
        event.epoch = 4;
        event.epochs = 30;
        event.bestEpoch = 4;
        event.epochSeconds = 3;
        event.metrics = { { "metrics/precision(B)", 0.5 },
                          { "metrics/recall(B)", 0.4 },
                          { "metrics/mAP50(B)", 0.3 },
                          { "metrics/mAP50-95(B)", 0.2 } };
        QCOMPARE(
            epochLine(event),
            QStringLiteral(
                "epoch 5/30 done in 3.0 s: P 0.500  R 0.400  mAP50 0.300  mAP50-95 0.200  (best so far)"));
        event.finalEval = true;
        QVERIFY(epochLine(event).startsWith("best model (epoch 5): P 0.500"));
    }

    void durations_data()
    {
        QTest::addColumn<double>("seconds");
        QTest::addColumn<QString>("text");
        QTest::newRow("unknown") << -1.0 << "-";
        QTest::newRow("nan") << std::nan("") << "-";
        QTest::newRow("short") << 0.24 << "0.2 s";
        QTest::newRow("ten") << 9.96 << "10 s";
        QTest::newRow("minute") << 59.96 << "1 min 00 s";
        QTest::newRow("minutes") << 605.4 << "10 min 05 s";
        QTest::newRow("hours") << 7500.0 << "2 h 05 min";
    }

    void durations()
    {
        QFETCH(double, seconds);
        QTEST(app::durationText(seconds), "text");
    }

    void json()
    {
        RunRecord record;
        engine::PretrainRoutineEnd facts;
        facts.dataset.trainImages = 100;
        record.onPretrainRoutineEnd(facts);
        engine::FitEpochEnd epoch;
        epoch.replayed = true; // of before the resume: not timed again
        epoch.epochSeconds = 1000;
        record.onFitEpochEnd(epoch);
        epoch.replayed = false;
        for (const double seconds : { 4.0, 9.0, 5.0 }) {
            epoch.epochSeconds = seconds;
            epoch.trainSeconds = 2;
            epoch.bestFitness = 0.25;
            record.onFitEpochEnd(epoch);
        }
        engine::TrainEnd end;
        end.saveDir = "/runs/detect/train";
        end.metrics = { { "metrics/mAP50(B)", 0.75 }, { "metrics/mAP50-95(B)", 0.5 }, { "val/box_loss", 1 } };
        end.epochsDone = 4;
        end.bestEpoch = 2;
        end.stopped = true;
        const QJsonObject object = record.json(end, 12.5, 321);
        const QJsonObject metrics = object.value("metrics").toObject();
        QCOMPARE(metrics.keys(),
                 QStringList({ "fitness", "metrics/mAP50(B)", "metrics/mAP50-95(B)", "metrics/precision(B)",
                               "metrics/recall(B)" }));
        QCOMPARE(metrics.value("metrics/mAP50(B)").toDouble(), 0.75);
        QCOMPARE(metrics.value("fitness").toDouble(), 0.25);
        QCOMPARE(object.value("median_epoch_seconds").toDouble(), 5.0);
        QCOMPARE(object.value("images_per_second").toDouble(), 50.0);
        QCOMPARE(object.value("wall_seconds").toDouble(), 12.5);
        QCOMPARE(object.value("peak_rss_mib").toDouble(), 321.0);
        QCOMPARE(object.value("save_dir").toString(), QStringLiteral("/runs/detect/train"));
        QCOMPARE(object.value("epochs").toInt(), 4);
        QCOMPARE(object.value("best_epoch").toInt(), 3);
        QCOMPARE(object.value("stopped").toBool(), true);
    }

    void medians()
    {
        QCOMPARE(median({}), 0.0);
        QCOMPARE(median({ 3 }), 3.0);
        QCOMPARE(median({ 4, 1 }), 2.5);
    }

    void tableHasAllAndEveryClass()
    {
        engine::ClassMetrics one;
        one.name = "RBC";
        one.images = 10;
        one.instances = 33;
        one.map50 = 0.9;
        const QString table = classTable({ one, one }, { { "metrics/mAP50(B)", 0.8 } }, 12);
        const QStringList lines = table.split(u'\n');
        QCOMPARE(lines.size(), 4);
        QVERIFY(lines.at(1).startsWith("all") && lines.at(1).contains("66") && lines.at(1).contains("0.800"));
        QVERIFY(lines.at(2).startsWith("RBC") && lines.at(2).contains("0.900"));
    }
};

QTEST_GUILESS_MAIN(TestProgress)
#include "tst_progress.moc"
