// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/store_rows.h"

#include "hub/server/api_error.h"
#include "hub/server/json_util.h"

#include <QtCore/QJsonDocument>

namespace torchdeck::hub::server::rows {

namespace {

const QString kColumns =
    QStringLiteral("kind, seq, id, name, body, public, created, updated, status, agent, seen, epochs, "
                   "last_epoch, best_map, best_epoch, rev, first_metrics, last_metrics, owner");

Kind kindOf(const QString &folder)
{
    for (const Kind kind : { Kind::Model, Kind::Project }) {
        if (folder == folderOf(kind))
            return kind;
    }
    return Kind::Dataset;
}

/// `value(i)` gives column i of kColumns.
template <class Value>
Record fromColumns(const Value &value)
{
    Record r;
    int at = 0;
    const auto next = [&] { return value(at++); };
    const auto optionalInt = [](const QVariant &v) { return v.isNull() ? -1 : v.toInt(); };
    r.kind = kindOf(next().toString());
    r.seq = next().toLongLong();
    r.id = next().toString();
    r.name = next().toString();
    r.body = QJsonDocument::fromJson(next().toString().toUtf8()).object();
    r.isPublic = next().toBool();
    r.createdMs = next().toLongLong();
    r.updatedMs = next().toLongLong();
    r.status = next().toString();
    r.agent = next().toString();
    r.seenMs = next().toLongLong();
    r.epochs = next().toInt();
    r.lastEpoch = optionalInt(next());
    if (const QVariant best = next(); !best.isNull())
        r.bestMap = best.toDouble();
    r.bestEpoch = optionalInt(next());
    r.rev = next().toLongLong();
    r.firstMetricsMs = next().toLongLong();
    r.lastMetricsMs = next().toLongLong();
    r.owner = userOfOwner(next().toString());
    return r;
}

Record fromRow(const QSqlQuery &row)
{
    return fromColumns([&row](int i) { return row.value(i); });
}

QVector<StoredFile> filesOf(QSqlDatabase &db, const QString &id)
{
    QVector<StoredFile> files;
    QSqlQuery row = runSql(
        db,
        QStringLiteral("SELECT role, name, size, sha256, epoch, final, map, mtime, uploaded FROM files "
                       "WHERE record=? ORDER BY role"),
        { id });
    while (row.next()) {
        StoredFile f;
        f.role = row.value(0).toString();
        f.name = row.value(1).toString();
        f.size = row.value(2).toLongLong();
        f.sha256 = row.value(3).toString();
        f.epoch = row.value(4).isNull() ? -1 : row.value(4).toInt();
        f.isFinal = row.value(5).toBool();
        if (!row.value(6).isNull())
            f.map = row.value(6).toDouble();
        f.mtimeNs = row.value(7).toLongLong();
        f.uploadedMs = row.value(8).toLongLong();
        files.append(f);
    }
    return files;
}

QString likePattern(QString text)
{
    text.replace(QLatin1Char('\\'), QLatin1String("\\\\"));
    text.replace(QLatin1Char('%'), QLatin1String("\\%"));
    text.replace(QLatin1Char('_'), QLatin1String("\\_"));
    return QLatin1Char('%') + text + QLatin1Char('%');
}

} // namespace

ApiError noRecord(Kind kind, const QString &id)
{
    return noSuchRecord(wordFor(kind), id);
}

QString ownerName(const QString &user)
{
    return user.isEmpty() ? QStringLiteral("owner") : QStringLiteral("user:") + user;
}

QString userOfOwner(const QString &owner)
{
    return owner.startsWith(QLatin1String("user:")) ? owner.mid(5) : QString();
}

QString ownerOf(QSqlDatabase &db, const QString &id)
{
    return runOften(db, QStringLiteral("SELECT owner FROM records WHERE id=?"), { id }).value(0).toString();
}

qint64 usedBytes(QSqlDatabase &db, const QString &owner, bool deletedToo)
{
    return runOften(db,
                    QStringLiteral("SELECT COALESCE(SUM(size), 0) FROM (SELECT DISTINCT f.record, f.sha256, f.size "
                                   "FROM records r JOIN files f ON f.record=r.id "
                                   "WHERE (?='' OR r.owner=?) AND (? OR r.deleted IS NULL))"),
                    { owner, owner, deletedToo })
        .value(0)
        .toLongLong();
}

std::optional<Record> oldestDeleted(QSqlDatabase &db, const QString &owner)
{
    QSqlQuery row = runSql(db,
                           QStringLiteral("SELECT %1 FROM records WHERE deleted IS NOT NULL AND (?='' OR owner=?) AND "
                                          "id IN (SELECT record FROM files) ORDER BY deleted, seq LIMIT 1")
                               .arg(kColumns),
                           { owner, owner });
    return row.next() ? std::optional(fromRow(row)) : std::nullopt;
}

std::optional<Record> record(QSqlDatabase &db, Kind kind, const QString &id)
{
    QSqlQuery row = runSql(
        db, QStringLiteral("SELECT %1 FROM records WHERE id=? AND kind=? AND deleted IS NULL").arg(kColumns),
        { id, folderOf(kind) });
    if (!row.next())
        return std::nullopt;
    Record found = fromRow(row);
    found.files = filesOf(db, id);
    return found;
}

Record requireRecord(QSqlDatabase &db, Kind kind, const QString &id)
{
    if (auto found = record(db, kind, id))
        return *found;
    throw noRecord(kind, id);
}

Record requireBareModel(QSqlDatabase &db, const QString &id)
{
    static const QString sql =
        QStringLiteral("SELECT %1 FROM records WHERE id=? AND kind='models' AND deleted IS NULL")
            .arg(kColumns);
    const QVariantList row = runOften(db, sql, { id });
    if (row.isEmpty())
        throw noRecord(Kind::Model, id);
    return fromColumns([&row](int i) { return row.at(i); });
}

QVector<Record> recordsWithFiles(QSqlDatabase &db)
{
    QVector<Record> all;
    QSqlQuery row = runSql(
        db, QStringLiteral("SELECT %1 FROM records WHERE id IN (SELECT record FROM files)").arg(kColumns));
    while (row.next())
        all.append(fromRow(row));
    for (Record &r : all)
        r.files = filesOf(db, r.id);
    return all;
}

Page page(QSqlDatabase &db, Kind kind, const ListQuery &query)
{
    QString where = QStringLiteral(" FROM records WHERE kind=? AND deleted IS NULL");
    QVariantList values { folderOf(kind) };
    if (query.onlyPublic)
        where += QStringLiteral(" AND public=1");
    if (!query.user.isEmpty()) {
        where += QStringLiteral(" AND owner=?");
        values << ownerName(query.user);
    }
    if (!query.text.isEmpty()) {
        where += QStringLiteral(" AND name LIKE ? ESCAPE '\\'");
        values << likePattern(query.text);
    }
    Page page;
    QSqlQuery counted = runSql(db, QStringLiteral("SELECT COUNT(*)") + where, values);
    if (counted.next())
        page.total = counted.value(0).toLongLong();
    if (!query.afterId.isEmpty()) {
        QSqlQuery after = runSql(db, QStringLiteral("SELECT seq FROM records WHERE id=? AND kind=? AND (?='' OR owner=?)"),
                                 { query.afterId, folderOf(kind), query.user, ownerName(query.user) });
        if (!after.next())
            throw ApiError(
                400,
                QStringLiteral("last_doc_id %1 is unknown: begin with the first page.").arg(query.afterId));
        where += QStringLiteral(" AND seq<?");
        values << after.value(0);
    }
    values << query.limit + 1;
    QSqlQuery row = runSql(
        db, QStringLiteral("SELECT ") + kColumns + where + QStringLiteral(" ORDER BY seq DESC LIMIT ?"),
        values);
    while (row.next())
        page.results.append(fromRow(row));
    page.more = page.results.size() > query.limit;
    if (page.more)
        page.results.removeLast();
    for (Record &r : page.results)
        r.files = filesOf(db, r.id);
    return page;
}

namespace {

/// True when the model had no such epoch before.
bool putEpoch(QSqlDatabase &db, const QString &model, int epoch, const QJsonObject &values, qint64 rev,
              qint64 now)
{
    const bool isNew =
        runOften(db, QStringLiteral("SELECT 1 FROM metrics WHERE model=? AND epoch=?"), { model, epoch })
            .isEmpty();
    const std::optional<double> map = mapOf(values);
    runOften(
        db,
        QStringLiteral(
            "INSERT INTO metrics(model, epoch, body, map, rev, received) VALUES(?, ?, ?, ?, ?, ?) "
            "ON CONFLICT(model, epoch) DO UPDATE SET body=excluded.body, map=excluded.map, rev=excluded.rev"),
        { model, epoch, compact(values), map ? QVariant(*map) : QVariant(), rev, now });
    return isNew;
}

} // namespace

void putEpochs(QSqlDatabase &db, const Record &record, const QMap<int, QJsonObject> &epochs, qint64 now)
{
    if (epochs.isEmpty())
        return;
    const qint64 rev = record.rev + 1;
    int added = 0;
    for (auto it = epochs.begin(); it != epochs.end(); ++it)
        added += putEpoch(db, record.id, it.key(), it.value(), rev, now) ? 1 : 0;
    // The count grows by what is new; the extremes are one look into an index each, right also after a
    // replaced epoch. Nothing here reads the model's other epochs.
    runOften(
        db,
        QStringLiteral("UPDATE records SET epochs=epochs+?, rev=?, "
                       "first_metrics=CASE WHEN ?>0 THEN MIN(COALESCE(first_metrics, ?), ?) "
                       "ELSE first_metrics END, "
                       "last_metrics=CASE WHEN ?>0 THEN MAX(COALESCE(last_metrics, ?), ?) "
                       "ELSE last_metrics END, "
                       "last_epoch=(SELECT MAX(epoch) FROM metrics WHERE model=records.id), "
                       "best_map=(SELECT MAX(map) FROM metrics WHERE model=records.id), "
                       "best_epoch=(SELECT MIN(epoch) FROM metrics WHERE model=records.id AND "
                       "map=(SELECT MAX(map) FROM metrics WHERE model=records.id)) WHERE id=?"),
        { added, rev, added, now, now, added, now, now, record.id });
}

void touch(QSqlDatabase &db, const QString &model, qint64 now, bool training)
{
    runOften(db,
             training ? QStringLiteral("UPDATE records SET seen=?, updated=?, status='training' WHERE id=?")
                      : QStringLiteral("UPDATE records SET seen=?, updated=? WHERE id=?"),
             { now, now, model });
}

QVector<EpochMetrics> metrics(QSqlDatabase &db, const QString &model, qint64 afterRev)
{
    QVector<EpochMetrics> all;
    QSqlQuery row = runSql(
        db, QStringLiteral("SELECT epoch, body, rev FROM metrics WHERE model=? AND rev>? ORDER BY epoch"),
        { model, afterRev });
    while (row.next())
        all.append({ row.value(0).toInt(), row.value(1).toString().toUtf8(), row.value(2).toLongLong() });
    return all;
}

double msPerEpoch(QSqlDatabase &db, const QString &model)
{
    QSqlQuery row =
        runSql(db,
               QStringLiteral("SELECT COUNT(*), MAX(received) - MIN(received) FROM "
                              "(SELECT received FROM metrics WHERE model=? ORDER BY epoch DESC LIMIT 21)"),
               { model });
    const int epochs = row.next() ? row.value(0).toInt() : 0;
    return epochs > 1 ? row.value(1).toDouble() / (epochs - 1) : 0.0;
}

void putFile(QSqlDatabase &db, const QString &id, const StoredFile &file)
{
    runSql(db,
           QStringLiteral("INSERT OR REPLACE INTO files(record, role, name, size, sha256, epoch, final, map, "
                          "mtime, uploaded) "
                          "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
           { id, file.role, file.name, file.size, file.sha256,
             file.epoch < 0 ? QVariant() : QVariant(file.epoch), file.isFinal,
             file.map ? QVariant(*file.map) : QVariant(), file.mtimeNs, file.uploadedMs });
}

} // namespace torchdeck::hub::server::rows
