// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/argument_diff_model.h"

#include <QtGui/QFont>

#include <algorithm>

namespace torchdeck::ui {

void ArgumentDiffModel::setRuns(const QVector<RunSummary> &runs)
{
    m_runs = runs;
    rebuild();
}

void ArgumentDiffModel::setOnlyDifferences(bool only)
{
    m_onlyDifferences = only;
    rebuild();
}

bool ArgumentDiffModel::differs(const QString &key) const
{
    return std::any_of(m_runs.begin(), m_runs.end(), [&](const RunSummary &run) {
        return run.argument(key) != m_runs.front().argument(key);
    });
}

void ArgumentDiffModel::rebuild()
{
    beginResetModel();
    m_keys.clear();
    for (const RunSummary &run : std::as_const(m_runs)) {
        for (auto it = run.arguments.cbegin(); it != run.arguments.cend(); ++it) {
            // save_dir and name differ by definition.
            const bool telling = it.key() != QLatin1String("save_dir") && it.key() != QLatin1String("name");
            if (telling && !m_keys.contains(it.key()) && (!m_onlyDifferences || differs(it.key())))
                m_keys << it.key();
        }
    }
    m_keys.sort();
    endResetModel();
}

int ArgumentDiffModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_keys.size());
}

int ArgumentDiffModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_runs.size()) + 1;
}

QVariant ArgumentDiffModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const QString &key = m_keys[index.row()];
    const QString value = index.column() == 0 ? key : m_runs[index.column() - 1].argument(key);
    switch (role) {
    case Qt::DisplayRole:
    case Qt::ToolTipRole:
        return value.isEmpty() ? QStringLiteral("-") : value;
    case DiffersRole:
        return differs(key);
    case Qt::FontRole:
        if (index.column() > 0 && !m_onlyDifferences && differs(key)) {
            QFont bold;
            bold.setBold(true);
            return bold;
        }
        return {};
    default:
        return {};
    }
}

QVariant ArgumentDiffModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == 0 ? tr("Argument") : m_runs.value(section - 1).name;
}

} // namespace torchdeck::ui
