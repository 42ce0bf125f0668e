// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/queue/run_queue.h"

#include "ui/command_line.h"
#include "ui/runs/run_reader.h"

#include <QtCore/QDateTime>
#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QMimeData>
#include <QtCore/QSaveFile>

#include <algorithm>

namespace torchdeck::ui {

namespace {

const QString rowMime = QStringLiteral("application/x-torchdeck-queue-row");

QString argumentText(const engine::TrainConfig &config, const QString &name)
{
    return QString::fromStdString(engine::trainArgumentText(config, name.toStdString()));
}

QString titleOf(const engine::TrainConfig &config)
{
    const QFileInfo data(QString::fromStdString(config.data));
    const QString set =
        data.fileName() == QLatin1String("data.yaml") ? QFileInfo(data.path()).fileName() : data.completeBaseName();
    return RunQueue::tr("%1, %2, %n epoch(s)", nullptr, config.epochs)
        .arg(QFileInfo(QString::fromStdString(config.model)).completeBaseName(), set);
}

QJsonObject toJson(const QueuedRun &run)
{
    QJsonObject arguments;
    const QStringList names = changedArguments(run.config);
    for (const QString &name : names)
        arguments[name] = argumentText(run.config, name);
    return { { QStringLiteral("arguments"), arguments } };
}

} // namespace

RunQueue::RunQueue(QObject *parent)
    : QAbstractListModel(parent)
{
    m_writer.setMaxThreadCount(1);
}

RunQueue::~RunQueue() { m_writer.waitForDone(); }

QString RunQueue::open(const QString &path)
{
    m_file = path;
    QFile file(path);
    if (!file.exists())
        return {};
    if (!file.open(QIODevice::ReadOnly))
        return tr("The run queue in %1 cannot be read: %2.").arg(path, file.errorString());
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(file.readAll(), &error);
    if (error.error != QJsonParseError::NoError || !document.isObject()) {
        const QString aside = path + QStringLiteral(".broken-")
            + QDateTime::currentDateTime().toString(QStringLiteral("yyyyMMddHHmmss"));
        QFile::rename(path, aside);
        return tr("The run queue was damaged and is empty now; the old file is kept as %1.").arg(aside);
    }
    beginResetModel();
    m_items.clear();
    const QJsonArray items = document.object().value(QStringLiteral("waiting")).toArray();
    for (const QJsonValue &value : items) {
        QueuedRun run;
        const QJsonObject arguments = value.toObject().value(QStringLiteral("arguments")).toObject();
        for (auto it = arguments.begin(); it != arguments.end(); ++it)
            (void)engine::setTrainArgument(run.config, it.key().toStdString(), it.value().toString().toStdString());
        run.title = titleOf(run.config);
        m_items.append(run);
    }
    endResetModel();
    Q_EMIT changed();
    return {};
}

void RunQueue::store()
{
    Q_EMIT changed();
    if (m_file.isEmpty())
        return;
    QJsonArray waiting;
    for (const QueuedRun &run : std::as_const(m_items)) {
        if (run.state == QueueState::Waiting)
            waiting.append(toJson(run));
    }
    const QByteArray text = QJsonDocument(QJsonObject { { QStringLiteral("waiting"), waiting } }).toJson();
    m_writer.start([this, text, path = m_file] {
        QDir().mkpath(QFileInfo(path).path());
        QSaveFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit())
            Q_EMIT problem(tr("The run queue cannot be saved in %1: %2. It is lost when the window closes.")
                               .arg(path, file.errorString()));
    });
}

void RunQueue::add(const engine::TrainConfig &config)
{
    const int row = rowCount();
    beginInsertRows({}, row, row);
    m_items.append({ titleOf(config), config, QueueState::Waiting, {} });
    endInsertRows();
    store();
}

void RunQueue::remove(int row)
{
    if (row < 0 || row >= rowCount() || m_items[row].state == QueueState::Running)
        return;
    beginRemoveRows({}, row, row);
    m_items.remove(row);
    endRemoveRows();
    store();
}

bool RunQueue::replace(int row, const engine::TrainConfig &config)
{
    if (row < 0 || row >= rowCount() || m_items[row].state != QueueState::Waiting)
        return false;
    m_items[row] = { titleOf(config), config, QueueState::Waiting, {} };
    Q_EMIT dataChanged(index(row), index(row));
    store();
    return true;
}

void RunQueue::move(int from, int to)
{
    to = std::clamp(to, firstWaiting(), rowCount() - 1);
    if (from < 0 || from >= rowCount() || from == to || m_items[from].state != QueueState::Waiting)
        return;
    beginMoveRows({}, from, from, {}, to > from ? to + 1 : to);
    m_items.move(from, to);
    endMoveRows();
    store();
}

/// Ended and running ones stand above those that wait.
int RunQueue::firstWaiting() const { return rowCount() - waiting(); }

void RunQueue::clearEnded()
{
    for (int row = rowCount() - 1; row >= 0; --row) {
        if (m_items[row].state == QueueState::Done || m_items[row].state == QueueState::Failed)
            remove(row);
    }
}

int RunQueue::waiting() const
{
    return static_cast<int>(std::count_if(m_items.begin(), m_items.end(), [](const QueuedRun &run) {
        return run.state == QueueState::Waiting;
    }));
}

bool RunQueue::running() const
{
    return std::any_of(m_items.begin(), m_items.end(),
                       [](const QueuedRun &run) { return run.state == QueueState::Running; });
}

std::optional<engine::TrainConfig> RunQueue::takeNext()
{
    if (running() || waiting() == 0)
        return {};
    const int row = firstWaiting();
    m_items[row].state = QueueState::Running;
    Q_EMIT dataChanged(index(row), index(row));
    store();
    return m_items[row].config;
}

void RunQueue::startedDirectly(const engine::TrainConfig &config)
{
    if (running())
        return;
    const int row = firstWaiting();
    beginInsertRows({}, row, row);
    m_items.insert(row, { titleOf(config), config, QueueState::Running, {} });
    endInsertRows();
    store();
}

void RunQueue::ended(bool good, const QString &message)
{
    for (int row = 0; row < rowCount(); ++row) {
        if (m_items[row].state != QueueState::Running)
            continue;
        m_items[row].state = good ? QueueState::Done : QueueState::Failed;
        m_items[row].message = message;
        Q_EMIT dataChanged(index(row), index(row));
    }
    store();
}

int RunQueue::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_items.size());
}

QVariant RunQueue::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const QueuedRun &run = m_items[index.row()];
    switch (role) {
    case Qt::DisplayRole:
        return run.title;
    case StateRole:
        return int(run.state);
    case MessageRole:
        return run.message;
    case DetailRole: {
        QStringList words;
        const QStringList names = changedArguments(run.config);
        for (const QString &name : names) {
            if (name != QLatin1String("data") && name != QLatin1String("model") && name != QLatin1String("hub"))
                words << name + QLatin1Char('=') + argumentText(run.config, name);
        }
        return words.isEmpty() ? tr("all arguments at their defaults") : words.join(QStringLiteral("  "));
    }
    case Qt::ToolTipRole:
        return trainCommandLine(run.config);
    case Qt::AccessibleTextRole:
        return tr("%1. %2").arg(run.title, run.message);
    default:
        return {};
    }
}

Qt::ItemFlags RunQueue::flags(const QModelIndex &index) const
{
    Qt::ItemFlags flags = QAbstractListModel::flags(index);
    if (!index.isValid())
        return flags | Qt::ItemIsDropEnabled; // between rows
    if (m_items[index.row()].state == QueueState::Waiting)
        flags |= Qt::ItemIsDragEnabled;
    return flags;
}

QStringList RunQueue::mimeTypes() const { return { rowMime }; }

QMimeData *RunQueue::mimeData(const QModelIndexList &indexes) const
{
    auto *data = new QMimeData;
    data->setData(rowMime, QByteArray::number(indexes.isEmpty() ? -1 : indexes.front().row()));
    return data;
}

bool RunQueue::dropMimeData(const QMimeData *data, Qt::DropAction action, int row, int, const QModelIndex &)
{
    if (action != Qt::MoveAction || !data->hasFormat(rowMime))
        return false;
    const int from = data->data(rowMime).toInt();
    const int to = row < 0 ? rowCount() - 1 : row > from ? row - 1 : row;
    move(from, to);
    return false; // moved here already: the view must not remove the row
}

} // namespace torchdeck::ui
