// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/run_list_model.h"

#include "ui/format.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QFileInfo>
#include <QtCore/QLocale>

#include <algorithm>
#include <cmath>

namespace torchdeck::ui {

QString stateWords(RunState state)
{
    switch (state) {
    case RunState::Running:
        return RunListModel::tr("Running");
    case RunState::Finished:
        return RunListModel::tr("Finished");
    case RunState::EndedEarly:
        return RunListModel::tr("Ended early");
    case RunState::Interrupted:
        return RunListModel::tr("Interrupted");
    case RunState::Broken:
        return RunListModel::tr("Broken off");
    }
    return {};
}

Tone toneOf(RunState state)
{
    switch (state) {
    case RunState::Running:
        return Tone::Accent;
    case RunState::Finished:
    case RunState::EndedEarly:
        return Tone::Success;
    case RunState::Interrupted:
        return Tone::Warning;
    case RunState::Broken:
        return Tone::Danger;
    }
    return Tone::Neutral;
}

int RunListModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_runs.size());
}

int RunListModel::columnCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : ColumnCount; }

QString RunListModel::words(const RunSummary &run, int column) const
{
    switch (column) {
    case Name:
        return run.name;
    case State:
        return stateWords(run.state);
    case Map5095:
        return metricWords(run.map5095);
    case Map50:
        return metricWords(run.map50);
    case Epochs:
        return run.epochsPlanned > 0 ? tr("%1 of %2").arg(run.epochsDone).arg(run.epochsPlanned)
                                     : QString::number(run.epochsDone);
    case Duration:
        return run.seconds > 0 ? durationWords(run.seconds) : QStringLiteral("-");
    case Model:
        return QFileInfo(run.argument(QStringLiteral("model"))).fileName();
    case Data: {
        const QFileInfo data(run.argument(QStringLiteral("data")));
        return data.fileName() == QLatin1String("data.yaml") ? QFileInfo(data.path()).fileName() : data.fileName();
    }
    case Tags:
        return run.tags.join(QStringLiteral(", "));
    case Note:
        return run.note;
    case Started:
        return QLocale().toString(run.started, QLocale::ShortFormat);
    default:
        return {};
    }
}

QVariant RunListModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const RunSummary &run = m_runs[index.row()];
    switch (role) {
    case Qt::DisplayRole:
    case Qt::EditRole:
        return words(run, index.column());
    case Qt::ToolTipRole:
        if (index.column() == Note || index.column() == Tags)
            return words(run, index.column()).isEmpty() ? tr("Double-click or F2 to write") : words(run, index.column());
        return run.folder;
    case Qt::TextAlignmentRole: {
        const bool numeric = index.column() >= Map5095 && index.column() <= Duration;
        return int(Qt::AlignVCenter | (numeric ? Qt::AlignRight : Qt::AlignLeft));
    }
    case FolderRole:
        return run.folder;
    case StateRole:
        return int(run.state);
    case SortRole:
        switch (index.column()) {
        case State:
            return int(run.state);
        case Map5095:
            return std::isfinite(run.map5095) ? run.map5095 : -1.0;
        case Map50:
            return std::isfinite(run.map50) ? run.map50 : -1.0;
        case Epochs:
            return run.epochsDone;
        case Duration:
            return run.seconds;
        case Started:
            return run.started;
        default:
            return words(run, index.column());
        }
    default:
        return {};
    }
}

QVariant RunListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter
                   | (section >= Map5095 && section <= Duration ? Qt::AlignRight : Qt::AlignLeft));
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name:
        return tr("Run");
    case State:
        return tr("State");
    case Map5095:
        return QStringLiteral("mAP50-95");
    case Map50:
        return QStringLiteral("mAP50");
    case Epochs:
        return tr("Epochs");
    case Duration:
        return tr("Trained for");
    case Model:
        return tr("Model");
    case Data:
        return tr("Data set");
    case Tags:
        return tr("Tags");
    case Note:
        return tr("Note");
    case Started:
        return tr("Started");
    default:
        return {};
    }
}

Qt::ItemFlags RunListModel::flags(const QModelIndex &index) const
{
    Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    if (index.isValid() && (index.column() == Tags || index.column() == Note))
        flags |= Qt::ItemIsEditable;
    return flags;
}

bool RunListModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    if (role != Qt::EditRole || !(flags(index) & Qt::ItemIsEditable))
        return false;
    RunSummary &run = m_runs[index.row()];
    const QString text = value.toString().simplified();
    if (text == words(run, index.column()))
        return false;
    if (index.column() == Note) {
        run.note = text;
    } else {
        run.tags.clear();
        const QStringList parts = text.split(QLatin1Char(','), Qt::SkipEmptyParts);
        for (const QString &part : parts) {
            if (!part.trimmed().isEmpty() && !run.tags.contains(part.trimmed()))
                run.tags << part.trimmed();
        }
    }
    Q_EMIT dataChanged(index, index);
    Q_EMIT notesEdited(run.folder, run.tags, run.note);
    return true;
}

void RunListModel::apply(const QVector<RunSummary> &changed)
{
    QVector<RunSummary> fresh;
    for (const RunSummary &run : changed) {
        const int row = rowOf(run.folder);
        if (row < 0) {
            fresh.append(run);
            continue;
        }
        m_runs[row] = run;
        Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
    }
    if (fresh.isEmpty())
        return;
    const int first = rowCount();
    beginInsertRows({}, first, first + static_cast<int>(fresh.size()) - 1);
    for (const RunSummary &run : std::as_const(fresh)) {
        m_rows.insert(run.folder, static_cast<int>(m_runs.size()));
        m_runs.append(run);
    }
    endInsertRows();
}

void RunListModel::remove(const QStringList &folders)
{
    for (const QString &folder : folders) {
        const int row = rowOf(folder);
        if (row < 0)
            continue;
        beginRemoveRows({}, row, row);
        m_runs.remove(row);
        m_rows.clear();
        for (int i = 0; i < m_runs.size(); ++i)
            m_rows.insert(m_runs[i].folder, i);
        endRemoveRows();
    }
}

const RunSummary *RunListModel::find(const QString &folder) const
{
    const int row = rowOf(folder);
    return row < 0 ? nullptr : &m_runs[row];
}

RunFilter::RunFilter(QObject *parent)
    : QSortFilterProxyModel(parent)
{
    setSortRole(RunListModel::SortRole);
    setSortCaseSensitivity(Qt::CaseInsensitive);
}

void RunFilter::setSearch(const QString &text)
{
    m_words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    invalidateFilter();
}

void RunFilter::setState(int state)
{
    m_state = state;
    invalidateFilter();
}

bool RunFilter::filterAcceptsRow(int row, const QModelIndex &) const
{
    const auto *model = static_cast<const RunListModel *>(sourceModel());
    const RunSummary &run = model->run(row);
    if (m_state >= 0 && int(run.state) != m_state)
        return false;
    return std::all_of(m_words.begin(), m_words.end(), [&run](const QString &word) {
        if (const auto equals = word.indexOf(QLatin1Char('=')); equals > 0)
            return run.argument(word.left(equals)).contains(word.mid(equals + 1), Qt::CaseInsensitive);
        const QStringList places { run.name, run.argument(QStringLiteral("model")),
                                   run.argument(QStringLiteral("data")), run.tags.join(QLatin1Char(' ')),
                                   run.note };
        return std::any_of(places.begin(), places.end(), [&word](const QString &place) {
            return place.contains(word, Qt::CaseInsensitive);
        });
    });
}

} // namespace torchdeck::ui
