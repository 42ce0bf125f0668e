// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/application.h"

#include "app/cli/commands.h"
#include "app/cli/stop_signals.h"
#include "app/single_instance.h"
#include "app/startup_report.h"
#include "app/state_paths.h"
#include "torchdeck/engine/error.h"
#include "torchdeck/engine/sample_dataset.h"
#include "ui/quit_question.h"
#include "ui/runs/run_reader.h"
#include "ui/theme.h"
#include "ui/translations.h"

#include <QtCore/QDir>
#include <QtCore/QSettings>
#include <QtCore/QTimer>
#include <QtGui/QDesktopServices>
#include <QtWidgets/QApplication>
#include <QtWidgets/QMenu>
#include <QtWidgets/QSystemTrayIcon>

#include <clocale>

namespace torchdeck::app {

namespace {


constexpr int firstEpochs = 10;
constexpr int firstImageSize = 160;

QStringList builtinModels()
{
    QStringList names;
    for (const char *family : { "yolov8", "yolo11", "yolo26" }) {
        for (const char scale : { 'n', 's', 'm', 'l', 'x' })
            names << QString::fromLatin1(family) + QLatin1Char(scale) + QStringLiteral(".yaml");
    }
    return names;
}

struct SampleOutcome {
    QString dataYaml;
    QString problem;
};

} // namespace

Application::Application(RunFunction runner)
    : m_settings(StatePaths::settingsFile())
    , m_secrets(desktopKeyring(), StatePaths::secretFile())
    , m_host(m_settings, m_secrets, m_background)
    , m_sink(m_host.service())
    , m_bridge(m_sink, rankFromEnvironment())
    , m_signals(std::make_unique<StopSignals>())
    , m_window((StartupReport::mark("client"), std::make_unique<ui::MainWindow>()))
    , m_costs(StatePaths::runCostsFile())
    , m_controller(std::move(runner))
    , m_recorder(m_controller, m_costs)
{
    StartupReport::mark("window");
    connectTraining();
    connectLaunch();
    connectHub();
    connectSettings();
    connectEnd();
    connectPrediction();
    connectLaunchViews();
    connectDesktop();
    StartupReport::mark("wired");
    restoreWindowState();
    m_window->setStateFolder(StatePaths::stateDir());
    fillLaunchPanel();
    showRunFolders();
    showSettings();
    StartupReport::mark("filled");
    m_host.resolve(m_settings.hub().value_or(hubOnByDefault));
    m_secrets.load();
    if (!m_settings.notice().isEmpty())
        m_window->showNotice(m_settings.notice(), true);
}

Application::~Application()
{
    // What the client says while it closes its journal has no window to go to any more.
    disconnect(&m_host, nullptr, this, nullptr);
    disconnect(&m_bridge, nullptr, this, nullptr);
}

void Application::show()
{
    m_window->show();
    QTimer::singleShot(0, this, &Application::listDevices); // once it is painted
}

/// Loads LibTorch, on a thread of the pool.
void Application::listDevices()
{
    m_background.run(
        [](const std::stop_token &) { return engine::devices(); },
        [this](const std::vector<engine::DeviceInfo> &devices) { m_window->setDevices(devices); });
}

void Application::open(const QStringList &paths)
{
    m_window->setWindowState(m_window->windowState() & ~Qt::WindowMinimized);
    m_window->show(); // it may wait in the tray
    m_window->raise();
    m_window->activateWindow();
    for (const QString &path : paths) {
        if (!m_window->openPath(path))
            m_window->showNotice(
                tr("%1 is neither a data.yaml, nor a folder with one, nor the folder of a run.").arg(path), true);
    }
}

/// Everywhere runs of this user are likely to be: the setting, the current folder, the fallback, Ultralytics' own.
void Application::showRunFolders()
{
    QStringList folders;
    const auto add = [&folders](const QString &folder) {
        if (folder.isEmpty())
            return;
        const QString path = QDir::cleanPath(QDir(folder).absolutePath());
        if (!folders.contains(path))
            folders << path;
    };
    add(m_settings.runsFolder());
    add(QStringLiteral("runs"));
    add(StatePaths::dataDir() + QStringLiteral("/runs"));
    add(ui::ultralyticsRunsFolder());
    for (const QString &folder : std::as_const(m_addedRunFolders))
        add(folder);
    m_window->setRunFolders(folders);
}

/// Run -> window, run -> HUB. (Training thread -> main thread is TrainingController::connectWorker.)
void Application::connectTraining()
{
    using C = TrainingController;
    using W = ui::MainWindow;
    W *window = m_window.get();
    connect(&m_controller, &C::pretrainRoutineStart, window, &W::onPretrainRoutineStart);
    connect(&m_controller, &C::pretrainRoutineEnd, window, &W::onPretrainRoutineEnd);
    connect(&m_controller, &C::trainStart, window, &W::onTrainStart);
    connect(&m_controller, &C::batchEnd, window, &W::onBatchEnd);
    connect(&m_controller, &C::valProgress, window, &W::onValProgress);
    connect(&m_controller, &C::fitEpochEnd, window, &W::onFitEpochEnd);
    connect(&m_controller, &C::modelSave, window, &W::onModelSave);
    connect(&m_controller, &C::log, window, &W::onLog);
    connect(&m_controller, &C::runEvent, window, &W::onRunEvent);
    connect(&m_controller, &C::finished, window, &W::onFinished);
    connect(&m_controller, &C::stopped, window, &W::onStopped);
    connect(&m_controller, &C::failed, window, &W::onFailed);
    connect(&m_controller, &C::log, this, [this](const engine::LogLine &line) {
        if (line.level != engine::LogLevel::Debug)
            m_host.log().add(QString::fromStdString(line.text));
    });
    connect(&m_controller, &C::failed, this, [this](const engine::Failed &event) {
        m_host.log().add(QString::fromStdString(event.sentence + ' ' + event.detail));
    });
    connect(&m_controller, &C::ended, this, &Application::runEnded);
    connectRunToBridge(m_controller, m_bridge, m_gate);
    connectHubToBridge(m_host, m_bridge, m_gate);
    connect(&m_bridge, &HubBridge::message, this, &Application::say);
}

void Application::connectLaunch()
{
    using W = ui::MainWindow;
    W *window = m_window.get();
    connect(window, &W::startRequested, this, &Application::startRun);
    connect(window, &W::stopRequested, this, &Application::stop);
    connect(window, &W::modelKeyGiven, this, [this](const QString &address, const QString &key) {
        m_host.log().hide(key);
        m_modelKeys.insert(address, key);
    });
    connect(window, &W::skipFinalValidationRequested, &m_controller, &TrainingController::skipFinalValidation);
    connect(window, &W::stopAfterEpochRequested, &m_controller, &TrainingController::stopAfterEpoch);
    connect(window, &W::pauseRequested, &m_controller, &TrainingController::setPaused);
    connect(window, &W::planChangeRequested, &m_controller, &TrainingController::changePlan);
    connect(window, &W::datasetInspectRequested, this, &Application::inspect);
    connect(window, &W::sampleDatasetRequested, this,
            [this](const QString &folder) { makeSample(folder, false); });
    connect(window, &W::runFoldersChanged, this, [this](const QStringList &folders) {
        m_addedRunFolders = folders;
        saveWindowState();
    });
    connect(window, &W::openUrlRequested, this, [](const QUrl &url) { QDesktopServices::openUrl(url); });
    connect(window, &W::openFolderRequested, this,
            [](const QString &folder) { QDesktopServices::openUrl(QUrl::fromLocalFile(folder)); });
}

void Application::connectHub()
{
    using H = hub::HubService;
    using W = ui::MainWindow;
    W *window = m_window.get();
    H *service = &m_host.service();
    connect(service, &H::statusChanged, window, &W::setHubStatus);
    connect(service, &H::itemsChanged, window, &W::setUploads);
    connect(service, &H::requestEnded, window, &W::onRequestEnded);
    connect(service, &H::modelKnown, window, &W::onModelKnown);
    connect(service, &H::runConfirmed, window, &W::onRunConfirmed);
    connect(service, &H::testFinished, window, &W::setTestResult);
    connect(service, &H::drained, this, [this] {
        if (m_quitWhenDrained && !m_controller.active())
            quitWhenSaved();
    });
    connect(service, &H::stopRequested, this, &Application::stopForHub);
    connect(window, &W::publishRequested, this, [this](const ui::RunSummary &run) { publish(run.folder); });
    connect(&m_host, &HubHost::logMessage, this,
            [this](const QString &text) { say(QStringLiteral("HUB: ") + text); });
    connect(&m_host, &HubHost::ready, this, [this] {
        showSettings();
        if (!m_host.problem().isEmpty())
            m_window->showNotice(m_host.problem(), true);
    });
    connect(window, &W::retryRequested, service, &H::retryNow);
    connect(window, &W::retryAllRequested, service, &H::retryAll);
    connect(window, &W::discardRequested, service, &H::discard);
    connect(window, &W::uploadsPauseRequested, this, [this](bool paused) {
        m_host.service().setPaused(paused);
        m_window->setUploadsPaused(paused);
    });
    connect(window, &W::hubToggled, this, &Application::toggleHub);
    window->setHubStatus(service->status());
    window->setUploads(service->items());
    window->setRequests(service->requests());
    window->setUploadsPaused(service->paused());
}

void Application::connectSettings()
{
    connect(m_window.get(), &ui::MainWindow::settingsChanged, this, &Application::saveSettings);
    connect(m_window.get(), &ui::MainWindow::testConnectionRequested, this, &Application::testConnection);
    connect(m_window.get(), &ui::MainWindow::settingsOpened, this, &Application::showWhatIsSent);
    connect(m_window.get(), &ui::MainWindow::supportBundleRequested, this, &Application::saveSupportBundle);
    connect(&m_secrets, &Secrets::loaded, this, &Application::showSettings);
    connect(&m_secrets, &Secrets::stored, this, [this](const QString &problem) {
        if (!problem.isEmpty())
            m_window->showNotice(problem, true);
        else if (!m_secrets.secure())
            m_window->showNotice(m_secrets.note());
        m_host.useKey({});
        m_host.resolve(m_host.options().enabled);
    });
}

void Application::connectEnd()
{
    connect(m_window.get(), &ui::MainWindow::closeRequested, this, &Application::askToClose);
    connect(m_signals.get(), &StopSignals::stopAsked, this, &Application::quitWhenSaved);
}

void Application::say(const QString &text)
{
    m_window->onLog({ m_controller.currentRun(), engine::LogLevel::Info, text.toStdString() });
}

void Application::fillLaunchPanel()
{
    engine::TrainConfig config;
    config.epochs = firstEpochs;
    config.imgsz = firstImageSize;
    config.hub = m_settings.hub().value_or(hubOnByDefault);
    m_window->setModelNames(builtinModels());
    m_window->setLaunchConfig(config);
    makeSample(StatePaths::sampleDir(), true);
}

void Application::makeSample(const QString &folder, bool firstStart)
{
    const auto work = [folder, firstStart](const std::stop_token &stop) {
        SampleOutcome outcome;
        try {
            if (firstStart)
                outcome.dataYaml = cli::ensureSampleDataset();
            else
                outcome.dataYaml = QString::fromStdString(
                    engine::makeSampleDataset(folder.toStdString(), {}, [&stop](int, int) {
                        return !stop.stop_requested();
                    }).string());
        } catch (const std::exception &error) {
            outcome.problem = QString::fromUtf8(error.what());
        }
        return outcome;
    };
    m_background.run(work, [this, firstStart](const SampleOutcome &outcome) {
        if (!outcome.problem.isEmpty()) {
            m_window->showNotice(outcome.problem, true);
            return;
        }
        engine::TrainConfig config = m_window->launchConfig();
        if (firstStart && !config.data.empty())
            return; // the user was quicker
        config.data = outcome.dataYaml.toStdString();
        m_window->setLaunchConfig(config);
        inspect(outcome.dataYaml);
    });
}

void Application::inspect(const QString &dataYaml)
{
    const int number = ++m_inspection;
    m_background.run(
        [dataYaml](const std::stop_token &stop) {
            return engine::inspectDataset(dataYaml.toStdString(), stop);
        },
        [this, dataYaml, number](const engine::DatasetReport &report) {
            if (number != m_inspection)
                return;
            m_window->setDatasetReport(dataYaml, report);
            m_inspected = dataYaml;
            m_trainImages = report.summary.trainImages;
            m_valImages = report.summary.valImages;
            m_classes = int(report.summary.classNames.size());
            compareSplits(dataYaml, report);
            lookUpEstimate(m_window->launchConfig());
            lookUpDisk(m_window->launchConfig());
        });
}

void Application::startRun(engine::TrainConfig config)
{
    if (config.project.empty())
        config.project = StatePaths::projectFolder(m_settings.runsFolder()).toStdString();
    if (HubModel::looksLikeAddress(QString::fromStdString(config.model)))
        loadModel(std::move(config));
    else
        launch(config);
}

void Application::launch(const engine::TrainConfig &config)
{
    if (config.hub != m_host.options().enabled)
        m_host.setEnabled(config.hub);
    if (m_controller.start(config) == 0)
        m_window->showNotice(tr("A run is going on already: stop it first."), true);
}

void Application::stop()
{
    m_controller.stop();
    if (!m_model)
        return;
    m_model->cancel();
    m_model.reset();
    const QString sentence = tr("Cancelled: nothing was started.");
    m_window->setLaunchProblems({ { "model", sentence.toStdString() } });
    m_window->showNotice(sentence);
}

void Application::runEnded()
{
    if (m_quitting)
        quitWhenSaved();
}

void Application::askToClose()
{
    const bool active = m_controller.active();
    if (m_quitting || (!active && m_host.service().idle())) {
        quitWhenSaved();
        return;
    }
    if (m_closeQuestion && m_closeQuestion->isVisible()) { // an answered one is there until the next turn
        m_closeQuestion->raise();
        return;
    }
    if (!active) {
        askAboutUploads();
        return;
    }
    ui::QuitQuestion *box = ui::QuitQuestion::aboutRun(m_window.get());
    m_closeQuestion = box;
    connect(box, &ui::QuitQuestion::quitChosen, this, &Application::quitWhenSaved);
    box->open();
}

void Application::askAboutUploads()
{
    // A hidden window without a tray would be gone for its user.
    ui::QuitQuestion *box = ui::QuitQuestion::aboutUploads(
        m_window.get(), static_cast<int>(m_host.service().items().size()), QSystemTrayIcon::isSystemTrayAvailable());
    m_closeQuestion = box;
    connect(box, &ui::QuitQuestion::quitChosen, this, &Application::quitWhenSaved);
    connect(box, &ui::QuitQuestion::stayChosen, this, [this] { m_quitWhenDrained = false; });
    const auto whenUploaded = [this] {
        if (m_host.service().idle())
            return quitWhenSaved();
        m_quitWhenDrained = true;
        m_window->showNotice(tr("Torchdeck quits when everything is uploaded."));
    };
    connect(box, &ui::QuitQuestion::waitChosen, this, whenUploaded);
    connect(box, &ui::QuitQuestion::waitInTrayChosen, this, [this, whenUploaded] {
        whenUploaded();
        if (!m_quitWhenDrained)
            return;
        m_desktopOptions.tray = true; // until the end: it is the only way back
        m_window->setDesktopOptions(m_desktopOptions);
        useDesktopOptions();
        m_window->hide();
    });
    box->open();
}

/// Quits once the run has saved and the journal has everything; unsent items wait for the next start.
void Application::quitWhenSaved()
{
    if (!std::exchange(m_quitting, true) && m_controller.active()) {
        m_window->showNotice(tr("Stopping after this batch and saving..."));
        m_controller.skipFinalValidation();
        m_controller.stop();
    }
    if (m_controller.active())
        return;
    saveWindowState();
    QCoreApplication::quit();
}

void Application::saveWindowState() const
{
    if (!ensurePrivateFolder(StatePaths::stateDir()))
        return;
    QSettings state(StatePaths::windowStateFile(), QSettings::IniFormat);
    state.setValue(QStringLiteral("geometry"), m_window->saveGeometry());
    state.setValue(QStringLiteral("layout"), m_window->saveState());
    state.setValue(QStringLiteral("runFolders"), m_addedRunFolders);
}

void Application::restoreWindowState()
{
    const QSettings state(StatePaths::windowStateFile(), QSettings::IniFormat);
    m_window->restoreGeometry(state.value(QStringLiteral("geometry")).toByteArray());
    m_addedRunFolders = state.value(QStringLiteral("runFolders")).toStringList();
    m_window->restoreState(state.value(QStringLiteral("layout")).toByteArray());
}

int runWindow(int &argc, char **argv, const QStringList &paths, void (*afterQt)(), bool report)
{
    const auto startup = report ? std::make_unique<StartupReport>() : nullptr;
    StartupReport::mark("main");
    const auto qt = report ? std::make_unique<MeteredApplication>(argc, argv) : std::make_unique<QApplication>(argc, argv);
    afterQt();
    StartupReport::mark("Qt");
    QGuiApplication::setDesktopFileName(QStringLiteral("org.torchdeck.Torchdeck"));
    QApplication::setQuitOnLastWindowClosed(false); // closing asks first, see askToClose()
    ui::installTranslations(QLocale());
    SingleInstance instance;
    if (instance.handOver(paths))
        return 0;
    StartupReport::mark("single instance");
    Application application;
    StartupReport::mark("application");
    QObject::connect(&instance, &SingleInstance::opened, &application, &Application::open);
    if (startup)
        startup->watch(application.window());
    application.show();
    StartupReport::mark("shown");
    if (!paths.isEmpty())
        application.open(paths);
    return QApplication::exec();
}

} // namespace torchdeck::app
