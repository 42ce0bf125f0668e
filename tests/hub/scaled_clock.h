// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/clock.h"

#include <QtCore/QTimer>

#include <atomic>

/// Real time that runs `speed` times faster, for tests with real processes and sockets: minutes of backoff pass in
/// seconds. The wall clock can be made to jump.
class ScaledClock final : public torchdeck::hub::Clock {
public:
    using TimePoint = torchdeck::hub::TimePoint;

    explicit ScaledClock(int speed)
        : m_speed(speed)
    {
    }
    [[nodiscard]] TimePoint now() const override
    {
        return m_start + (std::chrono::steady_clock::now() - m_start) * m_speed;
    }
    [[nodiscard]] QDateTime wallNow() const override
    {
        using std::chrono::milliseconds;
        return m_wall.addMSecs(std::chrono::duration_cast<milliseconds>(now() - m_start).count() + m_jump);
    }
    void at(TimePoint deadline, QObject *context, std::function<void()> fn) override
    {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>((deadline - now()) / m_speed);
        QTimer::singleShot(std::max(left, std::chrono::milliseconds(0)), Qt::PreciseTimer, context,
                           [this, deadline, context, fn = std::move(fn)] {
                               if (now() < deadline)
                                   at(deadline, context, fn);
                               else
                                   fn();
                           });
    }
    void jumpWall(std::chrono::milliseconds by) { m_jump += by.count(); }

private:
    const int m_speed;
    const TimePoint m_start = std::chrono::steady_clock::now();
    const QDateTime m_wall = QDateTime::currentDateTime();
    std::atomic<qint64> m_jump { 0 };
};
