// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/runs/run_record.h"
#include "ui/widgets/basics.h"

#include <QtCore/QAbstractTableModel>
#include <QtCore/QHash>
#include <QtCore/QSortFilterProxyModel>

namespace torchdeck::ui {

[[nodiscard]] QString stateWords(RunState state);
[[nodiscard]] Tone toneOf(RunState state); ///< of its badge, wherever it is shown

/// All runs, one a row. Tags and note can be edited; the owner stores them.
class RunListModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, State, Map5095, Map50, Epochs, Duration, Model, Data, Tags, Note, Started, ColumnCount };
    enum Role { SortRole = Qt::UserRole + 1, FolderRole, StateRole };

    using QAbstractTableModel::QAbstractTableModel;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex &index) const override;
    bool setData(const QModelIndex &index, const QVariant &value, int role) override;

    void apply(const QVector<RunSummary> &changed); ///< new ones are appended
    void remove(const QStringList &folders);
    [[nodiscard]] const RunSummary &run(int row) const { return m_runs[row]; }
    [[nodiscard]] const RunSummary *find(const QString &folder) const;
    [[nodiscard]] int rowOf(const QString &folder) const { return m_rows.value(folder, -1); }

Q_SIGNALS:
    void notesEdited(const QString &folder, const QStringList &tags, const QString &note);

private:
    [[nodiscard]] QString words(const RunSummary &run, int column) const;

    QVector<RunSummary> m_runs;
    QHash<QString, int> m_rows;
};

/// Rows that hold every word of the search in name, model, data, tags, note or as `argument=value`, in one state
/// or all.
class RunFilter : public QSortFilterProxyModel {
    Q_OBJECT
public:
    explicit RunFilter(QObject *parent = nullptr);
    void setSearch(const QString &text);
    void setState(int state); ///< a RunState, or -1 for all

protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex &parent) const override;

private:
    QStringList m_words;
    int m_state = -1;
};

} // namespace torchdeck::ui
