// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window_p.h"

#include "ui/dataset_line.h"
#include "ui/charts/run_charts.h"
#include "ui/command_palette.h"
#include "ui/log_view.h"
#include "ui/monitor/run_controls.h"
#include "ui/run_header.h"
#include "ui/source_diff.h"
#include "ui/theme.h"

#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMenuBar>
#include <QtWidgets/QMessageBox>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QSplitter>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QTabBar>
#include <QtWidgets/QVBoxLayout>

namespace torchdeck::ui {

namespace {

constexpr int launchWidth = 344;
constexpr int sideWidth = 330;
constexpr int smallestLaunchWidth = 292;
constexpr int smallestSideWidth = 316;
constexpr int smallestMiddleWidth = 470;

} // namespace

MainWindow::Private::Private(MainWindow &w)
    : window(w)
    , menus(w)
    , launch(new LaunchPanel)
    , run(new RunPanel)
    , notice(new NoticeBar)
    , hub(new HubPanel(clock))
    , uploads(new UploadQueuePanel(clock))
    , runs(new RunsPage)
    , queuePage(new QueuePage(queue))
    , results(new ResultsPage)
    , pageBar(new QTabBar)
    , pages(new QStackedWidget)
{
    buildLayout();
    connectLaunch();
    connectLaunchViews();
    connectRun();
    connectControls();
    connectRuns();
    connectQueue();
    connectResults();
    connectHub();
    connectMenus();
    connectDesktopOptions();
    updateActions();
}

void MainWindow::Private::buildLayout()
{
    auto *strip = new QFrame;
    setLook(strip, "pages");
    auto *stripLayout = new QHBoxLayout(strip);
    stripLayout->setContentsMargins(space::l, 0, space::l, 0);
    stripLayout->addWidget(pageBar);
    stripLayout->addStretch(1);
    pageBar->setDrawBase(false);
    pageBar->setExpanding(false);
    pageBar->setAccessibleName(MainWindow::tr("Pages of the window"));
    pageBar->addTab(MainWindow::tr("Training"));
    pageBar->addTab(MainWindow::tr("Runs"));
    pageBar->addTab(MainWindow::tr("Queue"));
    pageBar->addTab(MainWindow::tr("Results"));
    pages->addWidget(buildTrainingPage());
    pages->addWidget(runs);
    pages->addWidget(queuePage);
    pages->addWidget(results);
    auto *noticeRow = new QVBoxLayout;
    noticeRow->setContentsMargins(space::l, 0, space::l, 0);
    noticeRow->addWidget(notice);

    auto *central = new QWidget;
    auto *layout = new QVBoxLayout(central);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(strip);
    layout->addLayout(noticeRow);
    layout->addWidget(pages, 1);
    window.setCentralWidget(central);
    QObject::connect(pageBar, &QTabBar::currentChanged, pages, &QStackedWidget::setCurrentIndex);
}

void MainWindow::Private::showPage(MainWindow::Page page) { pageBar->setCurrentIndex(static_cast<int>(page)); }

QWidget *MainWindow::Private::buildTrainingPage()
{
    auto *middle = new QWidget;
    auto *middleLayout = new QVBoxLayout(middle);
    middleLayout->setContentsMargins(space::l, space::l, space::m, space::l);
    middleLayout->setSpacing(space::m);
    middleLayout->addWidget(run, 1);

    side = new QWidget;
    auto *sideLayout = new QVBoxLayout(side);
    sideLayout->setContentsMargins(space::xs, space::l, space::l, space::l);
    sideLayout->setSpacing(space::m);
    sideLayout->addWidget(hub);
    sideLayout->addWidget(uploads, 1);

    auto *splitter = new QSplitter(Qt::Horizontal);
    splitter->setHandleWidth(4);
    splitter->setChildrenCollapsible(false);
    launch->setMinimumWidth(smallestLaunchWidth);
    side->setMinimumWidth(smallestSideWidth);
    middle->setMinimumWidth(smallestMiddleWidth);
    splitter->addWidget(launch);
    splitter->addWidget(middle);
    splitter->addWidget(side);
    splitter->setStretchFactor(0, 0);
    splitter->setStretchFactor(1, 1);
    splitter->setStretchFactor(2, 0);
    splitter->setSizes({ launchWidth, 1440 - launchWidth - sideWidth, sideWidth });
    QWidget::setTabOrder(launch, run);
    QWidget::setTabOrder(run, side);
    return splitter;
}

void MainWindow::Private::connectLaunch()
{
    QObject::connect(launch, &LaunchPanel::startRequested, &window,
                     [this](const engine::TrainConfig &config) {
                         if (edited.isValid() && !config.resume) { // it starts now, not later once more
                             queue.remove(edited.row());
                             launch->source()->forget();
                         }
                         queue.startedDirectly(config);
                         updateActions();
                         Q_EMIT window.startRequested(config);
                     });
    QObject::connect(launch, &LaunchPanel::stopRequested, &window, [this] {
        run->setStopping();
        updateActions();
        Q_EMIT window.stopRequested();
    });
    QObject::connect(launch, &LaunchPanel::inspectRequested, &window, &MainWindow::datasetInspectRequested);
    QObject::connect(launch, &LaunchPanel::sampleRequested, &window, &MainWindow::sampleDatasetRequested);
    QObject::connect(launch, &LaunchPanel::openFileRequested, &window, [this](const QString &file) {
        Q_EMIT window.openUrlRequested(QUrl::fromLocalFile(file));
    });
    QObject::connect(launch, &LaunchPanel::hubToggled, &window, [this](bool on) { toggleHub(on); });
    QObject::connect(launch, &LaunchPanel::modelKeyGiven, &window, &MainWindow::modelKeyGiven);
}

void MainWindow::Private::connectRun()
{
    QObject::connect(run, &RunPanel::openFolderRequested, &window, &MainWindow::openFolderRequested);
    QObject::connect(run, &RunPanel::openUrlRequested, &window, &MainWindow::openUrlRequested);
    QObject::connect(run, &RunPanel::sampleRequested, &window,
                     [this] { launch->dataset()->askSampleFolder(); });
    QObject::connect(run, &RunPanel::browseDatasetRequested, &window,
                     [this] { launch->dataset()->browse(); });
    QObject::connect(run, &RunPanel::notice, &window, &MainWindow::showNotice);
}

void MainWindow::Private::connectHub()
{
    QObject::connect(hub, &HubPanel::hubToggled, &window, [this](bool on) { toggleHub(on); });
    QObject::connect(hub, &HubPanel::openUrlRequested, &window, &MainWindow::openUrlRequested);
    QObject::connect(uploads, &UploadQueuePanel::retryRequested, &window, &MainWindow::retryRequested);
    QObject::connect(uploads, &UploadQueuePanel::retryAllRequested, &window, &MainWindow::retryAllRequested);
    QObject::connect(uploads, &UploadQueuePanel::discardRequested, &window, &MainWindow::discardRequested);
    QObject::connect(uploads, &UploadQueuePanel::pauseRequested, &window, &MainWindow::uploadsPauseRequested);
    QObject::connect(menus.requests, &QAction::triggered, uploads, &UploadQueuePanel::showRequests);
    QObject::connect(uploads, &UploadQueuePanel::notice, &window, &MainWindow::showNotice);
}

void MainWindow::Private::toggleHub(bool enabled)
{
    settings.hubEnabled = enabled;
    launch->setHub(enabled);
    hub->setHubEnabled(enabled);
    menus.hubSync->setChecked(enabled);
    Q_EMIT window.hubToggled(enabled);
}

void MainWindow::Private::connectMenus()
{
    const auto on = [this](QAction *action, auto what) {
        QObject::connect(action, &QAction::triggered, &window, what);
    };
    on(menus.newRun, [this] {
        showPage(MainWindow::Page::Training);
        menus.showLaunch->setChecked(true);
        launch->focusFirstField();
        run->showWelcome();
    });
    on(menus.openDataset, [this] { launch->dataset()->browse(); });
    on(menus.makeSample, [this] { launch->dataset()->askSampleFolder(); });
    on(menus.measure, [this] { launch->measure(); });
    on(menus.preview, [this] { showPreview(); });
    on(menus.settings, [this] { window.openSettings(); });
    on(menus.quit, [this] { window.close(); });
    on(menus.start, [this] { launch->start(); });
    on(menus.stop, [this] { launch->stop(); });
    on(menus.openRunFolder, [this] { Q_EMIT window.openFolderRequested(run->runFolder()); });
    on(menus.hubSync, [this](bool enabled) { toggleHub(enabled); });
    on(menus.viewModel, [this] { Q_EMIT window.openUrlRequested(hub->modelUrl()); });
    on(menus.uploads, [this] {
        menus.showHub->setChecked(true);
        uploads->focusList();
    });
    on(menus.retryAll, [this] { Q_EMIT window.retryAllRequested(); });
    on(menus.pauseUploads, [this](bool paused) { Q_EMIT window.uploadsPauseRequested(paused); });
    const auto showTab = [this](RunPanel::Tab tab) {
        showPage(MainWindow::Page::Training);
        run->showTab(tab);
    };
    on(menus.showCharts, [showTab] { showTab(RunPanel::ChartsTab); });
    on(menus.showClasses, [showTab] { showTab(RunPanel::ClassesTab); });
    on(menus.showHistory, [showTab] { showTab(RunPanel::HistoryTab); });
    on(menus.showCurves, [showTab] { showTab(RunPanel::EpochsTab); });
    on(menus.showSystem, [showTab] { showTab(RunPanel::SystemTab); });
    on(menus.showLog, [showTab] { showTab(RunPanel::LogTab); });
    on(menus.search, [this, showTab] {
        if (pageBar->currentIndex() == int(MainWindow::Page::Runs)) {
            runs->searchField()->setFocus(Qt::ShortcutFocusReason);
            runs->searchField()->selectAll();
            return;
        }
        showTab(RunPanel::LogTab);
        run->log()->focusSearch();
    });
    on(menus.showTraining, [this] { showPage(MainWindow::Page::Training); });
    on(menus.showQueue, [this] { showPage(MainWindow::Page::Queue); });
    on(menus.showResults, [this] { showPage(MainWindow::Page::Results); });
    on(menus.saveReport, [this] {
        showPage(MainWindow::Page::Results);
        results->reportButton()->click();
    });
    on(menus.addToQueue, [this] { launch->addToQueue(); });
    on(menus.startNext, [this] { startNext(); });
    on(menus.showRuns, [this] { showPage(MainWindow::Page::Runs); });
    on(menus.refreshRuns, [this] { runs->watcher()->rescan(); });
    QObject::connect(menus.showLaunch, &QAction::toggled, launch, &QWidget::setVisible);
    QObject::connect(menus.showHub, &QAction::toggled, side, &QWidget::setVisible);
    on(menus.fullScreen, [this](bool full) { full ? window.showFullScreen() : window.showNormal(); });
    on(menus.palette, [this] { showPalette(); });
    on(menus.about, [this] { showAbout(); });
}

void MainWindow::Private::showPalette()
{
    auto *palette = new CommandPalette(*window.menuBar(), &window);
    QObject::connect(palette, &CommandPalette::argumentChosen, &window, [this](const QString &name) {
        showPage(MainWindow::Page::Training);
        menus.showLaunch->setChecked(true);
        launch->showArgument(name);
    });
    palette->open();
}

void MainWindow::Private::startRun(const engine::PretrainRoutineStart &event)
{
    run->onPretrainRoutineStart(event);
    runs->watcher()->setOwnRun(run->runFolder(), true);
    if (launch->state() != LaunchPanel::State::Stopping)
        launch->setState(LaunchPanel::State::Running);
    else
        run->setStopping();
    hub->setModel({});
    updateActions();
}

void MainWindow::Private::endRun(quint64 runId)
{
    if (runId != run->run())
        return;
    runs->watcher()->setOwnRun(run->runFolder(), false);
    if (!run->runFolder().isEmpty())
        results->showRun(run->runFolder(), true);
    launch->setState(LaunchPanel::State::Idle);
    window.setWindowTitle(MainWindow::tr("Torchdeck"));
    updateActions();
}

void MainWindow::Private::failRun(const engine::Failed &event)
{
    if (run->hasRun() && event.run < run->run()) // a run before the one in view
        return;
    run->onFailed(event);
    if (run->run() == event.run && run->hasRun())
        runs->watcher()->setOwnRun(run->runFolder(), false);
    launch->setState(LaunchPanel::State::Idle);
    if (!event.field.empty())
        launch->setProblems({ { event.field, event.sentence } });
    if (run->run() != event.run || !run->hasRun())
        notice->showNotice(QString::fromStdString(event.sentence), true);
    window.setWindowTitle(MainWindow::tr("Torchdeck"));
    updateActions();
}

void MainWindow::Private::updateTitle(const engine::FitEpochEnd &event)
{
    if (event.run == run->run() && !event.finalEval)
        window.setWindowTitle(MainWindow::tr("%1: epoch %2 of %3 - Torchdeck")
                                  .arg(run->header()->title())
                                  .arg(event.epoch + 1)
                                  .arg(event.epochs));
}

void MainWindow::Private::updateActions()
{
    const LaunchPanel::State state = launch->state();
    const bool idle = state == LaunchPanel::State::Idle;
    menus.start->setEnabled(idle);
    menus.measure->setEnabled(idle);
    queuePage->setBusy(!idle);
    runs->setTraining(!idle);
    menus.stop->setEnabled(state == LaunchPanel::State::Starting || state == LaunchPanel::State::Running);
    const RunControls *controls = run->header()->controls();
    const bool controllable = controls->isActive() && !controls->stopping();
    menus.pause->setEnabled(controllable);
    menus.pause->setChecked(controls->pauseAsked());
    menus.changePlan->setEnabled(controllable);
    menus.stopAfterEpoch->setEnabled(controllable);
    menus.stopAfterEpoch->setChecked(controls->stopsAfterEpoch());
    menus.skipValidation->setEnabled(controls->isActive() && controls->stopping());
    menus.saveReport->setEnabled(results->hasRun());
    menus.openRunFolder->setEnabled(!run->runFolder().isEmpty());
    menus.viewModel->setEnabled(!hub->modelUrl().isEmpty());
    menus.retryAll->setEnabled(!uploads->model()->items().isEmpty());
}

void MainWindow::Private::showAbout()
{
    auto *box = new QMessageBox(&window);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setWindowTitle(MainWindow::tr("About Torchdeck"));
    box->setIconPixmap(themedPixmap(QStringLiteral("torchdeck"), Qt::black, 64, window.devicePixelRatioF()));
    box->setText(MainWindow::tr("Torchdeck %1").arg(QStringLiteral(TORCHDECK_VERSION)));
    box->setInformativeText(MainWindow::tr("Trains, watches and syncs YOLO detectors with LibTorch.\n"
                                           "Free software under the GNU General Public License, version 3 or "
                                           "later. Sends no telemetry unless you turn usage events on."));
    box->open();
}

} // namespace torchdeck::ui
