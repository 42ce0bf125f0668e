// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/dataset_report.h"

#include <QtCore/QAbstractListModel>
#include <QtWidgets/QListView>
#include <QtWidgets/QStyledItemDelegate>

namespace torchdeck::ui {

/// Boxes of every class in train and val, one row a class.
class ClassBarsModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { TrainRole = Qt::UserRole, ValRole, TrainShareRole, ValShareRole }; ///< shares: of the largest of both
    enum class Order { Class, MostFirst, FewestFirst }; ///< boxes of train; equal ones stay in class order

    using QAbstractListModel::QAbstractListModel;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    void setReport(const engine::DatasetReport &report);
    void setOrder(Order order);
    [[nodiscard]] qint64 most() const { return m_most; } ///< of any count: the room that numbers need

private:
    struct Row {
        QString name;
        int number = 0;
        qint64 train = 0, val = 0;
    };
    void sort();
    QVector<Row> m_rows;
    Order m_order = Order::Class;
    qint64 m_train = 0, m_val = 0, m_most = 0;
    double m_largestShare = 0;
};

/// Name, a bar of train over one of val, both numbers.
class ClassBarsDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
};

/// The list: as high as its rows, up to some; more scroll.
class ClassBars : public QListView {
    Q_OBJECT
public:
    explicit ClassBars(QWidget *parent = nullptr);
    void setReport(const engine::DatasetReport &report);
    [[nodiscard]] ClassBarsModel *classes() const { return m_classes; }

private:
    ClassBarsModel *m_classes;
};

} // namespace torchdeck::ui
