// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/lifecycle.h"

#include <QtCore/QAbstractTableModel>
#include <QtWidgets/QWidget>

class QComboBox;
class QLabel;
class QTableView;

namespace torchdeck::ui {

/// AP of every class after every epoch: one row a class, one column an epoch. Only for epochs that were validated.
class ClassHistoryModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Value { Map5095, Map50, Recall, Precision };
    enum Role { ValueRole = Qt::UserRole + 1, ForgottenRole };
    static constexpr double forgottenDrop = 0.1; ///< a class this far below its own best is flagged

    using QAbstractTableModel::QAbstractTableModel;
    void clear();
    void add(const engine::FitEpochEnd &event); ///< an epoch that is there already is replaced
    void setValue(Value value);
    [[nodiscard]] QStringList forgotten() const; ///< names, worst first

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Column {
        int epoch = 0; ///< 1-based
        std::vector<engine::ClassMetrics> classes;
    };
    [[nodiscard]] double value(int row, int column) const;
    [[nodiscard]] double drop(int row) const; ///< of the last epoch below the class' best

    QStringList m_names;
    std::vector<Column> m_columns;
    Value m_value = Map5095;
};

/// The heat table with a choice of the value and a sentence about classes that are being forgotten.
class ClassHistory : public QWidget {
    Q_OBJECT
public:
    explicit ClassHistory(QWidget *parent = nullptr);
    void startRun();
    void addEpoch(const engine::FitEpochEnd &event);
    [[nodiscard]] ClassHistoryModel *model() const { return m_model; }
    [[nodiscard]] QString words() const;

private:
    void updateWords();

    ClassHistoryModel *m_model;
    QTableView *m_view;
    QComboBox *m_value;
    QLabel *m_words;
};

} // namespace torchdeck::ui
