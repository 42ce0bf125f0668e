// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QHash>
#include <QtCore/QString>

#include <atomic>
#include <mutex>

class QSqlDatabase;

namespace torchdeck::hub::server {

class Database;
struct Record;
struct StoredFile;

/// How many bytes the files of a user, and of everybody, may take. Deleted records do not count: what was kept of
/// them goes when its room is needed (Store::keepFile). Any thread; throws ApiError 413 that says how much is used
/// and what to do.
class Quota {
public:
    explicit Quota(Database &db)
        : m_db(db)
    {
    }
    void setServerLimit(qint64 bytes) { m_serverLimit = bytes; } ///< 0: none
    [[nodiscard]] qint64 serverLimit() const { return m_serverLimit; }

    /// Do `ofOwner` more bytes of that owner's fit, and `inAll` more of everybody's? `keyLimit` 0: none. Inside the
    /// caller's transaction.
    void requireRoom(QSqlDatabase &db, const QString &owner, qint64 keyLimit, qint64 ofOwner, qint64 inAll) const;

    /// A file on its way in counts from its first byte (less what it replaces), so that several at once cannot take
    /// more together than one may.
    class Arrival {
    public:
        /// `record` as it is before. Throws when a body of `declared` bytes (-1: unknown) cannot fit.
        Arrival(Quota &quota, QString owner, qint64 keyLimit, const Record &record, qint64 declared);
        ~Arrival();
        Arrival(const Arrival &) = delete;
        Arrival &operator=(const Arrival &) = delete;
        void received(qint64 size); ///< so far; throws once it no longer fits

    private:
        void require(qint64 more) const;

        Quota &m_quota;
        const QString m_owner;
        const qint64 m_keyLimit;
        const qint64 m_replaced; ///< at most, whatever kind of file it turns out to be
        qint64 m_counted = 0; ///< in the quota's m_arriving
        qint64 m_nextLook = 0;
    };

private:
    Database &m_db;
    std::atomic<qint64> m_serverLimit { 0 };
    mutable std::mutex m_mutex;
    QHash<QString, qint64> m_arriving; ///< bytes by owner; guarded by m_mutex
};

/// A checkpoint under two names counts once.
[[nodiscard]] qint64 bytesOf(const QList<StoredFile> &files);

} // namespace torchdeck::hub::server
