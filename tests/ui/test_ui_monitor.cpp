// SPDX-License-Identifier: GPL-3.0-or-later
// Patience meter, class history, system load.
#include "tests/ui/fixtures.h"
#include "ui/english_plurals.h"
#include "ui/monitor/class_history.h"
#include "ui/charts/chart_card.h"
#include "ui/monitor/system_view.h"
#include "ui/run_header.h"

#include <QtTest/QAbstractItemModelTester>
#include <QtTest/QTest>

#include <cmath>

using namespace torchdeck;
using namespace torchdeck::ui;

class TestUiMonitor : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { EnglishPlurals::install(); }

    void patienceIsCountedDown()
    {
        RunHeader header;
        header.show();
        engine::PretrainRoutineStart start = fixtures::pretrainStart(100);
        start.config.patience = 20;
        header.startRun(start);
        engine::FitEpochEnd event = fixtures::epochEnd(10, 100);
        event.bestEpoch = 10;
        header.setEpoch(event);
        QCOMPARE(header.patienceText(), QString()); // it is the best
        event = fixtures::epochEnd(22, 100);
        event.bestEpoch = 10;
        event.bestFitness = 0.431;
        header.setEpoch(event);
        QCOMPARE(header.patienceText(),
                 QStringLiteral("Stops in 8 epochs unless one is better than epoch 11 (fitness 0.431)"));
        event.epoch = 97;
        event.bestEpoch = 95; // the run ends first
        header.setEpoch(event);
        QCOMPARE(header.patienceText(), QString());
        event = fixtures::epochEnd(50, 100);
        event.bestEpoch = 40;
        header.setEpoch(event);
        QVERIFY(!header.patienceText().isEmpty());
        header.setEnd(fixtures::trainEnd(50));
        QCOMPARE(header.patienceText(), QString());
        start.config.patience = 0;
        header.startRun(start);
        header.setEpoch(event);
        QCOMPARE(header.patienceText(), QString());
    }

    void classesAreFollowedOverEpochs()
    {
        ClassHistory view;
        ClassHistoryModel &model = *view.model();
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        for (int epoch = 0; epoch < 12; ++epoch)
            view.addEpoch(fixtures::epochEnd(epoch, 30));
        QCOMPARE(model.rowCount(), 6);
        QCOMPARE(model.columnCount(), 12);
        QCOMPARE(model.headerData(11, Qt::Horizontal, Qt::DisplayRole).toInt(), 12);
        QCOMPARE(model.headerData(0, Qt::Vertical, Qt::DisplayRole).toString(), QStringLiteral("circle"));
        QVERIFY(model.forgotten().isEmpty());
        engine::FitEpochEnd bad = fixtures::epochEnd(12, 30);
        bad.classes[2].map5095 = 0.01; // triangle
        view.addEpoch(bad);
        QCOMPARE(model.forgotten(), QStringList { QStringLiteral("triangle") });
        QVERIFY(view.words().contains(QStringLiteral("triangle")));
        QVERIFY(model.index(2, 0).data(ClassHistoryModel::ForgottenRole).toBool());
        view.addEpoch(fixtures::epochEnd(12, 30)); // a resumed run repeats an epoch
        QCOMPARE(model.columnCount(), 13);
        QVERIFY(model.forgotten().isEmpty());
        engine::FitEpochEnd last = fixtures::epochEnd(29, 30);
        last.finalEval = true;
        view.addEpoch(last); // not a point in time
        QCOMPARE(model.columnCount(), 13);
        model.setValue(ClassHistoryModel::Recall);
        QCOMPARE(model.index(0, 0).data(ClassHistoryModel::ValueRole).toDouble(),
                 fixtures::epochEnd(0, 30).classes[0].recall);
        view.startRun();
        QCOMPARE(model.columnCount(), 0);
    }

    void loadIsReadFromProc()
    {
        const QByteArray mem = "MemTotal:       1000 kB\nMemFree: 1 kB\nMemAvailable:    250 kB\n";
        const SystemCounters a = parseCounters("cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 2 3\n", mem,
                                               "   8       0 sda 1 0 1000 0 1 0 500 0 0 300 400\n"
                                               "   8       1 sda1 1 0 900 0 1 0 500 0 0 300 400\n"
                                               " 259       0 nvme0n1 1 0 2048 0 1 0 0 0 0 900 900\n"
                                               " 259       1 nvme0n1p1 1 0 2048 0 1 0 0 0 0 900 900\n",
                                               1000);
        QCOMPARE(a.cpuTotal, 1000);
        QCOMPARE(a.cpuBusy, 150);
        QCOMPARE(a.diskBytes, (1000 + 500 + 2048) * 512);
        QCOMPARE(a.diskBusyMs, 900);
        SystemCounters b = a;
        b.cpuTotal += 400;
        b.cpuBusy += 100;
        b.diskBytes += 4096;
        b.diskBusyMs += 1000;
        b.atMs += 2000;
        const SystemLoad load = loadBetween(a, b);
        QCOMPARE(load.cpu, 0.25);
        QCOMPARE(load.memory, 0.75);
        QCOMPARE(load.diskBusy, 0.5);
        QCOMPARE(load.diskBytesPerSecond, 2048.0);
        QCOMPARE(loadBetween(a, a).cpu, 0.0); // no time passed
        if (QFile::exists(QStringLiteral("/proc/stat"))) {
            const auto real = readCounters(5);
            QVERIFY(real && real->cpuTotal > 0 && real->memoryTotal > real->memoryAvailable);
        }
    }

    void theVerdictNamesTheLimit()
    {
        const QString compute = verdict({ 0.97, 0.4, 0.1, 0 }, false), disk = verdict({ 0.3, 0.4, 0.95, 0 }, false),
                      memory = verdict({ 0.97, 0.97, 0.1, 0 }, false), idle = verdict({ 0.2, 0.4, 0.1, 0 }, false),
                      data = verdict({ 0.97, 0.4, 0.1, 0 }, true), free = verdict({ 0.3, 0.4, 0.1, 0 }, true);
        const QSet<QString> all { compute, disk, memory, idle, data, free };
        QCOMPARE(all.size(), 6);
        QVERIFY(compute.startsWith(QStringLiteral("Computing")));
        QVERIFY(disk.startsWith(QStringLiteral("The disk")));
        QVERIFY(memory.startsWith(QStringLiteral("Memory")));
    }

    void theDriverIsAskedAboutTheGpuThatTrains()
    {
        GpuMeter none(QStringLiteral("/no/such/library.so"));
        QVERIFY(!none.read(QStringLiteral("CUDA:0: NVIDIA Large")));
        GpuMeter meter(QStringLiteral(FAKE_NVML));
        const auto large = meter.read(QStringLiteral("CUDA:0: NVIDIA Large")); // CUDA counts the fastest first
        QVERIFY(large);
        QCOMPARE(large->busy, 0.9);
        QCOMPARE(large->memory, 0.75);
        QCOMPARE(meter.read(QStringLiteral("CUDA:1: NVIDIA Small")).value_or(GpuLoad()).busy, 0.05);
        QVERIFY(!meter.read(QStringLiteral("CPU: AMD")));
        qputenv("CUDA_VISIBLE_DEVICES", "1,0");
        QCOMPARE(meter.read(QStringLiteral("CUDA:0: unknown")).value_or(GpuLoad()).busy, 0.9);
        qunsetenv("CUDA_VISIBLE_DEVICES");
        QCOMPARE(meter.read(QStringLiteral("CUDA:7: NVIDIA Large")).value_or(GpuLoad()).busy, 0.9);
        qputenv("FAKE_NVML_DEAD", "1");
        QVERIFY(!meter.read(QStringLiteral("CUDA:0: NVIDIA Large")));
        GpuMeter dead(QStringLiteral(FAKE_NVML));
        QVERIFY(!dead.read(QStringLiteral("CUDA:0: NVIDIA Large")));
        qunsetenv("FAKE_NVML_DEAD");
    }

    void theGpuHasItsLinesAndItsSayInTheVerdict()
    {
        const QString busy = verdict({ 0.97, 0.4, 0.1, 0, GpuLoad { 0.95, 0.5 } }, true),
                      waits = verdict({ 0.3, 0.4, 0.1, 0, GpuLoad { 0.2, 0.5 } }, true),
                      starved = verdict({ 0.97, 0.4, 0.1, 0, GpuLoad { 0.2, 0.5 } }, true);
        QVERIFY(busy.startsWith(QStringLiteral("The GPU is the limit")));
        QVERIFY(waits.startsWith(QStringLiteral("The GPU waits")));
        QVERIFY(starved.startsWith(QStringLiteral("The processor is the limit")));
        SystemView view;
        view.setMeter(std::make_shared<GpuMeter>(QStringLiteral(FAKE_NVML)));
        view.startRun();
        view.addSample(2, { 0.5, 0.3, 0, 0 });
        QCOMPARE(view.shares()->chart()->lineCount(), 3); // nothing of a GPU where there is none
        view.setDevice(QStringLiteral("CUDA:0: NVIDIA Large"));
        QTRY_COMPARE_WITH_TIMEOUT(view.shares()->chart()->lineCount(), 5, 30'000);
        QVERIFY2(view.shares()->legend()->text().contains(QStringLiteral("GPU 90")), qPrintable(view.shares()->legend()->text()));
        QVERIFY(view.verdictText().startsWith(QStringLiteral("The GPU is the limit")));
        view.endRun();
    }

    void samplingLastsAsLongAsTheRun()
    {
        SystemView view;
        QVERIFY(!view.sampling());
        view.startRun();
        QCOMPARE(view.sampling(), QFile::exists(QStringLiteral("/proc/stat")));
        view.addSample(2, { 0.99, 0.3, 0, 0 });
        QCOMPARE(view.samples(), std::size_t(1));
        QCOMPARE(view.verdictText(), verdict({ 0.99, 0.3, 0, 0 }, false));
        view.setDevice(QStringLiteral("CUDA:0: NVIDIA X"));
        view.addSample(4, { 0.99, 0.3, 0, 0 });
        QCOMPARE(view.verdictText(), verdict({ 0.99, 0.3, 0, 0 }, true));
        view.endRun();
        QVERIFY(!view.sampling());
        view.startRun();
        QCOMPARE(view.samples(), std::size_t(0));
    }
};

QTEST_MAIN(TestUiMonitor)
#include "test_ui_monitor.moc"
