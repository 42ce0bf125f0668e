// SPDX-License-Identifier: GPL-3.0-or-later
// The run queue and the presets.
#include "tests/ui/fixtures.h"
#include "ui/launch_panel.h"
#include "ui/main_window.h"
#include "ui/notice_bar.h"
#include "ui/presets.h"
#include "ui/queue/queue_page.h"
#include "ui/source_diff.h"

#include <QtCore/QDir>
#include <QtCore/QMimeData>
#include <QtCore/QTemporaryDir>
#include <QtTest/QAbstractItemModelTester>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QListView>
#include <QtWidgets/QPushButton>

using namespace torchdeck;
using namespace torchdeck::ui;

namespace {

engine::TrainConfig named(int epochs)
{
    engine::TrainConfig config = fixtures::config(epochs);
    config.lr0 = 0.02;
    return config;
}

QStringList epochsOf(const RunQueue &queue)
{
    QStringList list;
    for (int row = 0; row < queue.rowCount(); ++row)
        list << QString::number(queue.item(row).config.epochs);
    return list;
}

} // namespace

class TestUiQueue : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void orderEditAndStates()
    {
        RunQueue queue;
        const QAbstractItemModelTester tester(&queue, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QVERIFY(!queue.takeNext());
        for (const int epochs : { 1, 2, 3, 4 })
            queue.add(named(epochs));
        queue.move(3, 0);
        QCOMPARE(epochsOf(queue), (QStringList { "4", "1", "2", "3" }));
        queue.move(0, 99);
        QCOMPARE(epochsOf(queue), (QStringList { "1", "2", "3", "4" }));
        QCOMPARE(queue.takeNext()->epochs, 1);
        QVERIFY(!queue.takeNext()); // one at a time
        queue.move(2, 0); // never above the running one
        QCOMPARE(epochsOf(queue), (QStringList { "1", "3", "2", "4" }));
        queue.remove(0); // it runs
        QCOMPARE(queue.rowCount(), 4);
        queue.ended(false, QStringLiteral("The disk is full."));
        QCOMPARE(queue.index(0).data(RunQueue::MessageRole).toString(), QStringLiteral("The disk is full."));
        queue.startedDirectly(named(9));
        QCOMPARE(epochsOf(queue), (QStringList { "1", "9", "3", "2", "4" }));
        queue.ended(true, {});
        queue.clearEnded();
        QCOMPARE(epochsOf(queue), (QStringList { "3", "2", "4" }));
        // A drop by the mouse is the same move.
        const std::unique_ptr<QMimeData> data(queue.mimeData({ queue.index(2) }));
        queue.dropMimeData(data.get(), Qt::MoveAction, 0, 0, {});
        QCOMPARE(epochsOf(queue), (QStringList { "4", "3", "2" }));
        QVERIFY(queue.index(0).data(RunQueue::DetailRole).toString().contains("lr0=0.02"));
    }

    void survivesARestart()
    {
        QTemporaryDir dir;
        const QString file = dir.filePath("state/run_queue.json");
        {
            RunQueue queue;
            QCOMPARE(queue.open(file), QString());
            for (const int epochs : { 5, 6, 7 })
                queue.add(named(epochs));
            queue.move(2, 0);
            (void)queue.takeNext(); // what ran is offered on the Runs page, not started again
        }
        RunQueue queue;
        QCOMPARE(queue.open(file), QString());
        QCOMPARE(epochsOf(queue), (QStringList { "5", "6" }));
        QCOMPARE(queue.item(0).config.lr0, 0.02);
        QCOMPARE(queue.item(0).config.data, fixtures::config(1).data);
    }

    void damageIsKeptAsideAndTold()
    {
        QTemporaryDir dir;
        const QString file = dir.filePath("run_queue.json");
        QFile damaged(file);
        QVERIFY(damaged.open(QIODevice::WriteOnly));
        damaged.write("{\"waiting\": [");
        damaged.close();
        RunQueue queue;
        QVERIFY(queue.open(file).contains(QStringLiteral("run_queue.json.broken-")));
        QCOMPARE(queue.rowCount(), 0);
        QCOMPARE(QDir(dir.path()).entryList({ "run_queue.json.broken-*" }).size(), 1);
        queue.add(named(1));
        queue.flush();
        QVERIFY(QFile::exists(file));
        RunQueue nowhere;
        (void)nowhere.open(QStringLiteral("/proc/none/run_queue.json"));
        QSignalSpy problems(&nowhere, &RunQueue::problem);
        nowhere.add(named(1));
        nowhere.flush();
        QTRY_COMPARE(problems.count(), 1);
    }

    void theWindowWorksThroughTheQueue()
    {
        QTemporaryDir dir;
        MainWindow window;
        window.show();
        window.setStateFolder(dir.path());
        auto *panel = window.findChild<LaunchPanel *>();
        auto *page = window.findChild<QueuePage *>();
        QSignalSpy starts(&window, &MainWindow::startRequested);
        window.setLaunchConfig(fixtures::config(5));
        panel->start(); // directly
        fixtures::feedRun(window, 5, 1);
        for (const int epochs : { 11, 12, 13 }) { // the form stays usable meanwhile
            window.setLaunchConfig(fixtures::config(epochs));
            panel->queueButton()->click();
        }
        QCOMPARE(starts.count(), 1);
        QCOMPARE(page->list()->model()->rowCount(), 4);
        QVERIFY(!page->startButton()->isEnabled());
        page->setAutomatic(true);
        QCOMPARE(starts.count(), 1); // still busy
        window.onFinished({ fixtures::run, fixtures::trainEnd(5) });
        QTRY_COMPARE(starts.count(), 2);
        QCOMPARE(starts[1][0].value<engine::TrainConfig>().epochs, 11);
        window.onFailed({ fixtures::run, "There is no model x.yaml.", "model", {}, true }); // goes on with the next
        QTRY_COMPARE(starts.count(), 3);
        QCOMPARE(starts[2][0].value<engine::TrainConfig>().epochs, 12);
        window.onStopped({ fixtures::run, fixtures::trainEnd(2) });
        QVERIFY(!page->automatic()); // the user wants it quiet
        QTest::qWait(50);
        QCOMPARE(starts.count(), 3);
        window.findChild<NoticeBar *>()->offerButton()->click();
        QTRY_COMPARE(starts.count(), 4);
        QCOMPARE(starts[3][0].value<engine::TrainConfig>().epochs, 13);
    }

    void whatWaitsIsOfferedAtTheNextStart()
    {
        QTemporaryDir dir;
        {
            RunQueue queue;
            (void)queue.open(dir.filePath("run_queue.json"));
            queue.add(named(3));
        }
        MainWindow window;
        window.show();
        QSignalSpy starts(&window, &MainWindow::startRequested);
        window.setStateFolder(dir.path());
        QCOMPARE(starts.count(), 0); // not by itself
        auto *notice = window.findChild<NoticeBar *>();
        QVERIFY(notice->isVisible());
        notice->offerButton()->click();
        QTRY_COMPARE(starts.count(), 1);
    }

    void editingKeepsTheRunsPlace()
    {
        MainWindow window;
        window.show();
        auto *panel = window.findChild<LaunchPanel *>();
        for (const int epochs : { 21, 22 }) {
            window.setLaunchConfig(named(epochs));
            panel->addToQueue();
        }
        window.setLaunchConfig({});
        auto *page = window.findChild<QueuePage *>();
        const auto *model = page->list()->model();
        Q_EMIT page->editRequested(0);
        QCOMPARE(window.launchConfig().epochs, 21);
        QCOMPARE(window.launchConfig().lr0, 0.02);
        QCOMPARE(model->rowCount(), 2); // nothing is lost when the window closes now
        engine::TrainConfig changed = window.launchConfig();
        changed.epochs = 99;
        window.setLaunchConfig(changed);
        panel->queueButton()->click();
        QCOMPARE(model->rowCount(), 2);
        QVERIFY(model->index(0, 0).data().toString().contains(QLatin1String("99")));
        QVERIFY(!panel->source()->isVisible());
        panel->queueButton()->click(); // the same once more: now a new one
        QCOMPARE(model->rowCount(), 3);
        // an unready form is not queued
        window.setLaunchConfig({});
        panel->addToQueue();
        QCOMPARE(model->rowCount(), 3);
        QVERIFY(!panel->problemOf(QStringLiteral("data")).isEmpty());
    }

    void anEditedRunThatStartsWaitsNoLonger()
    {
        MainWindow window;
        window.show();
        auto *panel = window.findChild<LaunchPanel *>();
        window.setLaunchConfig(named(21));
        panel->addToQueue();
        auto *page = window.findChild<QueuePage *>();
        Q_EMIT page->editRequested(0);
        QSignalSpy starts(&window, &MainWindow::startRequested);
        panel->start();
        QCOMPARE(starts.count(), 1);
        QCOMPARE(page->list()->model()->rowCount(), 1); // the running one
        QCOMPARE(page->list()->model()->index(0, 0).data(RunQueue::StateRole).toInt(), int(QueueState::Running));
    }

    void aCopyShowsWhatIsChanged()
    {
        LaunchPanel panel;
        panel.show();
        QVERIFY(!panel.source()->isVisible());
        panel.setCopy(QStringLiteral("train3"), named(21));
        QVERIFY(panel.source()->isVisible());
        QVERIFY(panel.source()->changes().empty());
        engine::TrainConfig changed = panel.config();
        changed.epochs = 50;
        changed.lr0 = 0.005;
        panel.setConfig(changed); // as a preset does
        const auto &changes = panel.source()->changes();
        QCOMPARE(changes.size(), std::size_t(2));
        QCOMPARE(changes[0].argument, QStringLiteral("epochs"));
        QCOMPARE(changes[0].before, QStringLiteral("21"));
        QCOMPARE(changes[0].now, QStringLiteral("50"));
        QCOMPARE(changes[1].argument, QStringLiteral("lr0"));
        Q_EMIT panel.source()->undoRequested(QStringLiteral("epochs"));
        QCOMPARE(panel.config().epochs, 21);
        QCOMPARE(panel.config().lr0, 0.005);
        QCOMPARE(panel.source()->changes().size(), std::size_t(1));
        panel.source()->forget();
        QVERIFY(!panel.source()->isVisible());
        QCOMPARE(panel.config().lr0, 0.005);
    }

    void argsYamlGoesOutAndComesBack()
    {
        engine::TrainConfig config = named(33);
        config.classes = { 1, 4 };
        config.data = "/sets/it's: #1/data.yaml";
        config.name = "yes: no";
        config.cosLr = true;
        QTemporaryDir dir;
        const QString file = dir.filePath("args.yaml");
        QCOMPARE(saveArgs(config, file), QString());
        QStringList refused;
        QString problem;
        const engine::TrainConfig back = loadArgs(file, &refused, &problem);
        QCOMPARE(problem, QString());
        QVERIFY2(refused.isEmpty(), qPrintable(refused.join('\n')));
        for (const engine::ArgumentInfo &info : engine::trainArguments()) {
            if (info.name == "name") // belongs to one run
                continue;
            QCOMPARE(engine::trainArgumentText(back, info.name), engine::trainArgumentText(config, info.name));
        }
        (void)loadArgs(dir.filePath("none.yaml"), &refused, &problem);
        QVERIFY(!problem.isEmpty());
    }

    void presetsAreSavedLoadedAndKeepTheDataSet()
    {
        QTemporaryDir dir;
        engine::TrainConfig current = named(44);
        PresetMenu menu([&current] { return current; });
        menu.setFolder(dir.filePath("presets"));
        QCOMPARE(menu.save(QStringLiteral("small boats")), QString());
        QVERIFY(!menu.save(QStringLiteral("../evil")).isEmpty());
        QVERIFY(!menu.save(QStringLiteral(" ")).isEmpty());
        QCOMPARE(menu.names(), QStringList { QStringLiteral("small boats") });
        current = fixtures::config(1);
        current.data = "/other/data.yaml";
        QSignalSpy chosen(&menu, &PresetMenu::chosen);
        menu.load(QStringLiteral("small boats"));
        const auto config = chosen[0][0].value<engine::TrainConfig>();
        QCOMPARE(config.epochs, 44);
        QCOMPARE(config.lr0, 0.02);
        QCOMPARE(config.data, std::string("/other/data.yaml"));
        for (const BuiltinPreset &preset : builtinPresets()) {
            engine::TrainConfig changed = fixtures::config(1);
            preset.apply(changed);
            QVERIFY2(engine::checkTrainConfig(changed).empty(), qPrintable(preset.name));
        }
    }
};

QTEST_MAIN(TestUiQueue)
#include "test_ui_queue.moc"
