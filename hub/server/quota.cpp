// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/quota.h"

#include "hub/server/database.h"
#include "hub/server/store_rows.h"

#include <QtCore/QSet>

#include <algorithm>

namespace torchdeck::hub::server {

namespace {

constexpr qint64 kFraming = 256 * 1024; // more than a client's boundaries and fields take
constexpr qint64 kLookStep = 4 << 20;

ApiError noRoom(bool ofKey, qint64 used, qint64 limit)
{
    const auto mib = [](qint64 bytes) { return QString::number(double(bytes) / (1 << 20), 'f', 1); };
    return ApiError(
        413,
        ofKey ? QStringLiteral("This key may store %2 MiB on this HUB, %1 MiB are used, and this file does not fit: "
                               "delete models you no longer need, or ask the administrator for more, then retry.")
                    .arg(mib(used), mib(limit))
              : QStringLiteral("This HUB may store %2 MiB in all, %1 MiB are used, and this file does not fit: delete "
                               "models that nobody needs, or have it served with a larger quota=, then retry.")
                    .arg(mib(used), mib(limit)));
}

} // namespace

qint64 bytesOf(const QList<StoredFile> &files)
{
    QSet<QString> counted;
    qint64 bytes = 0;
    for (const StoredFile &file : files) {
        if (!counted.contains(file.sha256))
            bytes += file.size;
        counted.insert(file.sha256);
    }
    return bytes;
}

void Quota::requireRoom(QSqlDatabase &db, const QString &owner, qint64 keyLimit, qint64 ofOwner, qint64 inAll) const
{
    if (keyLimit > 0) {
        if (const qint64 used = rows::usedBytes(db, owner); used + ofOwner > keyLimit)
            throw noRoom(true, used, keyLimit);
    }
    if (const qint64 limit = m_serverLimit; limit > 0) {
        if (const qint64 used = rows::usedBytes(db); used + inAll > limit)
            throw noRoom(false, used, limit);
    }
}

Quota::Arrival::Arrival(Quota &quota, QString owner, qint64 keyLimit, const Record &record, qint64 declared)
    : m_quota(quota)
    , m_owner(std::move(owner))
    , m_keyLimit(keyLimit)
    , m_replaced(bytesOf(record.files))
{
    require(declared - kFraming - m_replaced);
}

Quota::Arrival::~Arrival()
{
    const std::lock_guard lock(m_quota.m_mutex);
    qint64 &all = m_quota.m_arriving[m_owner];
    all -= m_counted;
    if (all <= 0)
        m_quota.m_arriving.remove(m_owner);
}

void Quota::Arrival::received(qint64 size)
{
    const qint64 growth = std::max<qint64>(0, size - m_replaced);
    {
        const std::lock_guard lock(m_quota.m_mutex);
        m_quota.m_arriving[m_owner] += growth - m_counted;
        m_counted = growth;
    }
    if (size < m_nextLook)
        return;
    m_nextLook = size + kLookStep;
    require(growth);
}

/// Throws when this file's `more` bytes and what others are bringing cannot fit.
void Quota::Arrival::require(qint64 more) const
{
    // What does not grow is no reason to refuse, also where a limit was lowered.
    if (more <= 0 || (m_keyLimit <= 0 && m_quota.serverLimit() <= 0))
        return;
    qint64 ofOwner = more - m_counted, inAll = more - m_counted;
    {
        const std::lock_guard lock(m_quota.m_mutex);
        ofOwner += m_quota.m_arriving.value(m_owner);
        for (const qint64 bytes : std::as_const(m_quota.m_arriving))
            inAll += bytes;
    }
    m_quota.m_db.read([&](QSqlDatabase &db) { m_quota.requireRoom(db, m_owner, m_keyLimit, ofOwner, inAll); });
}

} // namespace torchdeck::hub::server
