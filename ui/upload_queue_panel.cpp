// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/upload_queue_panel.h"

#include "ui/format.h"
#include "ui/theme.h"
#include "ui/upload_queue_delegate.h"

#include <QtGui/QAction>
#include <QtWidgets/QListView>
#include <QtWidgets/QMessageBox>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace torchdeck::ui {

UploadQueuePanel::UploadQueuePanel(CountdownClock &clock, QWidget *parent)
    : Card(parent)
    , m_clock(clock)
    , m_model(new UploadQueueModel(clock.nowFunction(), this))
    , m_requests(new RequestModel(this))
    , m_view(new QListView)
    , m_pages(new QStackedWidget)
    , m_count(makeLabel({}, "count", 0.9))
    , m_log(makeButton(tr("Requests to HUB"), "link"))
    , m_retryAll(makeButton(tr("Retry all")))
    , m_pause(makeButton(tr("Pause")))
    , m_pausedNote(makeLabel(tr("Uploads are paused. New items wait here."), "warning", 0.95))
    , m_offlineNote(makeLabel(tr("There is no network. Everything waits here and goes out when it is back."), "warning",
                              0.95))
    , m_droppedNote(makeLabel({}, "warning", 0.95))
{
    auto *head = new QHBoxLayout;
    head->setSpacing(space::s);
    head->addWidget(makeLabel(tr("Uploads"), nullptr, 1.1, QFont::DemiBold));
    head->addWidget(m_count, 0, Qt::AlignVCenter);
    head->addStretch(1);
    head->addWidget(m_retryAll);
    head->addWidget(m_pause);
    m_log->setToolTip(tr("Every request to HUB since the start, with its answer"));
    connect(m_log, &QAbstractButton::clicked, this, &UploadQueuePanel::showRequests);
    m_retryAll->setToolTip(tr("Tries every item again, as fast as the server allows"));
    body()->addLayout(head);
    for (QLabel *note : { m_pausedNote, m_offlineNote, m_droppedNote }) {
        note->setWordWrap(true);
        note->setContentsMargins(space::l, 0, space::l, 0);
        note->setVisible(false);
        body()->addWidget(note);
    }

    auto *delegate = new UploadQueueDelegate(m_view);
    m_view->setModel(m_model);
    m_view->setItemDelegate(delegate);
    m_view->setMouseTracking(true);
    m_view->setResizeMode(QListView::Adjust);
    m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_view->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_view->setAccessibleName(tr("Upload queue"));
    m_pages->addWidget(buildEmptyState());
    m_pages->addWidget(m_view);
    body()->addWidget(m_pages, 1);
    auto *foot = new QHBoxLayout; // the head is full where the window is small
    foot->setContentsMargins(space::l, 0, space::l, space::xs);
    foot->addWidget(m_log);
    foot->addStretch(1);
    body()->addLayout(foot);
    // The list reaches the card's edges; the head keeps the margins.
    body()->setContentsMargins(0, space::m, 0, space::s);
    head->setContentsMargins(space::l, 0, space::l, 0);

    buildActions();
    connect(delegate, &UploadQueueDelegate::retryClicked, this, &UploadQueuePanel::retryRequested);
    connect(delegate, &UploadQueueDelegate::discardClicked, this, &UploadQueuePanel::confirmDiscard);
    connect(m_retryAll, &QPushButton::clicked, this, &UploadQueuePanel::retryAllRequested);
    connect(m_pause, &QPushButton::clicked, this, [this] { Q_EMIT pauseRequested(!m_paused); });
    connect(&m_clock, &CountdownClock::tick, this, &UploadQueuePanel::sample);
    setPaused(false);
    updateState();
}

QWidget *UploadQueuePanel::buildEmptyState()
{
    auto *page = new QWidget;
    auto *layout = new QVBoxLayout(page);
    layout->addStretch(1);
    layout->addWidget(new IconLabel(QStringLiteral("cloud-check"), Tone::Success, 32), 0, Qt::AlignHCenter);
    layout->addSpacing(space::xs);
    auto *title = makeLabel(tr("Everything is uploaded"), nullptr, 1.0, QFont::DemiBold);
    auto *words = makeLabel(tr("What cannot be sent waits here and is tried again, also after a restart."),
                            "muted", 0.95);
    words->setWordWrap(true);
    title->setAlignment(Qt::AlignHCenter);
    words->setAlignment(Qt::AlignHCenter);
    layout->addWidget(title);
    layout->addWidget(words);
    layout->addStretch(2);
    layout->setContentsMargins(space::l, 0, space::l, 0);
    return page;
}

void UploadQueuePanel::buildActions()
{
    auto *retry = new QAction(tr("Retry now"), m_view);
    retry->setShortcut(Qt::Key_R);
    retry->setShortcutContext(Qt::WidgetShortcut);
    auto *discard = new QAction(tr("Discard..."), m_view);
    discard->setShortcut(QKeySequence::Delete);
    discard->setShortcutContext(Qt::WidgetShortcut);
    m_view->addActions({ retry, discard });
    connect(retry, &QAction::triggered, this, [this] {
        if (currentId() >= 0)
            Q_EMIT retryRequested(currentId());
    });
    connect(discard, &QAction::triggered, this, [this] {
        if (currentId() >= 0)
            confirmDiscard(currentId());
    });
}

qint64 UploadQueuePanel::currentId() const
{
    const QModelIndex index = m_view->currentIndex();
    return index.isValid() ? index.data(UploadQueueModel::IdRole).toLongLong() : -1;
}

void UploadQueuePanel::confirmDiscard(qint64 id)
{
    const auto &items = m_model->items();
    const auto it =
        std::find_if(items.begin(), items.end(), [id](const auto &item) { return item.id == id; });
    if (it == items.end())
        return;
    auto *box = new QMessageBox(QMessageBox::Question, tr("Discard this upload?"),
                                tr("\"%1\" will never be sent to HUB.").arg(it->title), QMessageBox::Cancel,
                                window());
    box->setIconPixmap(themedPixmap(QStringLiteral("trash"), themeFor(palette()).danger, 32, devicePixelRatioF()));
    box->setInformativeText(tr("The files of the run stay on this computer."));
    QPushButton *yes = box->addButton(tr("Discard"), QMessageBox::DestructiveRole);
    box->setDefaultButton(QMessageBox::Cancel);
    box->setAttribute(Qt::WA_DeleteOnClose);
    connect(yes, &QPushButton::clicked, this, [this, id] { Q_EMIT discardRequested(id); });
    box->open();
}

void UploadQueuePanel::setItems(const QVector<hub::UploadItem> &items)
{
    m_model->setItems(items);
    if (m_view->isVisible())
        m_view->doItemsLayout(); // heights follow the words
    updateState();
}

void UploadQueuePanel::setPaused(bool paused)
{
    m_paused = paused;
    m_pause->setText(paused ? tr("Go on") : tr("Pause"));
    m_pause->setToolTip(paused ? tr("Sends again what waits") : tr("Keeps everything here until you go on"));
    m_pausedNote->setVisible(paused);
}

void UploadQueuePanel::setDropped(int checkpoints, qint64 limitBytes)
{
    m_droppedNote->setText(tr("%n checkpoint(s) dropped: the settings let the queue hold %1. Metrics and final models "
                              "are never dropped.",
                              nullptr, checkpoints)
                               .arg(bytesWords(limitBytes)));
    m_droppedNote->setVisible(checkpoints > 0);
}

void UploadQueuePanel::setOffline(bool offline) { m_offlineNote->setVisible(offline); }

void UploadQueuePanel::focusList()
{
    if (m_model->rowCount() == 0) {
        m_pause->setFocus(Qt::ShortcutFocusReason);
        return;
    }
    m_view->setFocus(Qt::ShortcutFocusReason);
    if (!m_view->currentIndex().isValid())
        m_view->setCurrentIndex(m_model->index(0, 0));
}

bool UploadQueuePanel::showsEmptyState() const { return m_pages->currentIndex() == 0; }

void UploadQueuePanel::showRequests()
{
    if (!m_history) {
        m_history = new RequestHistory(m_requests, window());
        m_history->setAttribute(Qt::WA_DeleteOnClose);
        connect(m_history, &RequestHistory::notice, this, &UploadQueuePanel::notice);
    }
    m_history->show();
    m_history->raise();
    m_history->activateWindow();
}

void UploadQueuePanel::sample()
{
    m_model->refreshCountdowns();
    m_view->viewport()->update(); // the list shows column 0; the countdown is painted inside its rows
    m_clock.setCounting(this, m_model->counting());
}

void UploadQueuePanel::updateState()
{
    const int count = m_model->rowCount();
    m_pages->setCurrentIndex(count == 0 ? 0 : 1);
    const int failed = m_model->failedCount();
    m_count->setVisible(count > 0);
    m_count->setText(QString::number(count));
    m_count->setToolTip(tr("%n item(s) waiting", nullptr, count));
    setLook(m_count, failed > 0 ? "count-danger" : "count");
    m_retryAll->setVisible(count > 0);
    m_clock.setCounting(this, m_model->counting());
}

} // namespace torchdeck::ui
