// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/log_view.h"

#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtGui/QPainter>
#include <QtGui/QShortcut>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QListView>
#include <QtWidgets/QScrollBar>
#include <QtWidgets/QStyledItemDelegate>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace torchdeck::ui {

namespace {

constexpr int flushMs = 100;

QString levelWord(engine::LogLevel level)
{
    switch (level) {
    case engine::LogLevel::Debug:
        return LogView::tr("detail");
    case engine::LogLevel::Info:
        return LogView::tr("info");
    case engine::LogLevel::Warning:
        return LogView::tr("warning");
    case engine::LogLevel::Error:
        return LogView::tr("error");
    }
    return {};
}

/// Time, level word (for warnings and errors) and text in three tones, one line each.
class LogDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme &theme = themeFor(option.palette);
        const auto level = static_cast<engine::LogLevel>(index.data(LogModel::LevelRole).toInt());
        if (option.state & QStyle::State_Selected)
            painter->fillRect(option.rect, theme.accentSoft);
        painter->setFont(option.font);
        QRect rect = option.rect.adjusted(space::s, 0, -space::s, 0);
        const QString time = index.data(LogModel::TimeRole).toTime().toString(QStringLiteral("HH:mm:ss"));
        const int timeWidth = option.fontMetrics.horizontalAdvance(time) + space::m;
        painter->setPen(theme.textFaint);
        painter->drawText(rect, Qt::AlignVCenter, time);
        rect.setLeft(rect.left() + timeWidth);
        QColor color = level == engine::LogLevel::Debug ? theme.textMuted : theme.text;
        if (level >= engine::LogLevel::Warning) {
            color = level == engine::LogLevel::Error ? theme.danger : theme.warning;
            const QString word = levelWord(level);
            painter->setPen(color);
            painter->drawText(rect, Qt::AlignVCenter, word);
            rect.setLeft(rect.left() + option.fontMetrics.horizontalAdvance(word) + space::m);
        }
        painter->setPen(color);
        painter->drawText(rect, Qt::AlignVCenter,
                          option.fontMetrics.elidedText(index.data(LogModel::TextRole).toString(),
                                                        Qt::ElideRight, rect.width()));
    }

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const override
    {
        return { 100, option.fontMetrics.height() + 4 };
    }
};

} // namespace

LogModel::LogModel(int limit, QObject *parent)
    : QAbstractListModel(parent)
    , m_limit(std::max(1, limit))
{
}

int LogModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant LogModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const Row &row = m_rows[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole:
        return QStringLiteral("%1 %2: %3")
            .arg(row.time.toString(QStringLiteral("HH:mm:ss")), levelWord(row.level), row.text);
    case Qt::ToolTipRole:
    case TextRole:
        return row.text;
    case TimeRole:
        return row.time;
    case LevelRole:
        return static_cast<int>(row.level);
    default:
        return {};
    }
}

void LogModel::append(const std::vector<std::pair<QTime, engine::LogLine>> &lines)
{
    std::deque<Row> fresh;
    for (const auto &[time, line] : lines) {
        QString text = QString::fromStdString(line.text);
        while (text.endsWith(QLatin1Char('\n')))
            text.chop(1);
        const auto parts = text.split(QLatin1Char('\n'));
        for (const QString &part : parts)
            fresh.push_back({ time, line.level, part });
    }
    while (static_cast<int>(fresh.size()) > m_limit)
        fresh.pop_front();
    if (fresh.empty())
        return;
    const int over = static_cast<int>(m_rows.size() + fresh.size()) - m_limit;
    if (over > 0) {
        beginRemoveRows({}, 0, over - 1);
        m_rows.erase(m_rows.begin(), m_rows.begin() + over);
        endRemoveRows();
    }
    const int first = static_cast<int>(m_rows.size());
    beginInsertRows({}, first, first + static_cast<int>(fresh.size()) - 1);
    std::move(fresh.begin(), fresh.end(), std::back_inserter(m_rows));
    endInsertRows();
}

void LogModel::clear()
{
    beginResetModel();
    m_rows.clear();
    endResetModel();
}

void LogFilter::setLevel(engine::LogLevel level)
{
    m_level = level;
    invalidateFilter();
}

void LogFilter::setSearch(const QString &text)
{
    m_search = text;
    invalidateFilter();
}

bool LogFilter::filterAcceptsRow(int row, const QModelIndex &parent) const
{
    const QModelIndex index = sourceModel()->index(row, 0, parent);
    if (index.data(LogModel::LevelRole).toInt() < static_cast<int>(m_level))
        return false;
    return m_search.isEmpty()
        || index.data(LogModel::TextRole).toString().contains(m_search, Qt::CaseInsensitive);
}

LogView::LogView(QWidget *parent)
    : QWidget(parent)
    , m_model(new LogModel(5000, this))
    , m_filter(new LogFilter(this))
    , m_list(new QListView)
    , m_search(new QLineEdit)
    , m_level(new QComboBox)
    , m_count(makeLabel({}, "muted"))
{
    m_filter->setSourceModel(m_model);
    m_search->setPlaceholderText(tr("Search the log"));
    m_search->setClearButtonEnabled(true);
    m_search->setAccessibleName(tr("Search the log"));
    m_level->addItems({ tr("Everything"), tr("Information"), tr("Warnings"), tr("Errors") });
    m_level->setCurrentIndex(1);
    m_level->setAccessibleName(tr("Lowest level shown"));
    m_list->setModel(m_filter);
    setLook(m_list, "framed");
    m_list->setItemDelegate(new LogDelegate(m_list));
    m_list->setFont(monospaceFont(font(), 0.9));
    m_list->setUniformItemSizes(true);
    m_list->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_list->setAccessibleName(tr("Log"));

    auto *bar = new QHBoxLayout;
    bar->setSpacing(space::s);
    bar->addWidget(m_search, 1);
    bar->addWidget(m_level);
    bar->addWidget(m_count);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::s);
    layout->addLayout(bar);
    layout->addWidget(m_list, 1);

    connect(m_search, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_filter->setSearch(text);
        updateCount();
    });
    connect(m_level, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_filter->setLevel(static_cast<engine::LogLevel>(index));
        updateCount();
    });
    auto *copy = new QShortcut(QKeySequence::Copy, m_list);
    copy->setContext(Qt::WidgetShortcut);
    connect(copy, &QShortcut::activated, this, &LogView::copySelection);
    m_timer.setSingleShot(true);
    m_timer.setInterval(flushMs);
    connect(&m_timer, &QTimer::timeout, this, &LogView::flush);
    updateCount();
}

void LogView::addLine(const engine::LogLine &line)
{
    m_pending.emplace_back(QTime::currentTime(), line);
    if (!m_timer.isActive())
        m_timer.start();
}

void LogView::flush()
{
    m_timer.stop();
    const QScrollBar *bar = m_list->verticalScrollBar();
    const bool atEnd = bar->value() >= bar->maximum() - 2; // a reader who scrolled up stays where he is
    m_model->append(std::exchange(m_pending, {}));
    if (atEnd)
        m_list->scrollToBottom();
    updateCount();
}

void LogView::clear()
{
    m_pending.clear();
    m_model->clear();
    updateCount();
}

void LogView::focusSearch()
{
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

void LogView::copySelection()
{
    QModelIndexList rows = m_list->selectionModel()->selectedIndexes();
    std::sort(rows.begin(), rows.end(),
              [](const QModelIndex &a, const QModelIndex &b) { return a.row() < b.row(); });
    QStringList lines;
    for (const QModelIndex &index : std::as_const(rows))
        lines << index.data(Qt::DisplayRole).toString();
    if (!lines.isEmpty())
        QGuiApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
}

void LogView::updateCount() { m_count->setText(tr("%n line(s)", nullptr, m_filter->rowCount())); }

} // namespace torchdeck::ui
