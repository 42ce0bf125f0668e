// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/clock.h"

#include <QtCore/QPointer>
#include <QtCore/QTimer>

#include <algorithm>

namespace torchdeck::hub {

namespace {

class SystemClock final : public Clock {
public:
    [[nodiscard]] TimePoint now() const override { return std::chrono::steady_clock::now(); }
    [[nodiscard]] QDateTime wallNow() const override { return QDateTime::currentDateTime(); }

    void at(TimePoint deadline, QObject *context, std::function<void()> fn) override
    {
        using namespace std::chrono_literals;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now());
        // A timer counts in 32-bit milliseconds: far deadlines are reached in steps.
        const auto step = std::clamp<std::chrono::milliseconds>(left, 0ms, 24h);
        QTimer::singleShot(step, Qt::PreciseTimer, context, [this, deadline, context, fn = std::move(fn)] {
            if (now() < deadline)
                at(deadline, context, fn);
            else
                fn();
        });
    }
};

} // namespace

std::shared_ptr<Clock> systemClock()
{
    static const auto clock = std::make_shared<SystemClock>();
    return clock;
}

} // namespace torchdeck::hub
