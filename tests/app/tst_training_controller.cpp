// SPDX-License-Identifier: GPL-3.0-or-later
// Starting, stopping and ending runs, with a stand-in for the engine.
#include "app/training_controller.h"
#include "app/wiring.h"

#include <QtTest/QtTest>

#include <atomic>

using namespace torchdeck;
using app::TrainingController;

namespace {

engine::TrainEnd endOf(engine::RunId run)
{
    engine::TrainEnd end;
    end.run = run;
    return end;
}

/// Waits for the stop token, bounded.
bool waitForStop(const std::stop_token &stop)
{
    for (int i = 0; i < 2000 && !stop.stop_requested(); ++i)
        QThread::msleep(5);
    return stop.stop_requested();
}

} // namespace

class TestTrainingController : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void deliversInOrderOnTheMainThread()
    {
        QThread *worker = nullptr;
        TrainingController controller([&worker](const engine::TrainConfig &config, engine::RunId run,
                                                engine::TrainObserver &observer, std::stop_token, engine::RunControl &) {
            worker = QThread::currentThread();
            engine::PretrainRoutineStart first;
            first.run = run;
            first.config = config;
            observer.onPretrainRoutineStart(first);
            for (int i = 0; i < 100; ++i) {
                engine::BatchEnd batch;
                batch.run = run;
                batch.batch = i;
                observer.onBatchEnd(batch);
            }
            observer.onTrainEnd(endOf(run));
            observer.onFinished({ run, endOf(run) });
        });
        QStringList seen;
        int batches = 0;
        bool mainThread = true;
        connect(&controller, &TrainingController::pretrainRoutineStart, this,
                [&](const engine::PretrainRoutineStart &e) {
                    seen << QStringLiteral("start %1").arg(e.config.epochs);
                });
        connect(&controller, &TrainingController::batchEnd, this, [&](const engine::BatchEnd &e) {
            mainThread = mainThread && QThread::currentThread() == thread();
            if (e.batch == batches)
                ++batches;
        });
        connect(&controller, &TrainingController::trainEnd, this, [&] { seen << "trainEnd"; });
        connect(&controller, &TrainingController::finished, this, [&] { seen << "finished"; });
        connect(&controller, &TrainingController::ended, this, [&] { seen << "ended"; });
        engine::TrainConfig config;
        config.epochs = 7;
        QCOMPARE(controller.start(config), engine::RunId(1));
        QVERIFY(controller.active());
        QTRY_VERIFY(!controller.active());
        QCOMPARE(seen, QStringList({ "start 7", "trainEnd", "finished", "ended" }));
        QCOMPARE(batches, 100);
        QVERIFY(mainThread);
        QVERIFY(worker && worker != thread());
        QCOMPARE(worker->objectName(), QStringLiteral("training"));
    }

    void oneRunAtATime()
    {
        TrainingController controller(stoppable());
        QVERIFY(controller.start({}) != 0);
        QCOMPARE(controller.start({}), engine::RunId(0));
        controller.stop();
        QTRY_VERIFY(!controller.active());
        QVERIFY(controller.start({}) == 2);
        controller.stop();
        QTRY_VERIFY(!controller.active());
    }

    void aStopReachesOnlyItsRun()
    {
        TrainingController controller(stoppable());
        QSignalSpy asked(&controller, &TrainingController::stopRequested);
        QSignalSpy stopped(&controller, &TrainingController::stopped);
        controller.start({});
        controller.stop();
        controller.stop();
        QTRY_COMPARE(stopped.size(), 1);
        QCOMPARE(asked.size(), 1);
        controller.stop(); // nothing runs
        QCOMPARE(asked.size(), 1);
        controller.start({});
        QTest::qWait(50);
        QVERIFY2(controller.active(), "the second run has a token of its own");
        controller.stop();
        QTRY_COMPARE(stopped.size(), 2);
    }

    void exceptionsBecomeFailures_data()
    {
        QTest::addColumn<int>("kind");
        QTest::newRow("std") << 0;
        QTest::newRow("unknown") << 1;
        QTest::newRow("no end at all") << 2;
    }

    void exceptionsBecomeFailures()
    {
        QFETCH(int, kind);
        TrainingController controller(
            [kind](const engine::TrainConfig &, engine::RunId, engine::TrainObserver &, std::stop_token, engine::RunControl &) {
                if (kind == 0)
                    throw std::runtime_error("boom");
                if (kind == 1)
                    throw 42;
            });
        QSignalSpy failed(&controller, &TrainingController::failed);
        QSignalSpy ended(&controller, &TrainingController::ended);
        controller.start({});
        QTRY_COMPARE(failed.size(), 1);
        QCOMPARE(ended.size(), 1);
        const auto event = failed.first().first().value<engine::Failed>();
        QCOMPARE(event.run, engine::RunId(1));
        QVERIFY(!event.sentence.empty());
        QCOMPARE(QString::fromStdString(event.sentence).contains("boom"), kind == 0);
    }

    void exactlyOneEnd()
    {
        TrainingController controller([](const engine::TrainConfig &, engine::RunId run,
                                         engine::TrainObserver &observer, std::stop_token, engine::RunControl &) {
            observer.onFinished({ run, endOf(run) });
            observer.onFailed({ run, "again" });
            throw std::runtime_error("and again");
        });
        QSignalSpy finished(&controller, &TrainingController::finished);
        QSignalSpy failed(&controller, &TrainingController::failed);
        QSignalSpy ended(&controller, &TrainingController::ended);
        controller.start({});
        QTRY_COMPARE(ended.size(), 1);
        QTest::qWait(20);
        QCOMPARE(finished.size(), 1);
        QCOMPARE(failed.size(), 0);
        QCOMPARE(ended.size(), 1);
    }

    void staleEventsAreDropped()
    {
        // A broken engine that tags an event with an earlier run, and one that talks after its end.
        TrainingController controller([](const engine::TrainConfig &, engine::RunId run,
                                         engine::TrainObserver &observer, std::stop_token, engine::RunControl &) {
            engine::BatchEnd batch;
            batch.run = run - 1;
            observer.onBatchEnd(batch);
            observer.onFinished({ run, endOf(run) });
            batch.run = run;
            observer.onBatchEnd(batch);
        });
        QSignalSpy batches(&controller, &TrainingController::batchEnd);
        QSignalSpy ended(&controller, &TrainingController::ended);
        controller.start({});
        QTRY_COMPARE(ended.size(), 1);
        controller.start({});
        QTRY_COMPARE(ended.size(), 2);
        QTest::qWait(20);
        QCOMPARE(batches.size(), 0);
    }

    void destructionStopsAndWaits()
    {
        std::atomic<bool> saved = false;
        {
            TrainingController controller([&saved](const engine::TrainConfig &, engine::RunId run,
                                                   engine::TrainObserver &observer, std::stop_token stop, engine::RunControl &) {
                saved = waitForStop(stop);
                observer.onStopped({ run, endOf(run) });
            });
            controller.start({});
            QTest::qWait(20);
        }
        QVERIFY(saved);
    }

    void gateKeepsOrder()
    {
        app::EventGate gate;
        QList<int> seen;
        gate.post([&] { seen << 1; });
        gate.post([&] {
            seen << 2;
            gate.post([&] { seen << 4; });
        });
        gate.post([&] { seen << 3; });
        QVERIFY(seen.isEmpty());
        gate.open();
        gate.post([&] { seen << 5; });
        QCOMPARE(seen.size(), 5);
        QCOMPARE(seen.mid(0, 2), QList<int>({ 1, 2 }));
        QCOMPARE(seen.last(), 5);
    }

private:
    static app::RunFunction stoppable()
    {
        return [](const engine::TrainConfig &, engine::RunId run, engine::TrainObserver &observer,
                  std::stop_token stop, engine::RunControl &) {
            if (waitForStop(stop))
                observer.onStopped({ run, endOf(run) });
        };
    }
};

QTEST_GUILESS_MAIN(TestTrainingController)
#include "tst_training_controller.moc"
