// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/queue/queue_page.h"

#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtGui/QAction>
#include <QtGui/QPainter>
#include <QtWidgets/QListView>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QStyledItemDelegate>
#include <QtWidgets/QVBoxLayout>

namespace torchdeck::ui {

namespace {

std::pair<QString, Tone> stateOf(QueueState state)
{
    switch (state) {
    case QueueState::Waiting:
        return { QueuePage::tr("Waiting"), Tone::Neutral };
    case QueueState::Running:
        return { QueuePage::tr("Running"), Tone::Accent };
    case QueueState::Done:
        return { QueuePage::tr("Done"), Tone::Success };
    case QueueState::Failed:
        return { QueuePage::tr("Failed"), Tone::Danger };
    }
    return {};
}

/// Title with its state, and below what it changes or how it ended.
class QueueDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const override
    {
        return { 200, option.fontMetrics.height() * 2 + 32 }; // ten above the first line and below the second
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme &theme = themeFor(option.palette);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (option.state & QStyle::State_Selected)
            painter->fillRect(option.rect, theme.accentSoft);
        painter->setPen(QPen(theme.border, 1));
        painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
        const auto [word, tone] = stateOf(static_cast<QueueState>(index.data(RunQueue::StateRole).toInt()));
        const QRect inner = option.rect.adjusted(space::l, 10, -space::l, -10);
        const int wordWidth = option.fontMetrics.horizontalAdvance(word) + 24;
        const QRectF badge(inner.right() - wordWidth, inner.top(), wordWidth, option.fontMetrics.height() + 4);
        painter->setPen(Qt::NoPen);
        painter->setBrush(toneSoftColor(option.palette, tone));
        painter->drawRoundedRect(badge, badge.height() / 2, badge.height() / 2);
        painter->setPen(toneColor(option.palette, tone));
        painter->setFont(option.font);
        painter->drawText(badge, Qt::AlignCenter, word);
        const QRect line(inner.left(), inner.top(), inner.width() - wordWidth - space::m, option.fontMetrics.height() + 4);
        painter->setFont(scaledFont(option.font, 1.0, QFont::DemiBold));
        painter->setPen(theme.text);
        painter->drawText(line, Qt::AlignVCenter,
                          QFontMetrics(painter->font()).elidedText(index.data().toString(), Qt::ElideRight, line.width()));
        const QString message = index.data(RunQueue::MessageRole).toString();
        const QString detail = message.isEmpty() ? index.data(RunQueue::DetailRole).toString() : message;
        painter->setFont(option.font);
        painter->setPen(theme.textMuted);
        const QRect below(inner.left(), line.bottom() + 3, inner.width(), option.fontMetrics.height() + 4);
        painter->drawText(below, Qt::AlignVCenter,
                          option.fontMetrics.elidedText(detail, Qt::ElideRight, below.width()));
        painter->restore();
    }
};

} // namespace

QueuePage::QueuePage(RunQueue &queue, QWidget *parent)
    : QWidget(parent)
    , m_queue(queue)
    , m_list(new QListView)
    , m_pages(new QStackedWidget)
    , m_count(makeLabel({}, "count", 0.9))
    , m_automatic(new ToggleSwitch(tr("Start the next run by itself")))
    , m_start(makeButton(tr("Start next"), "primary"))
    , m_edit(makeButton(tr("Edit")))
    , m_copy(makeButton(tr("Duplicate")))
    , m_remove(makeButton(tr("Remove")))
    , m_up(makeButton(tr("Move up")))
    , m_down(makeButton(tr("Move down")))
    , m_clear(makeButton(tr("Clear ended")))
{
    m_list->setModel(&m_queue);
    m_list->setItemDelegate(new QueueDelegate(m_list));
    m_list->setDragDropMode(QAbstractItemView::InternalMove);
    m_list->setDefaultDropAction(Qt::MoveAction);
    m_list->setAccessibleName(tr("Run queue"));
    auto *card = new Card;
    card->body()->setContentsMargins(0, space::s, 0, space::s);
    card->body()->addWidget(m_list, 1);
    auto *actions = new QHBoxLayout;
    actions->setContentsMargins(space::m, 0, space::m, 0);
    for (QPushButton *button : { m_up, m_down, m_edit, m_copy, m_remove })
        actions->addWidget(button);
    actions->addStretch(1);
    actions->addWidget(m_clear);
    card->body()->addLayout(actions);
    m_pages->addWidget(buildEmptyState());
    m_pages->addWidget(card);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(space::l, space::l, space::l, space::l);
    layout->setSpacing(space::m);
    layout->addWidget(buildHead());
    layout->addWidget(m_pages, 1);

    const auto row = [this] { return m_list->currentIndex().row(); };
    connect(m_up, &QPushButton::clicked, this, [this] { moveCurrent(-1); });
    connect(m_down, &QPushButton::clicked, this, [this] { moveCurrent(1); });
    connect(m_remove, &QPushButton::clicked, this, &QueuePage::removeCurrent);
    connect(m_edit, &QPushButton::clicked, this, [this, row] { Q_EMIT editRequested(row()); });
    connect(m_copy, &QPushButton::clicked, this, [this, row] { m_queue.add(m_queue.item(row()).config); });
    connect(m_clear, &QPushButton::clicked, &m_queue, &RunQueue::clearEnded);
    connect(m_start, &QPushButton::clicked, this, &QueuePage::startNextRequested);
    connect(m_automatic, &QAbstractButton::toggled, this, &QueuePage::automaticChanged);
    connect(&m_queue, &RunQueue::changed, this, &QueuePage::update);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, &QueuePage::update);
    auto *remove = new QAction(tr("Remove"), m_list);
    remove->setShortcut(QKeySequence::Delete);
    remove->setShortcutContext(Qt::WidgetShortcut);
    m_list->addAction(remove);
    connect(remove, &QAction::triggered, this, &QueuePage::removeCurrent);
    update();
}

QWidget *QueuePage::buildHead()
{
    m_automatic->setCheckable(true);
    m_automatic->setToolTip(tr("When a run has finished or failed, the first one that waits begins. A run that you "
                               "stop holds the queue."));
    auto *head = new QWidget;
    auto *row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::s);
    row->addWidget(makeLabel(tr("Queue"), nullptr, 1.45, QFont::DemiBold));
    row->addWidget(m_count, 0, Qt::AlignVCenter);
    row->addStretch(1);
    row->addWidget(m_automatic);
    row->addSpacing(space::m);
    row->addWidget(m_start);
    return head;
}

QWidget *QueuePage::buildEmptyState()
{
    auto *page = new Card;
    auto *words = makeLabel(tr("Describe a run on the Training page and press Add to queue. Several of them train one "
                               "after the other, overnight if you like; the queue is kept over restarts."),
                            "muted");
    words->setWordWrap(true);
    words->setMaximumWidth(460);
    words->setAlignment(Qt::AlignHCenter);
    auto *describe = makeButton(tr("Describe a run"), "primary");
    connect(describe, &QPushButton::clicked, this, &QueuePage::newRunRequested);
    page->body()->addStretch(2);
    page->body()->addWidget(new IconLabel(QStringLiteral("log"), Tone::Accent, 36), 0, Qt::AlignHCenter);
    page->body()->addWidget(makeLabel(tr("Nothing waits"), nullptr, 1.2, QFont::DemiBold), 0, Qt::AlignHCenter);
    auto *middle = new QHBoxLayout; // an aligned label would be one line high
    middle->addStretch(1);
    middle->addWidget(words, 8);
    middle->addStretch(1);
    page->body()->addLayout(middle);
    page->body()->addSpacing(space::s);
    page->body()->addWidget(describe, 0, Qt::AlignHCenter);
    page->body()->addStretch(3);
    return page;
}

bool QueuePage::automatic() const { return m_automatic->isChecked(); }

void QueuePage::setAutomatic(bool on) { m_automatic->setChecked(on); }

void QueuePage::setBusy(bool busy)
{
    m_busy = busy;
    update();
}

void QueuePage::moveCurrent(int by)
{
    const int row = m_list->currentIndex().row();
    if (row >= 0)
        m_queue.move(row, row + by);
    update();
}

void QueuePage::removeCurrent() { m_queue.remove(m_list->currentIndex().row()); }

void QueuePage::update()
{
    const int rows = m_queue.rowCount(), waiting = m_queue.waiting();
    m_pages->setCurrentIndex(rows == 0 ? 0 : 1);
    m_count->setText(tr("%n waiting", nullptr, waiting));
    m_count->setVisible(rows > 0);
    m_start->setEnabled(waiting > 0 && !m_busy);
    const int row = m_list->currentIndex().row();
    const bool any = row >= 0 && row < rows;
    const bool waits = any && m_queue.item(row).state == QueueState::Waiting;
    m_edit->setEnabled(waits);
    m_up->setEnabled(waits && row > rows - waiting);
    m_down->setEnabled(waits && row < rows - 1);
    m_copy->setEnabled(any);
    m_remove->setEnabled(any && m_queue.item(row).state != QueueState::Running);
    m_clear->setVisible(rows > waiting + (m_queue.running() ? 1 : 0));
}

} // namespace torchdeck::ui
