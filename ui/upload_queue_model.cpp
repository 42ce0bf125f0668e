// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/upload_queue_model.h"

#include "ui/format.h"

#include <QtCore/QLocale>
#include <QtCore/QSet>

#include <algorithm>

namespace torchdeck::ui {

namespace {

QString historyWords(const hub::UploadItem &item)
{
    if (item.attempts == 0)
        return UploadQueueModel::tr("not tried yet");
    const QString tries = UploadQueueModel::tr("%n attempt(s)", nullptr, item.attempts);
    if (!item.lastTry.isValid())
        return tries;
    const bool today = item.lastTry.date() == QDate::currentDate();
    return UploadQueueModel::tr("%1, last %2")
        .arg(tries,
             QLocale().toString(item.lastTry,
                                today ? QStringLiteral("HH:mm:ss") : QStringLiteral("d MMM HH:mm")));
}

double progressOf(const hub::UploadItem &item)
{
    if (item.state != hub::UploadState::Sending || item.bytesTotal <= 0)
        return -1;
    return std::clamp(static_cast<double>(item.bytesSent) / static_cast<double>(item.bytesTotal), 0.0, 1.0);
}

QString progressWords(const hub::UploadItem &item)
{
    if (item.state == hub::UploadState::Sending && item.bytesTotal > 0) {
        QStringList words { UploadQueueModel::tr("%1 of %2").arg(bytesWords(item.bytesSent),
                                                                 bytesWords(item.bytesTotal)) };
        if (item.bytesPerSecond > 0)
            words << UploadQueueModel::tr("%1/s").arg(bytesWords(static_cast<qint64>(item.bytesPerSecond)));
        if (item.timeLeft && item.bytesSent < item.bytesTotal)
            words << UploadQueueModel::tr("%1 left").arg(durationWords(static_cast<double>(item.timeLeft->count())));
        return words.join(QStringLiteral(" \u00b7 "));
    }
    return item.bytesTotal > 0 ? bytesWords(item.bytesTotal) : QString();
}

} // namespace

QString uploadStateWords(hub::UploadState state)
{
    switch (state) {
    case hub::UploadState::Waiting:
        return UploadQueueModel::tr("Waiting");
    case hub::UploadState::Sending:
        return UploadQueueModel::tr("Sending");
    case hub::UploadState::Retrying:
        return UploadQueueModel::tr("Will retry");
    case hub::UploadState::NeedsKey:
        return UploadQueueModel::tr("Needs a key");
    case hub::UploadState::Failed:
        return UploadQueueModel::tr("Failed");
    case hub::UploadState::Paused:
        return UploadQueueModel::tr("Paused");
    case hub::UploadState::Offline:
        return UploadQueueModel::tr("No network");
    }
    return {};
}

UploadQueueModel::UploadQueueModel(std::function<hub::TimePoint()> now, QObject *parent)
    : QAbstractTableModel(parent)
    , m_now(std::move(now))
{
}

int UploadQueueModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_items.size());
}

int UploadQueueModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString UploadQueueModel::nextTryWords(const hub::UploadItem &item) const
{
    switch (item.state) {
    case hub::UploadState::Sending:
        return tr("sending now");
    case hub::UploadState::Paused:
        return tr("when uploads go on");
    case hub::UploadState::NeedsKey:
        return tr("when the key is right");
    case hub::UploadState::Failed:
        return tr("only by Retry now");
    case hub::UploadState::Offline:
        return tr("when the network is back");
    case hub::UploadState::Waiting:
    case hub::UploadState::Retrying:
        break;
    }
    return item.nextTry ? inWords(*item.nextTry, m_now()) : tr("in its turn");
}

QString UploadQueueModel::display(const hub::UploadItem &item, int column) const
{
    switch (column) {
    case What:
        return item.title;
    case State:
        return uploadStateWords(item.state);
    case Attempts:
        return QLocale().toString(item.attempts);
    case LastError:
        return item.error;
    case NextTry:
        return nextTryWords(item);
    case Progress:
        return progressWords(item);
    default:
        return {};
    }
}

QVariant UploadQueueModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const hub::UploadItem &item = m_items[index.row()];
    switch (role) {
    case Qt::DisplayRole:
        return display(item, index.column());
    case Qt::ToolTipRole:
        return item.error.isEmpty() ? item.title : item.error;
    case Qt::AccessibleTextRole:
        return QStringList { item.title, uploadStateWords(item.state), item.error, nextTryWords(item) }.join(
            QStringLiteral(", "));
    case IdRole:
        return item.id;
    case StateRole:
        return static_cast<int>(item.state);
    case RunRole:
        return item.runName;
    case StateWordsRole:
        return uploadStateWords(item.state);
    case ErrorRole:
        return item.error;
    case NextTryRole:
        return nextTryWords(item);
    case HistoryRole:
        return historyWords(item);
    case ProgressRole:
        return progressOf(item);
    case ProgressWordsRole:
        return progressWords(item);
    case TechnicalRole:
        if (item.category == hub::ErrorCategory::None)
            return QString();
        return item.httpStatus > 0 ? tr("HTTP %1").arg(item.httpStatus) : tr("no answer");
    case CanRetryRole:
        return item.state != hub::UploadState::Sending;
    default:
        return {};
    }
}

QVariant UploadQueueModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case What:
        return tr("What");
    case State:
        return tr("State");
    case Attempts:
        return tr("Attempts");
    case LastError:
        return tr("Last error");
    case NextTry:
        return tr("Next try");
    case Progress:
        return tr("Progress");
    default:
        return {};
    }
}

void UploadQueueModel::setItems(const QVector<hub::UploadItem> &items)
{
    QSet<qint64> ids;
    for (const hub::UploadItem &item : items)
        ids.insert(item.id);
    for (int row = rowCount() - 1; row >= 0; --row) {
        if (ids.contains(m_items[row].id))
            continue;
        beginRemoveRows({}, row, row);
        m_items.removeAt(row);
        endRemoveRows();
    }
    // What is left is a subset of the new list; put the rest in, moving those whose order changed.
    for (int row = 0; row < items.size(); ++row) {
        if (row < m_items.size() && m_items[row].id == items[row].id)
            continue;
        int from = row;
        while (from < m_items.size() && m_items[from].id != items[row].id)
            ++from;
        if (from < m_items.size()) {
            beginMoveRows({}, from, from, {}, row);
            m_items.move(from, row);
            endMoveRows();
        } else {
            beginInsertRows({}, row, row);
            m_items.insert(row, items[row]);
            endInsertRows();
        }
    }
    m_items = items;
    if (!m_items.isEmpty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int UploadQueueModel::failedCount() const
{
    return static_cast<int>(std::count_if(m_items.begin(), m_items.end(), [](const hub::UploadItem &item) {
        return item.category != hub::ErrorCategory::None || item.state == hub::UploadState::Failed
            || item.state == hub::UploadState::NeedsKey;
    }));
}

bool UploadQueueModel::counting() const
{
    const hub::TimePoint now = m_now();
    return std::any_of(m_items.begin(), m_items.end(), [now](const hub::UploadItem &item) {
        const bool waits =
            item.state == hub::UploadState::Waiting || item.state == hub::UploadState::Retrying;
        return waits && item.nextTry && *item.nextTry > now;
    });
}

void UploadQueueModel::refreshCountdowns()
{
    if (!m_items.isEmpty())
        Q_EMIT dataChanged(index(0, NextTry), index(rowCount() - 1, NextTry),
                           { Qt::DisplayRole, NextTryRole });
}

} // namespace torchdeck::ui
