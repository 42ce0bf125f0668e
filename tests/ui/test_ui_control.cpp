// SPDX-License-Identifier: GPL-3.0-or-later
// Pausing, changing and stopping as the window offers it, and the lines events leave on the charts.
#include "tests/ui/fixtures.h"
#include "ui/charts/event_words.h"
#include "ui/charts/run_charts.h"
#include "ui/command_palette.h"
#include "ui/launch_panel.h"
#include "ui/main_window.h"
#include "ui/monitor/run_controls.h"
#include "ui/run_header.h"

#include <QtGui/QAction>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QListView>
#include <QtWidgets/QMenu>
#include <QtWidgets/QMenuBar>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QSpinBox>

using namespace torchdeck;
using namespace torchdeck::ui;

namespace {

struct Running {
    Running()
    {
        window.show();
        fixtures::feedRun(window, 10, 3);
        window.onBatchEnd(fixtures::batch(3, 10, 4));
        header = window.findChild<RunHeader *>();
        header->refreshNow();
    }
    void tell(engine::RunEventKind kind, double position, const char *text = "")
    {
        window.onRunEvent({ fixtures::run, kind, position, 12, text, 14, 5, -1, false });
    }
    QAction *action(const QString &words)
    {
        const auto menus = window.menuBar()->findChildren<QMenu *>();
        for (const QMenu *menu : menus) {
            for (QAction *action : menu->actions()) {
                if (QString(action->text()).remove(QLatin1Char('&')) == words)
                    return action;
            }
        }
        return nullptr;
    }
    MainWindow window;
    RunHeader *header = nullptr;
};

} // namespace

class TestUiControl : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void pauseAndContinue()
    {
        Running r;
        QSignalSpy asked(&r.window, &MainWindow::pauseRequested);
        RunControls *controls = r.header->controls();
        QVERIFY(controls->isVisible());
        QTest::mouseClick(controls->pauseButton(), Qt::LeftButton);
        QCOMPARE(asked.takeFirst().first().toBool(), true);
        QCOMPARE(r.header->stateText(), QStringLiteral("Pausing"));
        QVERIFY(r.action("Pause")->isChecked());
        r.window.onBatchEnd(fixtures::batch(3, 10, 5)); // the batch that was going on
        QCOMPARE(r.header->stateText(), QStringLiteral("Pausing"));
        r.tell(engine::RunEventKind::Paused, 3.3);
        QCOMPARE(r.header->stateText(), QStringLiteral("Paused"));
        QCOMPARE(controls->pauseButton()->accessibleName(), QStringLiteral("Continue"));
        r.action("Pause")->trigger();
        QCOMPARE(asked.takeFirst().first().toBool(), false);
        r.tell(engine::RunEventKind::Continued, 3.3);
        QCOMPARE(r.header->stateText(), QStringLiteral("Training"));
        QVERIFY(!r.action("Pause")->isChecked());
    }

    void stopNowAndAfterTheEpoch()
    {
        Running r;
        RunControls *controls = r.header->controls();
        QSignalSpy after(&r.window, &MainWindow::stopAfterEpochRequested);
        QSignalSpy now(&r.window, &MainWindow::stopRequested);
        QSignalSpy skip(&r.window, &MainWindow::skipFinalValidationRequested);
        controls->stopAfterEpochAction()->trigger();
        QCOMPARE(after.takeFirst().first().toBool(), true);
        QVERIFY(r.header->planText().contains(QStringLiteral("stops")));
        r.action("Stop after this epoch")->trigger(); // taken back
        QCOMPARE(after.takeFirst().first().toBool(), false);
        QCOMPARE(r.header->planText(), QString());
        QVERIFY(!controls->skipAction()->isEnabled());
        controls->stopNowAction()->trigger();
        QCOMPARE(now.size(), 1);
        QCOMPARE(r.header->stateText(), QStringLiteral("Stopping"));
        QVERIFY(!controls->pauseButton()->isEnabled());
        QVERIFY(r.window.findChild<LaunchPanel *>()->state() == LaunchPanel::State::Stopping);
        controls->skipAction()->trigger();
        QCOMPARE(skip.size(), 1);
        engine::Stopped end { fixtures::run, fixtures::trainEnd(10) };
        end.end.stopped = true;
        r.window.onStopped(end);
        QVERIFY(!controls->isVisible());
        QVERIFY(!r.action("Pause")->isEnabled());
    }

    void thePlanChangesWhileItRuns()
    {
        Running r;
        QSignalSpy asked(&r.window, &MainWindow::planChangeRequested);
        r.action("Change epochs, patience...")->trigger();
        auto *dialog = r.window.findChild<PlanDialog *>();
        QVERIFY(dialog);
        QVERIFY(dialog->change().empty());
        QCOMPARE(dialog->epochs()->minimum(), 4); // the fourth has begun
        dialog->epochs()->setValue(14);
        dialog->patience()->setValue(5);
        dialog->accept();
        QCOMPARE(asked.size(), 1);
        const auto change = asked.first().first().value<engine::PlanChange>();
        QVERIFY(change == (engine::PlanChange { 14, 5, std::nullopt }));
        QVERIFY(r.header->planText().contains(QStringLiteral("14")));
        r.tell(engine::RunEventKind::Changed, 4, "epochs 10 -> 14, patience 100 -> 5");
        QCOMPARE(r.header->planText(), QString());
        QCOMPARE(r.header->controls()->plan().epochs, 14);
        QVERIFY(r.header->tile(RunHeader::Epoch)->value().contains(QStringLiteral("14")));
    }

    void aTimeLimitDecidesTheEpochs()
    {
        PlanDialog dialog({ 10, 5, -1, 2, true });
        QVERIFY(!dialog.epochs()->isEnabled());
        dialog.savePeriod()->setValue(0); // off as well
        QVERIFY(dialog.change().empty());
        dialog.savePeriod()->setValue(3);
        QVERIFY(dialog.change() == (engine::PlanChange { std::nullopt, std::nullopt, 3 }));
    }

    void eventsAreLinesOnEveryChart()
    {
        Running r;
        auto *charts = r.window.findChild<RunCharts *>();
        QTRY_VERIFY(!charts->chart(RunCharts::Metrics)->isEmpty());
        charts->refreshNow();
        LineChart *chart = charts->chart(RunCharts::Metrics);
        const QImage before = chart->grab().toImage();
        r.tell(engine::RunEventKind::Changed, 2, "epochs 10 -> 14");
        r.tell(engine::RunEventKind::Paused, 2);
        r.tell(engine::RunEventKind::Continued, 2);
        for (int which = 0; which < RunCharts::ChartCount; ++which) {
            const auto &markers = charts->chart(static_cast<RunCharts::Chart>(which))->markers();
            QCOMPARE(markers.size(), std::size_t(1));
            QCOMPARE(markers[0].label, QStringLiteral("epochs 10 \u2192 14, Paused"));
        }
        QVERIFY(chart->grab().toImage() != before);
        r.window.onRunEvent(
            { fixtures::run + 5, engine::RunEventKind::Paused, 3, 1, "", 1, 1, 1, false }); // another run
        QCOMPARE(chart->markers().size(), std::size_t(1));
        r.window.onPretrainRoutineStart(fixtures::pretrainStart(10));
        QVERIFY(chart->markers().empty());
    }

    void thePaletteKnowsThem()
    {
        Running r;
        CommandPalette palette(*r.window.menuBar());
        QStringList words;
        for (int i = 0; i < palette.list()->model()->rowCount(); ++i)
            words << palette.list()->model()->index(i, 0).data().toString();
        for (const char *wanted :
             { "Run: Pause", "Run: Stop after this epoch", "Run: Change epochs, patience..." })
            QVERIFY2(words.contains(QLatin1String(wanted)), wanted);
    }
};

QTEST_MAIN(TestUiControl)
#include "test_ui_control.moc"
