// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The SQL of Store: each function runs inside a transaction of its caller, on the caller's connection.

#include "hub/server/store.h"

namespace torchdeck::hub::server::rows {

[[nodiscard]] QString ownerName(const QString &user); ///< as records.owner has it
[[nodiscard]] std::optional<Record> record(QSqlDatabase &db, Kind kind, const QString &id);
[[nodiscard]] Record requireRecord(QSqlDatabase &db, Kind kind, const QString &id); ///< throws ApiError 404
[[nodiscard]] QVector<Record> recordsWithFiles(QSqlDatabase &db); ///< of every kind, deleted ones too
[[nodiscard]] Page page(QSqlDatabase &db, Kind kind, const ListQuery &query);

void putEpoch(QSqlDatabase &db, const QString &model, int epoch, const QJsonObject &values, qint64 rev,
              qint64 now);
/// Counts the model's epochs anew into its record: count, last, best, rev, times.
void sumUp(QSqlDatabase &db, const QString &model);
void touch(QSqlDatabase &db, const QString &model, qint64 now, bool training);
[[nodiscard]] QVector<EpochMetrics> metrics(QSqlDatabase &db, const QString &model, qint64 afterRev);
[[nodiscard]] double msPerEpoch(QSqlDatabase &db, const QString &model);

void putFile(QSqlDatabase &db, const QString &id, const StoredFile &file);

} // namespace torchdeck::hub::server::rows
