// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/train_config.h"

#include <QtCore/QAbstractTableModel>
#include <QtCore/QSortFilterProxyModel>
#include <QtWidgets/QWidget>

class QLabel;
class QLineEdit;
class QTableView;

namespace torchdeck::ui {

class ToggleSwitch;

/// The training arguments that have no field of their own in the form, with their values in one
/// configuration.
class ArgumentTableModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, Value, Reset, ColumnCount };
    enum Role { HelpRole = Qt::UserRole + 1, ChangedRole, GroupRole, ChoicesRole, ProblemRole };

    /// `elsewhere`: arguments shown by other fields, left out here.
    ArgumentTableModel(const QStringList &elsewhere, QObject *parent = nullptr);
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex &index) const override;
    /// A value that the argument refuses leaves the old one and is announced by refused().
    bool setData(const QModelIndex &index, const QVariant &value, int role) override;

    void setConfig(const engine::TrainConfig &config);
    [[nodiscard]] const engine::TrainConfig &config() const { return m_config; }
    void resetRow(int row);
    void resetAll();
    [[nodiscard]] int changedCount() const;
    [[nodiscard]] int rowOf(const QString &argument) const; ///< -1 when it is not in the table
    void setProblems(const std::vector<engine::ArgumentError> &problems);

Q_SIGNALS:
    void changed();
    void refused(const QString &argument, const QString &sentence);

private:
    [[nodiscard]] bool isChanged(int row) const;
    void emitRow(int row);

    std::vector<const engine::ArgumentInfo *> m_arguments;
    engine::TrainConfig m_config;
    engine::TrainConfig m_defaults;
    QMap<QString, QString> m_problems;
};

/// Rows whose name, group or help contains the searched text; only changed ones on demand.
class ArgumentFilter : public QSortFilterProxyModel {
    Q_OBJECT
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;
    void setSearch(const QString &text);
    void setOnlyChanged(bool only);

protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex &parent) const override;

private:
    QString m_search;
    bool m_onlyChanged = false;
};

/// Search line, table and the sentence about a refused value.
class ArgumentTable : public QWidget {
    Q_OBJECT
public:
    explicit ArgumentTable(ArgumentTableModel *model, QWidget *parent = nullptr);
    void setProblems(const std::vector<engine::ArgumentError> &problems); ///< of arguments in this table
    [[nodiscard]] QString problem() const;
    [[nodiscard]] QTableView *view() const { return m_view; }
    [[nodiscard]] QLineEdit *searchField() const { return m_search; }

private:
    void showProblem(const QString &sentence);

    ArgumentTableModel *m_model;
    ArgumentFilter *m_filter;
    QLineEdit *m_search;
    ToggleSwitch *m_onlyChanged;
    QTableView *m_view;
    QLabel *m_problem;
};

} // namespace torchdeck::ui
