// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/hub_waiter.h"

#include "app/hub_host.h"

#include <algorithm>
#include <chrono>

namespace torchdeck::app::cli {

namespace {

constexpr int lookEveryMs = 100;

double nowSeconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

} // namespace

void QueueProgress::look(const QVector<hub::UploadItem> &items, double now)
{
    bool moved = items.size() < m_fewest;
    m_fewest = std::min(m_fewest, items.size());
    for (const hub::UploadItem &item : items) {
        qint64 &most = m_mostBytes[item.id];
        moved = moved || item.bytesSent > most;
        most = std::max(most, item.bytesSent);
    }
    if (moved)
        m_since = now;
}

bool needsUser(const hub::UploadItem &item)
{
    return item.state == hub::UploadState::NeedsKey || item.state == hub::UploadState::Failed
        || item.state == hub::UploadState::Paused;
}

HubWaiter::HubWaiter(HubHost &host, double limitSeconds, QObject *parent)
    : QObject(parent)
    , m_host(host)
    , m_limit(limitSeconds)
    , m_progress(nowSeconds())
{
    m_timer.setInterval(lookEveryMs);
    connect(&m_timer, &QTimer::timeout, this, &HubWaiter::look);
}

void HubWaiter::start() { m_timer.start(); }

void HubWaiter::giveUp() { end(); }

bool HubWaiter::finished(const QVector<hub::UploadItem> &items) const
{
    if (!m_host.resolved())
        return false;
    if (items.isEmpty())
        return m_host.service().idle() && m_host.service().status().state != hub::SessionState::Finishing;
    return std::all_of(items.begin(), items.end(), needsUser);
}

void HubWaiter::look()
{
    const QVector<hub::UploadItem> items = m_host.service().items();
    const double now = nowSeconds();
    m_progress.look(items, now);
    if (finished(items) || m_progress.secondsWithout(now) >= m_limit)
        end();
}

void HubWaiter::end()
{
    if (std::exchange(m_ended, true))
        return;
    m_timer.stop();
    Q_EMIT done();
}

} // namespace torchdeck::app::cli
