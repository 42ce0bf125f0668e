// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/countdown_clock.h"
#include "ui/request_history.h"
#include "ui/upload_queue_model.h"
#include "ui/widgets/basics.h"

class QAction;
class QListView;
class QStackedWidget;

namespace torchdeck::ui {

/// What waits to be sent, with its reason and its next try. Per row: Retry now (R), Discard (Delete).
class UploadQueuePanel : public Card {
    Q_OBJECT
public:
    explicit UploadQueuePanel(CountdownClock &clock, QWidget *parent = nullptr);

    void setItems(const QVector<hub::UploadItem> &items);
    void setPaused(bool paused);
    /// What the user's own limit cost since the start.
    void setDropped(int checkpoints, qint64 limitBytes);
    void setOffline(bool offline);
    [[nodiscard]] QLabel *droppedNote() const { return m_droppedNote; }
    void focusList();
    void showRequests(); ///< the session's requests, in a window of their own
    [[nodiscard]] RequestModel *requests() const { return m_requests; }
    [[nodiscard]] UploadQueueModel *model() const { return m_model; }
    [[nodiscard]] QListView *view() const { return m_view; }
    [[nodiscard]] QPushButton *retryAllButton() const { return m_retryAll; }
    [[nodiscard]] QPushButton *pauseButton() const { return m_pause; }
    [[nodiscard]] bool showsEmptyState() const;

Q_SIGNALS:
    void retryRequested(qint64 id);
    void retryAllRequested();
    void discardRequested(qint64 id);
    void pauseRequested(bool paused);
    void notice(const QString &sentence, bool error);

private:
    [[nodiscard]] QWidget *buildEmptyState();
    void buildActions();
    void sample();
    void updateState();
    [[nodiscard]] qint64 currentId() const; ///< -1 without a selection
    void confirmDiscard(qint64 id);

    CountdownClock &m_clock;
    UploadQueueModel *m_model;
    RequestModel *m_requests;
    QPointer<RequestHistory> m_history;
    QListView *m_view;
    QStackedWidget *m_pages;
    QLabel *m_count;
    QPushButton *m_log;
    QPushButton *m_retryAll;
    QPushButton *m_pause;
    QLabel *m_pausedNote;
    QLabel *m_offlineNote;
    QLabel *m_droppedNote;
    bool m_paused = false;
};

} // namespace torchdeck::ui
