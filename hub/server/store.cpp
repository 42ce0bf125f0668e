// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/store.h"

#include "hub/server/access.h"
#include "hub/server/api_error.h"
#include "hub/server/json_util.h"
#include "hub/server/model_list.h"
#include "hub/server/store_rows.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>

#include <algorithm>
#include <thread>

namespace torchdeck::hub::server {

namespace {

constexpr qint64 kFreshMs = 330'000; // a heartbeat each 300 s, and some slack
constexpr int kUsageKept = 10'000;

QString cleanStatus(const QJsonValue &value)
{
    const QString text = value.toString();
    const bool good =
        !text.isEmpty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](QChar c) {
            return (c >= QLatin1Char('a') && c <= QLatin1Char('z')) || c == QLatin1Char('_');
        });
    if (!good)
        throw ApiError(
            400,
            QStringLiteral("status must be a word of small letters, such as \"training\" or \"trained\"."));
    return text;
}

bool publicFlag(const QJsonObject &body)
{
    for (const char *key : { "public", "is_public", "isPublic" }) {
        if (body.value(QLatin1String(key)).toBool())
            return true;
    }
    return false;
}

} // namespace

QString folderOf(Kind kind)
{
    switch (kind) {
    case Kind::Model:
        return QStringLiteral("models");
    case Kind::Project:
        return QStringLiteral("projects");
    case Kind::Dataset:
        return QStringLiteral("datasets");
    }
    return {};
}

QString wordFor(Kind kind) { return folderOf(kind).chopped(1); }

const StoredFile *Record::file(const QString &role) const
{
    const auto found =
        std::find_if(files.begin(), files.end(), [&](const StoredFile &f) { return f.role == role; });
    return found == files.end() ? nullptr : &*found;
}

int Record::plannedEpochs() const
{
    return std::max(0,
                    body.value(QStringLiteral("config")).toObject().value(QStringLiteral("epochs")).toInt());
}

QString liveState(const Record &model, qint64 nowMs)
{
    if (model.status == QLatin1String("trained"))
        return QStringLiteral("finished");
    if (model.status != QLatin1String("new") && model.status != QLatin1String("training"))
        return model.status;
    if (model.seenMs == 0)
        return QStringLiteral("waiting");
    return nowMs - model.seenMs < kFreshMs ? QStringLiteral("live") : QStringLiteral("disconnected");
}

Store::Store(QString dir, NowMs now)
    : m_dir(std::move(dir))
    , m_now(std::move(now))
    , m_db(m_dir + QStringLiteral("/hub.sqlite"))
{
}

bool Store::open(QString *error)
{
    if (!makePrivateDir(m_dir, error) || !m_lock.take(m_dir, error))
        return false;
    QDir(tempDir()).removeRecursively(); // what a crash left half received
    for (const QString &sub : { tempDir(), m_dir + QStringLiteral("/models"),
                                m_dir + QStringLiteral("/projects"), m_dir + QStringLiteral("/datasets") }) {
        if (!makePrivateDir(sub, error))
            return false;
    }
    QFile database(m_dir
                   + QStringLiteral("/hub.sqlite")); // made here, so that it is 0600 and -wal, -shm follow it
    if (!database.open(QIODevice::ReadWrite)
        || !database.setPermissions(QFile::ReadOwner | QFile::WriteOwner)) {
        *error = QStringLiteral("%1 cannot be opened (%2).").arg(database.fileName(), database.errorString());
        return false;
    }
    database.close();
    if (!m_db.open(error))
        return false;
    try {
        reconcile();
    } catch (const ApiError &problem) {
        *error = problem.message();
        return false;
    }
    return true;
}

void Store::reconcile()
{
    QVector<Record> all;
    m_db.read([&](QSqlDatabase &db) { all = rows::recordsWithFiles(db); });
    for (const Record &record : all) {
        for (StoredFile file : record.files) {
            const QString path = pathOf(record.kind, record.id, file.role);
            const auto facts = factsOf(path);
            if (facts && facts->size == file.size && facts->mtimeNs == file.mtimeNs)
                continue;
            m_db.write([&](QSqlDatabase &db) {
                if (facts) { // renamed into place, then a crash before the row was written
                    const QString sha = sha256Of(path);
                    file.isFinal = file.isFinal && sha == file.sha256;
                    file.sha256 = sha;
                    putFileRow(db, record.id, &file, path);
                } else {
                    runSql(db, QStringLiteral("DELETE FROM files WHERE record=? AND role=?"),
                           { record.id, file.role });
                }
            });
        }
    }
}

QString Store::pathOf(Kind kind, const QString &id, const QString &role) const
{
    const QString name = kind == Kind::Model ? role + QStringLiteral(".pt") : role;
    return m_dir + QLatin1Char('/') + folderOf(kind) + QLatin1Char('/') + id + QLatin1Char('/') + name;
}

Record Store::create(Kind kind, const QJsonObject &body, const QByteArray &once, const QString &user)
{
    if (once.size() > 255)
        throw ApiError(400, QStringLiteral("Idempotency-Key is longer than 255 characters."));
    QString id = randomId();
    const qint64 now = m_now();
    const QString owner = rows::ownerName(user);
    // Users' keys are told apart: an equal one of another user must not hand out that user's record.
    const QString key = (user.isEmpty() ? QString() : owner + QLatin1Char('/')) + folderOf(kind)
        + QLatin1Char('/') + QString::fromLatin1(once);
    m_db.write([&](QSqlDatabase &db) {
        if (!once.isEmpty()) {
            QSqlQuery made = runSql(db,
                                    QStringLiteral("SELECT c.id FROM creations c JOIN records r ON r.id=c.id "
                                                   "WHERE c.key=? AND r.deleted IS NULL"),
                                    { key });
            if (made.next()) { // the answer to the first try got lost
                id = made.value(0).toString();
                return;
            }
            runSql(db, QStringLiteral("INSERT OR REPLACE INTO creations VALUES(?, ?)"), { key, id });
        }
        runSql(db,
               QStringLiteral(
                   "INSERT INTO records(kind, id, owner, name, body, public, created, updated, status) "
                   "VALUES(?, ?, ?, ?, ?, ?, ?, ?, 'new')"),
               { folderOf(kind), id, owner, recordName(body), compact(body), publicFlag(body), now, now });
    });
    return get(kind, id);
}

bool Store::owns(const QString &user, const QString &id)
{
    bool own = false;
    m_db.read([&](QSqlDatabase &db) {
        own = runSql(db, QStringLiteral("SELECT 1 FROM records WHERE id=? AND owner=?"),
                     { id, rows::ownerName(user) })
                  .next();
    });
    return own;
}

Record Store::get(Kind kind, const QString &id)
{
    std::optional<Record> found;
    m_db.read([&](QSqlDatabase &db) { found = rows::record(db, kind, id); });
    if (!found)
        throw rows::noRecord(kind, id);
    return *found;
}

Record Store::patch(Kind kind, const QString &id, const QJsonObject &changes)
{
    m_db.write([&](QSqlDatabase &db) {
        const Record now = rows::requireRecord(db, kind, id);
        QJsonObject changed = changes;
        QString status = now.status;
        if (changed.contains(QStringLiteral("status")))
            status = cleanStatus(changed.take(QStringLiteral("status")));
        const QJsonObject body = mergedJson(now.body, changed);
        runSql(db,
               QStringLiteral("UPDATE records SET body=?, name=?, public=?, status=?, updated=? WHERE id=?"),
               { compact(body), recordName(body), publicFlag(body), status, m_now(), id });
    });
    return get(kind, id);
}

void Store::remove(Kind kind, const QString &id, bool hard)
{
    m_db.write([&](QSqlDatabase &db) {
        if (!hard) {
            (void)rows::requireRecord(db, kind, id);
            runSql(db, QStringLiteral("UPDATE records SET deleted=? WHERE id=?"), { m_now(), id });
        } else if (runSql(db, QStringLiteral("SELECT 1 FROM records WHERE id=? AND kind=?"), { id, folderOf(kind) })
                       .next()) {
            purge(db, kind, id);
        } else {
            throw rows::noRecord(kind, id);
        }
    });
    if (hard)
        forgetPurged({ id });
}

void Store::purge(QSqlDatabase &db, Kind kind, const QString &id)
{
    runSql(db, QStringLiteral("DELETE FROM metrics WHERE model=?"), { id });
    runSql(db, QStringLiteral("DELETE FROM files WHERE record=?"), { id });
    runSql(db, QStringLiteral("DELETE FROM records WHERE id=?"), { id });
    // Into the folder that every start empties, so that a crash half-way leaves nothing behind.
    QDir().rename(m_dir + QLatin1Char('/') + folderOf(kind) + QLatin1Char('/') + id,
                  tempDir() + QLatin1Char('/') + id);
}

void Store::forgetPurged(const QStringList &ids) const
{
    for (const QString &id : ids)
        QDir(tempDir() + QLatin1Char('/') + id).removeRecursively();
}

QStringList Store::makeRoom(QSqlDatabase &db, const Record &before, const QVector<StoredFile> &after, qint64 keyLimit)
{
    const qint64 more = bytesOf(after) - bytesOf(before.files);
    if (more <= 0)
        return {};
    const QString owner = rows::ownerOf(db, before.id);
    m_quota.requireRoom(db, owner, keyLimit, more, more);
    QStringList purged;
    const auto purgeOf = [&](const QString &whose, qint64 limit) {
        while (limit > 0 && rows::usedBytes(db, whose, true) + more > limit) {
            const auto oldest = rows::oldestDeleted(db, whose);
            if (!oldest)
                break;
            purge(db, oldest->kind, oldest->id);
            purged << oldest->id;
        }
    };
    purgeOf(owner, keyLimit);
    purgeOf({}, m_quota.serverLimit());
    return purged;
}

std::unique_ptr<Quota::Arrival> Store::expectFile(Kind kind, const QString &id, qint64 keyLimit, qint64 declared)
{
    const Record record = get(kind, id);
    QString owner;
    m_db.read([&](QSqlDatabase &db) { owner = rows::ownerOf(db, id); });
    return std::make_unique<Quota::Arrival>(m_quota, owner, keyLimit, record, declared);
}

Page Store::list(Kind kind, const ListQuery &query)
{
    Page page;
    m_db.read([&](QSqlDatabase &db) { page = rows::page(db, kind, query); });
    return page;
}

ModelList Store::listModels(const ModelListQuery &query)
{
    ModelList list;
    m_db.read([&](QSqlDatabase &db) { list = rows::modelList(db, query, m_now()); });
    return list;
}

void Store::putMetrics(const QString &model, const QMap<int, QJsonObject> &epochs)
{
    m_db.write([&](QSqlDatabase &db) {
        const Record record = rows::requireBareModel(db, model);
        const qint64 now = m_now();
        rows::putEpochs(db, record, epochs, now);
        // A retry may come after the final model; only an epoch beyond the plan means that training goes on.
        const bool onward =
            !epochs.isEmpty() && record.plannedEpochs() > 0 && epochs.lastKey() >= record.plannedEpochs();
        rows::touch(db, model, now, record.status != QLatin1String("trained") || onward);
    });
}

QVector<EpochMetrics> Store::metrics(const QString &model, qint64 afterRev)
{
    QVector<EpochMetrics> all;
    m_db.read([&](QSqlDatabase &db) {
        (void)rows::requireRecord(db, Kind::Model, model);
        all = rows::metrics(db, model, afterRev);
    });
    return all;
}

double Store::msPerEpoch(const QString &model)
{
    double pace = 0.0;
    m_db.read([&](QSqlDatabase &db) { pace = rows::msPerEpoch(db, model); });
    return pace;
}

QString Store::heartbeat(const QString &model, const QString &agent)
{
    const QString id = agent.isEmpty() ? randomId() : agent;
    m_db.write([&](QSqlDatabase &db) {
        const Record record = rows::requireRecord(db, Kind::Model, model);
        rows::touch(db, model, m_now(), record.status == QLatin1String("new"));
        runSql(db, QStringLiteral("UPDATE records SET agent=? WHERE id=?"), { id, model });
    });
    return id;
}

void Store::putFileRow(QSqlDatabase &db, const QString &id, StoredFile *facts, const QString &path)
{
    const auto onDisk = factsOf(path);
    if (!onDisk)
        throw ApiError(500, QStringLiteral("The HUB lost the file while keeping it."));
    facts->size = onDisk->size;
    facts->mtimeNs = onDisk->mtimeNs;
    rows::putFile(db, id, *facts);
}

namespace {

/// A record's files once `file` is among them, in the place of its role's.
QVector<StoredFile> withFile(QVector<StoredFile> files, const StoredFile &file)
{
    files.removeIf([&](const StoredFile &old) { return old.role == file.role; });
    files.append(file);
    return files;
}

} // namespace

StoredFile Store::keepFile(Kind kind, const QString &id, StoredFile facts, IncomingFile &file, bool alsoBest,
                           qint64 keyLimit)
{
    QStringList purged;
    m_db.write([&](QSqlDatabase &db) {
        const Record record = rows::requireRecord(db, kind, id);
        const StoredFile *best = record.file(QStringLiteral("best"));
        facts.sha256 = file.sha256();
        facts.size = file.size();
        facts.uploadedMs = m_now();
        std::optional<StoredFile> copy;
        if (alsoBest && !(best && best->isFinal)) {
            copy = facts;
            copy->role = QStringLiteral("best");
            copy->name = QStringLiteral("best.pt");
        }
        QVector<StoredFile> after = withFile(record.files, facts);
        if (copy)
            after = withFile(after, *copy);
        purged = makeRoom(db, record, after, keyLimit);
        const QString path = pathOf(kind, id, facts.role);
        QString error;
        if (!makePrivateDir(QFileInfo(path).path(), &error))
            throw ApiError(500, error);
        moveIntoPlace(file.path(), path);
        putFileRow(db, id, &facts, path);
        if (copy) {
            linkIntoPlace(path, pathOf(kind, id, copy->role));
            putFileRow(db, id, &*copy, pathOf(kind, id, copy->role));
        }
        if (kind == Kind::Model)
            rows::touch(db, id, facts.uploadedMs, record.status != QLatin1String("trained"));
        else
            runSql(db, QStringLiteral("UPDATE records SET updated=? WHERE id=?"), { facts.uploadedMs, id });
        if (facts.isFinal)
            runSql(db, QStringLiteral("UPDATE records SET status='trained' WHERE id=?"), { id });
    });
    forgetPurged(purged);
    return facts;
}

std::pair<std::shared_ptr<QFile>, StoredFile> Store::openFile(Kind kind, const QString &id,
                                                              const QString &role)
{
    for (int attempt = 0; attempt < 5; ++attempt) { // row and file may change between the two looks
        const Record record = get(kind, id);
        const StoredFile *facts = record.file(role);
        if (!facts)
            break;
        auto file = std::make_shared<QFile>(pathOf(kind, id, role));
        if (!file->open(QIODevice::ReadOnly | QIODevice::Unbuffered))
            break;
        const FileFacts seen = factsOf(*file);
        if (seen.mtimeNs == facts->mtimeNs && seen.size == facts->size)
            return { file, *facts };
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    throw ApiError(404, QStringLiteral("This %1 has no such file yet.").arg(wordFor(kind)));
}

void Store::addUsage(const QJsonObject &event)
{
    m_db.write([&](QSqlDatabase &db) {
        const qint64 last =
            runSql(db, QStringLiteral("INSERT INTO usage_events(body, received) VALUES(?, ?)"),
                   { compact(event), m_now() })
                .lastInsertId()
                .toLongLong();
        runSql(db, QStringLiteral("DELETE FROM usage_events WHERE seq<=?"), { last - kUsageKept });
    });
}

} // namespace torchdeck::hub::server
