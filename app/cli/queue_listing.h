// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QDateTime>
#include <QtCore/QJsonObject>
#include <QtCore/QString>
#include <QtCore/QVector>

namespace torchdeck::app::cli {

/// One item of the upload journals as `hub queue` shows it.
struct QueueRow {
    qint64 id = 0;
    QString kind; ///< create_model, metrics, checkpoint, final_model, usage_event
    QString state; ///< waiting, retrying, needs_key, failed
    QString title; ///< "metrics, 3 epochs", "checkpoint, epoch 20"
    QString run, modelId;
    int attempts = 0;
    int httpStatus = 0;
    QString error;
    qint64 bytes = 0;
    QDateTime lastTry, created;

    [[nodiscard]] QString line() const;
    [[nodiscard]] QJsonObject json() const;
};

/// Everything queued, whichever process sends it; only reads.
[[nodiscard]] QVector<QueueRow> readQueue();
[[nodiscard]] QJsonObject queueJson(const QVector<QueueRow> &rows); ///< {"items": [...], "pending": N}

} // namespace torchdeck::app::cli
