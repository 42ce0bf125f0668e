// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/clock.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QPointer>

#include <functional>
#include <map>

/// Time that moves only when a test says so. advance() stops at every timer on its way and lets `settle`
/// bring the event loop and the disk thread to rest there, so that a chain of timers runs as it would in real
/// time. As on a real clock no two readings are equal: code that takes "now" twice and compares the two is
/// found out.
class FakeClock final : public torchdeck::hub::Clock {
public:
    using TimePoint = torchdeck::hub::TimePoint;
    using Milliseconds = std::chrono::milliseconds;

    FakeClock()
        : m_now(std::chrono::hours(1000))
        , m_wall(QDateTime::fromMSecsSinceEpoch(1'750'000'000'000))
    {
    }

    [[nodiscard]] TimePoint now() const override { return m_now += std::chrono::nanoseconds(1); }
    [[nodiscard]] QDateTime wallNow() const override { return m_wall; }
    void at(TimePoint deadline, QObject *context, std::function<void()> fn) override
    {
        m_timers.emplace(std::max(deadline, m_now), Timer { context, std::move(fn) });
    }
    void jumpWall(qint64 seconds) { m_wall = m_wall.addSecs(seconds); }
    /// Runs what is due now. True when something was.
    bool runDue()
    {
        bool any = false;
        while (!m_timers.empty() && m_timers.begin()->first <= m_now) {
            const auto timer = std::move(m_timers.begin()->second);
            m_timers.erase(m_timers.begin());
            any = true;
            if (timer.context)
                timer.fn();
        }
        return any;
    }
    void advance(Milliseconds step, const std::function<void()> &settle)
    {
        const auto end = m_now + step + std::chrono::microseconds(100); // for the readings on the way
        settle();
        while (!m_timers.empty() && m_timers.begin()->first <= end) {
            move(m_timers.begin()->first);
            runDue();
            settle();
        }
        move(end);
        settle();
    }

private:
    struct Timer {
        QPointer<QObject> context;
        std::function<void()> fn;
    };
    void move(TimePoint to)
    {
        if (to <= m_now)
            return;
        m_wall = m_wall.addMSecs(std::chrono::duration_cast<Milliseconds>(to - m_now).count());
        m_now = to;
    }

    mutable TimePoint m_now;
    QDateTime m_wall;
    std::multimap<TimePoint, Timer> m_timers;
};
