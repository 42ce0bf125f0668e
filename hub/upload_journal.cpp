// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/upload_journal.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QJsonDocument>
#include <QtCore/QUuid>
#include <QtSql/QSqlDatabase>
#include <QtSql/QSqlError>
#include <QtSql/QSqlQuery>

namespace torchdeck::hub {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(torchdeck::hub::UploadJournal)
};

QByteArray toJson(const RunDescription &d)
{
    return QJsonDocument(QJsonObject { { QStringLiteral("folder"), d.runFolder },
                                       { QStringLiteral("name"), d.modelName },
                                       { QStringLiteral("architecture"), d.architecture },
                                       { QStringLiteral("parent"), d.parent },
                                       { QStringLiteral("dataset"), d.datasetName },
                                       { QStringLiteral("epochs"), d.epochs },
                                       { QStringLiteral("batch"), d.batch },
                                       { QStringLiteral("imgsz"), d.imgsz },
                                       { QStringLiteral("patience"), d.patience },
                                       { QStringLiteral("device"), d.device },
                                       { QStringLiteral("cache"), d.cache } })
        .toJson(QJsonDocument::Compact);
}

RunDescription fromJson(const QByteArray &text)
{
    const auto o = QJsonDocument::fromJson(text).object();
    const auto str = [&o](const char *key) { return o.value(QLatin1String(key)).toString(); };
    const auto num = [&o](const char *key) { return o.value(QLatin1String(key)).toInt(); };
    RunDescription d;
    d.runFolder = str("folder");
    d.modelName = str("name");
    d.architecture = str("architecture");
    d.parent = str("parent");
    d.datasetName = str("dataset");
    d.epochs = num("epochs");
    d.batch = num("batch");
    d.imgsz = num("imgsz");
    d.patience = num("patience");
    d.device = str("device");
    d.cache = str("cache");
    return d;
}

QVariant stamp(const QDateTime &time)
{
    return time.isValid() ? QVariant(time.toMSecsSinceEpoch()) : QVariant();
}

QDateTime unstamp(const QVariant &value)
{
    return value.isNull() ? QDateTime() : QDateTime::fromMSecsSinceEpoch(value.toLongLong());
}

template <typename Enum> Enum boundedEnum(const QVariant &value, Enum last)
{
    const int number = value.toInt();
    return number >= 0 && number <= int(last) ? Enum(number) : Enum(0);
}

} // namespace

UploadJournal::~UploadJournal() { close(); }

QSqlDatabase UploadJournal::database() const { return QSqlDatabase::database(m_connection, false); }

void UploadJournal::close()
{
    m_open = false;
    if (m_connection.isEmpty())
        return;
    {
        auto db = database();
        if (db.isOpen())
            db.close();
    }
    QSqlDatabase::removeDatabase(m_connection);
    m_connection.clear();
}

bool UploadJournal::exec(const QString &sql)
{
    QSqlQuery query(database());
    if (query.exec(sql))
        return true;
    m_error = query.lastError().text().simplified();
    return false;
}

bool UploadJournal::exec(QSqlQuery &query)
{
    if (query.exec())
        return true;
    m_error = query.lastError().text().simplified();
    return false;
}

bool UploadJournal::connectTo(const QString &file, bool readOnly)
{
    close();
    m_file = file;
    m_connection = QStringLiteral("hub-journal-") + QUuid::createUuid().toString(QUuid::WithoutBraces);
    auto db = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_connection);
    db.setDatabaseName(file);
    db.setConnectOptions(readOnly ? QStringLiteral("QSQLITE_OPEN_READONLY;QSQLITE_BUSY_TIMEOUT=2000")
                                  : QStringLiteral("QSQLITE_BUSY_TIMEOUT=5000"));
    if (!db.open()) {
        m_error = db.lastError().text().simplified();
        return false;
    }
    return true;
}

bool UploadJournal::sound()
{
    QSqlQuery query(database());
    if (!query.exec(QStringLiteral("PRAGMA quick_check(1)")) || !query.next()) {
        m_error = query.lastError().text().simplified();
        return false;
    }
    const auto answer = query.value(0).toString();
    if (answer == QLatin1String("ok"))
        return true;
    m_error = answer.simplified();
    return false;
}

bool UploadJournal::createSchema()
{
    static const char *const statements[] = {
        "CREATE TABLE IF NOT EXISTS runs(key TEXT PRIMARY KEY, description TEXT NOT NULL, model_id TEXT, "
        "api_root TEXT,"
        " web_root TEXT, ended INTEGER NOT NULL, confirmed INTEGER NOT NULL, touched INTEGER)",
        "CREATE TABLE IF NOT EXISTS epochs(run TEXT NOT NULL, epoch INTEGER NOT NULL, revision INTEGER NOT "
        "NULL,"
        " sent_revision INTEGER NOT NULL, refused INTEGER NOT NULL, json BLOB NOT NULL, PRIMARY KEY(run, "
        "epoch))"
        " WITHOUT ROWID",
        "CREATE TABLE IF NOT EXISTS items(id INTEGER PRIMARY KEY, run TEXT NOT NULL, kind INTEGER NOT NULL,"
        " phase INTEGER NOT NULL, refused_part INTEGER NOT NULL, epoch INTEGER NOT NULL, is_best INTEGER NOT "
        "NULL,"
        " map REAL NOT NULL, file TEXT, source TEXT, size INTEGER NOT NULL, sha256 TEXT, created INTEGER,"
        " failed INTEGER NOT NULL, attempts INTEGER NOT NULL, category INTEGER NOT NULL, http_status INTEGER "
        "NOT NULL,"
        " error TEXT, last_try INTEGER)",
        "CREATE TABLE IF NOT EXISTS gate(id INTEGER PRIMARY KEY CHECK(id = 1), until INTEGER, wait_ms "
        "INTEGER,"
        " server TEXT)",
    };
    if (!begin())
        return false;
    for (const char *sql : statements) {
        if (!exec(QLatin1String(sql))) {
            rollback();
            return false;
        }
    }
    if (!exec(QStringLiteral("PRAGMA user_version = %1").arg(schemaVersion)) || !commit()) {
        rollback();
        return false;
    }
    return true;
}

bool UploadJournal::setAside()
{
    const auto stampText = QDateTime::currentDateTime().toString(QStringLiteral("yyyyMMdd-HHmmss-zzz"));
    const QString aside = m_file + QStringLiteral(".damaged-") + stampText;
    if (!QFile::rename(m_file, aside)) {
        m_error = Words::tr("the damaged upload queue %1 cannot be renamed").arg(m_file);
        return false;
    }
    for (const char *suffix : { "-wal", "-shm" })
        QFile::rename(m_file + QLatin1String(suffix), aside + QLatin1String(suffix));
    m_notices.append(
        Words::tr("The upload queue on disk was damaged. It was set aside as %1 and a new one was made.")
            .arg(QFileInfo(aside).fileName()));
    return true;
}

bool UploadJournal::open(const QString &file)
{
    m_notices.clear();
    JournalContent saved;
    bool salvaged = false;
    for (int round = 0; round < 2; ++round) {
        QDir().mkpath(QFileInfo(file).absolutePath());
        const bool usable = connectTo(file, false) && sound();
        if (!usable) {
            // A folder or file that cannot be opened at all is not a damaged journal: leave it alone.
            if (round > 0 || !QFileInfo(file).isFile() || !QFileInfo(file).isReadable()
                || !QFileInfo(file).isWritable()) {
                close();
                return false;
            }
            saved = load();
            salvaged = true;
            close();
            if (!setAside())
                return false;
            continue;
        }
        break;
    }
    QFile::setPermissions(file, QFileDevice::ReadOwner | QFileDevice::WriteOwner);
    QSqlQuery version(database());
    if (version.exec(QStringLiteral("PRAGMA user_version")) && version.next()
        && version.value(0).toInt() > schemaVersion) {
        m_error = Words::tr("%1 was written by a newer Torchdeck").arg(QFileInfo(file).fileName());
        version.finish();
        close();
        return false;
    }
    version.finish();
    if (!exec(QStringLiteral("PRAGMA journal_mode=WAL")) || !exec(QStringLiteral("PRAGMA synchronous=FULL"))
        || !createSchema()) {
        close();
        return false;
    }
    m_open = true;
    if (!salvaged)
        return true;
    begin();
    for (const auto &run : std::as_const(saved.runs)) {
        putRun(run);
        for (auto it = run.epochs.cbegin(); it != run.epochs.cend(); ++it)
            putEpoch(run.key, it.key(), it.value());
    }
    for (const auto &item : std::as_const(saved.items))
        putItem(item);
    if (!commit())
        rollback();
    return true;
}

bool UploadJournal::openReadOnly(const QString &file)
{
    m_open = QFileInfo::exists(file) && connectTo(file, true) && sound();
    return m_open;
}

bool UploadJournal::begin() { return exec(QStringLiteral("BEGIN IMMEDIATE")); }
bool UploadJournal::commit() { return exec(QStringLiteral("COMMIT")); }

void UploadJournal::rollback()
{
    const auto why = m_error;
    exec(QStringLiteral("ROLLBACK"));
    m_error = why;
}

JournalContent UploadJournal::load()
{
    JournalContent content;
    loadRuns(content);
    loadItems(content);
    QSqlQuery gate(database());
    if (gate.exec(QStringLiteral("SELECT until, wait_ms, server FROM gate")) && gate.next())
        content.gate =
            GateRecord { unstamp(gate.value(0)), gate.value(1).toLongLong(), gate.value(2).toString() };
    return content;
}

void UploadJournal::loadRuns(JournalContent &content)
{
    QSqlQuery query(database());
    query.setForwardOnly(true);
    if (!query.exec(
            QStringLiteral("SELECT key, description, model_id, api_root, web_root, ended, confirmed, touched"
                           " FROM runs ORDER BY rowid")))
        return;
    QHash<QString, qsizetype> index;
    while (query.next()) {
        RunRecord run;
        run.key = query.value(0).toString();
        run.description = fromJson(query.value(1).toString().toUtf8());
        run.modelId = query.value(2).toString();
        run.apiRoot = QUrl(query.value(3).toString());
        run.webRoot = QUrl(query.value(4).toString());
        run.ended = query.value(5).toBool();
        run.confirmed = query.value(6).toBool();
        run.touched = unstamp(query.value(7));
        index[run.key] = content.runs.size();
        content.runs.append(run);
    }
    if (!query.exec(QStringLiteral("SELECT run, epoch, revision, sent_revision, refused, json FROM epochs")))
        return;
    while (query.next()) {
        const auto at = index.constFind(query.value(0).toString());
        if (at == index.cend())
            continue;
        EpochRecord record;
        record.revision = query.value(2).toLongLong();
        record.sentRevision = query.value(3).toLongLong();
        record.refused = query.value(4).toBool();
        record.json = query.value(5).toByteArray();
        content.runs[*at].epochs.insert(query.value(1).toInt(), record);
    }
}

void UploadJournal::loadItems(JournalContent &content)
{
    QSqlQuery query(database());
    query.setForwardOnly(true);
    if (!query.exec(QStringLiteral(
            "SELECT id, run, kind, phase, refused_part, epoch, is_best, map, file, source, size, sha256, "
            "created,"
            " failed, attempts, category, http_status, error, last_try FROM items ORDER BY id")))
        return;
    while (query.next()) {
        ItemRecord item;
        item.id = query.value(0).toLongLong();
        item.run = query.value(1).toString();
        item.kind = boundedEnum(query.value(2), UploadKind::UsageEvent);
        item.phase = boundedEnum(query.value(3), ItemPhase::Confirm);
        item.refusedPart = query.value(4).toBool();
        item.epoch = query.value(5).toInt();
        item.isBest = query.value(6).toBool();
        item.map = query.value(7).toDouble();
        item.file = query.value(8).toString();
        item.source = query.value(9).toString();
        item.size = query.value(10).toLongLong();
        item.sha256 = query.value(11).toString().toLatin1();
        item.created = unstamp(query.value(12));
        item.failed = query.value(13).toBool();
        item.attempts = query.value(14).toInt();
        item.category = boundedEnum(query.value(15), ErrorCategory::Local);
        item.httpStatus = query.value(16).toInt();
        item.error = query.value(17).toString();
        item.lastTry = unstamp(query.value(18));
        content.items.append(item);
    }
}

bool UploadJournal::putRun(const RunRecord &run)
{
    QSqlQuery query(database());
    query.prepare(
        QStringLiteral("INSERT INTO runs VALUES(?,?,?,?,?,?,?,?) ON CONFLICT(key) DO UPDATE SET"
                       " description=excluded.description, model_id=excluded.model_id,"
                       " api_root=excluded.api_root, web_root=excluded.web_root, ended=excluded.ended,"
                       " confirmed=excluded.confirmed, touched=excluded.touched"));
    query.addBindValue(run.key);
    query.addBindValue(QString::fromUtf8(toJson(run.description)));
    query.addBindValue(run.modelId);
    query.addBindValue(run.apiRoot.toString(QUrl::RemoveUserInfo));
    query.addBindValue(run.webRoot.toString(QUrl::RemoveUserInfo));
    query.addBindValue(run.ended);
    query.addBindValue(run.confirmed);
    query.addBindValue(stamp(run.touched));
    return exec(query);
}

bool UploadJournal::removeRun(const QString &key)
{
    for (const char *sql : { "DELETE FROM epochs WHERE run=?", "DELETE FROM items WHERE run=?",
                             "DELETE FROM runs WHERE key=?" }) {
        QSqlQuery query(database());
        query.prepare(QLatin1String(sql));
        query.addBindValue(key);
        if (!exec(query))
            return false;
    }
    return true;
}

bool UploadJournal::putEpoch(const QString &run, int epoch, const EpochRecord &record)
{
    QSqlQuery query(database());
    query.prepare(QStringLiteral("INSERT OR REPLACE INTO epochs VALUES(?,?,?,?,?,?)"));
    query.addBindValue(run);
    query.addBindValue(epoch);
    query.addBindValue(record.revision);
    query.addBindValue(record.sentRevision);
    query.addBindValue(record.refused);
    query.addBindValue(record.json);
    return exec(query);
}

bool UploadJournal::removeEpoch(const QString &run, int epoch)
{
    QSqlQuery query(database());
    query.prepare(QStringLiteral("DELETE FROM epochs WHERE run=? AND epoch=?"));
    query.addBindValue(run);
    query.addBindValue(epoch);
    return exec(query);
}

bool UploadJournal::putItem(const ItemRecord &item)
{
    QSqlQuery query(database());
    query.prepare(
        QStringLiteral("INSERT OR REPLACE INTO items VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
    query.addBindValue(item.id);
    query.addBindValue(item.run);
    query.addBindValue(int(item.kind));
    query.addBindValue(int(item.phase));
    query.addBindValue(item.refusedPart);
    query.addBindValue(item.epoch);
    query.addBindValue(item.isBest);
    query.addBindValue(item.map);
    query.addBindValue(item.file);
    query.addBindValue(item.source);
    query.addBindValue(item.size);
    query.addBindValue(QString::fromLatin1(item.sha256));
    query.addBindValue(stamp(item.created));
    query.addBindValue(item.failed);
    query.addBindValue(item.attempts);
    query.addBindValue(int(item.category));
    query.addBindValue(item.httpStatus);
    query.addBindValue(item.error);
    query.addBindValue(stamp(item.lastTry));
    return exec(query);
}

bool UploadJournal::removeItem(qint64 id)
{
    QSqlQuery query(database());
    query.prepare(QStringLiteral("DELETE FROM items WHERE id=?"));
    query.addBindValue(id);
    return exec(query);
}

bool UploadJournal::putGate(const std::optional<GateRecord> &gate)
{
    if (!gate)
        return exec(QStringLiteral("DELETE FROM gate"));
    QSqlQuery query(database());
    query.prepare(QStringLiteral("INSERT OR REPLACE INTO gate VALUES(1,?,?,?)"));
    query.addBindValue(stamp(gate->until));
    query.addBindValue(gate->waitMs);
    query.addBindValue(gate->server);
    return exec(query);
}

bool UploadJournal::clear()
{
    return exec(QStringLiteral("DELETE FROM epochs")) && exec(QStringLiteral("DELETE FROM items"))
        && exec(QStringLiteral("DELETE FROM runs")) && exec(QStringLiteral("DELETE FROM gate"));
}

} // namespace torchdeck::hub
