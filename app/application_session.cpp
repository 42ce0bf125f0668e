// SPDX-License-Identifier: GPL-3.0-or-later
// The application as part of a desktop: notifications, sleep, tray; and predictions asked for on the Results
// page.
#include "app/application.h"
#include "app/export_job.h"
#include "app/state_paths.h"

#include <QtCore/QSettings>
#include <QtWidgets/QApplication>
#include <QtWidgets/QMenu>
#include <QtWidgets/QSystemTrayIcon>

#include <cmath>

namespace torchdeck::app {

namespace {

QString runName(const engine::TrainEnd &end)
{
    return QString::fromStdString(end.saveDir.filename().string());
}

QString mapWords(const engine::TrainEnd &end)
{
    const double map = engine::metricValue(end.metrics, "metrics/mAP50-95(B)", std::nan(""));
    return std::isfinite(map) ? QStringLiteral("mAP50-95 %1").arg(QLocale().toString(map, 'f', 3))
                              : QString();
}

} // namespace

void Application::connectPrediction()
{
    using W = ui::MainWindow;
    connect(m_window.get(), &W::predictRequested, &m_predict, &PredictJob::start);
    connect(m_window.get(), &W::predictCancelRequested, &m_predict, &PredictJob::cancel);
    connect(&m_predict, &PredictJob::found, m_window.get(), &W::onPrediction);
    connect(&m_predict, &PredictJob::ended, m_window.get(), &W::onPredictionEnded);
    connect(m_window.get(), &W::exportRequested, this, [this](const ui::ExportWish &wish) {
        m_background.run([wish](const std::stop_token &) { return exportModel(wish); },
                         [this, wish](const QString &problem) { m_window->onExportEnded(wish, problem); });
    });
}

void Application::connectDesktop()
{
    using C = TrainingController;
    connect(m_window.get(), &ui::MainWindow::desktopOptionsChanged, this,
            [this](const ui::DesktopOptions &options) {
                m_desktopOptions = options;
                QSettings state(StatePaths::windowStateFile(), QSettings::IniFormat);
                state.setValue(QStringLiteral("desktop/keepAwake"), options.keepAwake);
                state.setValue(QStringLiteral("desktop/notifications"), options.notifications);
                state.setValue(QStringLiteral("desktop/tray"), options.tray);
                state.setValue(QStringLiteral("desktop/reducedMotion"), options.reducedMotion);
                useDesktopOptions();
            });
    connect(&m_desktop, &DesktopSession::reducedMotionKnown, this, [this](bool wanted) {
        const QSettings state(StatePaths::windowStateFile(), QSettings::IniFormat);
        if (state.contains(QStringLiteral("desktop/reducedMotion"))) // the user's own choice counts more
            return;
        m_desktopOptions.reducedMotion = wanted;
        m_window->setDesktopOptions(m_desktopOptions);
    });
    connect(&m_desktop, &DesktopSession::actionInvoked, this, &Application::followNotification);
    connect(&m_controller, &C::started, this, [this] {
        m_paused = false;
        useDesktopOptions();
    });
    connect(&m_controller, &C::runEvent, this, [this](const engine::RunEvent &event) {
        if (event.replayed)
            return;
        m_paused = event.kind == engine::RunEventKind::Paused;
        useDesktopOptions();
    });
    connect(&m_controller, &C::ended, this, &Application::useDesktopOptions);
    connect(&m_controller, &C::finished, this, [this](const engine::Finished &event) {
        tellDesktop(tr("%1 is finished").arg(runName(event.end)), mapWords(event.end), event.end.saveDir);
    });
    connect(&m_controller, &C::stopped, this, [this](const engine::Stopped &event) {
        if (!event.end.saveDir.empty())
            tellDesktop(tr("%1 is stopped and saved").arg(runName(event.end)), mapWords(event.end),
                        event.end.saveDir);
    });
    connect(&m_controller, &C::failed, this, [this](const engine::Failed &event) {
        tellDesktop(tr("The run failed"), QString::fromStdString(event.sentence), {});
    });
    connect(&m_host.service(), &hub::HubService::runConfirmed, this,
            [this](quint64, const QString &, const QUrl &url) {
                m_notifiedUrl = url;
                if (m_desktopOptions.notifications && !m_window->isActiveWindow())
                    m_desktop.notify(tr("The model is on HUB"), {},
                                     { { QStringLiteral("view"), tr("View model") } });
            });
    connect(&m_controller, &C::fitEpochEnd, this, [this](const engine::FitEpochEnd &event) {
        if (m_tray && !event.finalEval)
            m_tray->setToolTip(tr("Torchdeck: epoch %1 of %2").arg(event.epoch + 1).arg(event.epochs));
    });

    const QSettings state(StatePaths::windowStateFile(), QSettings::IniFormat);
    const auto flag = [&state](const char *key, bool usual) {
        return state.value(QStringLiteral("desktop/") + QLatin1String(key), usual).toBool();
    };
    m_desktopOptions = { flag("keepAwake", true), flag("notifications", true), flag("tray", false),
                         flag("reducedMotion", false) };
    m_window->setDesktopOptions(m_desktopOptions);
    useDesktopOptions();
    m_desktop.askForReducedMotion();
}

void Application::useDesktopOptions()
{
    m_desktop.keepAwake(m_desktopOptions.keepAwake && m_controller.active() && !m_paused,
                        tr("A model is being trained"));
    const bool tray = m_desktopOptions.tray && QSystemTrayIcon::isSystemTrayAvailable();
    if (!tray)
        m_tray.reset();
    else if (!m_tray)
        makeTray();
}

void Application::makeTray()
{
    m_tray = std::make_unique<QSystemTrayIcon>(m_window->windowIcon());
    m_tray->setToolTip(tr("Torchdeck"));
    m_trayMenu = std::make_unique<QMenu>();
    connect(m_trayMenu->addAction(tr("Show the window")), &QAction::triggered, this, [this] { open({}); });
    connect(m_trayMenu->addAction(tr("Quit")), &QAction::triggered, m_window.get(), &QWidget::close);
    m_tray->setContextMenu(m_trayMenu.get());
    connect(m_tray.get(), &QSystemTrayIcon::activated, this,
            [this](QSystemTrayIcon::ActivationReason reason) {
                if (reason == QSystemTrayIcon::Trigger)
                    open({});
            });
    m_tray->show();
}

/// Only when nobody looks at the window, which tells it itself.
void Application::tellDesktop(const QString &title, const QString &body, const std::filesystem::path &folder)
{
    m_notifiedFolder = QString::fromStdString(folder.string());
    if (!m_desktopOptions.notifications || m_window->isActiveWindow())
        return;
    DesktopSession::Actions actions { { QStringLiteral("default"), tr("Show") } };
    if (!folder.empty()) {
        actions.emplace_back(QStringLiteral("results"), tr("Results"));
        actions.emplace_back(QStringLiteral("folder"), tr("Open folder"));
    }
    m_desktop.notify(title, body, actions);
}

void Application::followNotification(const QString &key)
{
    if (key == QLatin1String("folder")) {
        Q_EMIT m_window->openFolderRequested(m_notifiedFolder);
        return;
    }
    if (key == QLatin1String("view")) {
        Q_EMIT m_window->openUrlRequested(m_notifiedUrl);
        return;
    }
    open({});
    if (key == QLatin1String("results"))
        m_window->showResults(m_notifiedFolder);
}

} // namespace torchdeck::app
