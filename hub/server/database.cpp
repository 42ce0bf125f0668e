// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/database.h"

#include "hub/server/api_error.h"

#include <QtCore/QLoggingCategory>
#include <QtSql/QSqlError>
#include <QtSql/QSqlRecord>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

Q_LOGGING_CATEGORY(lcHubDatabase, "torchdeck.hub.server.database")

namespace torchdeck::hub::server {

namespace {

constexpr int kSchemaVersion = 4;
constexpr int kMaxBatch = 256;

// records: models, projects and datasets alike; body is what clients gave, the rest is ours.
// The sums of a model's metrics stand in its record.
// metrics.rev counts changes per model, so that a page can ask for what is new.
const char *const kSchema[] = {
    R"(CREATE TABLE records (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL UNIQUE,
        owner TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, public INTEGER NOT NULL, created INTEGER NOT NULL,
        updated INTEGER NOT NULL, deleted INTEGER, status TEXT NOT NULL, agent TEXT, seen INTEGER NOT NULL DEFAULT 0,
        epochs INTEGER NOT NULL DEFAULT 0, last_epoch INTEGER, best_map REAL, best_epoch INTEGER,
        rev INTEGER NOT NULL DEFAULT 0, first_metrics INTEGER, last_metrics INTEGER))",
    "CREATE INDEX records_by_kind ON records(kind, deleted, seq)",
    R"(CREATE TABLE metrics (
        model TEXT NOT NULL, epoch INTEGER NOT NULL, body TEXT NOT NULL, map REAL, rev INTEGER NOT NULL,
        received INTEGER NOT NULL, PRIMARY KEY (model, epoch)) WITHOUT ROWID)",
    "CREATE INDEX metrics_by_rev ON metrics(model, rev)",
    "CREATE INDEX metrics_by_map ON metrics(model, map, epoch, rev, received)", // all that a summary needs
    R"(CREATE TABLE files (
        record TEXT NOT NULL, role TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
        epoch INTEGER, final INTEGER NOT NULL, map REAL, mtime INTEGER NOT NULL, uploaded INTEGER NOT NULL,
        PRIMARY KEY (record, role)) WITHOUT ROWID)",
    "CREATE TABLE usage_events (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, received INTEGER "
    "NOT NULL)",
};

// Version 2: which record an Idempotency-Key made.
const char *const kSchema2[] = {
    "CREATE TABLE creations (key TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID",
};

// Version 3: users' keys. records.owner is 'owner' for the administrator's, 'user:LABEL' for a user's.
const char *const kSchema3[] = {
    R"(CREATE TABLE user_keys (
        id INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT NOT NULL, digest TEXT NOT NULL UNIQUE,
        created INTEGER NOT NULL, last_used INTEGER NOT NULL DEFAULT 0))",
    "CREATE INDEX records_by_owner ON records(owner, kind, deleted, seq)",
};

// Version 4: what a key may store, in bytes; 0: no limit.
const char *const kSchema4[] = {
    "ALTER TABLE user_keys ADD COLUMN quota INTEGER NOT NULL DEFAULT 0",
};

std::atomic<quint64> s_nextConnection { 0 };

/// Prepared statements of this thread's connections, by connection and text: preparing costs far more than
/// running a small one.
thread_local std::map<QString, std::map<QString, QSqlQuery>> t_prepared;

/// A Qt SQL connection, which must live and die on one thread.
class OwnConnection {
public:
    explicit OwnConnection(const QString &file)
        : m_name(QStringLiteral("torchdeck-hub-%1").arg(++s_nextConnection))
    {
        m_db = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_name);
        m_db.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=10000"));
        m_db.setDatabaseName(file);
        if (!m_db.open())
            throw ApiError(
                500,
                QStringLiteral("The HUB's database cannot be opened (%1).").arg(m_db.lastError().text()));
        runSql(m_db, QStringLiteral("PRAGMA cache_size=-1024"));
    }
    ~OwnConnection()
    {
        t_prepared.erase(m_name); // before the connection they belong to
        m_db.close();
        m_db = QSqlDatabase();
        QSqlDatabase::removeDatabase(m_name);
    }
    QSqlDatabase &db() { return m_db; }

private:
    QString m_name;
    QSqlDatabase m_db;
};

/// Rolls back unless committed.
class Transaction {
public:
    Transaction(QSqlDatabase &db, const QString &begin)
        : m_db(db)
    {
        runSql(db, begin);
    }
    ~Transaction()
    {
        if (!m_done)
            QSqlQuery(m_db).exec(QStringLiteral("ROLLBACK"));
    }
    void commit()
    {
        runSql(m_db, QStringLiteral("COMMIT"));
        m_done = true;
    }

private:
    QSqlDatabase &m_db;
    bool m_done = false;
};

struct Job {
    const Database::Work *work;
    std::exception_ptr failure;
    bool done = false;
};

thread_local std::unique_ptr<OwnConnection> t_reader;
thread_local quint64 t_readerOf = 0;
std::atomic<quint64> s_nextDatabase { 0 };

} // namespace

namespace {

/// Binds and executes; throws ApiError.
void execute(QSqlQuery &query, bool prepared, const QVariantList &values)
{
    for (qsizetype i = 0; i < values.size(); ++i) { // a null QString is an empty text here, not NULL
        const QVariant &value = values[i];
        query.bindValue(int(i),
                        value.typeId() == QMetaType::QString && value.toString().isNull()
                            ? QVariant(QStringLiteral(""))
                            : value);
    }
    if (prepared && query.exec())
        return;
    const QSqlError error = query.lastError();
    qCWarning(lcHubDatabase).noquote() << error.text();
    if (error.nativeErrorCode() == QLatin1String("13")) // SQLITE_FULL
        throw ApiError(507, QStringLiteral("The disk of this HUB is full: free some space, then try again."));
    throw ApiError(500, QStringLiteral("The HUB's database failed (%1).").arg(error.driverText()));
}

} // namespace

QSqlQuery runSql(QSqlDatabase &db, const QString &sql, const QVariantList &values)
{
    QSqlQuery query(db);
    query.setForwardOnly(true);
    execute(query, query.prepare(sql), values);
    return query;
}

QVariantList runOften(QSqlDatabase &db, const QString &sql, const QVariantList &values)
{
    auto &prepared = t_prepared[db.connectionName()];
    auto found = prepared.find(sql);
    if (found == prepared.end()) {
        QSqlQuery query(db);
        query.setForwardOnly(true);
        if (!query.prepare(sql))
            execute(query, false, {}); // throws
        found = prepared.emplace(sql, std::move(query)).first;
    }
    QSqlQuery &query = found->second;
    execute(query, true, values);
    QVariantList row;
    if (query.isSelect() && query.next()) {
        for (int i = 0, columns = query.record().count(); i < columns; ++i)
            row.append(query.value(i));
    }
    query.finish();
    return row;
}

void Database::releaseThread() { t_reader.reset(); }

struct Database::Impl {
    explicit Impl(QString path)
        : file(std::move(path))
    {
    }
    void prepare();
    void runBatch(QSqlDatabase &db, const std::deque<Job *> &batch);
    void serve();

    const QString file;
    const quint64 id = ++s_nextDatabase;
    std::mutex mutex;
    std::condition_variable wake, finished;
    std::deque<Job *> jobs;
    bool closing = false;
    std::thread writer;
};

void Database::Impl::prepare()
{
    OwnConnection own(file);
    QSqlDatabase &db = own.db();
    QSqlQuery check = runSql(db, QStringLiteral("PRAGMA quick_check(1)"));
    if (!check.next() || check.value(0).toString() != QLatin1String("ok"))
        throw ApiError(500, QStringLiteral("it is damaged"));
    check.finish();
    runSql(db, QStringLiteral("PRAGMA journal_mode=WAL"));
    const auto versionNow = [&db] {
        QSqlQuery asked = runSql(db, QStringLiteral("PRAGMA user_version"));
        return asked.next() ? asked.value(0).toInt() : 0;
    };
    if (versionNow() == kSchemaVersion)
        return;
    Transaction transaction(db, QStringLiteral("BEGIN IMMEDIATE"));
    const int version = versionNow(); // again: another process may just have done it
    if (version > kSchemaVersion)
        throw ApiError(500, QStringLiteral("it was made by a newer Torchdeck"));
    if (version < 1) {
        for (const char *statement : kSchema)
            runSql(db, QString::fromLatin1(statement));
    }
    if (version < 2) {
        for (const char *statement : kSchema2)
            runSql(db, QString::fromLatin1(statement));
    }
    if (version < 3) {
        for (const char *statement : kSchema3)
            runSql(db, QString::fromLatin1(statement));
    }
    if (version < 4) {
        for (const char *statement : kSchema4)
            runSql(db, QString::fromLatin1(statement));
    }
    runSql(db, QStringLiteral("PRAGMA user_version=%1").arg(kSchemaVersion));
    transaction.commit();
}

void Database::Impl::runBatch(QSqlDatabase &db, const std::deque<Job *> &batch)
{
    try {
        Transaction all(db, QStringLiteral("BEGIN IMMEDIATE"));
        for (Job *job : batch) {
            runOften(db, QStringLiteral("SAVEPOINT job"));
            try {
                (*job->work)(db);
            } catch (...) {
                job->failure = std::current_exception();
                runSql(db, QStringLiteral("ROLLBACK TO job"));
            }
            runOften(db, QStringLiteral("RELEASE job"));
        }
        all.commit();
    } catch (...) { // the transaction itself: nobody's work was kept
        for (Job *job : batch) {
            if (!job->failure)
                job->failure = std::current_exception();
        }
    }
}

void Database::Impl::serve()
{
    OwnConnection own(file);
    runSql(own.db(), QStringLiteral("PRAGMA synchronous=FULL"));
    runSql(own.db(), QStringLiteral("PRAGMA wal_autocheckpoint=1000"));
    std::unique_lock lock(mutex);
    for (;;) {
        wake.wait(lock, [this] { return closing || !jobs.empty(); });
        if (jobs.empty())
            return;
        std::deque<Job *> batch;
        while (!jobs.empty() && batch.size() < kMaxBatch) {
            batch.push_back(jobs.front());
            jobs.pop_front();
        }
        lock.unlock();
        runBatch(own.db(), batch);
        lock.lock();
        for (Job *job : batch)
            job->done = true;
        finished.notify_all();
    }
}

Database::Database(QString file)
    : m_impl(std::make_unique<Impl>(std::move(file)))
{
}

Database::~Database()
{
    {
        const std::lock_guard lock(m_impl->mutex);
        m_impl->closing = true;
    }
    m_impl->wake.notify_all();
    if (m_impl->writer.joinable())
        m_impl->writer.join();
    if (t_readerOf == m_impl->id)
        t_reader.reset();
}

bool Database::open(QString *error)
{
    try {
        m_impl->prepare();
    } catch (const ApiError &problem) {
        *error =
            QStringLiteral(
                "The HUB's database %1 cannot be used (%2): move it away to begin anew, or put a copy back.")
                .arg(m_impl->file, problem.message());
        return false;
    }
    m_impl->writer = std::thread([this] {
        try {
            m_impl->serve();
        } catch (...) { // could not open a second time: answer every write with the reason
            std::unique_lock lock(m_impl->mutex);
            for (;;) {
                for (Job *job : std::exchange(m_impl->jobs, {})) {
                    job->failure = std::current_exception();
                    job->done = true;
                }
                m_impl->finished.notify_all();
                if (m_impl->closing)
                    return;
                m_impl->wake.wait(lock, [this] { return m_impl->closing || !m_impl->jobs.empty(); });
            }
        }
    });
    return true;
}

void Database::read(const Work &work)
{
    if (t_readerOf != m_impl->id || !t_reader) {
        t_reader.reset();
        t_reader = std::make_unique<OwnConnection>(m_impl->file);
        t_readerOf = m_impl->id;
    }
    Transaction snapshot(t_reader->db(), QStringLiteral("BEGIN"));
    work(t_reader->db());
    snapshot.commit();
}

void Database::write(const Work &work)
{
    Job job { &work, nullptr, false };
    std::unique_lock lock(m_impl->mutex);
    m_impl->jobs.push_back(&job);
    m_impl->wake.notify_one();
    m_impl->finished.wait(lock, [&job] { return job.done; });
    if (job.failure)
        std::rethrow_exception(job.failure);
}

} // namespace torchdeck::hub::server
