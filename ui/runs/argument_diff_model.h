// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/runs/run_record.h"

#include <QtCore/QAbstractTableModel>

namespace torchdeck::ui {

/// Arguments of several runs side by side: one row an argument, one column a run.
class ArgumentDiffModel : public QAbstractTableModel {
    Q_OBJECT
public:
    static constexpr int DiffersRole = Qt::UserRole + 1;

    using QAbstractTableModel::QAbstractTableModel;
    void setRuns(const QVector<RunSummary> &runs);
    void setOnlyDifferences(bool only);
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override; ///< the argument's name first
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    void rebuild();
    [[nodiscard]] bool differs(const QString &key) const;

    QVector<RunSummary> m_runs;
    QStringList m_keys;
    bool m_onlyDifferences = true;
};

} // namespace torchdeck::ui
