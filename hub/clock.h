// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/types.h"

#include <functional>
#include <memory>

class QObject;

namespace torchdeck::hub {

/// Time source of everything in hub/. Injected, so that tests advance time instead of sleeping.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual TimePoint now() const = 0; ///< monotonic
    [[nodiscard]] virtual QDateTime
    wallNow() const = 0; ///< local wall time, for people and for Retry-After dates
    /// Calls `fn` on the current thread's event loop once `deadline` is reached, unless `context` died first.
    virtual void at(TimePoint deadline, QObject *context, std::function<void()> fn) = 0;
};

/// The real one (QTimer, steady_clock).
[[nodiscard]] std::shared_ptr<Clock> systemClock();

} // namespace torchdeck::hub
