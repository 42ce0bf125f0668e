// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/lifecycle.h"

#include <QtCore/QAbstractListModel>
#include <QtCore/QSortFilterProxyModel>
#include <QtCore/QTime>
#include <QtCore/QTimer>
#include <QtWidgets/QWidget>

#include <deque>

class QComboBox;
class QLabel;
class QLineEdit;
class QListView;

namespace torchdeck::ui {

/// The newest lines of the log; the oldest leave when the limit is reached.
class LogModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { LevelRole = Qt::UserRole + 1, TextRole, TimeRole };

    explicit LogModel(int limit = 5000, QObject *parent = nullptr);
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    /// Appends in one step; a text of several lines becomes several rows.
    void append(const std::vector<std::pair<QTime, engine::LogLine>> &lines);
    void clear();

private:
    struct Row {
        QTime time;
        engine::LogLevel level;
        QString text;
    };
    int m_limit;
    std::deque<Row> m_rows;
};

/// Rows at or above a level that contain the searched text.
class LogFilter : public QSortFilterProxyModel {
    Q_OBJECT
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;
    void setLevel(engine::LogLevel level);
    void setSearch(const QString &text);

protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex &parent) const override;

private:
    engine::LogLevel m_level = engine::LogLevel::Info;
    QString m_search;
};

/// Log with level and search; lines are taken over ten times a second at most.
class LogView : public QWidget {
    Q_OBJECT
public:
    explicit LogView(QWidget *parent = nullptr);
    void addLine(const engine::LogLine &line);
    void clear();
    void flush();
    [[nodiscard]] LogModel *model() const { return m_model; }
    [[nodiscard]] LogFilter *filter() const { return m_filter; }
    void focusSearch();

private:
    void copySelection();
    void updateCount();

    LogModel *m_model;
    LogFilter *m_filter;
    QListView *m_list;
    QLineEdit *m_search;
    QComboBox *m_level;
    QLabel *m_count;
    QTimer m_timer;
    std::vector<std::pair<QTime, engine::LogLine>> m_pending;
};

} // namespace torchdeck::ui
