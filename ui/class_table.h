// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/lifecycle.h"

#include <QtCore/QAbstractTableModel>
#include <QtWidgets/QWidget>

class QLabel;
class QSortFilterProxyModel;
class QTableView;

namespace torchdeck::ui {

/// Results of the last validation, one row a class.
class ClassTableModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, Images, Instances, Precision, Recall, Map50, Map5095, ColumnCount };
    static constexpr int SortRole = Qt::UserRole + 1; ///< numbers as numbers

    using QAbstractTableModel::QAbstractTableModel;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void setClasses(std::vector<engine::ClassMetrics> classes);

private:
    std::vector<engine::ClassMetrics> m_classes;
};

/// The table with a line that says which epoch it shows.
class ClassTable : public QWidget {
    Q_OBJECT
public:
    explicit ClassTable(QWidget *parent = nullptr);
    void startRun();
    void setEpoch(const engine::FitEpochEnd &event);
    [[nodiscard]] ClassTableModel *model() const { return m_model; }

protected:
    bool eventFilter(QObject *watched, QEvent *event) override; ///< the table's viewport was resized

private:
    void fitColumns();
    ClassTableModel *m_model;
    QSortFilterProxyModel *m_sorted;
    QTableView *m_view;
    QLabel *m_caption;
};

} // namespace torchdeck::ui
