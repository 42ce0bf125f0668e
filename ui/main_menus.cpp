// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_menus.h"

#include <QtGui/QAction>
#include <QtWidgets/QMainWindow>
#include <QtWidgets/QMenu>
#include <QtWidgets/QMenuBar>

namespace torchdeck::ui {

MainMenus::MainMenus(QMainWindow &window)
    : QObject(&window)
    , m_window(window)
{
    buildFile();
    buildRun();
    buildHub();
    buildView();
    buildHelp();
}

QAction *MainMenus::add(QMenu *menu, const QString &text, const QKeySequence &shortcut)
{
    QAction *action = menu->addAction(text);
    action->setShortcut(shortcut);
    return action;
}

void MainMenus::buildFile()
{
    QMenu *menu = m_window.menuBar()->addMenu(tr("&File"));
    newRun = add(menu, tr("&New run"), QKeySequence(Qt::CTRL | Qt::Key_N));
    openDataset = add(menu, tr("&Open data set..."), QKeySequence(Qt::CTRL | Qt::Key_O));
    makeSample = add(menu, tr("&Make a sample set..."), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S));
    menu->addSeparator();
    settings = add(menu, tr("&Settings..."), QKeySequence(Qt::CTRL | Qt::Key_Comma));
    settings->setMenuRole(QAction::PreferencesRole);
    menu->addSeparator();
    quit = add(menu, tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q));
    quit->setMenuRole(QAction::QuitRole);
}

void MainMenus::buildRun()
{
    QMenu *menu = m_window.menuBar()->addMenu(tr("&Run"));
    start = add(menu, tr("&Start"), QKeySequence(Qt::CTRL | Qt::Key_Return));
    start->setShortcuts({ QKeySequence(Qt::CTRL | Qt::Key_Return), QKeySequence(Qt::CTRL | Qt::Key_Enter) });
    pause = add(menu, tr("&Pause"), QKeySequence(Qt::CTRL | Qt::Key_P));
    pause->setCheckable(true);
    changePlan = add(menu, tr("&Change epochs, patience..."), QKeySequence(Qt::CTRL | Qt::Key_E));
    preview = add(menu, tr("Preview training &images..."), QKeySequence(Qt::CTRL | Qt::Key_G));
    measure = add(menu, tr("&Measure memory and time"), QKeySequence(Qt::CTRL | Qt::Key_T));
    menu->addSeparator();
    stop = add(menu, tr("S&top after this batch"), QKeySequence(Qt::CTRL | Qt::Key_Period));
    stopAfterEpoch = add(menu, tr("Stop after this &epoch"), QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_Period));
    stopAfterEpoch->setCheckable(true);
    skipValidation = add(menu, tr("S&kip the last validation"), QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_K));
    menu->addSeparator();
    addToQueue = add(menu, tr("Add to &queue"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Return));
    startNext = add(menu, tr("Start the &next of the queue"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_N));
    menu->addSeparator();
    openRunFolder = add(menu, tr("Open the run's &folder"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O));
    saveReport = add(menu, tr("Save a &report..."), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E));
}

void MainMenus::buildHub()
{
    QMenu *menu = m_window.menuBar()->addMenu(tr("&HUB"));
    hubSync = add(menu, tr("&Sync runs with HUB"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_H));
    hubSync->setCheckable(true);
    viewModel = add(menu, tr("&View model"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_M));
    menu->addSeparator();
    uploads = add(menu, tr("&Uploads"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_U));
    requests = add(menu, tr("Re&quests since the start"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_L));
    retryAll = add(menu, tr("&Retry all"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_R));
    pauseUploads = add(menu, tr("&Pause uploads"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_P));
    pauseUploads->setCheckable(true);
}

void MainMenus::buildView()
{
    QMenu *menu = m_window.menuBar()->addMenu(tr("&View"));
    showTraining = add(menu, tr("&Training"), QKeySequence(Qt::ALT | Qt::Key_1));
    showRuns = add(menu, tr("&Runs"), QKeySequence(Qt::ALT | Qt::Key_2));
    showQueue = add(menu, tr("&Queue"), QKeySequence(Qt::ALT | Qt::Key_3));
    showResults = add(menu, tr("R&esults"), QKeySequence(Qt::ALT | Qt::Key_4));
    refreshRuns = add(menu, tr("Look for runs &again"), QKeySequence(Qt::Key_F5));
    menu->addSeparator();
    showCharts = add(menu, tr("&Charts"), QKeySequence(Qt::CTRL | Qt::Key_1));
    showClasses = add(menu, tr("C&lasses"), QKeySequence(Qt::CTRL | Qt::Key_2));
    showHistory = add(menu, tr("Class &history"), QKeySequence(Qt::CTRL | Qt::Key_3));
    showCurves = add(menu, tr("C&urves of each epoch"), QKeySequence(Qt::CTRL | Qt::Key_4));
    showSystem = add(menu, tr("S&ystem"), QKeySequence(Qt::CTRL | Qt::Key_5));
    showLog = add(menu, tr("&Log"), QKeySequence(Qt::CTRL | Qt::Key_6));
    search = add(menu, tr("&Search runs or the log"), QKeySequence(Qt::CTRL | Qt::Key_F));
    menu->addSeparator();
    showLaunch = add(menu, tr("&New run panel"), QKeySequence(Qt::Key_F9));
    showHub = add(menu, tr("&HUB panel"), QKeySequence(Qt::Key_F10));
    for (QAction *action : { showLaunch, showHub }) {
        action->setCheckable(true);
        action->setChecked(true);
    }
    menu->addSeparator();
    const auto shifted = [](Qt::Key key) { return QKeySequence(QKeyCombination(Qt::CTRL | Qt::SHIFT, key)); };
    keepAwake = add(menu, tr("Keep the computer &awake while training"), shifted(Qt::Key_A));
    notifications = add(menu, tr("&Desktop notifications"), shifted(Qt::Key_I));
    tray = add(menu, tr("Tray &icon"), shifted(Qt::Key_T));
    reducedMotion = add(menu, tr("Reduce &motion"), shifted(Qt::Key_D));
    for (QAction *action : { keepAwake, notifications, tray, reducedMotion })
        action->setCheckable(true);
    menu->addSeparator();
    fullScreen = add(menu, tr("&Full screen"), QKeySequence(Qt::Key_F11));
    fullScreen->setCheckable(true);
}

void MainMenus::buildHelp()
{
    QMenu *menu = m_window.menuBar()->addMenu(tr("H&elp"));
    palette = add(menu, tr("&Commands..."), QKeySequence(Qt::CTRL | Qt::Key_K));
    menu->addSeparator();
    about = add(menu, tr("&About Torchdeck"), QKeySequence(Qt::SHIFT | Qt::Key_F1));
    about->setMenuRole(QAction::AboutRole);
}

} // namespace torchdeck::ui
