// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/user_keys.h"

#include "hub/server/access.h"
#include "hub/server/api_error.h"
#include "hub/server/database.h"
#include "hub/server/store_rows.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QFileInfo>

#include <algorithm>

namespace torchdeck::hub::server {

namespace {

constexpr qint64 kLastUsedStepMs = 60'000; // not a write for every request

QByteArray digestOf(const QByteArray &key)
{
    return QCryptographicHash::hash(key, QCryptographicHash::Sha256).toHex();
}

} // namespace

QJsonObject keyJson(const UserKey &key)
{
    return { { QStringLiteral("id"), key.id },
             { QStringLiteral("label"), key.label },
             { QStringLiteral("created"), key.createdMs },
             { QStringLiteral("last_used"), key.lastUsedMs ? QJsonValue(key.lastUsedMs) : QJsonValue() },
             { QStringLiteral("quota_mib"), key.quotaBytes ? QJsonValue(key.quotaBytes >> 20) : QJsonValue() },
             { QStringLiteral("used_bytes"), key.usedBytes } };
}

QByteArray UserKeys::create(const QString &label, qint64 nowMs, UserKey *made, qint64 quotaBytes)
{
    const bool good = !label.isEmpty() && label.size() <= 64 && label == label.trimmed()
        && std::all_of(label.begin(), label.end(), [](QChar c) { return c.isPrint(); });
    if (!good)
        throw ApiError(400, QStringLiteral("label must be 1 to 64 printable characters, such as a name."));
    const QByteArray key = makeKey();
    m_db.write([&](QSqlDatabase &db) {
        const qint64 id =
            runSql(db, QStringLiteral("INSERT INTO user_keys(label, digest, created, quota) VALUES(?, ?, ?, ?)"),
                   { label, QString::fromLatin1(digestOf(key)), nowMs, quotaBytes })
                .lastInsertId()
                .toLongLong();
        *made = { id, label, nowMs, 0, quotaBytes, rows::usedBytes(db, rows::ownerName(label)) };
    });
    return key;
}

QVector<UserKey> UserKeys::list()
{
    QVector<UserKey> all;
    m_db.read([&](QSqlDatabase &db) {
        QSqlQuery row =
            runSql(db, QStringLiteral("SELECT id, label, created, last_used, quota FROM user_keys ORDER BY id"));
        while (row.next())
            all.append({ row.value(0).toLongLong(), row.value(1).toString(), row.value(2).toLongLong(),
                         row.value(3).toLongLong(), row.value(4).toLongLong() });
        for (UserKey &key : all)
            key.usedBytes = rows::usedBytes(db, rows::ownerName(key.label));
    });
    return all;
}

void UserKeys::revoke(qint64 id)
{
    m_db.write([&](QSqlDatabase &db) {
        if (runSql(db, QStringLiteral("DELETE FROM user_keys WHERE id=?"), { id }).numRowsAffected() != 1)
            throw ApiError(404, QStringLiteral("This HUB has no key number %1.").arg(id));
    });
}

void UserKeys::setQuota(qint64 id, qint64 bytes)
{
    m_db.write([&](QSqlDatabase &db) {
        if (runSql(db, QStringLiteral("UPDATE user_keys SET quota=? WHERE id=?"), { bytes, id }).numRowsAffected() != 1)
            throw ApiError(404, QStringLiteral("This HUB has no key number %1.").arg(id));
    });
}

std::optional<UserKey> UserKeys::find(const QByteArray &presented)
{
    if (presented.isEmpty())
        return std::nullopt;
    const QByteArray digest = digestOf(presented);
    std::optional<UserKey> found;
    m_db.read([&](QSqlDatabase &db) { // all of them: an index look-up would tell how much of a digest fits
        QSqlQuery row = runSql(db, QStringLiteral("SELECT digest, id, label, last_used, quota FROM user_keys"));
        while (row.next()) {
            if (equalInConstantTime(row.value(0).toString().toLatin1(), digest))
                found = UserKey { row.value(1).toLongLong(), row.value(2).toString(), 0, row.value(3).toLongLong(),
                                  row.value(4).toLongLong() };
        }
    });
    return found;
}

qint64 UserKeys::quotaOf(const QByteArray &presented)
{
    const auto key = find(presented);
    return key ? key->quotaBytes : 0;
}

std::optional<UserKey> UserKeys::used(const QByteArray &presented, qint64 nowMs)
{
    auto found = find(presented);
    if (found && nowMs - found->lastUsedMs >= kLastUsedStepMs) {
        m_db.write([&](QSqlDatabase &db) {
            runSql(db, QStringLiteral("UPDATE user_keys SET last_used=? WHERE id=?"), { nowMs, found->id });
        });
    }
    return found;
}

std::optional<QString> UserKeys::userOf(const QByteArray &presented, qint64 nowMs)
{
    const auto key = used(presented, nowMs);
    return key ? std::optional(key->label) : std::nullopt;
}

std::optional<QString> UserKeys::labelOf(qint64 id)
{
    std::optional<QString> label;
    m_db.read([&](QSqlDatabase &db) {
        QSqlQuery row = runSql(db, QStringLiteral("SELECT label FROM user_keys WHERE id=?"), { id });
        if (row.next())
            label = row.value(0).toString();
    });
    return label;
}

struct FolderKeys::Impl {
    explicit Impl(const QString &dir)
        : file(dir + QStringLiteral("/hub.sqlite"))
        , db(file)
        , keys(db)
    {
    }
    const QString file;
    Database db;
    UserKeys keys;
};

FolderKeys::FolderKeys(const QString &dir)
    : m_impl(std::make_unique<Impl>(dir))
{
}

FolderKeys::~FolderKeys() = default;

bool FolderKeys::open(QString *error)
{
    if (!QFileInfo::exists(m_impl->file)) {
        *error = QStringLiteral("%1 is not there: start `torchdeck hub serve` on that folder once, or name "
                                "another with dir=.")
                     .arg(m_impl->file);
        return false;
    }
    return m_impl->db.open(error);
}

UserKeys &FolderKeys::keys() { return m_impl->keys; }

} // namespace torchdeck::hub::server
