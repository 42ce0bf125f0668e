// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/queue_listing.h"

#include "app/state_paths.h"
#include "hub/journal_thread.h"

#include <QtCore/QHash>
#include <QtCore/QJsonArray>

#include <algorithm>

namespace torchdeck::app::cli {

namespace {

QString kindName(hub::UploadKind kind)
{
    switch (kind) {
    case hub::UploadKind::CreateModel:
        return QStringLiteral("create_model");
    case hub::UploadKind::Metrics:
        return QStringLiteral("metrics");
    case hub::UploadKind::Checkpoint:
        return QStringLiteral("checkpoint");
    case hub::UploadKind::FinalModel:
        return QStringLiteral("final_model");
    case hub::UploadKind::UsageEvent:
        return QStringLiteral("usage_event");
    }
    return {};
}

QString stateName(const hub::ItemRecord &item)
{
    if (item.failed)
        return QStringLiteral("failed");
    if (item.category == hub::ErrorCategory::Auth)
        return QStringLiteral("needs_key");
    return item.attempts > 0 ? QStringLiteral("retrying") : QStringLiteral("waiting");
}

QString titleOf(const hub::ItemRecord &item, const hub::RunRecord &run)
{
    switch (item.kind) {
    case hub::UploadKind::CreateModel:
        return QStringLiteral("create the model");
    case hub::UploadKind::Metrics: {
        const auto epochs =
            std::count_if(run.epochs.begin(), run.epochs.end(), [&item](const hub::EpochRecord &epoch) {
                return epoch.pending() && epoch.refused == item.refusedPart;
            });
        return QStringLiteral("metrics, %1 %2")
            .arg(epochs)
            .arg(epochs == 1 ? QStringLiteral("epoch") : QStringLiteral("epochs"));
    }
    case hub::UploadKind::Checkpoint:
        return QStringLiteral("checkpoint, epoch %1").arg(item.epoch + 1);
    case hub::UploadKind::FinalModel:
        return item.phase == hub::ItemPhase::Send ? QStringLiteral("best model")
                                                  : QStringLiteral("best model, to be confirmed");
    case hub::UploadKind::UsageEvent:
        return QStringLiteral("usage event");
    }
    return {};
}

QJsonValue dateJson(const QDateTime &date)
{
    return date.isValid() ? QJsonValue(date.toString(Qt::ISODate)) : QJsonValue(QJsonValue::Null);
}

} // namespace

QString QueueRow::line() const
{
    QString text = QStringLiteral("%1: %2, %3").arg(run, title, state);
    if (attempts > 0)
        text += QStringLiteral(", %1 %2").arg(attempts).arg(attempts == 1 ? QStringLiteral("try")
                                                                          : QStringLiteral("tries"));
    return error.isEmpty() ? text : text + QStringLiteral(": ") + error;
}

QJsonObject QueueRow::json() const
{
    return {
        { QStringLiteral("id"), id },
        { QStringLiteral("kind"), kind },
        { QStringLiteral("state"), state },
        { QStringLiteral("title"), title },
        { QStringLiteral("run"), run },
        { QStringLiteral("model_id"), modelId },
        { QStringLiteral("attempts"), attempts },
        { QStringLiteral("http_status"), httpStatus },
        { QStringLiteral("error"), error },
        { QStringLiteral("bytes_total"), bytes },
        { QStringLiteral("last_try"), dateJson(lastTry) },
        { QStringLiteral("created"), dateJson(created) },
    };
}

QVector<QueueRow> readQueue()
{
    const hub::JournalContent content = hub::JournalThread::peek(StatePaths::journalFile());
    QHash<QString, hub::RunRecord> runs;
    for (const hub::RunRecord &run : content.runs)
        runs.insert(run.key, run);
    QVector<QueueRow> rows;
    for (const hub::ItemRecord &item : content.items) {
        const hub::RunRecord run = runs.value(item.run);
        QueueRow row;
        row.id = item.id;
        row.kind = kindName(item.kind);
        row.state = stateName(item);
        row.title = titleOf(item, run);
        row.run = run.description.modelName;
        row.modelId = run.modelId;
        row.attempts = item.attempts;
        row.httpStatus = item.httpStatus;
        row.error = item.error;
        row.bytes = item.size;
        row.lastTry = item.lastTry;
        row.created = item.created;
        rows.append(row);
    }
    return rows;
}

QJsonObject queueJson(const QVector<QueueRow> &rows)
{
    QJsonArray items;
    for (const QueueRow &row : rows)
        items.append(row.json());
    return { { QStringLiteral("items"), items }, { QStringLiteral("pending"), rows.size() } };
}

} // namespace torchdeck::app::cli
