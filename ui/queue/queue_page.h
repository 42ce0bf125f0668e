// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/queue/run_queue.h"

#include <QtWidgets/QWidget>

class QLabel;
class QListView;
class QPushButton;
class QStackedWidget;

namespace torchdeck::ui {

class ToggleSwitch;

/// The queue as a page: order, edit, remove, and whether the next run starts by itself.
class QueuePage : public QWidget {
    Q_OBJECT
public:
    explicit QueuePage(RunQueue &queue, QWidget *parent = nullptr);
    [[nodiscard]] bool automatic() const;
    void setAutomatic(bool on); ///< emits automaticChanged when it changes
    void setBusy(bool busy); ///< a run is going on
    [[nodiscard]] QListView *list() const { return m_list; }
    [[nodiscard]] QPushButton *startButton() const { return m_start; }
    void moveCurrent(int by);
    void removeCurrent();

Q_SIGNALS:
    void startNextRequested();
    void automaticChanged(bool on);
    void editRequested(int row); ///< in the form; it waits on meanwhile
    void newRunRequested();

private:
    [[nodiscard]] QWidget *buildHead();
    [[nodiscard]] QWidget *buildEmptyState();
    void update();

    RunQueue &m_queue;
    QListView *m_list;
    QStackedWidget *m_pages;
    QLabel *m_count;
    ToggleSwitch *m_automatic;
    QPushButton *m_start, *m_edit, *m_copy, *m_remove, *m_up, *m_down, *m_clear;
    bool m_busy = false;
};

} // namespace torchdeck::ui
