// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/types.h"

#include <QtCore/QAbstractTableModel>

#include <functional>

namespace torchdeck::ui {

/// The upload queue, one row an item. Next tries are kept as deadlines; data() compares them with the
/// injected now, and refreshCountdowns() repaints only that column.
class UploadQueueModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { What, State, Attempts, LastError, NextTry, Progress, ColumnCount };
    enum Role {
        IdRole = Qt::UserRole + 1,
        StateRole, ///< hub::UploadState as int
        RunRole, ///< run name
        StateWordsRole,
        ErrorRole,
        NextTryRole, ///< words of the other columns, from any column
        HistoryRole, ///< "3 tries, last 14:02"
        ProgressRole, ///< 0..1 while sending, else -1
        ProgressWordsRole,
        TechnicalRole, ///< "HTTP 503" or "no answer", for the tool tip
        CanRetryRole,
    };

    explicit UploadQueueModel(std::function<hub::TimePoint()> now, QObject *parent = nullptr);
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    /// Takes over a new list: rows that stay keep their identity (selection, scroll position).
    void setItems(const QVector<hub::UploadItem> &items);
    [[nodiscard]] const QVector<hub::UploadItem> &items() const { return m_items; }
    [[nodiscard]] int failedCount() const; ///< items with an error
    [[nodiscard]] bool counting() const; ///< some next try lies ahead
    void refreshCountdowns();

private:
    [[nodiscard]] QString display(const hub::UploadItem &item, int column) const;
    [[nodiscard]] QString nextTryWords(const hub::UploadItem &item) const;

    std::function<hub::TimePoint()> m_now;
    QVector<hub::UploadItem> m_items;
};

[[nodiscard]] QString uploadStateWords(hub::UploadState state);

} // namespace torchdeck::ui
