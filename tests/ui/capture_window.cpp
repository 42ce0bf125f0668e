// SPDX-License-Identifier: GPL-3.0-or-later
// Screenshots of the production window with fixture values: capture_window OUTPUT_FOLDER [WIDTH HEIGHT].
// Needs a display (xvfb-run -a); not a test.

#include "tests/ui/fixtures.h"
#include "tests/ui/run_folders.h"
#include "ui/main_window.h"
#include "ui/launch_panel.h"
#include "ui/monitor/epoch_view.h"
#include "ui/monitor/run_controls.h"
#include "ui/monitor/system_view.h"
#include "ui/run_header.h"
#include "ui/run_panel.h"
#include "ui/runs/run_reader.h"
#include "ui/runs/runs_page.h"
#include "ui/settings_dialog.h"
#include "ui/theme.h"

#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>
#include <QtWidgets/QApplication>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QTableView>
#include <QtWidgets/QTabWidget>

#include <cmath>
#include <cstdio>
#include <functional>

using namespace torchdeck;

namespace {

/// Lets timers, layouts and throttled repaints come to rest.
void settle(int ms = 450)
{
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < ms)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
}

class Shots {
public:
    Shots(QDir folder, QSize size)
        : m_folder(std::move(folder))
        , m_size(size)
    {
    }

    bool take(const QString &name, const std::function<QWidget *(ui::MainWindow &)> &prepare) const
    {
        bool good = true;
        for (const bool dark : { false, true }) {
            QApplication::setPalette(ui::themePalette(dark ? ui::darkTheme() : ui::lightTheme()));
            ui::MainWindow window;
            window.setModelNames({ QStringLiteral("yolov8n.yaml"), QStringLiteral("yolov8s.yaml"),
                                   QStringLiteral("yolov8m.yaml"), QStringLiteral("yolov8l.yaml"),
                                   QStringLiteral("yolov8x.yaml") });
            window.setDevices(fixtures::devices());
            window.resize(m_size);
            window.show();
            QWidget *target = prepare(window);
            settle();
            const QString file =
                m_folder.filePath(QStringLiteral("%1-%2.png")
                                      .arg(name, dark ? QStringLiteral("dark") : QStringLiteral("light")));
            good = target->grab().save(file) && good;
            std::printf("%s\n", qPrintable(file));
        }
        return good;
    }

private:
    QDir m_folder;
    QSize m_size;
};

void prepareLaunch(ui::MainWindow &window)
{
    const engine::TrainConfig config = fixtures::config(30);
    window.setLaunchConfig(config);
    window.setDatasetReport(QString::fromStdString(config.data), fixtures::cleanReport());
}

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

QWidget *tab(ui::MainWindow &window, int index)
{
    running(window);
    window.findChild<QTabWidget *>()->setCurrentIndex(index);
    return &window;
}

QWidget *paused(ui::MainWindow &window)
{
    running(window);
    const auto tell = [&window](engine::RunEventKind kind, double position, const char *text) {
        window.onRunEvent({ fixtures::run, kind, position, 100, text, 40, 100, -1, false });
    };
    tell(engine::RunEventKind::Resumed, 5, "");
    tell(engine::RunEventKind::Changed, 9, "epochs 30 -> 40, patience 100 -> 20");
    tell(engine::RunEventKind::Recovered, 14.2, "");
    tell(engine::RunEventKind::Paused, 18.65, "");
    auto *header = window.findChild<ui::RunHeader *>();
    header->setPauseAsked(true);
    header->setStopAfterEpoch(true);
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

} // namespace

int main(int argc, char **argv)
{
    QApplication app(argc, argv);
    if (argc < 2) {
        std::fprintf(stderr, "capture_window OUTPUT_FOLDER [WIDTH HEIGHT]\n");
        return 2;
    }
    const QSize size = argc >= 4 ? QSize(atoi(argv[2]), atoi(argv[3])) : QSize(1440, 900);
    QDir().mkpath(QString::fromLocal8Bit(argv[1]));
    const Shots shots(QDir(QString::fromLocal8Bit(argv[1])), size);
    bool good = shots.take(QStringLiteral("idle"), [](ui::MainWindow &window) { return &window; });
    good = shots.take(QStringLiteral("running"), running) && good;
    good = shots.take(QStringLiteral("finished"), finished) && good;
    good = shots.take(QStringLiteral("queue"), queue) && good;
    good = shots.take(QStringLiteral("problems"), problems) && good;
    good = shots.take(QStringLiteral("classes"), [](ui::MainWindow &w) { return tab(w, 1); }) && good;
    good = shots.take(QStringLiteral("log"), [](ui::MainWindow &w) { return tab(w, ui::RunPanel::LogTab); }) && good;
    good = shots.take(QStringLiteral("history"), [](ui::MainWindow &w) { return tab(w, ui::RunPanel::HistoryTab); }) && good;
    good = shots.take(QStringLiteral("paused"), paused) && good;
    good = shots.take(QStringLiteral("plan"), planDialog) && good;
    good = shots.take(QStringLiteral("epochs"), [](ui::MainWindow &w) { return epochs(w, 3); }) && good;
    good = shots.take(QStringLiteral("epochs-80"), [](ui::MainWindow &w) { return epochs(w, 80); }) && good;
    good = shots.take(QStringLiteral("system"), systemTab) && good;
    good = shots.take(QStringLiteral("queue-page"), queuePage) && good;
    good = shots.take(QStringLiteral("failed"), failed) && good;
    good = shots.take(QStringLiteral("runs"), runsPage) && good;
    good = shots.take(QStringLiteral("runs-empty"), emptyRuns) && good;
    good = shots.take(QStringLiteral("settings"), settings) && good;
    good = shots.take(QStringLiteral("what-is-sent"), whatIsSent) && good;
    return good ? 0 : 1;
}
