// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/run_costs.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

using namespace torchdeck;
using namespace torchdeck::app;

namespace {

RunCost run(double step, double val = 0.01, double memory = 1e9, int epochs = 10)
{
    RunCost cost;
    cost.key = { "yolov8n.yaml", "CPU: test", 640, 16, 0, true };
    cost.batch = 16;
    cost.epochs = epochs;
    cost.stepSeconds = step;
    cost.valSecondsPerImage = val;
    cost.peakMemory = memory;
    cost.when = QDateTime::currentDateTimeUtc();
    return cost;
}

RunCost probe(double step, double spread = 0.02)
{
    RunCost cost = run(step, 0.02, 2e9, 0);
    cost.probe = true;
    cost.spread = spread;
    return cost;
}

const RunShape shape { 100, 50, 20, true, 0 };

} // namespace

class TestRunCosts : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void countsBatchesAndValidations()
    {
        const CostEstimate estimate = estimateCost({ run(2) }, shape);
        QVERIFY(estimate.known);
        QCOMPARE(estimate.runs, 1);
        QCOMPARE(estimate.epochSeconds, 7 * 2 + 50 * 0.01); // seven batches hold 100 images
        QCOMPARE(estimate.totalSeconds, 20 * estimate.epochSeconds + 0.5); // and the best model once more
        QCOMPARE(estimate.peakMemory, 1e9);
        RunShape without = shape;
        without.val = false;
        QCOMPARE(estimateCost({ run(2) }, without).epochSeconds, 14.0);
    }

    void runsCountMoreThanProbesAndLongOnesMore()
    {
        QCOMPARE(estimateCost({ probe(9), run(2) }, shape).epochSeconds, 14.5);
        const CostEstimate two = estimateCost({ run(2, 0.01, 1e9, 30), run(4, 0.01, 3e9, 10) }, shape);
        QCOMPARE(two.runs, 2);
        QCOMPARE(two.epochSeconds, 7 * 2.5 + 0.5);
        QCOMPARE(two.peakMemory, 3e9); // the most that was seen
        QCOMPARE(estimateCost({ probe(9), run(2, 0.01, 0) }, shape).peakMemory, 2e9); // the run does not tell
    }

    void theSpreadFollowsWhatIsKnown()
    {
        const auto relative = [](const CostEstimate &e) { return e.totalSpread / e.totalSeconds; };
        QVERIFY(qFuzzyCompare(relative(estimateCost({ probe(2) }, shape)), 0.15));
        QVERIFY(qFuzzyCompare(relative(estimateCost({ probe(2, 0.4) }, shape)), 0.4)); // noisy steps
        QVERIFY(qFuzzyCompare(relative(estimateCost({ run(2) }, shape)), 0.1));
        QVERIFY(qFuzzyCompare(relative(estimateCost({ run(2), run(2) }, shape)), 0.05));
        QVERIFY(relative(estimateCost({ run(2), run(3) }, shape)) > 0.3);
    }

    void theTimeLimitEndsIt()
    {
        RunShape limited = shape;
        limited.mostSeconds = 100;
        QCOMPARE(estimateCost({ run(2) }, limited).totalSeconds, 100.5);
    }

    void nothingKnownIsNothingSaid()
    {
        QVERIFY(!estimateCost({}, shape).known);
        RunShape unknown = shape;
        unknown.trainImages = 0;
        const CostEstimate memoryOnly = estimateCost({ run(2) }, unknown);
        QVERIFY(memoryOnly.known);
        QCOMPARE(memoryOnly.epochSeconds, 0.0);
        QCOMPARE(memoryOnly.peakMemory, 1e9);
    }

    void fractionsAreTakenAsTheEngineDoes()
    {
        QCOMPARE(imagesUsed(200, 1.0), 200);
        QCOMPARE(imagesUsed(200, 0.25), 50);
        QCOMPARE(imagesUsed(200, 30), 30);
        QCOMPARE(imagesUsed(20, 30), 20);
        QCOMPARE(imagesUsed(0, 0.5), 0);
        QCOMPARE(imagesUsed(3, 0.01), 1);
    }

    void theOptimizersShareIsSpread()
    {
        engine::RunProbe measured;
        measured.device = "CPU: test";
        measured.batch = 8;
        measured.stepSeconds = { 1, 1, 1 };
        measured.optimizerStepSeconds = { 1.8, 1.8 };
        measured.accumulate = 8;
        measured.peakMemory = 5e8;
        measured.predictedMemory = 4e8;
        measured.freeMemory = 1e9;
        engine::TrainConfig config;
        const RunCost cost = costOf(measured, config);
        QCOMPARE(cost.stepSeconds, 1.1);
        QCOMPARE(cost.peakMemory, 5e8);
        QCOMPARE(estimateCost({ cost }, shape).freeMemory, 1e9);
        QVERIFY(cost.probe && cost.tried);
        QCOMPARE(cost.key.batch, config.batch);
        measured.accumulate = 1;
        measured.stepSeconds.clear();
        QCOMPARE(costOf(measured, config).stepSeconds, 1.8);
        measured.peakMemory = 0;
        QVERIFY(!costOf(measured, config).tried);
        QCOMPARE(costOf(measured, config).peakMemory, 4e8);
    }

    void theFileKeepsThem()
    {
        const QTemporaryDir folder;
        const QString file = folder.filePath("state/run_costs.json");
        {
            RunCosts costs(file);
            costs.add(run(2));
            costs.add(probe(3));
            costs.add(probe(4)); // instead of the other
            RunCost other = run(7);
            other.key.imgsz = 320;
            costs.add(other);
        }
        RunCosts costs(file);
        const QVector<RunCost> found = costs.like(run(0).key);
        QCOMPARE(found.size(), 2);
        QCOMPARE(found[0].stepSeconds, 2.0);
        QCOMPARE(found[0].epochs, 10);
        QVERIFY(found[1].probe);
        QCOMPARE(found[1].stepSeconds, 4.0);
        for (int i = 0; i < 410; ++i)
            costs.add(run(i + 1));
        costs.flush();
        QVERIFY(RunCosts(file).like(run(0).key).size() <= 400);
        QVERIFY(RunCosts(file).like(run(0).key).last().stepSeconds == 410);
    }

    void aBrokenFileIsNoTrouble()
    {
        const QTemporaryDir folder;
        QFile file(folder.filePath("run_costs.json"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(R"({"costs":[{"model":7},"x",{"model":"a","batch":0}],)");
        file.close();
        RunCosts costs(file.fileName());
        costs.add(run(2));
        costs.flush();
        QCOMPARE(RunCosts(file.fileName()).like(run(0).key).size(), 1);
    }
};

QTEST_GUILESS_MAIN(TestRunCosts)
#include "tst_run_costs.moc"
