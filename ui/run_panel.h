// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/types.h"
#include "torchdeck/engine/lifecycle.h"
#include "torchdeck/engine/run_event.h"

#include <QtWidgets/QWidget>

class QStackedWidget;
class QTabWidget;

namespace torchdeck::ui {

class ClassHistory;
class ClassTable;
class EpochView;
class LogView;
class PinnedView;
class ResultsBanner;
class RunCharts;
class RunHeader;
class SystemView;

/// The middle of the window: a welcome page, then the run: header, how it ended, charts, classes, log. Events
/// of any other run than the one that began last are ignored.
class RunPanel : public QWidget {
    Q_OBJECT
public:
    enum Tab { ChartsTab, ClassesTab, HistoryTab, EpochsTab, PinnedTab, SystemTab, LogTab };

    explicit RunPanel(QWidget *parent = nullptr);

    void onPretrainRoutineStart(const engine::PretrainRoutineStart &event);
    void onPretrainRoutineEnd(const engine::PretrainRoutineEnd &event);
    void onBatchEnd(const engine::BatchEnd &event);
    void onValProgress(const engine::ValProgress &event);
    void onFitEpochEnd(const engine::FitEpochEnd &event);
    void onLog(const engine::LogLine &event);
    void onRunEvent(const engine::RunEvent &event);
    void onFinished(const engine::Finished &event);
    void onStopped(const engine::Stopped &event);
    void onFailed(const engine::Failed &event);
    void setStopping();
    void showTab(Tab tab);
    void showWelcome(); ///< when no run was started yet

    [[nodiscard]] quint64 run() const { return m_run; }
    [[nodiscard]] bool hasRun() const { return m_hasRun; }
    [[nodiscard]] QString runFolder() const { return m_folder; }
    [[nodiscard]] RunHeader *header() const { return m_header; }
    [[nodiscard]] RunCharts *charts() const { return m_charts; }
    [[nodiscard]] ResultsBanner *banner() const { return m_banner; }
    [[nodiscard]] LogView *log() const { return m_log; }
    [[nodiscard]] ClassTable *classes() const { return m_classes; }
    [[nodiscard]] ClassHistory *history() const { return m_history; }
    [[nodiscard]] EpochView *epochs() const { return m_epochs; }
    [[nodiscard]] PinnedView *pinned() const { return m_pinned; }
    [[nodiscard]] SystemView *system() const { return m_system; }

Q_SIGNALS:
    void openFolderRequested(const QString &folder);
    void openUrlRequested(const QUrl &url);
    void sampleRequested();
    void browseDatasetRequested();
    void notice(const QString &sentence, bool error);

private:
    [[nodiscard]] QWidget *buildWelcome();
    [[nodiscard]] QWidget *buildRunPage();
    [[nodiscard]] bool isMine(quint64 run) const { return m_hasRun && run == m_run; }

    quint64 m_run = 0;
    bool m_hasRun = false;
    QString m_folder;
    QStackedWidget *m_pages;
    RunHeader *m_header;
    ResultsBanner *m_banner;
    QTabWidget *m_tabs;
    RunCharts *m_charts;
    ClassTable *m_classes;
    ClassHistory *m_history;
    EpochView *m_epochs;
    PinnedView *m_pinned;
    SystemView *m_system;
    LogView *m_log;
    int m_warnings = 0;
};

} // namespace torchdeck::ui
