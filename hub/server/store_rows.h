// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The SQL of Store: each function runs inside a transaction of its caller, on the caller's connection.

#include "hub/server/store.h"

namespace torchdeck::hub::server::rows {

[[nodiscard]] std::optional<Record> record(QSqlDatabase &db, Kind kind, const QString &id);
[[nodiscard]] Record requireRecord(QSqlDatabase &db, Kind kind, const QString &id); ///< throws ApiError 404
[[nodiscard]] QVector<Record> recordsWithFiles(QSqlDatabase &db); ///< of every kind, deleted ones too
[[nodiscard]] Page page(QSqlDatabase &db, Kind kind, const ListQuery &query);

/// Inserts or replaces epochs as one revision and adds them to the record's count, last, best and times.
void putEpochs(QSqlDatabase &db, const Record &model, const QMap<int, QJsonObject> &epochs, qint64 now);
void touch(QSqlDatabase &db, const QString &model, qint64 now, bool training);
[[nodiscard]] QVector<EpochMetrics> metrics(QSqlDatabase &db, const QString &model, qint64 afterRev);
[[nodiscard]] double msPerEpoch(QSqlDatabase &db, const QString &model);

void putFile(QSqlDatabase &db, const QString &id, const StoredFile &file);

} // namespace torchdeck::hub::server::rows
