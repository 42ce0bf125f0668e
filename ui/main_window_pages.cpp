// SPDX-License-Identifier: GPL-3.0-or-later
// The Runs and Queue pages as parts of the window.
#include "ui/calm_style.h"
#include "ui/charts/run_charts.h"
#include "ui/main_window_p.h"
#include "ui/monitor/epoch_view.h"
#include "ui/monitor/run_controls.h"
#include "ui/monitor/system_view.h"
#include "ui/results/try_model.h"
#include "ui/run_header.h"
#include "ui/runs/run_list_model.h"
#include "ui/runs/run_reader.h"
#include "ui/source_diff.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QTabBar>

#include <algorithm>

namespace torchdeck::ui {

void MainWindow::Private::connectRuns()
{
    QObject::connect(runs, &RunsPage::resumeRequested, &window, [this](const RunSummary &r) { resumeRun(r); });
    QObject::connect(runs, &RunsPage::settingsWanted, &window, [this](const RunSummary &r) { useRun(r); });
    QObject::connect(runs, &RunsPage::publishRequested, &window, &MainWindow::publishRequested);
    QObject::connect(runs, &RunsPage::openFolderRequested, &window, &MainWindow::openFolderRequested);
    QObject::connect(runs, &RunsPage::addFolderRequested, &window, [this] { askRunFolder(); });
    QObject::connect(runs, &RunsPage::newRunRequested, &window,
                     [this] { showPage(MainWindow::Page::Training); });
    QObject::connect(runs, &RunsPage::notice, &window, &MainWindow::showNotice);
    QObject::connect(run->charts(), &RunCharts::notice, &window, &MainWindow::showNotice);
    QObject::connect(run->epochs(), &EpochView::notice, &window, &MainWindow::showNotice);
    QObject::connect(run->system(), &SystemView::notice, &window, &MainWindow::showNotice);
    QObject::connect(runs, &RunsPage::interruptedFound, &window, [this](const RunSummary &r) {
        if (launch->state() != LaunchPanel::State::Idle)
            return;
        notice->showOffer(MainWindow::tr("%1 was interrupted after epoch %2 of %3.")
                              .arg(r.name)
                              .arg(r.epochsDone)
                              .arg(r.epochsPlanned),
                          MainWindow::tr("Resume"), [this, r] { resumeRun(r); });
    });
}

/// The buttons of the run's header and the same actions in the menu.
void MainWindow::Private::connectControls()
{
    RunControls *controls = run->header()->controls();
    const auto on = [this](QAction *action, auto what) {
        QObject::connect(action, &QAction::triggered, &window, what);
    };
    QObject::connect(controls, &RunControls::stopRequested, &window, [this] { launch->stop(); });
    QObject::connect(controls, &RunControls::pauseRequested, &window, [this](bool paused) { pauseRun(paused); });
    QObject::connect(controls, &RunControls::stopAfterEpochRequested, &window,
                     [this](bool wanted) { stopAfterEpoch(wanted); });
    QObject::connect(controls, &RunControls::skipFinalValidationRequested, &window,
                     &MainWindow::skipFinalValidationRequested);
    QObject::connect(controls, &RunControls::planChangeRequested, &window,
                     [this](const engine::PlanChange &change) {
                         run->header()->setPlanPending(change);
                         Q_EMIT window.planChangeRequested(change);
                     });
    on(menus.pause, [this](bool paused) { pauseRun(paused); });
    on(menus.stopAfterEpoch, [this](bool wanted) { stopAfterEpoch(wanted); });
    on(menus.skipValidation, [this] { Q_EMIT window.skipFinalValidationRequested(); });
    on(menus.changePlan, [this] {
        showPage(MainWindow::Page::Training);
        run->header()->controls()->openPlan();
    });
}

void MainWindow::Private::pauseRun(bool paused)
{
    run->header()->setPauseAsked(paused);
    updateActions();
    Q_EMIT window.pauseRequested(paused);
}

void MainWindow::Private::stopAfterEpoch(bool on)
{
    run->header()->setStopAfterEpoch(on);
    updateActions();
    Q_EMIT window.stopAfterEpochRequested(on);
}

void MainWindow::Private::askRunFolder()
{
    auto *dialog = new QFileDialog(&window, MainWindow::tr("A folder with runs"), runFolders.value(0));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    QObject::connect(dialog, &QFileDialog::fileSelected, &window, [this](const QString &folder) {
        if (runFolders.contains(folder))
            return;
        window.setRunFolders(runFolders + QStringList { folder });
        Q_EMIT window.runFoldersChanged(runFolders);
    });
    dialog->open();
}

void MainWindow::Private::useRun(const RunSummary &summary)
{
    if (launch->state() == LaunchPanel::State::Starting)
        return notice->showNotice(MainWindow::tr("A run is just starting: try again in a moment."), true);
    QStringList refused;
    engine::TrainConfig config = configOf(summary.arguments, &refused);
    config.hub = launch->config().hub;
    launch->setCopy(summary.name, config);
    edited = QModelIndex();
    showPage(MainWindow::Page::Training);
    if (!refused.isEmpty())
        notice->showNotice(MainWindow::tr("The form holds the arguments of %1, except: %2")
                               .arg(summary.name, refused.join(QLatin1Char(' '))),
                           true);
}

void MainWindow::Private::resumeRun(const RunSummary &summary)
{
    if (launch->state() != LaunchPanel::State::Idle)
        return;
    const engine::TrainConfig before = launch->config();
    engine::TrainConfig config = resumeConfig(summary);
    config.hub = before.hub;
    launch->setConfig(config);
    showPage(MainWindow::Page::Training);
    launch->start();
    if (launch->state() != LaunchPanel::State::Idle)
        launch->setConfig(before); // the form describes the next new run
}

void MainWindow::Private::openRunFolder(const QString &folder)
{
    const QString parent = QFileInfo(folder).absolutePath();
    if (!std::any_of(runFolders.begin(), runFolders.end(), [&folder](const QString &root) {
            return folder.startsWith(QDir(root).absolutePath() + QLatin1Char('/'));
        })) {
        window.setRunFolders(runFolders + QStringList { parent });
    }
    showPage(MainWindow::Page::Runs);
    if (runs->model()->rowOf(folder) >= 0)
        return runs->selectRun(folder);
    QObject::connect(
        runs->watcher(), &RunWatcher::scanned, runs, [this, folder] { runs->selectRun(folder); },
        Qt::SingleShotConnection);
    runs->watcher()->rescan();
}

void MainWindow::Private::connectQueue()
{
    QObject::connect(launch, &LaunchPanel::notice, &window, &MainWindow::showNotice);
    QObject::connect(launch, &LaunchPanel::queueRequested, &window, [this](const engine::TrainConfig &config) {
        const bool replaced = edited.isValid() && queue.replace(edited.row(), config);
        if (!replaced)
            queue.add(config);
        launch->source()->forget();
        notice->showOffer(replaced ? MainWindow::tr("Saved in the queue: %n run(s) wait.", nullptr, queue.waiting())
                                   : MainWindow::tr("Added to the queue: %n run(s) wait.", nullptr, queue.waiting()),
                          MainWindow::tr("Show queue"), [this] { showPage(MainWindow::Page::Queue); });
        if (queuePage->automatic())
            startNext();
    });
    QObject::connect(launch->source(), &SourceDiff::forgotten, &window, [this] { edited = QModelIndex(); });
    QObject::connect(&queue, &RunQueue::changed, &window, [this] {
        const int waiting = queue.waiting();
        pageBar->setTabText(int(MainWindow::Page::Queue),
                            waiting > 0 ? MainWindow::tr("Queue (%1)").arg(waiting) : MainWindow::tr("Queue"));
        menus.startNext->setEnabled(waiting > 0 && launch->state() == LaunchPanel::State::Idle);
    });
    QObject::connect(&queue, &RunQueue::problem, &window,
                     [this](const QString &sentence) { notice->showNotice(sentence, true); });
    QObject::connect(queuePage, &QueuePage::startNextRequested, &window, [this] { startNext(); });
    QObject::connect(queuePage, &QueuePage::automaticChanged, &window, [this](bool on) {
        if (on)
            startNext();
    });
    QObject::connect(queuePage, &QueuePage::newRunRequested, &window,
                     [this] { showPage(MainWindow::Page::Training); });
    QObject::connect(queuePage, &QueuePage::editRequested, &window, [this](int row) {
        edited = queue.index(row);
        launch->setQueued(queue.item(row).title, queue.item(row).config);
        showPage(MainWindow::Page::Training);
    });
}

void MainWindow::Private::connectResults()
{
    QObject::connect(run->banner(), &ResultsBanner::resultsRequested, &window,
                     [this](const QString &folder) { showResults(folder); });
    QObject::connect(runs, &RunsPage::resultsRequested, &window,
                     [this](const QString &folder) { showResults(folder); });
    QObject::connect(results, &ResultsPage::loaded, &window, [this] { updateActions(); });
    QObject::connect(results, &ResultsPage::notice, &window, &MainWindow::showNotice);
    QObject::connect(results, &ResultsPage::openFolderRequested, &window, &MainWindow::openFolderRequested);
    QObject::connect(results, &ResultsPage::openUrlRequested, &window, &MainWindow::openUrlRequested);
    QObject::connect(results, &ResultsPage::exportRequested, &window, &MainWindow::exportRequested);
    QObject::connect(results->tryModel(), &TryModel::predictRequested, &window, &MainWindow::predictRequested);
    QObject::connect(results->tryModel(), &TryModel::cancelRequested, &window, &MainWindow::predictCancelRequested);
}

void MainWindow::Private::connectDesktopOptions()
{
    for (QAction *action : { menus.keepAwake, menus.notifications, menus.tray, menus.reducedMotion }) {
        QObject::connect(action, &QAction::triggered, &window, [this] {
            CalmStyle::setReducedMotion(menus.reducedMotion->isChecked());
            Q_EMIT window.desktopOptionsChanged(desktopOptions());
        });
    }
    setDesktopOptions({});
}

DesktopOptions MainWindow::Private::desktopOptions() const
{
    return { menus.keepAwake->isChecked(), menus.notifications->isChecked(), menus.tray->isChecked(),
             menus.reducedMotion->isChecked() };
}

void MainWindow::Private::setDesktopOptions(const DesktopOptions &options)
{
    menus.keepAwake->setChecked(options.keepAwake);
    menus.notifications->setChecked(options.notifications);
    menus.tray->setChecked(options.tray);
    menus.reducedMotion->setChecked(options.reducedMotion);
    CalmStyle::setReducedMotion(options.reducedMotion);
}

void MainWindow::Private::showResults(const QString &folder)
{
    results->showRun(folder);
    showPage(MainWindow::Page::Results);
}

void MainWindow::Private::openQueue(const QString &file)
{
    if (const QString problem = queue.open(file); !problem.isEmpty())
        notice->showNotice(problem, true);
    else if (const int waiting = queue.waiting(); waiting > 0)
        notice->showOffer(MainWindow::tr("%n run(s) wait in the queue.", nullptr, waiting),
                          MainWindow::tr("Start the queue"), [this] { queuePage->setAutomatic(true); });
}

void MainWindow::Private::startNext()
{
    if (launch->state() != LaunchPanel::State::Idle)
        return;
    const auto config = queue.takeNext();
    if (!config)
        return;
    launch->setState(LaunchPanel::State::Starting);
    updateActions();
    Q_EMIT window.startRequested(*config);
}

void MainWindow::Private::queueGoesOn(quint64 runId, bool good, const QString &message)
{
    if (run->hasRun() && runId < run->run()) // an older run than the one in view
        return;
    queue.ended(good, message);
    if (queuePage->automatic()) // queued: everything else about this end comes first
        QMetaObject::invokeMethod(
            &window, [this] { startNext(); }, Qt::QueuedConnection);
}

void MainWindow::Private::holdQueue(const engine::Stopped &event)
{
    queue.ended(true, MainWindow::tr("stopped after %n epoch(s)", nullptr, event.end.epochsDone));
    if (!queuePage->automatic())
        return;
    queuePage->setAutomatic(false);
    if (queue.waiting() > 0)
        notice->showOffer(MainWindow::tr("The queue stands still because you stopped the run."),
                          MainWindow::tr("Go on with it"), [this] { queuePage->setAutomatic(true); });
}

} // namespace torchdeck::ui
