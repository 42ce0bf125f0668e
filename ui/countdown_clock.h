// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/types.h"

#include <QtCore/QObject>
#include <QtCore/QSet>
#include <QtCore/QTimer>

#include <functional>

namespace torchdeck::ui {

using NowFunction = std::function<hub::TimePoint()>;

/// The one timer behind all countdowns of the window. Widgets keep deadlines; each tick they compare them
/// with now(). The timer stops when nobody counts.
class CountdownClock : public QObject {
    Q_OBJECT
public:
    static constexpr std::chrono::milliseconds interval { 250 };

    explicit CountdownClock(NowFunction now = {}, QObject *parent = nullptr);
    [[nodiscard]] hub::TimePoint now() const { return m_now(); }
    [[nodiscard]] NowFunction nowFunction() const { return m_now; }
    /// `who` has (or no longer has) a deadline ahead.
    void setCounting(const QObject *who, bool counting);
    [[nodiscard]] bool isRunning() const { return m_timer.isActive(); }

Q_SIGNALS:
    void tick();

private:
    NowFunction m_now;
    QTimer m_timer;
    QSet<const QObject *> m_counting;
};

} // namespace torchdeck::ui
