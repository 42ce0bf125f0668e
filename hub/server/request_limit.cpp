// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/request_limit.h"

#include <algorithm>

namespace torchdeck::hub::server {

namespace {

constexpr qint64 kWindowMs = 60'000;
constexpr qsizetype kMaxWindows = 10'000; // callers without a good key are told apart by address: bounded

} // namespace

qint64 RequestLimit::Verdict::waitSeconds() const
{
    return std::max<qint64>(1, (resetMs - nowMs + 999) / 1000);
}

RequestLimit::RequestLimit(int perMinute, NowMs now)
    : m_perMinute(perMinute)
    , m_now(std::move(now))
{
}

RequestLimit::Verdict RequestLimit::take(const QByteArray &caller)
{
    const qint64 now = m_now();
    const std::lock_guard lock(m_mutex);
    if (m_windows.size() >= kMaxWindows && !m_windows.contains(caller)) {
        m_windows.removeIf([now](const auto &entry) { return now >= entry.value().endMs; });
        if (m_windows.size() >= kMaxWindows)
            m_windows.clear();
    }
    Window &window = m_windows[caller];
    // The second half: the clock was set back, which must not lock anybody out.
    if (now >= window.endMs || window.endMs - now > kWindowMs)
        window = { now + kWindowMs, 0 };
    const bool allowed = window.used < m_perMinute;
    window.used += allowed ? 1 : 0;
    return { allowed, m_perMinute, m_perMinute - window.used, now, window.endMs };
}

void RequestLimit::giveBack(const QByteArray &caller)
{
    const std::lock_guard lock(m_mutex);
    const auto window = m_windows.find(caller);
    if (window != m_windows.end() && window->used > 0)
        --window->used;
}

} // namespace torchdeck::hub::server
