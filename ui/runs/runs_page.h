// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/runs/run_watcher.h"

#include <QtWidgets/QWidget>

class QAction;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QTableView;
class QTimer;

namespace torchdeck::ui {

class RunCompare;
class RunFilter;
class RunListModel;

/// All runs below the run folders, whoever made them: find, compare, resume, tidy up.
class RunsPage : public QWidget {
    Q_OBJECT
public:
    explicit RunsPage(QWidget *parent = nullptr);

    [[nodiscard]] RunListModel *model() const { return m_model; }
    [[nodiscard]] RunWatcher *watcher() const { return m_watcher; }
    [[nodiscard]] RunCompare *compare() const { return m_compare; }
    [[nodiscard]] QTableView *table() const { return m_table; }
    [[nodiscard]] QLineEdit *searchField() const { return m_search; }
    void setTraining(bool on); ///< a run is going on here: resuming has to wait
    void selectRun(const QString &folder);
    void resumeSelected();
    void trashSelected();
    [[nodiscard]] bool showsEmptyState() const;
    [[nodiscard]] QAction *publishAction() const { return m_publish; } ///< of the table's menu

Q_SIGNALS:
    void resumeRequested(const torchdeck::ui::RunSummary &run);
    void settingsWanted(const torchdeck::ui::RunSummary &run); ///< its arguments into the form
    void publishRequested(const torchdeck::ui::RunSummary &run);
    void openFolderRequested(const QString &folder);
    void resultsRequested(const QString &folder);
    void addFolderRequested();
    void newRunRequested();
    void notice(const QString &sentence, bool error);
    /// Once after the first look: the newest interrupted run of the last days, to offer it.
    void interruptedFound(const torchdeck::ui::RunSummary &run);

private:
    [[nodiscard]] QWidget *buildHead();
    [[nodiscard]] QWidget *buildTable();
    [[nodiscard]] QWidget *buildEmptyState();
    void connectWatcher();
    void updateSelection();
    void updateCounts();
    void offerInterrupted();
    [[nodiscard]] QVector<RunSummary> selected() const;

    RunListModel *m_model;
    RunFilter *m_filter;
    RunWatcher *m_watcher;
    RunCompare *m_compare;
    QTableView *m_table;
    QLineEdit *m_search;
    QComboBox *m_state;
    QLabel *m_count;
    QLabel *m_selection;
    QPushButton *m_resume;
    QPushButton *m_reuse;
    QPushButton *m_results;
    QPushButton *m_open;
    QPushButton *m_trash;
    QAction *m_publish;
    QStackedWidget *m_pages;
    QTimer *m_selectionTimer; ///< selecting by keyboard or rubber band comes in bursts
    bool m_training = false;
    bool m_offered = false;
};

} // namespace torchdeck::ui
