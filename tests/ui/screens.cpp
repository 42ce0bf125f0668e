// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/screens.h"

#include "tests/ui/fixtures.h"
#include "tests/ui/run_folders.h"
#include "tests/ui/screens_launch.h"
#include "ui/charts/run_charts.h"
#include "ui/class_table.h"
#include "ui/command_palette.h"
#include "ui/launch_panel.h"
#include "ui/main_window.h"
#include "ui/monitor/epoch_view.h"
#include "ui/monitor/pinned_view.h"
#include "ui/monitor/run_controls.h"
#include "ui/monitor/system_view.h"
#include "ui/presets.h"
#include "ui/quit_question.h"
#include "ui/results/image_browser.h"
#include "ui/results/results_page.h"
#include "ui/results/try_model.h"
#include "ui/run_header.h"
#include "ui/run_panel.h"
#include "ui/runs/run_reader.h"
#include "ui/runs/runs_page.h"
#include "ui/settings_dialog.h"
#include "ui/upload_queue_panel.h"

#include "torchdeck/engine/epoch_details.h"

#include <QtCore/QEventLoop>
#include <QtCore/QTimer>
#include <QtGui/QAction>
#include <QtGui/QPainter>
#include <QtWidgets/QApplication>
#include <QtWidgets/QDialog>
#include <QtWidgets/QListView>
#include <QtWidgets/QMenu>
#include <QtWidgets/QMenuBar>
#include <QtWidgets/QMessageBox>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QTableView>
#include <QtWidgets/QTabBar>

#include <cmath>

namespace torchdeck::screens {

/// Turns of the loop that each last a while: what one timer starts gets its turn too, on a busy machine as well.
void settle(int ms)
{
    constexpr int turns = 6;
    for (int i = 0; i < turns; ++i) {
        QEventLoop loop;
        QTimer::singleShot(ms / turns, &loop, &QEventLoop::quit);
        loop.exec();
    }
}

namespace {

QWidget *running(ui::MainWindow &window)
{
    prepareLaunch(window);
    fixtures::feedRun(window, 30, 18);
    for (int i = 0; i < 13; ++i)
        window.onBatchEnd(fixtures::batch(18, 30, i));
    window.setHubStatus(fixtures::syncing(hub::TimePoint::clock::now()));
    return &window;
}

QWidget *finished(ui::MainWindow &window)
{
    prepareLaunch(window);
    fixtures::feedRun(window, 30, 30);
    window.onFinished({ fixtures::run, fixtures::trainEnd(30) });
    hub::SessionStatus status = fixtures::syncing(hub::TimePoint::clock::now());
    status.state = hub::SessionState::Done;
    status.message = QStringLiteral("All 30 epochs and the final model are on HUB.");
    status.metrics = status.checkpoint = status.heartbeat = {};
    status.epochsSynced = 30;
    window.setHubStatus(status);
    window.onRunConfirmed(fixtures::run, status.modelId, status.modelUrl);
    return &window;
}

QWidget *queue(ui::MainWindow &window)
{
    running(window);
    const hub::TimePoint now = hub::TimePoint::clock::now();
    window.setHubStatus(fixtures::waitingForServer(now));
    window.setUploads(fixtures::failingUploads(now));
    return &window;
}

QWidget *problems(ui::MainWindow &window)
{
    engine::TrainConfig config = fixtures::config(30);
    config.lr0 = 0.02;
    config.mosaic = 0.5;
    window.setLaunchConfig(config);
    window.setDatasetReport(QString::fromStdString(config.data), fixtures::brokenReport());
    window.setLaunchProblems({ { "device", "There is no CUDA device 0 here. Choose the CPU." },
                               { "lr0", "lr0 must be at most 10." } });
    window.showNotice(QStringLiteral("There is no CUDA device 0 here."), true);
    return &window;
}

QString resultsFolder();

QWidget *tab(ui::MainWindow &window, ui::RunPanel::Tab which)
{
    running(window);
    window.findChild<ui::RunPanel *>()->showTab(which);
    return &window;
}

QWidget *paused(ui::MainWindow &window)
{
    prepareLaunch(window);
    const auto tell = [&window](engine::RunEventKind kind, double position, int epochs, const char *text) {
        window.onRunEvent({ fixtures::run, kind, position, 100, text, epochs, 100, -1, false });
    };
    fixtures::feedRun(window, 30, 5);
    tell(engine::RunEventKind::Resumed, 5, 30, "");
    fixtures::feedEpochs(window, 30, 5, 9);
    tell(engine::RunEventKind::Changed, 9, 40, "epochs 30 -> 40, patience 100 -> 20");
    fixtures::feedEpochs(window, 40, 9, 14);
    tell(engine::RunEventKind::Recovered, 14.2, 40, "");
    fixtures::feedEpochs(window, 40, 14, 18);
    for (int i = 0; i < 13; ++i)
        window.onBatchEnd(fixtures::batch(18, 40, i));
    tell(engine::RunEventKind::Paused, 18.65, 40, "");
    window.setHubStatus(fixtures::syncing(hub::TimePoint::clock::now()));
    auto *header = window.findChild<ui::RunHeader *>();
    header->setPauseAsked(true);
    header->setStopAfterEpoch(true);
    return &window;
}

QWidget *pinned(ui::MainWindow &window)
{
    running(window);
    auto *panel = window.findChild<ui::RunPanel *>();
    panel->showTab(ui::RunPanel::PinnedTab);
    panel->pinned()->setRun(resultsFolder());
    return &window;
}

QWidget *planDialog(ui::MainWindow &window)
{
    running(window);
    window.findChild<ui::RunHeader *>()->controls()->openPlan();
    return window.findChild<ui::PlanDialog *>();
}

QWidget *epochs(ui::MainWindow &window, int classes)
{
    running(window);
    auto *view = window.findChild<ui::RunPanel *>()->epochs();
    view->startRun();
    for (int i = 0; i < 18; ++i) {
        engine::FitEpochEnd event = fixtures::epochEnd(i, 30);
        if (classes > 10)
            event.classes.clear();
        fixtures::addDetails(event, classes);
        view->addEpoch(event);
    }
    window.findChild<ui::RunPanel *>()->showTab(ui::RunPanel::EpochsTab);
    return &window;
}

QTemporaryDir &sampleRuns()
{
    static QTemporaryDir dir;
    static const bool written = [] {
        for (int i = 0; i < 24; ++i) {
            fixtures::RunFiles files(dir, QStringLiteral("detect/train%1").arg(i ? QString::number(i + 1) : QString()));
            files.level(i / 60.0).aged();
            if (i == 23)
                files.epochs(41, 100).lastPt();
            else if (i % 7 == 3)
                files.epochs(60, 300).best(30).patience(30);
            else
                files.epochs(100, 100).best(80);
            const QString folder = files.write();
            if (i == 21 || i == 22) {
                engine::RunEvent event;
                event.kind = i == 21 ? engine::RunEventKind::Changed : engine::RunEventKind::Resumed;
                event.position = i == 21 ? 40 : 62.5;
                event.text = i == 21 ? "epochs 80 -> 100" : "";
                engine::appendRunEvent(folder.toStdString(), event);
            }
            if (i % 5 == 0)
                (void)ui::writeNotes(folder, { QStringLiteral("baseline") }, QStringLiteral("lr sweep %1").arg(i));
        }
        fixtures::RunFiles(dir, QStringLiteral("detect/python")).epochs(12, 100).write();
        return true;
    }();
    Q_UNUSED(written)
    return dir;
}

QWidget *runsPage(ui::MainWindow &window)
{
    prepareLaunch(window);
    window.setRunFolders({ sampleRuns().path() });
    window.showPage(ui::MainWindow::Page::Runs);
    settle();
    auto *page = window.findChild<ui::RunsPage *>();
    for (int row = 0; row < 6; ++row)
        page->table()->selectionModel()->select(page->table()->model()->index(row, 0),
                                                QItemSelectionModel::Select | QItemSelectionModel::Rows);
    return &window;
}

QWidget *emptyRuns(ui::MainWindow &window)
{
    window.showPage(ui::MainWindow::Page::Runs);
    return &window;
}

QWidget *systemTab(ui::MainWindow &window)
{
    tab(window, ui::RunPanel::SystemTab);
    auto *view = window.findChild<ui::RunPanel *>()->system();
    for (int i = 0; i < 200; ++i)
        view->addSample(60 + i * 2, { 0.9 + 0.08 * std::sin(i * 0.7), 0.4 + i * 0.001, 0.1 + 0.1 * std::sin(i * 0.2),
                                 2e6 * (1 + std::sin(i * 0.3)) });
    return &window;
}

QWidget *queuePage(ui::MainWindow &window)
{
    running(window);
    auto *panel = window.findChild<ui::LaunchPanel *>();
    for (const double rate : { 0.01, 0.02, 0.05 }) {
        engine::TrainConfig config = fixtures::config(60);
        config.lr0 = rate;
        config.model = rate > 0.03 ? "yolo11s.yaml" : "yolov8n.yaml";
        window.setLaunchConfig(config);
        panel->addToQueue();
    }
    window.showPage(ui::MainWindow::Page::Queue);
    return &window;
}

QWidget *failed(ui::MainWindow &window)
{
    prepareLaunch(window);
    fixtures::feedRun(window, 30, 4);
    window.onFailed({ fixtures::run,
                      "The disk is full: weights/last.pt could not be written. Free some space and "
                      "set resume to true to go on.",
                      {},
                      "write: No space left on device",
                      false });
    return &window;
}

QWidget *settings(ui::MainWindow &window)
{
    window.setSettings(fixtures::settings());
    window.openSettings();
    window.setTestResult({ true, true, 200, QStringLiteral("The server answers and accepts the key.") });
    return window.findChild<ui::SettingsDialog *>();
}

QWidget *whatIsSent(ui::MainWindow &window)
{
    auto *dialog = qobject_cast<ui::SettingsDialog *>(settings(window));
    window.setSentExamples({ { "After an epoch: its metrics",
                               "POST https://api.hub.example.org/v1/models/MODEL\nx-api-key: (your key)",
                               "{\n    \"metrics\": {\n        \"4\": \"{\\\"metrics/mAP50(B)\\\":0.61}\"\n    },\n"
                               "    \"type\": \"metrics\"\n}",
                               false },
                             { "When a command starts", "POST https://api.hub.example.org/v1/usage",
                               "{\"client_id\": \"...\", \"events\": []}", true } },
                           "As the run train4 sends it.");
    dialog->pages()->setCurrentIndex(1);
    return dialog;
}

/// A run folder with pictures, curves and events, as a finished run of ours leaves it.
QString resultsFolder()
{
    static const QString folder = [] {
        QString made =
            fixtures::RunFiles(sampleRuns(), QStringLiteral("shown/train3")).epochs(30, 30).best(26).aged().write();
        fixtures::addResults(made, 30);
        return made;
    }();
    return folder;
}

QWidget *resultsTab(ui::MainWindow &window, ui::ResultsPage::Tab tab)
{
    prepareLaunch(window);
    window.showResults(resultsFolder());
    settle();
    window.findChild<ui::ResultsPage *>()->showTab(tab);
    if (tab == ui::ResultsPage::TryTab) {
        auto *view = window.findChild<ui::ResultsPage *>()->tryModel();
        const QString picture = resultsFolder() + QStringLiteral("/val/000003.png");
        view->predict(picture);
        engine::ImagePredictions found;
        found.image = picture.toStdString();
        found.number = found.total = 1;
        found.width = 320;
        found.height = 200;
        found.boxes = { { 0, 0.91, 30, 30, 110, 110, "circle" }, { 3, 0.62, 180, 60, 270, 150, "star" } };
        found.summary = "1 circle, 1 star";
        view->addResult(found);
        view->setEnded({});
    }
    return &window;
}

QWidget *emptyResults(ui::MainWindow &window)
{
    window.showPage(ui::MainWindow::Page::Results);
    return &window;
}

QWidget *emptyQueue(ui::MainWindow &window)
{
    window.showPage(ui::MainWindow::Page::Queue);
    return &window;
}

void trigger(ui::MainWindow &window, const char *shortcut)
{
    for (QAction *action : window.findChildren<QAction *>()) {
        if (action->shortcut() == QKeySequence(QString::fromLatin1(shortcut)))
            return action->trigger();
    }
    qFatal("no action has the shortcut %s", shortcut);
}

QWidget *palette(ui::MainWindow &window)
{
    prepareLaunch(window);
    trigger(window, "Ctrl+K");
    return window.findChild<ui::CommandPalette *>();
}

QWidget *about(ui::MainWindow &window)
{
    window.menuBar()->actions().constLast()->menu()->actions().constLast()->trigger();
    return window.findChild<QMessageBox *>();
}

QWidget *quitInARun(ui::MainWindow &window)
{
    running(window);
    auto *box = ui::QuitQuestion::aboutRun(&window);
    box->open();
    return box;
}

QWidget *quitWithUploads(ui::MainWindow &window)
{
    queue(window);
    auto *box = ui::QuitQuestion::aboutUploads(&window, 12, true);
    box->open();
    return box;
}

QWidget *discard(ui::MainWindow &window)
{
    queue(window);
    settle();
    auto *panel = window.findChild<ui::UploadQueuePanel *>();
    panel->view()->setCurrentIndex(panel->model()->index(2, 0));
    for (QAction *action : panel->view()->actions()) {
        if (action->shortcut() == QKeySequence(QKeySequence::Delete))
            action->trigger();
    }
    return window.findChild<QMessageBox *>();
}

QWidget *requests(ui::MainWindow &window)
{
    queue(window);
    window.setRequests(fixtures::requests());
    window.findChild<ui::UploadQueuePanel *>()->showRequests();
    return window.findChild<ui::RequestHistory *>();
}

QWidget *exportMenu(ui::MainWindow &window)
{
    resultsTab(window, ui::ResultsPage::CurvesTab);
    QPushButton *button = window.findChild<ui::ResultsPage *>()->exportButton();
    button->menu()->popup(button->mapToGlobal(QPoint(0, button->height())));
    return button->menu();
}

QWidget *menu(ui::MainWindow &window, int index)
{
    running(window);
    QMenu *menu = window.menuBar()->actions().at(index)->menu();
    menu->popup(window.mapToGlobal(QPoint(20, 40)));
    return menu;
}

QWidget *chartTable(ui::MainWindow &window)
{
    running(window);
    settle();
    auto *panel = window.findChild<ui::RunPanel *>();
    for (QAction *action : panel->charts()->findChildren<QAction *>(QStringLiteral("chartTable"))) {
        action->trigger();
        break;
    }
    for (QDialog *dialog : window.findChildren<QDialog *>()) {
        if (dialog->isVisible())
            return dialog;
    }
    return nullptr;
}

QWidget *presets(ui::MainWindow &window)
{
    prepareLaunch(window);
    auto *menu = window.findChild<ui::PresetMenu *>();
    menu->popup(window.mapToGlobal(QPoint(60, 120)));
    return menu;
}

QWidget *arguments(ui::MainWindow &window)
{
    prepareLaunch(window);
    window.findChild<ui::LaunchPanel *>()->showArgument(QStringLiteral("mosaic"));
    return &window;
}

QWidget *runArguments(ui::MainWindow &window)
{
    runsPage(window);
    for (QTabBar *tabs : window.findChild<ui::RunsPage *>()->findChildren<QTabBar *>())
        tabs->setCurrentIndex(tabs->count() - 1);
    return &window;
}

} // namespace

std::vector<Screen> all()
{
    using R = ui::RunPanel;
    std::vector<Screen> list {
        { "idle", [](ui::MainWindow &w) -> QWidget * { return &w; } },
        { "arguments", arguments },
        { "dataset", [](ui::MainWindow &w) { return dataset(w, 6); } },
        { "checks", checks },
        { "copy", copy },
        { "dataset-80", [](ui::MainWindow &w) { return dataset(w, 80); } },
        { "running", running },
        { "finished", finished },
        { "queue", queue },
        { "problems", problems },
        { "classes", [](ui::MainWindow &w) { return tab(w, R::ClassesTab); } },
        { "log", [](ui::MainWindow &w) { return tab(w, R::LogTab); } },
        { "history", [](ui::MainWindow &w) { return tab(w, R::HistoryTab); } },
        { "paused", paused },
        { "plan", planDialog },
        { "epochs", [](ui::MainWindow &w) { return epochs(w, 3); } },
        { "epochs-80", [](ui::MainWindow &w) { return epochs(w, 80); } },
        { "pinned", pinned },
        { "pinned-empty", [](ui::MainWindow &w) { return tab(w, R::PinnedTab); } },
        { "system", systemTab },
        { "queue-page", queuePage },
        { "queue-empty", emptyQueue },
        { "failed", failed },
        { "runs", runsPage },
        { "runs-arguments", runArguments },
        { "runs-empty", emptyRuns },
        { "results-curves", [](ui::MainWindow &w) { return resultsTab(w, ui::ResultsPage::CurvesTab); } },
        { "results-pinned", [](ui::MainWindow &w) { return resultsTab(w, ui::ResultsPage::PinnedTab); } },
        { "results-worst", [](ui::MainWindow &w) { return resultsTab(w, ui::ResultsPage::WorstTab); } },
        { "results-try", [](ui::MainWindow &w) { return resultsTab(w, ui::ResultsPage::TryTab); } },
        { "results-empty", emptyResults },
        { "settings", settings },
        { "what-is-sent", whatIsSent },
        { "palette", palette },
        { "chart-table", chartTable },
        { "about", about },
        { "discard", discard },
        { "requests", requests },
        { "menu-export", exportMenu },
        { "quit-run", quitInARun },
        { "quit-uploads", quitWithUploads },
    };
    list.push_back({ "menu-presets", presets });
    for (int i = 0; i < 5; ++i)
        list.push_back({ QStringLiteral("menu-%1").arg(i), [i](ui::MainWindow &w) { return menu(w, i); } });
    return list;
}

void fill(ui::MainWindow &window)
{
    window.setModelNames({ QStringLiteral("yolov8n.yaml"), QStringLiteral("yolov8s.yaml"), QStringLiteral("yolov8m.yaml"),
                           QStringLiteral("yolov8l.yaml"), QStringLiteral("yolov8x.yaml") });
    window.setDevices(fixtures::devices());
}

} // namespace torchdeck::screens
