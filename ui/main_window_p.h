// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The window's parts and how they are wired; only main_window*.cpp include this.

#include "ui/countdown_clock.h"
#include "ui/hub_panel.h"
#include "ui/launch_panel.h"
#include "ui/main_menus.h"
#include "ui/main_window.h"
#include "ui/notice_bar.h"
#include "ui/preview/augment_preview.h"
#include "ui/queue/queue_page.h"
#include "ui/results/results_page.h"
#include "ui/results_banner.h"
#include "ui/run_panel.h"
#include "ui/runs/runs_page.h"
#include "ui/settings_dialog.h"
#include "ui/upload_queue_panel.h"

#include <QtCore/QPointer>
#include <QtCore/QTimer>
#include <QtGui/QAction>

class QStackedWidget;
class QTabBar;

namespace torchdeck::ui {

class MainWindow::Private {
public:
    explicit Private(MainWindow &window);

    void startRun(const engine::PretrainRoutineStart &event);
    void endRun(quint64 runId);
    void failRun(const engine::Failed &event);
    void updateTitle(const engine::FitEpochEnd &event);
    void updateActions();
    void showPage(MainWindow::Page page);
    void useRun(const RunSummary &run); ///< its arguments into the form
    void resumeRun(const RunSummary &run);
    void openQueue(const QString &file);
    void startNext(); ///< of the queue
    void queueGoesOn(quint64 runId, bool good, const QString &message); ///< a run has ended
    void holdQueue(const engine::Stopped &event);
    void showResults(const QString &folder);
    void setDesktopOptions(const DesktopOptions &options);
    [[nodiscard]] DesktopOptions desktopOptions() const; ///< as the menu says
    void openRunFolder(const QString &folder); ///< of an argument or a drop: shown and selected

    MainWindow &window;
    CountdownClock clock;
    MainMenus menus;
    LaunchPanel *launch;
    RunPanel *run;
    NoticeBar *notice;
    HubPanel *hub;
    UploadQueuePanel *uploads;
    RunsPage *runs;
    RunQueue queue;
    QPersistentModelIndex edited; ///< the entry of the queue that the form shows
    QueuePage *queuePage;
    ResultsPage *results;
    QWidget *side = nullptr;
    QTabBar *pageBar;
    QStackedWidget *pages;
    QStringList runFolders;
    QPointer<SettingsDialog> dialog;
    QPointer<AugmentPreview> preview;
    QTimer estimateDelay;
    SettingsValues settings;
    bool mayClose = false;

private:
    void buildLayout();
    [[nodiscard]] QWidget *buildTrainingPage();
    void connectLaunch();
    void connectLaunchViews();
    void showPreview();
    void connectRun();
    void connectControls();
    void pauseRun(bool paused);
    void stopAfterEpoch(bool on);
    void connectRuns();
    void connectQueue();
    void connectResults();
    void askRunFolder();
    void connectHub();
    void connectMenus();
    void connectDesktopOptions();
    void toggleHub(bool enabled);
    void showPalette();
    void showAbout();
};

} // namespace torchdeck::ui
