// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QJsonObject>
#include <QtCore/QString>
#include <QtCore/QVector>

#include <memory>
#include <optional>

namespace torchdeck::hub::server {

class Database;

inline constexpr qint64 kMostQuotaMib = 1LL << 30; ///< a PiB; more is a slip of the hand

struct UserKey {
    qint64 id = 0;
    QString label; ///< names the user: keys of one label see the same records
    qint64 createdMs = 0;
    qint64 lastUsedMs = 0; ///< to the minute; 0: never
    qint64 quotaBytes = 0; ///< that its user's files may take, for uploads with this key; 0: no limit
    qint64 usedBytes = 0; ///< that they take, deleted records left out; from list() only
};

/// As the API and `torchdeck hub keys --json` tell of a key.
[[nodiscard]] QJsonObject keyJson(const UserKey &key);

/// Users' API keys. Only SHA-256 digests are kept (a key has 168 random bits: no salt needed). Every look-up
/// asks the database, so that a revocation by another process takes effect at the next request. Any thread;
/// throws ApiError.
class UserKeys {
public:
    explicit UserKeys(Database &db)
        : m_db(db)
    {
    }
    /// The new key, which nobody can read again. 400: a label that is not 1 to 64 printable characters.
    QByteArray create(const QString &label, qint64 nowMs, UserKey *made, qint64 quotaBytes = 0);
    QVector<UserKey> list();
    void revoke(qint64 id); ///< 404 for an unknown one
    void setQuota(qint64 id, qint64 bytes); ///< from the next upload on; 0: no limit; 404 for an unknown one
    [[nodiscard]] qint64 quotaOf(const QByteArray &presented); ///< 0: no limit, or no user's key
    /// Of the key `presented`, which counts as used now; compares in constant time.
    std::optional<UserKey> used(const QByteArray &presented, qint64 nowMs);
    /// The user whose key `presented` is.
    std::optional<QString> userOf(const QByteArray &presented, qint64 nowMs);
    std::optional<QString> labelOf(qint64 id); ///< nothing: revoked. Ids are never given twice

private:
    [[nodiscard]] std::optional<UserKey> find(const QByteArray &presented);

    Database &m_db;
};

/// The keys of a HUB's folder, whether or not a server runs on it.
class FolderKeys {
public:
    explicit FolderKeys(const QString &dir);
    ~FolderKeys();
    [[nodiscard]] bool open(QString *error); ///< false: one sentence
    [[nodiscard]] UserKeys &keys();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace torchdeck::hub::server
