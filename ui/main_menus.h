// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QObject>
#include <QtGui/QKeySequence>

class QAction;
class QMainWindow;
class QMenu;

namespace torchdeck::ui {

/// The menu bar: every action of the window with its shortcut. The window connects what they do.
class MainMenus : public QObject {
    Q_OBJECT
public:
    explicit MainMenus(QMainWindow &window);

    QAction *newRun, *openDataset, *makeSample, *settings, *quit;
    QAction *start, *preview, *measure, *pause, *stop, *stopAfterEpoch, *skipValidation, *changePlan, *addToQueue, *startNext, *openRunFolder;
    QAction *hubSync, *viewModel, *uploads, *requests, *retryAll, *pauseUploads;
    QAction *showTraining, *showRuns, *showQueue, *showResults, *saveReport, *refreshRuns;
    QAction *showCharts, *showClasses, *showHistory, *showCurves, *showSystem, *showLog, *search, *showLaunch, *showHub, *fullScreen;
    QAction *keepAwake, *notifications, *tray, *reducedMotion;
    QAction *palette, *about;

private:
    QAction *add(QMenu *menu, const QString &text, const QKeySequence &shortcut = {});
    void buildFile();
    void buildRun();
    void buildHub();
    void buildView();
    void buildHelp();

    QMainWindow &m_window;
};

} // namespace torchdeck::ui
