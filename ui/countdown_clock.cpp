// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/countdown_clock.h"

namespace torchdeck::ui {

CountdownClock::CountdownClock(NowFunction now, QObject *parent)
    : QObject(parent)
    , m_now(now ? std::move(now) : NowFunction([] { return hub::TimePoint::clock::now(); }))
{
    m_timer.setInterval(interval);
    connect(&m_timer, &QTimer::timeout, this, &CountdownClock::tick);
}

void CountdownClock::setCounting(const QObject *who, bool counting)
{
    if (counting)
        m_counting.insert(who);
    else
        m_counting.remove(who);
    if (m_counting.isEmpty())
        m_timer.stop();
    else if (!m_timer.isActive())
        m_timer.start();
}

} // namespace torchdeck::ui
