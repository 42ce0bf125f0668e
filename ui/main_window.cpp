// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window.h"

#include "ui/calm_style.h"
#include "ui/dataset_line.h"
#include "ui/english_plurals.h"
#include "ui/hub_check_line.h"
#include "ui/main_window_p.h"
#include "ui/presets.h"
#include "ui/results/try_model.h"
#include "ui/theme.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtCore/QMimeData>
#include <QtCore/QPointer>
#include <QtCore/QUrl>
#include <QtGui/QCloseEvent>
#include <QtGui/QDragEnterEvent>
#include <QtWidgets/QApplication>
#include <QtWidgets/QListView>
#include <QtWidgets/QStyle>

namespace torchdeck::ui {

namespace {

constexpr QSize defaultSize { 1440, 900 };
constexpr QSize smallestSize { 1090, 640 };

/// Shared by all windows; it must outlive every widget that uses it.
QStyle *baseStyle()
{
    static QPointer<QStyle> style;
    if (!style) {
        style = new CalmStyle;
        style->setParent(qApp);
    }
    return style;
}

} // namespace

MainWindow::MainWindow(QWidget *parent)
    : QMainWindow(parent)
{
    EnglishPlurals::install();
    // The style sheet builds on one base style; a desktop's own would show through between our rules.
    setStyle(baseStyle());
    setWindowTitle(tr("Torchdeck"));
    setWindowIcon(QIcon(themedPixmap(QStringLiteral("torchdeck"), Qt::black, 128, 1.0)));
    setAcceptDrops(true);
    applyTheme(*this);
    d = std::make_unique<Private>(*this);
    resize(defaultSize);
    setMinimumSize(smallestSize);
    qApp->installEventFilter(this);
}

MainWindow::~MainWindow()
{
    // The queue goes before the widgets that show it.
    disconnect(&d->queue, nullptr, nullptr, nullptr);
    d->queuePage->list()->setModel(nullptr);
}

void MainWindow::showPage(Page page) { d->showPage(page); }

void MainWindow::showResults(const QString &runFolder) { d->showResults(runFolder); }

void MainWindow::setDesktopOptions(const DesktopOptions &options) { d->setDesktopOptions(options); }

void MainWindow::setRunFolders(const QStringList &folders)
{
    d->runFolders = folders;
    d->runs->watcher()->setRoots(folders);
}

void MainWindow::setStateFolder(const QString &folder)
{
    d->launch->presets()->setFolder(folder + QStringLiteral("/presets"));
    d->openQueue(folder + QStringLiteral("/run_queue.json"));
}

bool MainWindow::openPath(const QString &path)
{
    const QFileInfo info(path);
    const QStringList ofARun { QStringLiteral("results.csv"), QStringLiteral("args.yaml") };
    const QString folder = ofARun.contains(info.fileName()) ? info.absolutePath() : info.absoluteFilePath();
    const bool run = QFile::exists(folder + QLatin1Char('/') + ofARun[0])
        || QFile::exists(folder + QLatin1Char('/') + ofARun[1]);
    if (run) {
        d->openRunFolder(QDir::cleanPath(folder));
        return true;
    }
    const QString dataset = DatasetLine::datasetAt(path);
    if (dataset.isEmpty())
        return false;
    d->showPage(Page::Training);
    d->launch->dataset()->setPath(dataset);
    return true;
}

void MainWindow::setDevices(const std::vector<engine::DeviceInfo> &devices)
{
    d->launch->setDevices(devices);
}

void MainWindow::setModelNames(const QStringList &builtin) { d->launch->setModelNames(builtin); }

void MainWindow::setDatasetReport(const QString &dataYaml, const engine::DatasetReport &report)
{
    d->launch->setDatasetReport(dataYaml, report);
}

void MainWindow::setLaunchProblems(const std::vector<engine::ArgumentError> &problems)
{
    d->launch->setProblems(problems);
    d->updateActions();
}

void MainWindow::setLaunchConfig(const engine::TrainConfig &config) { d->launch->setConfig(config); }

engine::TrainConfig MainWindow::launchConfig() const { return d->launch->config(); }

void MainWindow::onPretrainRoutineStart(const engine::PretrainRoutineStart &event) { d->startRun(event); }

void MainWindow::onPretrainRoutineEnd(const engine::PretrainRoutineEnd &event)
{
    d->run->onPretrainRoutineEnd(event);
}

void MainWindow::onTrainStart(const engine::TrainStart &) { }

void MainWindow::onBatchEnd(const engine::BatchEnd &event) { d->run->onBatchEnd(event); }

void MainWindow::onValProgress(const engine::ValProgress &event) { d->run->onValProgress(event); }

void MainWindow::onFitEpochEnd(const engine::FitEpochEnd &event)
{
    d->run->onFitEpochEnd(event);
    d->updateTitle(event);
}

void MainWindow::onModelSave(const engine::ModelSave &) { }

void MainWindow::onLog(const engine::LogLine &event) { d->run->onLog(event); }

void MainWindow::onRunEvent(const engine::RunEvent &event)
{
    d->run->onRunEvent(event);
    d->updateActions();
}

void MainWindow::onFinished(const engine::Finished &event)
{
    d->run->onFinished(event);
    d->endRun(event.run);
    d->queueGoesOn(event.run, true, tr("%n epoch(s)", nullptr, event.end.epochsDone));
}

void MainWindow::onStopped(const engine::Stopped &event)
{
    d->run->onStopped(event);
    d->endRun(event.run);
    d->holdQueue(event);
}

void MainWindow::onFailed(const engine::Failed &event) {
    d->failRun(event);
    d->queueGoesOn(event.run, false, QString::fromStdString(event.sentence));
}

void MainWindow::setHubStatus(const hub::SessionStatus &status)
{
    d->hub->setStatus(status);
    d->run->banner()->setHub(status);
    d->launch->hubCheck()->setStatus(status);
    d->uploads->setDropped(status.dropped, status.queueBytes);
    d->uploads->setOffline(status.state == hub::SessionState::Offline);
    d->updateActions();
}

void MainWindow::setUploads(const QVector<hub::UploadItem> &items)
{
    d->uploads->setItems(items);
    d->run->banner()->setUploads(items);
    d->updateActions();
}

void MainWindow::setUploadsPaused(bool paused)
{
    d->uploads->setPaused(paused);
    d->run->banner()->setUploadsPaused(paused);
    d->menus.pauseUploads->setChecked(paused);
}

void MainWindow::onModelKnown(quint64 run, const QString &, const QUrl &modelUrl)
{
    if (run != d->run->run())
        return;
    d->hub->setModel(modelUrl);
    d->updateActions();
}

void MainWindow::onRunConfirmed(quint64 run, const QString &, const QUrl &modelUrl)
{
    d->run->banner()->setConfirmed(run, modelUrl);
    if (run == d->run->run())
        d->results->setModelUrl(d->run->runFolder(), modelUrl);
    if (run != d->run->run()) // an earlier run's model went out later
        showNotice(tr("The final model of an earlier run is on HUB now: %1").arg(modelUrl.toString()));
    d->updateActions();
}

void MainWindow::setRequests(const QVector<hub::RequestRecord> &records) { d->uploads->requests()->setRecords(records); }

void MainWindow::onRequestEnded(const hub::RequestRecord &record) { d->uploads->requests()->add(record); }

void MainWindow::setSettings(const SettingsValues &values)
{
    d->settings = values;
    d->launch->setHub(values.hubEnabled);
    d->launch->hubCheck()->setSettings(values);
    d->hub->setHubEnabled(values.hubEnabled);
    d->menus.hubSync->setChecked(values.hubEnabled);
    if (d->dialog)
        d->dialog->setValues(values);
}

void MainWindow::setTestResult(const hub::TestResult &result)
{
    d->launch->hubCheck()->setTestResult(result);
    if (d->dialog)
        d->dialog->setTestResult(result);
}

void MainWindow::setSentExamples(const QVector<hub::SentExample> &examples, const QString &about)
{
    if (d->dialog)
        d->dialog->setSentExamples(examples, about);
}

void MainWindow::stopForHub(const QString &sentence)
{
    d->launch->stop();
    showNotice(sentence);
}

void MainWindow::onPrediction(const engine::ImagePredictions &found) { d->results->tryModel()->addResult(found); }

void MainWindow::onPredictionEnded(const QString &problem) { d->results->tryModel()->setEnded(problem); }

void MainWindow::onExportEnded(const ExportWish &wish, const QString &problem)
{
    d->results->setExportEnded(wish, problem);
}

void MainWindow::showNotice(const QString &sentence, bool error) { d->notice->showNotice(sentence, error); }

void MainWindow::openSettings()
{
    if (!d->dialog) {
        d->dialog = new SettingsDialog(this);
        connect(d->dialog, &SettingsDialog::applied, this, &MainWindow::settingsChanged);
        connect(d->dialog, &SettingsDialog::testRequested, this, &MainWindow::testConnectionRequested);
        connect(d->dialog, &SettingsDialog::supportBundleRequested, this, &MainWindow::supportBundleRequested);
    }
    d->dialog->setValues(d->settings);
    Q_EMIT settingsOpened();
    d->dialog->show();
    d->dialog->raise();
    d->dialog->activateWindow();
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    // The app may answer at once, from inside the signal: then this very event is accepted.
    if (!d->mayClose)
        Q_EMIT closeRequested();
    event->setAccepted(d->mayClose);
}

bool MainWindow::eventFilter(QObject *watched, QEvent *event)
{
    // QCoreApplication::quit() asks every window first; having called it, the app has decided.
    if (event->type() == QEvent::Quit && watched == qApp)
        d->mayClose = true;
    // Windows with a palette of their own are not told by themselves. Queued: every widget hears of the new
    // system palette first, then of ours.
    if (event->type() == QEvent::ApplicationPaletteChange && watched == qApp)
        QMetaObject::invokeMethod(
            this, [this] { applyTheme(*this); }, Qt::QueuedConnection);
    return QMainWindow::eventFilter(watched, event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event)
{
    const QList<QUrl> urls = event->mimeData()->urls();
    if (urls.size() == 1 && urls.front().isLocalFile())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent *event)
{
    const QString path = event->mimeData()->urls().value(0).toLocalFile();
    event->acceptProposedAction();
    if (!openPath(path))
        showNotice(tr("%1 is neither a data.yaml, nor a folder with one, nor the folder of a run.").arg(path), true);
}

} // namespace torchdeck::ui
