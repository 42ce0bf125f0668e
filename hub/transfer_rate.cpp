// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/transfer_rate.h"

#include <cmath>

namespace torchdeck::hub {

namespace {

constexpr std::chrono::seconds window { 10 };

double seconds(std::chrono::steady_clock::duration d) { return std::chrono::duration<double>(d).count(); }

} // namespace

void TransferRate::add(TimePoint now, qint64 sent)
{
    if (!m_marks.empty() && sent < m_marks.back().sent)
        m_marks.clear(); // the network layer began anew
    m_marks.push_back({ now, sent });
    while (m_marks.size() > 2 && now - m_marks[1].at >= window)
        m_marks.pop_front();
}

double TransferRate::bytesPerSecond(TimePoint now) const
{
    if (m_marks.size() < 2)
        return 0;
    // Until now, not until the last mark: a stalled upload slows down before one's eyes.
    const double time = seconds(now - m_marks.front().at);
    return time < 1 ? 0 : double(m_marks.back().sent - m_marks.front().sent) / time;
}

std::optional<std::chrono::seconds> TransferRate::timeLeft(TimePoint now, qint64 total) const
{
    const double speed = bytesPerSecond(now);
    if (speed <= 0)
        return std::nullopt;
    const double left = double(total - m_marks.back().sent) / speed;
    if (!std::isfinite(left) || left > 1e8)
        return std::nullopt;
    return std::chrono::seconds(std::llround(std::ceil(left)));
}

} // namespace torchdeck::hub
