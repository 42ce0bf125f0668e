// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>
#include <QtCore/QVariant>
#include <QtSql/QSqlDatabase>
#include <QtSql/QSqlQuery>

#include <functional>
#include <memory>

namespace torchdeck::hub::server {

/// One SQLite file (WAL). Reads run on the calling thread's own connection. Writes run on one writer thread,
/// which takes all that wait into one transaction: a single fsync for many clients, and a write is on the
/// disk when write() returns.
class Database {
public:
    using Work = std::function<void(QSqlDatabase &)>;

    explicit Database(QString file);
    ~Database(); ///< every thread that called read() must have ended or be the calling one
    Database(const Database &) = delete;
    Database &operator=(const Database &) = delete;

    /// Opens, checks and migrates. False: `error` is one sentence.
    [[nodiscard]] bool open(QString *error);
    /// Runs `work` in a read transaction (one snapshot). Any thread. Lets exceptions through.
    void read(const Work &work);
    /// Runs `work` on the writer, all or nothing, and returns once committed. Rethrows what it threw. Any
    /// thread.
    void write(const Work &work);
    /// Closes the calling thread's connection. For a thread that nobody joins (a pool's): it would close it at
    /// some time after Qt's own end.
    static void releaseThread();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// Executes one statement; throws ApiError (507 when the disk is full, else 500) when SQLite refuses.
QSqlQuery runSql(QSqlDatabase &db, const QString &sql, const QVariantList &values = {});

/// The same for statements of the busy paths, kept prepared for the calling thread's connection. Returns the
/// first row, empty when there is none; leaves no cursor open.
QVariantList runOften(QSqlDatabase &db, const QString &sql, const QVariantList &values = {});

} // namespace torchdeck::hub::server
