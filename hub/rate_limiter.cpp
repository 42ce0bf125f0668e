// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/rate_limiter.h"

#include <algorithm>

namespace torchdeck::hub {

void RateLimiter::setInterval(Channel channel, std::chrono::milliseconds interval)
{
    line(channel).interval = std::max(interval, std::chrono::milliseconds(0));
}

std::chrono::milliseconds RateLimiter::interval(Channel channel) const { return line(channel).interval; }

void RateLimiter::mark(Channel channel, TimePoint now) { line(channel).last = now; }

void RateLimiter::stop(Channel channel) { line(channel).last.reset(); }

std::optional<TimePoint> RateLimiter::deadline(Channel channel) const
{
    const auto &l = line(channel);
    if (!l.last)
        return std::nullopt;
    return *l.last + l.interval;
}

void RateLimiter::hold(TimePoint until, const QString &cause)
{
    if (m_gate && *m_gate >= until)
        return;
    m_gate = until;
    m_cause = cause;
}

std::optional<TimePoint> RateLimiter::gate(TimePoint now) const
{
    return m_gate && *m_gate > now ? m_gate : std::nullopt;
}

void RateLimiter::openGate()
{
    m_gate.reset();
    m_cause.clear();
}

TimePoint RateLimiter::earliest(TimePoint now) const { return gate(now).value_or(now); }

TimePoint RateLimiter::earliest(Channel channel, TimePoint now) const
{
    return std::max(earliest(now), deadline(channel).value_or(now));
}

} // namespace torchdeck::hub
