// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/fixtures.h"
#include "tests/ui/run_folders.h"
#include "ui/charts/run_charts.h"
#include "ui/class_table.h"
#include "ui/main_window.h"
#include "ui/results_banner.h"
#include "ui/run_header.h"
#include "ui/run_panel.h"

#include <QtCore/QElapsedTimer>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QPushButton>

using namespace torchdeck;
using namespace torchdeck::ui;

namespace {

struct Parts {
    explicit Parts(MainWindow &window)
        : header(window.findChild<RunHeader *>())
        , charts(window.findChild<RunCharts *>())
        , banner(window.findChild<ResultsBanner *>())
        , classes(window.findChild<ClassTable *>())
    {
    }
    RunHeader *header;
    RunCharts *charts;
    ResultsBanner *banner;
    ClassTable *classes;
};

} // namespace

class TestUiRunView : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aWholeRunFillsChartsHeaderAndBanner()
    {
        MainWindow window;
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        const Parts parts(window);
        constexpr int epochs = 5;
        window.onPretrainRoutineStart(fixtures::pretrainStart(epochs));
        QVERIFY(parts.charts->chart(RunCharts::BatchLoss)->isEmpty());
        QCOMPARE(parts.header->title(), QStringLiteral("train3"));
        QCOMPARE(parts.header->stateText(), QStringLiteral("Preparing"));

        fixtures::feedRun(window, epochs, epochs);
        QTRY_VERIFY(!parts.charts->chart(RunCharts::Metrics)->isEmpty());
        parts.charts->refreshNow();
        QCOMPARE(parts.charts->batchPoints(), std::size_t(epochs * fixtures::batchesPerEpoch));
        const LineChart *batch = parts.charts->chart(RunCharts::BatchLoss);
        QCOMPARE(batch->lineCount(), 6);
        for (int line = 0; line < batch->lineCount(); ++line)
            QVERIFY(batch->pointCount(line) > epochs);
        for (const auto which : { RunCharts::EpochLoss, RunCharts::Metrics }) {
            for (int line = 0; line < parts.charts->chart(which)->lineCount(); ++line)
                QCOMPARE(parts.charts->chart(which)->pointCount(line), epochs);
        }
        QCOMPARE(parts.charts->chart(RunCharts::LearningRate)->pointCount(1), epochs);
        QVERIFY(parts.charts->legend(RunCharts::Metrics)->text().contains(QStringLiteral("mAP50-95 0.")));
        QCOMPARE(parts.header->tile(RunHeader::Epoch)->value(), QStringLiteral("5 of 5"));
        QCOMPARE(parts.classes->model()->rowCount(), 6);

        engine::FitEpochEnd last = fixtures::epochEnd(epochs - 1, epochs);
        last.finalEval = true;
        window.onFitEpochEnd(last); // best.pt once more: no sixth point
        parts.charts->refreshNow();
        QCOMPARE(parts.charts->chart(RunCharts::Metrics)->pointCount(0), epochs);

        QVERIFY(!parts.banner->isVisible());
        window.onFinished({ fixtures::run, fixtures::trainEnd(epochs) });
        QVERIFY(parts.banner->isVisible());
        const double map = engine::metricValue(fixtures::trainEnd(epochs).metrics, "metrics/mAP50-95(B)");
        QVERIFY(parts.banner->headline().endsWith(QLocale().toString(map, 'f', 3)));
        QCOMPARE(parts.header->stateText(), QStringLiteral("Finished"));
        QCOMPARE(parts.header->runPercent(), 100);
    }

    void viewModelWaitsForTheConfirmation()
    {
        MainWindow window;
        window.show();
        const Parts parts(window);
        fixtures::feedRun(window, 2, 2);
        hub::SessionStatus status = fixtures::syncing({});
        status.state = hub::SessionState::Finishing;
        window.setHubStatus(status);
        window.onFinished({ fixtures::run, fixtures::trainEnd(2) });
        QVERIFY(!parts.banner->viewButton()->isVisible());
        QVERIFY(parts.banner->detail().contains(QStringLiteral("Uploading the final model")));
        status.state = hub::SessionState::WaitingForServer;
        window.setHubStatus(status);
        QVERIFY(parts.banner->detail().contains(QStringLiteral("next start")));
        window.onRunConfirmed(fixtures::run + 1, QStringLiteral("other"),
                              QUrl(QStringLiteral("http://h/models/other")));
        QVERIFY(!parts.banner->viewButton()->isVisible()); // another run's
        QSignalSpy opened(&window, &MainWindow::openUrlRequested);
        const QUrl url(QStringLiteral("http://h/models/m4c1d"));
        window.onRunConfirmed(fixtures::run, QStringLiteral("m4c1d"), url);
        QVERIFY(parts.banner->viewButton()->isVisible());
        parts.banner->viewButton()->click();
        QCOMPARE(opened.count(), 1);
        QCOMPARE(opened[0][0].toUrl(), url);
    }

    void aRunConfirmedBeforeItsEndKeepsTheLink()
    {
        MainWindow window;
        window.show();
        const Parts parts(window);
        fixtures::feedRun(window, 2, 2);
        window.onRunConfirmed(fixtures::run, QStringLiteral("m"), QUrl(QStringLiteral("http://h/models/m")));
        window.onFinished({ fixtures::run, fixtures::trainEnd(2) });
        QVERIFY(parts.banner->viewButton()->isVisible());
    }

    void stoppedAndFailedSayWhatToDo()
    {
        MainWindow window;
        window.show();
        const Parts parts(window);
        fixtures::feedRun(window, 5, 2);
        window.onStopped({ fixtures::run, fixtures::trainEnd(2) });
        QCOMPARE(parts.header->stateText(), QStringLiteral("Stopped"));
        QVERIFY(parts.banner->headline().contains(QStringLiteral("2 epochs")));
        QVERIFY(parts.banner->detail().contains(QStringLiteral("resume")));

        fixtures::feedRun(window, 5, 1);
        QVERIFY(!parts.banner->isVisible());
        window.onFailed({ fixtures::run, "The disk is full.", {}, "write: ENOSPC", false });
        QCOMPARE(parts.header->stateText(), QStringLiteral("Failed"));
        QCOMPARE(parts.banner->headline(), QStringLiteral("The disk is full."));
    }

    void eventsOfAnotherRunAreDropped()
    {
        MainWindow window;
        window.show();
        const Parts parts(window);
        fixtures::feedRun(window, 5, 1);
        engine::BatchEnd stale = fixtures::batch(4, 5, 1);
        stale.run = fixtures::run - 1;
        window.onBatchEnd(stale);
        window.onFinished({ fixtures::run - 1, fixtures::trainEnd(5) });
        QCOMPARE(parts.charts->batchPoints(), std::size_t(fixtures::batchesPerEpoch));
        QVERIFY(!parts.banner->isVisible());
        QVERIFY(parts.header->stateText() != QStringLiteral("Finished"));
    }

    void missingAndBrokenNumbersLeaveGaps()
    {
        MainWindow window;
        window.show();
        const Parts parts(window);
        window.onPretrainRoutineStart(fixtures::pretrainStart(3));
        engine::BatchEnd bad = fixtures::batch(0, 3, 0);
        bad.boxLoss = std::numeric_limits<double>::quiet_NaN();
        bad.clsLoss = std::numeric_limits<double>::infinity();
        bad.batches = 0;
        bad.runSecondsLeft = std::numeric_limits<double>::quiet_NaN();
        window.onBatchEnd(bad);
        engine::FitEpochEnd empty;
        empty.run = fixtures::run;
        empty.epochs = 3;
        window.onFitEpochEnd(empty);
        parts.charts->refreshNow();
        QCOMPARE(parts.charts->batchPoints(), std::size_t(0));
        QCOMPARE(parts.charts->chart(RunCharts::Metrics)->pointCount(0), 0);
        QVERIFY(parts.charts->chart(RunCharts::Metrics)->isEmpty());
    }

    void fiftyThousandBatchesAreThrottled()
    {
        MainWindow window;
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        const Parts parts(window);
        window.onPretrainRoutineStart(fixtures::pretrainStart(2500));
        window.onPretrainRoutineEnd(fixtures::pretrainEnd(2500));
        QTest::qWait(50);
        const quint64 before = parts.charts->refreshes();
        QElapsedTimer total;
        total.start();
        while (total.elapsed() < 500) // the window's own first appearance
            QCoreApplication::processEvents();
        fixtures::TurnMeter meter;
        total.restart();
        for (int i = 0; i < 50'000; ++i) {
            window.onBatchEnd(
                fixtures::batch(i / fixtures::batchesPerEpoch, 2500, i % fixtures::batchesPerEpoch));
            if (i % 500 != 499)
                continue;
            // The loop runs for a while, as it would beside a fast training.
            QElapsedTimer turn;
            turn.start();
            while (turn.elapsed() < 15)
                meter.turn();
        }
        const qint64 elapsed = total.elapsed();
        const quint64 repaints = parts.charts->refreshes() - before;
        qInfo("50000 batches in %lld ms: %llu chart updates; %s; over 16 ms: %.4f %%", elapsed, repaints,
              qPrintable(meter.words()), 100 * meter.shareOver(16'000));
        QCOMPARE(parts.charts->batchPoints(), std::size_t(50'000));
        // Two charts follow the batches, each at most once in 100 ms; all four are pending at the start.
        QVERIFY2(repaints <= 2 * (static_cast<quint64>(elapsed) / 100 + 2) + 4,
                 qPrintable(QString::number(repaints)));
        QTRY_VERIFY(parts.charts->refreshes() > before);
        QVERIFY(parts.charts->chart(RunCharts::BatchLoss)->pointCount(0) <= 1030);
    }

    void threeMillionBatchesStayFluidAndSmall()
    {
        MainWindow window;
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        const Parts parts(window);
        constexpr int epochs = 300, batches = 10'000;
        window.onPretrainRoutineStart(fixtures::pretrainStart(epochs));
        QElapsedTimer total;
        total.start();
        while (total.elapsed() < 500)
            QCoreApplication::processEvents();
        fixtures::TurnMeter meter;
        engine::BatchEnd event = fixtures::batch(0, epochs, 0);
        event.batches = batches;
        for (int epoch = 0; epoch < epochs; ++epoch) {
            for (int batch = 0; batch < batches; ++batch) {
                event.epoch = epoch;
                event.batch = batch;
                event.boxLoss = 2.0 / (1 + epoch / 40.0) + 0.3 * ((batch * 7919) % 1000) / 1000.0;
                window.onBatchEnd(event);
                if (batch % 2000 == 0)
                    meter.turn();
            }
            window.onFitEpochEnd(fixtures::epochEnd(epoch, epochs));
            QElapsedTimer turn;
            turn.start();
            while (turn.elapsed() < 10)
                meter.turn();
        }
        qInfo("%d epochs of %d batches in %lld ms: %s; over 16 ms: %.4f %%", epochs, batches, total.elapsed(),
              qPrintable(meter.words()), 100 * meter.shareOver(16'000));
        QCOMPARE(parts.charts->batchPoints(), std::size_t(epochs) * batches);
        QTRY_VERIFY(parts.charts->chart(RunCharts::BatchLoss)->points(0).size() > 1000);
        QVERIFY(parts.charts->chart(RunCharts::BatchLoss)->points(0).size() <= 2 * 8192 + 1); // memory is bounded
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) // many times as slow
        QVERIFY(meter.shareOver(16'000) < 0.01);
#endif
    }
};

QTEST_MAIN(TestUiRunView)
#include "test_ui_run_view.moc"
