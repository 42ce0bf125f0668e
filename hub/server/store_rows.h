// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The SQL of Store: each function runs inside a transaction of its caller, on the caller's connection.

#include "hub/server/api_error.h"
#include "hub/server/store.h"

namespace torchdeck::hub::server::rows {

[[nodiscard]] QString ownerName(const QString &user); ///< as records.owner has it
[[nodiscard]] QString userOfOwner(const QString &owner); ///< the other way
[[nodiscard]] QString ownerOf(QSqlDatabase &db, const QString &id); ///< the same of a record, deleted ones too
/// Bytes of the files of an owner's records; empty: of everybody's. A file under two names counts once.
[[nodiscard]] qint64 usedBytes(QSqlDatabase &db, const QString &owner = {}, bool deletedToo = false);
/// The one that was deleted first among those that still have files.
[[nodiscard]] std::optional<Record> oldestDeleted(QSqlDatabase &db, const QString &owner = {});
[[nodiscard]] std::optional<Record> record(QSqlDatabase &db, Kind kind, const QString &id);
[[nodiscard]] Record requireRecord(QSqlDatabase &db, Kind kind, const QString &id); ///< throws ApiError 404
[[nodiscard]] Record requireBareModel(QSqlDatabase &db, const QString &id); ///< the same without its files
[[nodiscard]] ApiError noRecord(Kind kind, const QString &id);
[[nodiscard]] QVector<Record> recordsWithFiles(QSqlDatabase &db); ///< of every kind, deleted ones too
[[nodiscard]] Page page(QSqlDatabase &db, Kind kind, const ListQuery &query);

/// Puts the epochs in and brings the sums in their record up to date (count, last, best, rev, times) at a
/// cost that does not grow with the epochs the model has. `record` was read in this transaction.
void putEpochs(QSqlDatabase &db, const Record &record, const QMap<int, QJsonObject> &epochs, qint64 now);
void touch(QSqlDatabase &db, const QString &model, qint64 now, bool training);
[[nodiscard]] QVector<EpochMetrics> metrics(QSqlDatabase &db, const QString &model, qint64 afterRev);
[[nodiscard]] double msPerEpoch(QSqlDatabase &db, const QString &model);

void putFile(QSqlDatabase &db, const QString &id, const StoredFile &file);

} // namespace torchdeck::hub::server::rows
