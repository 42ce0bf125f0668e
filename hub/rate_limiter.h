// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/types.h"

#include <array>

namespace torchdeck::hub {

/// When may the next request go out? Deadlines only: it holds no timer, starts nothing and reads no clock.
/// Three channels with a minimum spacing each, and one gate for the whole account that the server's 429
/// closes.
class RateLimiter {
public:
    enum class Channel { Metrics, Checkpoint, Heartbeat };

    void setInterval(Channel channel, std::chrono::milliseconds interval);
    [[nodiscard]] std::chrono::milliseconds interval(Channel channel) const;

    /// The channel's spacing counts from `now` (a request goes out, or the run's timers start).
    void mark(Channel channel, TimePoint now);
    void stop(Channel channel); ///< no longer counting: the next request may go at once
    /// Nothing = the channel is not counting.
    [[nodiscard]] std::optional<TimePoint> deadline(Channel channel) const;

    /// Closes the account gate until `until`; never opens it earlier than an earlier call asked for.
    void hold(TimePoint until, const QString &cause);
    [[nodiscard]] std::optional<TimePoint> gate(TimePoint now) const; ///< nothing when open
    [[nodiscard]] QString gateCause() const { return m_cause; }
    void openGate(); ///< another account or server: the old one's limit does not count

    /// First moment at or after `now` when a request of the channel may go; gate included.
    [[nodiscard]] TimePoint earliest(Channel channel, TimePoint now) const;
    [[nodiscard]] TimePoint earliest(TimePoint now) const; ///< gate only

private:
    struct Line {
        std::chrono::milliseconds interval { 0 };
        std::optional<TimePoint> last;
    };
    [[nodiscard]] const Line &line(Channel channel) const { return m_lines[std::size_t(channel)]; }
    [[nodiscard]] Line &line(Channel channel) { return m_lines[std::size_t(channel)]; }

    std::array<Line, 3> m_lines;
    std::optional<TimePoint> m_gate;
    QString m_cause;
};

} // namespace torchdeck::hub
