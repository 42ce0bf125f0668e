// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/types.h"

#include <deque>

namespace torchdeck::hub {

/// Speed of one upload over its last ten seconds. Pure: the caller brings the time.
class TransferRate {
public:
    void add(TimePoint now, qint64 sent);
    void reset() { m_marks.clear(); }
    /// 0 until a second's worth is known.
    [[nodiscard]] double bytesPerSecond(TimePoint now) const;
    [[nodiscard]] std::optional<std::chrono::seconds> timeLeft(TimePoint now, qint64 total) const;

private:
    struct Mark {
        TimePoint at;
        qint64 sent;
    };
    std::deque<Mark> m_marks;
};

} // namespace torchdeck::hub
