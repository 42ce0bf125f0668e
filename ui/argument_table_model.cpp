// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/argument_table.h"

#include "ui/argument_words.h"

#include <algorithm>

namespace torchdeck::ui {

namespace {

QString text(std::string_view view)
{
    return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

QStringList choicesOf(const engine::ArgumentInfo &info)
{
    QStringList choices;
    if (info.kind == engine::ArgumentKind::Bool)
        return { QStringLiteral("true"), QStringLiteral("false") };
    for (const std::string_view choice : info.choices)
        choices << text(choice);
    return choices;
}

/// "null" is how args.yaml writes an empty value; a field shows it as empty.
QString fieldText(const engine::TrainConfig &config, std::string_view name)
{
    const QString value = QString::fromStdString(engine::trainArgumentText(config, name));
    return value == QLatin1String("null") ? QString() : value;
}

} // namespace

ArgumentTableModel::ArgumentTableModel(const QStringList &elsewhere, QObject *parent)
    : QAbstractTableModel(parent)
{
    for (const engine::ArgumentInfo &info : engine::trainArguments()) {
        if (!elsewhere.contains(text(info.name)))
            m_arguments.push_back(&info);
    }
}

int ArgumentTableModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_arguments.size());
}

int ArgumentTableModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

bool ArgumentTableModel::isChanged(int row) const
{
    const std::string_view name = m_arguments[static_cast<std::size_t>(row)]->name;
    return engine::trainArgumentText(m_config, name) != engine::trainArgumentText(m_defaults, name);
}

QVariant ArgumentTableModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const engine::ArgumentInfo &info = *m_arguments[static_cast<std::size_t>(index.row())];
    const QString name = text(info.name);
    switch (role) {
    case Qt::DisplayRole:
    case Qt::EditRole:
        if (index.column() == Name)
            return name;
        return index.column() == Value ? QVariant(fieldText(m_config, info.name)) : QVariant();
    case Qt::ToolTipRole:
        if (m_problems.contains(name))
            return m_problems.value(name);
        if (index.column() == Reset)
            return isChanged(index.row()) ? tr("Back to %1").arg(fieldText(m_defaults, info.name))
                                          : QString();
        return tr("%1\nDefault: %2")
            .arg(argumentWords(info.help), QString::fromStdString(engine::trainArgumentText(m_defaults, info.name)));
    case Qt::AccessibleTextRole:
        return tr("%1, %2, %3").arg(name, fieldText(m_config, info.name), argumentWords(info.help));
    case HelpRole:
        return argumentWords(info.help);
    case GroupRole:
        return argumentWords(info.group);
    case ChangedRole:
        return isChanged(index.row());
    case ChoicesRole:
        return choicesOf(info);
    case ProblemRole:
        return m_problems.value(name);
    default:
        return {};
    }
}

QVariant ArgumentTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == Name ? tr("Argument") : section == Value ? tr("Value") : QString();
}

Qt::ItemFlags ArgumentTableModel::flags(const QModelIndex &index) const
{
    Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    if (index.isValid() && index.column() == Value)
        flags |= Qt::ItemIsEditable;
    return flags;
}

bool ArgumentTableModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    if (role != Qt::EditRole || !index.isValid() || index.column() != Value)
        return false;
    const std::string_view name = m_arguments[static_cast<std::size_t>(index.row())]->name;
    const std::string wanted = value.toString().trimmed().toStdString();
    if (const auto error = engine::setTrainArgument(m_config, name, wanted)) {
        m_problems[text(name)] = QString::fromStdString(error->sentence);
        emitRow(index.row());
        Q_EMIT refused(text(name), QString::fromStdString(error->sentence));
        return false;
    }
    m_problems.remove(text(name));
    emitRow(index.row());
    Q_EMIT changed();
    return true;
}

void ArgumentTableModel::emitRow(int row) { Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1)); }

void ArgumentTableModel::setConfig(const engine::TrainConfig &config)
{
    m_config = config;
    m_problems.clear();
    if (!m_arguments.empty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
    Q_EMIT changed();
}

void ArgumentTableModel::resetRow(int row)
{
    const std::string_view name = m_arguments.at(static_cast<std::size_t>(row))->name;
    setData(index(row, Value), fieldText(m_defaults, name), Qt::EditRole);
}

void ArgumentTableModel::resetAll()
{
    for (int row = 0; row < rowCount(); ++row) {
        if (isChanged(row))
            resetRow(row);
    }
}

int ArgumentTableModel::changedCount() const
{
    int count = 0;
    for (int row = 0; row < rowCount(); ++row)
        count += isChanged(row) ? 1 : 0;
    return count;
}

int ArgumentTableModel::rowOf(const QString &argument) const
{
    const auto it = std::find_if(m_arguments.begin(), m_arguments.end(),
                                 [&argument](const auto *info) { return text(info->name) == argument; });
    return it == m_arguments.end() ? -1 : static_cast<int>(it - m_arguments.begin());
}

void ArgumentTableModel::setProblems(const std::vector<engine::ArgumentError> &problems)
{
    m_problems.clear();
    for (const engine::ArgumentError &problem : problems)
        m_problems[QString::fromStdString(problem.argument)] = QString::fromStdString(problem.sentence);
    if (!m_arguments.empty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

void ArgumentFilter::setSearch(const QString &text)
{
    m_search = text.trimmed();
    invalidateFilter();
}

void ArgumentFilter::setOnlyChanged(bool only)
{
    m_onlyChanged = only;
    invalidateFilter();
}

bool ArgumentFilter::filterAcceptsRow(int row, const QModelIndex &parent) const
{
    const QModelIndex index = sourceModel()->index(row, 0, parent);
    if (m_onlyChanged && !index.data(ArgumentTableModel::ChangedRole).toBool())
        return false;
    if (m_search.isEmpty())
        return true;
    for (const int role :
         { int(Qt::DisplayRole), int(ArgumentTableModel::HelpRole), int(ArgumentTableModel::GroupRole) }) {
        if (index.data(role).toString().contains(m_search, Qt::CaseInsensitive))
            return true;
    }
    return false;
}

} // namespace torchdeck::ui
