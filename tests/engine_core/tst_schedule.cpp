// SPDX-License-Identifier: GPL-3.0-or-later
// Values worked out by hand from the field's formulas.
#include "engine/core/early_stopping.h"
#include "engine/core/schedule.h"

#include <QtTest/QtTest>

using namespace torchdeck::engine;

namespace {
bool near(double a, double b) { return std::abs(a - b) < 1e-12; }
} // namespace

class TestSchedule : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void linearAndCosine();
    void warmup();
    void newPlanUnderATimeLimit();
    void accumulation();
    void autoRule();
    void patience();
};

void TestSchedule::linearAndCosine()
{
    TrainConfig config;
    config.epochs = 30;
    Schedule linear(config, 18);
    QVERIFY(near(linear.decay(0), 1));
    QVERIFY(near(linear.decay(15), 0.5 * 0.99 + 0.01));
    QVERIFY(near(linear.decay(30), 0.01));
    config.cosLr = true;
    Schedule cosine(config, 18);
    QVERIFY(near(cosine.decay(0), 1));
    QVERIFY(near(cosine.decay(15), 0.505));
    QVERIFY(near(cosine.decay(30), 0.01));
}

void TestSchedule::warmup()
{
    TrainConfig config;
    config.epochs = 30;
    Schedule schedule(config, 18);
    QCOMPARE(schedule.warmupIterations(), std::int64_t(54));
    QVERIFY(near(schedule.learningRate(0, 0, 0.01, false), 0));
    QVERIFY(near(schedule.learningRate(0, 0, 0.01, true), 0.1));
    QVERIFY(near(schedule.learningRate(27, 1, 0.01, false), 0.5 * 0.01 * schedule.decay(1)));
    QVERIFY(near(schedule.learningRate(60, 3, 0.01, true), 0.01 * schedule.decay(3)));
    QVERIFY(near(schedule.momentum(0, 0.937), 0.8));
    QVERIFY(near(schedule.momentum(54, 0.9), 0.937)); // the argument's, whatever the optimizer began with
    QVERIFY(near(schedule.momentum(100, 0.9), 0.937));
    config.epochs = 2; // the last epoch is never warm-up
    QCOMPARE(Schedule(config, 18).warmupIterations(), std::int64_t(18));
    config.epochs = 1;
    QCOMPARE(Schedule(config, 18).warmupIterations(), std::int64_t(0));
    QVERIFY(near(Schedule(config, 18).momentum(0, 0.9), 0.9));
}

void TestSchedule::newPlanUnderATimeLimit()
{
    TrainConfig config;
    config.epochs = 1;
    config.time = 0.5;
    config.nbs = 640;
    Schedule schedule(config, 6);
    QCOMPARE(schedule.nominalAccumulate(), 40); // not capped: nobody knows how many batches there will be
    schedule.setEpochs(20);
    QCOMPARE(schedule.warmupIterations(), std::int64_t(18));
    QVERIFY(near(schedule.decay(10), 0.5 * 0.99 + 0.01));
    schedule.setEpochs(2);
    QCOMPARE(schedule.warmupIterations(), std::int64_t(6));
    QVERIFY(near(schedule.decay(5), 0.01)); // past the estimate
}

void TestSchedule::accumulation()
{
    TrainConfig config;
    config.epochs = 30;
    Schedule schedule(config, 18);
    QCOMPARE(schedule.nominalAccumulate(), 4);
    QCOMPARE(schedule.accumulate(0), 1);
    QCOMPARE(schedule.accumulate(54), 4);
    QVERIFY(near(schedule.weightDecay(), 0.0005));
    config.batch = 24; // 64/24 rounds to 3, 72 images a step
    QVERIFY(near(Schedule(config, 18).weightDecay(), 0.0005 * 72 / 64));
    config.batch = 128;
    QCOMPARE(Schedule(config, 18).nominalAccumulate(), 1);
    config.batch = 1;
    config.epochs = 2;
    QCOMPARE(Schedule(config, 5).nominalAccumulate(), 10); // no more than there are batches
}

void TestSchedule::autoRule()
{
    TrainConfig config;
    config.epochs = 30;
    const OptimizerChoice shortRun = chooseOptimizer(config, 273, 3);
    QCOMPARE(shortRun.name, std::string("AdamW"));
    QVERIFY(near(shortRun.learningRate, 0.001429));
    QVERIFY(near(shortRun.momentum, 0.9));
    config.epochs = 3000;
    QCOMPARE(chooseOptimizer(config, 273, 3).name, std::string("MuSGD"));
    config.optimizer = "Adam";
    QCOMPARE(chooseOptimizer(config, 273, 3).name, std::string("Adam"));
    QVERIFY(near(chooseOptimizer(config, 273, 3).learningRate, 0.01));
}

void TestSchedule::patience()
{
    EarlyStopping stopper(3);
    QVERIFY(!stopper.update(0, 0));
    QVERIFY(!stopper.update(5, 0)); // nothing learnt yet: patience has not begun
    QVERIFY(!stopper.update(6, 0.2));
    QVERIFY(!stopper.update(7, 0.1));
    QVERIFY(!stopper.update(8, 0.2));
    QVERIFY(stopper.update(9, 0.2));
    QCOMPARE(stopper.bestEpoch(), 6);
    EarlyStopping never(0);
    QVERIFY(!never.update(0, 0.5));
    QVERIFY(!never.update(1000, 0.1));
}

QTEST_APPLESS_MAIN(TestSchedule)
#include "tst_schedule.moc"
