// SPDX-License-Identifier: GPL-3.0-or-later
// Runs made by anybody: reading, watching, the table, comparing, resuming.
#include "tests/ui/run_folders.h"
#include "ui/charts/line_chart.h"
#include "ui/launch_panel.h"
#include "ui/main_window.h"
#include "ui/notice_bar.h"
#include "ui/runs/argument_diff_model.h"
#include "ui/runs/run_compare.h"
#include "ui/runs/run_list_model.h"
#include "ui/runs/run_reader.h"
#include "ui/runs/runs_page.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QTemporaryDir>
#include <QtTest/QAbstractItemModelTester>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMessageBox>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QScrollBar>
#include <QtWidgets/QTableView>

#include <cmath>

using namespace torchdeck;
using namespace torchdeck::ui;
using fixtures::RunFiles;
using Mode = QAbstractItemModelTester::FailureReportingMode;

namespace {

constexpr qint64 now = 1'900'000'000'000; ///< long after the files' dates

RunSummary summary(const QString &folder) { return readRun(folder, nullptr, now).value(); }

} // namespace

class TestUiRuns : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_home;

private Q_SLOTS:
    void initTestCase() { qputenv("XDG_DATA_HOME", m_home.path().toUtf8()); } // its trash, not the user's

    void argsAreReadAsUltralyticsWritesThem()
    {
        const auto args = parseArgs("task: detect\nmodel: yolov8n.pt\ndata: 'a: b/data.yaml'\nepochs: 50\n"
                                    "time: null\nclasses:\n- 0\n- 3\nname: \"it\"\nsave_period: -1\n# comment: 1\n");
        QCOMPARE(args.value("model"), QStringLiteral("yolov8n.pt"));
        QCOMPARE(args.value("data"), QStringLiteral("a: b/data.yaml"));
        QCOMPARE(args.value("classes"), QStringLiteral("[0, 3]"));
        QCOMPARE(args.value("save_period"), QStringLiteral("-1"));
        QVERIFY(!args.contains("time"));
        QStringList refused;
        const engine::TrainConfig config = configOf(args, &refused);
        QCOMPARE(config.epochs, 50);
        QCOMPARE(config.classes, (std::vector<int> { 0, 3 }));
        QVERIFY2(refused.isEmpty(), qPrintable(refused.join('\n')));
    }

    void resultsKeepWhatCounts()
    {
        // Padded names as before 8.1; a resume that wrote epoch 2 again with a clock of its own; a torn last line.
        const RunCurves curves = parseResults("   epoch,   time, train/box_loss, metrics/mAP50-95(B)\n"
                                              "1, 10, 2.5, 0.1\n2, 20, 2.0, 0.2\n3, 30, 1.9, nan\n"
                                              "2, 8, 2.1, 0.25\n3, 17, 1.8, 0.3\n4, 26, 1.7");
        QCOMPARE(curves.epochs, (std::vector<double> { 1, 2, 3 }));
        QCOMPARE(curves.columns[0], (std::vector<double> { 2.5, 2.1, 1.8 }));
        QCOMPARE(curves.columns[1], (std::vector<double> { 0.1, 0.25, 0.3 }));
        QCOMPARE(curves.seconds, 47.0); // 30 before the break, 17 after it
        QVERIFY(parseResults("").epochs.empty());
        QVERIFY(parseResults("epoch,time").epochs.empty());
        const RunCurves one = parseResults("epoch,a,b\n1,,x\n", { QStringLiteral("b") });
        QCOMPARE(one.names, QStringList { QStringLiteral("b") });
        QVERIFY(std::isnan(one.columns[0][0]));
    }

    void statesAreJudgedByTheFiles()
    {
        QTemporaryDir dir;
        QCOMPARE(summary(RunFiles(dir, "full").epochs(5, 5).write()).state, RunState::Finished);
        QCOMPARE(summary(RunFiles(dir, "cut").epochs(3, 5).lastPt().write()).state, RunState::Interrupted);
        QCOMPARE(summary(RunFiles(dir, "lost").epochs(3, 5).write()).state, RunState::Broken);
        QCOMPARE(summary(RunFiles(dir, "empty").epochs(0, 5).write()).state, RunState::Broken);
        QCOMPARE(summary(RunFiles(dir, "patient").epochs(30, 100).best(4).patience(20).lastPt().write()).state,
                 RunState::EndedEarly);
        QCOMPARE(summary(RunFiles(dir, "impatient").epochs(30, 100).best(28).patience(20).lastPt().write()).state,
                 RunState::Interrupted);
        const QString live = RunFiles(dir, "live").epochs(3, 5).lastPt().write();
        const auto run = readRun(live, nullptr, QDateTime::currentMSecsSinceEpoch());
        QCOMPARE(run->state, RunState::Running);
        torchdeck::engine::RunEvent stopped;
        stopped.kind = torchdeck::engine::RunEventKind::Stopped;
        torchdeck::engine::appendRunEvent(live.toStdString(), stopped);
        const qint64 soon = QDateTime::currentMSecsSinceEpoch();
        QCOMPARE(readRun(live, &*run, soon)->state, RunState::Interrupted); // at once, though its files are fresh
        stopped.kind = torchdeck::engine::RunEventKind::Resumed;
        torchdeck::engine::appendRunEvent(live.toStdString(), stopped);
        QCOMPARE(readRun(live, &*run, soon)->state, RunState::Running);
        QVERIFY(!readRun(dir.path(), nullptr, now)); // no run itself
    }

    void theRunsFolderOfAnInstalledUltralytics()
    {
        QTemporaryDir dir;
        const auto write = [&](const QString &path, const QByteArray &text) {
            QDir().mkpath(QFileInfo(dir.filePath(path)).path());
            QFile file(dir.filePath(path));
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
        };
        const QByteArray before = qgetenv("YOLO_CONFIG_DIR"), xdg = qgetenv("XDG_CONFIG_HOME");
        const auto restore = qScopeGuard([&] {
            before.isEmpty() ? qunsetenv("YOLO_CONFIG_DIR") : qputenv("YOLO_CONFIG_DIR", before);
            xdg.isEmpty() ? qunsetenv("XDG_CONFIG_HOME") : qputenv("XDG_CONFIG_HOME", xdg);
        });
        qunsetenv("YOLO_CONFIG_DIR");
        qputenv("XDG_CONFIG_HOME", dir.path().toUtf8());
        QCOMPARE(ultralyticsRunsFolder(), QString()); // not installed
        for (const QByteArray &useless : { QByteArray("not json"), QByteArray("{}"), QByteArray("[1]"), QByteArray(),
                                           QByteArray(R"({"runs_dir": 5})"), QByteArray(R"({"runs_dir": "runs"})") }) {
            write("Ultralytics/settings.json", useless);
            QCOMPARE(ultralyticsRunsFolder(), QString());
        }
        write("Ultralytics/settings.json", R"({"settings_version": "0.0.6", "runs_dir": "/data/./runs/"})");
        QCOMPARE(ultralyticsRunsFolder(), QStringLiteral("/data/runs"));
        qputenv("YOLO_CONFIG_DIR", dir.filePath("own").toUtf8());
        QCOMPARE(ultralyticsRunsFolder(), QString());
        write("own/settings.json", R"({"runs_dir": "/old"})"); // where 8.3 keeps it
        QCOMPARE(ultralyticsRunsFolder(), QStringLiteral("/old"));
        write("own/Ultralytics/settings.json", R"({"runs_dir": "/new"})");
        QCOMPARE(ultralyticsRunsFolder(), QStringLiteral("/new"));
    }

    void theBestEpochIsShownAndNotesTravel()
    {
        QTemporaryDir dir;
        const QString folder = RunFiles(dir, "a").epochs(10, 10).best(7).write();
        RunSummary run = summary(folder);
        QCOMPARE(run.bestEpoch, 7);
        QCOMPARE(run.epochsPlanned, 10);
        QCOMPARE(run.seconds, 100.0);
        QCOMPARE(writeNotes(folder, { "good", "small" }, QStringLiteral("\"quoted\"\nline")), QString());
        run = summary(folder);
        QCOMPARE(run.tags, (QStringList { "good", "small" }));
        QCOMPARE(run.note, QStringLiteral("\"quoted\"\nline"));
        QVERIFY(!writeNotes(dir.path() + "/nowhere", {}, {}).isEmpty());
    }

    void theModelFollowsChanges()
    {
        RunListModel model;
        const QAbstractItemModelTester tester(&model, Mode::QtTest);
        RunSummary a, b;
        a.folder = "/runs/a", a.name = "a", a.map5095 = 0.5, a.seconds = 90;
        b.folder = "/runs/b", b.name = "b", b.arguments = { { "lr0", "0.01" } }, b.state = RunState::Finished;
        model.apply({ a, b });
        QCOMPARE(model.rowCount(), 2);
        a.map5095 = 0.6;
        QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
        model.apply({ a });
        QCOMPARE(changes.count(), 1);
        QCOMPARE(model.index(0, RunListModel::Map5095).data().toString(), QStringLiteral("0.600"));
        QSignalSpy edits(&model, &RunListModel::notesEdited);
        QVERIFY(model.setData(model.index(0, RunListModel::Tags), " x , y,,x ", Qt::EditRole));
        QCOMPARE(edits.at(0).at(1).toStringList(), (QStringList { "x", "y" }));
        QVERIFY(!model.setData(model.index(0, RunListModel::Name), "z", Qt::EditRole));

        RunFilter filter;
        filter.setSourceModel(&model);
        const QAbstractItemModelTester filterTester(&filter, Mode::QtTest);
        filter.setSearch("lr0=0.01");
        QCOMPARE(filter.rowCount(), 1);
        filter.setSearch("X");
        QCOMPARE(filter.index(0, 0).data().toString(), QStringLiteral("a"));
        filter.setSearch({});
        filter.setState(int(RunState::Finished));
        QCOMPARE(filter.rowCount(), 1);
        filter.setState(-1);
        filter.sort(RunListModel::Map5095, Qt::DescendingOrder); // no value sorts last
        QCOMPARE(filter.index(0, 0).data().toString(), QStringLiteral("a"));
        model.remove({ "/runs/a" });
        QCOMPARE(model.rowOf("/runs/b"), 0);
        QCOMPARE(model.rowCount(), 1);
    }

    void differencesStandSideBySide()
    {
        ArgumentDiffModel model;
        const QAbstractItemModelTester tester(&model, Mode::QtTest);
        RunSummary a, b;
        a.name = "a", a.arguments = { { "lr0", "0.01" }, { "epochs", "5" }, { "name", "a" } };
        b.name = "b", b.arguments = { { "lr0", "0.02" }, { "epochs", "5" }, { "name", "b" } };
        model.setRuns({ a, b });
        QCOMPARE(model.rowCount(), 1);
        QCOMPARE(model.columnCount(), 3);
        QCOMPARE(model.index(0, 2).data().toString(), QStringLiteral("0.02"));
        model.setOnlyDifferences(false);
        QCOMPARE(model.rowCount(), 2);
        model.setRuns({});
        QCOMPARE(model.rowCount(), 0);
    }

    void aRunOfAnotherProgramShowsLive()
    {
        QTemporaryDir dir;
        RunsPage page;
        page.show();
        QVERIFY(page.showsEmptyState());
        page.watcher()->setRoots({ dir.path() });
        RunFiles python(dir, "detect/train");
        python.epochs(2, 20).write();
        page.watcher()->rescan();
        QTRY_COMPARE(page.model()->rowCount(), 1);
        QVERIFY(!page.showsEmptyState());
        QCOMPARE(page.model()->run(0).state, RunState::Running);
        page.table()->selectRow(0);
        QTRY_VERIFY(!page.compare()->chart()->isEmpty());
        QCOMPARE(page.compare()->chart()->points(0).size(), std::size_t(2));
        python.epochs(3, 20).write();
        page.watcher()->rescan();
        QTRY_COMPARE(page.model()->run(0).epochsDone, 3);
        QTRY_COMPARE(page.compare()->chart()->points(0).size(), std::size_t(3));
        page.model()->setData(page.model()->index(0, RunListModel::Note), "mine", Qt::EditRole);
        QTRY_COMPARE(summary(dir.filePath("detect/train")).note, QStringLiteral("mine"));
        QVERIFY(QDir(dir.filePath("detect")).removeRecursively());
        page.watcher()->rescan();
        QTRY_COMPARE(page.model()->rowCount(), 0);
    }

    /// A run that was killed a moment ago looks alive: the offer to go on waits until it is known to be dead.
    void theOfferWaitsForARunThatMayBeAlive()
    {
        QTemporaryDir dir;
        const QString folder = RunFiles(dir, "train").epochs(2, 9).lastPt().write();
        RunsPage page;
        QSignalSpy offered(&page, &RunsPage::interruptedFound);
        QSignalSpy scanned(page.watcher(), &RunWatcher::scanned);
        page.watcher()->setRoots({ dir.path() });
        QTRY_COMPARE(page.model()->rowCount(), 1);
        QTRY_VERIFY(!scanned.isEmpty());
        QCOMPARE(page.model()->run(0).state, RunState::Running);
        QVERIFY(offered.isEmpty());
        RunFiles(dir, "train").epochs(2, 9).lastPt().aged().write();
        page.watcher()->rescan();
        QTRY_COMPARE(offered.count(), 1);
        const auto before = scanned.count();
        page.watcher()->rescan();
        QTRY_VERIFY(scanned.count() > before);
        QCOMPARE(offered.count(), 1); // once
    }

    void theOwnRunIsRunningUntilItEnds()
    {
        QTemporaryDir dir;
        const QString folder = RunFiles(dir, "train").epochs(2, 9).lastPt().aged().write();
        RunsPage page;
        page.watcher()->setRoots({ dir.path() });
        QTRY_COMPARE(page.model()->rowCount(), 1);
        QCOMPARE(page.model()->run(0).state, RunState::Interrupted); // its files are an hour old
        page.watcher()->setOwnRun(QDir().relativeFilePath(folder), true); // as the engine may say it
        QTRY_COMPARE(page.model()->run(0).state, RunState::Running);
        RunFiles(dir, "train").epochs(3, 9).lastPt().write(); // fresh files: only the window knows that it stopped
        page.watcher()->setOwnRun(folder, false);
        QTRY_COMPARE(page.model()->run(0).state, RunState::Interrupted);
        QCOMPARE(page.model()->run(0).epochsDone, 3);
    }

    void aClickOnACurveFindsItsRun()
    {
        QTemporaryDir dir;
        for (int i = 0; i < 30; ++i)
            RunFiles(dir, QStringLiteral("r%1").arg(i, 2, 10, QLatin1Char('0'))).epochs(20, 20).level(i / 40.0).write();
        RunsPage page;
        page.resize(1200, 800);
        page.show();
        QVERIFY(QTest::qWaitForWindowExposed(&page));
        page.watcher()->setRoots({ dir.path() });
        QTRY_COMPARE(page.model()->rowCount(), 30);
        page.table()->selectAll();
        LineChart *chart = page.compare()->chart();
        QTRY_COMPARE(chart->lineCount(), 30);
        for (int line = 0; line < 30; ++line) // each that comes may move the axes
            QTRY_VERIFY(!chart->points(line).empty());
        QSignalSpy picked(page.compare(), &RunCompare::runPicked);
        // A line whose neighbours are far enough away to be meant, once the axes lie still.
        QPoint at, before;
        do {
            before = fixtures::pixelOf(*chart, 29, 10);
            QTest::qWait(100);
            at = fixtures::pixelOf(*chart, 29, 10);
        } while (at != before);
        QTest::mouseClick(chart->viewport(), Qt::LeftButton, {}, at);
        QCOMPARE(picked.count(), 1);
        const QString folder = page.compare()->folderOfLine(29);
        QCOMPARE(picked[0][0].toString(), folder);
        QCOMPARE(page.table()->currentIndex().data(RunListModel::FolderRole).toString(), folder);
        QCOMPARE(page.table()->selectionModel()->selectedRows().size(), 30); // still compared
    }

    void interruptedRunsOfferToGoOn()
    {
        QTemporaryDir dir;
        const QString folder = RunFiles(dir, "train4").epochs(3, 9).lastPt().aged().write();
        MainWindow window;
        window.show();
        window.setLaunchConfig({});
        QSignalSpy starts(&window, &MainWindow::startRequested);
        window.setRunFolders({ dir.path() });
        auto *notice = window.findChild<NoticeBar *>();
        QTRY_VERIFY(notice->isVisible());
        QVERIFY2(notice->text().contains("train4") && notice->text().contains("3 of 9"), qPrintable(notice->text()));
        notice->offerButton()->click();
        QCOMPARE(starts.count(), 1);
        const auto config = starts[0][0].value<engine::TrainConfig>();
        QVERIFY(config.resume);
        QCOMPARE(config.model, (folder + "/weights/last.pt").toStdString());
        QVERIFY(!window.launchConfig().resume); // the form is for the next new run
        QVERIFY(!notice->isVisible());
    }

    void aRunFolderIsOpenedByPath()
    {
        QTemporaryDir dir;
        const QString folder = RunFiles(dir, "x/train").epochs(3, 3).write();
        MainWindow window;
        window.show();
        QVERIFY(window.openPath(folder));
        auto *page = window.findChild<RunsPage *>();
        QTRY_COMPARE(page->table()->currentIndex().data(RunListModel::FolderRole).toString(), folder);
        QVERIFY(page->isVisible());
        QVERIFY(!window.openPath(dir.path() + "/nothing"));
    }

    void trashAsksAndSparesRunningOnes()
    {
        QTemporaryDir dir;
        RunFiles(dir, "live").epochs(1, 9).write();
        RunFiles(dir, "old").epochs(9, 9).write();
        RunsPage page;
        page.show();
        page.watcher()->setRoots({ dir.path() });
        QTRY_COMPARE(page.model()->rowCount(), 2);
        page.table()->selectAll();
        QTest::qWait(100);
        page.trashSelected();
        QVERIFY(!page.findChild<QMessageBox *>());
        page.table()->clearSelection();
        page.selectRun(dir.filePath("old"));
        QTest::qWait(100);
        page.trashSelected();
        auto *box = page.findChild<QMessageBox *>();
        QVERIFY(box && box->isVisible());
        QVERIFY(box->informativeText().contains(dir.filePath("old")));
        for (QAbstractButton *button : box->buttons()) {
            if (box->buttonRole(button) == QMessageBox::DestructiveRole)
                button->click();
        }
        QTRY_COMPARE(page.model()->rowCount(), 1);
        QVERIFY(!QFile::exists(dir.filePath("old")));
        QVERIFY(QFile::exists(m_home.filePath("Trash/files/old/results.csv"))); // and can come back
    }

    void aThousandRuns()
    {
        QTemporaryDir dir;
        for (int i = 0; i < 1000; ++i)
            RunFiles(dir, QStringLiteral("detect/train%1").arg(i)).epochs(300, 300).level(i / 2000.0).write();
        RunsPage page;
        page.resize(1400, 900);
        page.show();
        QVERIFY(QTest::qWaitForWindowExposed(&page));
        QElapsedTimer timer;
        timer.start();
        page.watcher()->setRoots({ dir.path() });
        QSignalSpy scanned(page.watcher(), &RunWatcher::scanned);
        fixtures::TurnMeter meter;
        while (scanned.isEmpty() && timer.elapsed() < 60'000)
            meter.turn();
        QCOMPARE(page.model()->rowCount(), 1000);
        qInfo("1000 runs of 300 epochs listed in %lld ms; %s", timer.elapsed(), qPrintable(meter.words()));
        page.table()->clearSelection();
        QItemSelection fifty(page.table()->model()->index(0, 0), page.table()->model()->index(49, 0));
        timer.restart();
        page.table()->selectionModel()->select(fifty, QItemSelectionModel::Select | QItemSelectionModel::Rows);
        LineChart *chart = page.compare()->chart();
        const auto allThere = [chart] {
            for (int i = 0; i < chart->lineCount(); ++i) {
                if (chart->points(i).empty())
                    return false;
            }
            return chart->lineCount() == 50;
        };
        while (!allThere() && timer.elapsed() < 60'000)
            QCoreApplication::processEvents();
        qInfo("50 of them compared in %lld ms", timer.elapsed());
        fixtures::TurnMeter scrolling, panning;
        for (int i = 0; i < 300; ++i) {
            page.table()->verticalScrollBar()->setValue(i * 40);
            scrolling.turn();
        }
        chart->zoomBy(0.3, 150);
        for (int i = 0; i < 300; ++i) {
            chart->panBy(i % 100 < 50 ? 0.02 : -0.02);
            panning.turn();
        }
        qInfo("scrolling: %s", qPrintable(scrolling.words()));
        qInfo("panning 50 curves: %s", qPrintable(panning.words()));
        QVERIFY(chart->isZoomed());
    }
};

QTEST_MAIN(TestUiRuns)
#include "test_ui_runs.moc"
