// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/request_log.h"

#include <QtCore/QAbstractTableModel>
#include <QtWidgets/QDialog>

#include <deque>

class QCheckBox;
class QLabel;
class QPushButton;
class QSortFilterProxyModel;
class QTableView;

namespace torchdeck::ui {

/// The requests of this session, newest first; as many as hub::RequestLog keeps.
class RequestModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Time, Request, Result, Duration, Sent, Received, Wait, ColumnCount };
    static constexpr int FailedRole = Qt::UserRole + 1;

    using QAbstractTableModel::QAbstractTableModel;
    void setRecords(const QVector<hub::RequestRecord> &records); ///< oldest first
    void add(const hub::RequestRecord &record);
    [[nodiscard]] const hub::RequestRecord &record(int row) const { return m_records[std::size_t(row)]; }
    [[nodiscard]] int failures() const;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::deque<hub::RequestRecord> m_records;
};

/// Every request as comma-separated values, in the order given; numbers with a point, times as ISO 8601.
[[nodiscard]] QByteArray requestsCsv(const QVector<hub::RequestRecord> &records);

/// "Requests to HUB": what was asked and answered since the start. Not modal, so that it can be watched beside a run.
class RequestHistory : public QDialog {
    Q_OBJECT
public:
    explicit RequestHistory(RequestModel *model, QWidget *parent = nullptr);

    [[nodiscard]] QTableView *view() const { return m_view; }
    [[nodiscard]] QCheckBox *onlyFailures() const { return m_onlyFailures; }
    [[nodiscard]] QPushButton *copyButton() const { return m_copy; }
    [[nodiscard]] QVector<hub::RequestRecord> shown() const; ///< as filtered
    void writeCsv(const QString &file);

Q_SIGNALS:
    void notice(const QString &sentence, bool error);

protected:
    void showEvent(QShowEvent *event) override;

private:
    void copy();
    void askCsv();
    void updateWords();

    RequestModel *m_model;
    QSortFilterProxyModel *m_filter;
    QTableView *m_view;
    QCheckBox *m_onlyFailures;
    QLabel *m_count;
    QPushButton *m_copy;
    QPushButton *m_save;
};

} // namespace torchdeck::ui
