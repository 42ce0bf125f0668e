// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/startup_report.h"

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QCoreApplication>
#include <QtCore/QEvent>
#include <QtCore/QTimer>
#include <QtWidgets/QWidget>

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace torchdeck::app {

namespace {

constexpr int watchedAfterwardsMs = 2000;
const QEvent::Type usableEvent = QEvent::Type(QEvent::registerEventType());
StartupReport *current = nullptr;

double milliseconds(clockid_t clock)
{
    timespec now {};
    ::clock_gettime(clock, &now);
    return double(now.tv_sec) * 1e3 + double(now.tv_nsec) / 1e6;
}

} // namespace

StartupReport::StartupReport() { current = this; }

StartupReport::~StartupReport() { current = nullptr; }

void StartupReport::mark(const char *step)
{
    if (current)
        current->add(step);
}

void StartupReport::add(const char *step)
{
    m_steps.push_back({ step, milliseconds(CLOCK_MONOTONIC), milliseconds(CLOCK_THREAD_CPUTIME_ID),
                        milliseconds(CLOCK_PROCESS_CPUTIME_ID) });
}

void StartupReport::watch(QWidget &window)
{
    m_window = &window;
    window.installEventFilter(this);
    auto *dispatcher = QAbstractEventDispatcher::instance();
    connect(dispatcher, &QAbstractEventDispatcher::awake, this, &StartupReport::beginTurn);
    connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, this, &StartupReport::endTurn);
}

bool StartupReport::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_window && event->type() == QEvent::Paint) {
        m_window->removeEventFilter(this);
        // The picture is whole when this event's turn is over: the answer comes after all else that is pending.
        QTimer::singleShot(0, this, [this] {
            add("painted");
            QCoreApplication::postEvent(this, new QEvent(usableEvent), Qt::LowEventPriority);
        });
    }
    return QObject::eventFilter(watched, event);
}

bool StartupReport::event(QEvent *event)
{
    if (event->type() != usableEvent)
        return QObject::event(event);
    add("usable");
    m_usable = true;
    m_turnClock = 0; // the turn at hand began before
    QTimer::singleShot(watchedAfterwardsMs, this, [this] {
        print();
        QCoreApplication::quit();
    });
    return true;
}

void StartupReport::beginTurn()
{
    m_turnClock = milliseconds(CLOCK_MONOTONIC);
    m_turnThread = milliseconds(CLOCK_THREAD_CPUTIME_ID);
}

void StartupReport::endTurn()
{
    if (!m_usable || m_turnClock == 0)
        return;
    m_longestClock = std::max(m_longestClock, milliseconds(CLOCK_MONOTONIC) - m_turnClock);
    m_longestThread = std::max(m_longestThread, milliseconds(CLOCK_THREAD_CPUTIME_ID) - m_turnThread);
}

void StartupReport::print() const
{
    std::printf("{\"longest_turn_ms\": %.2f, \"longest_turn_thread_ms\": %.2f, \"steps\": [", m_longestClock,
                m_longestThread);
    for (const Step &step : m_steps)
        std::printf("%s{\"step\": \"%s\", \"monotonic_ms\": %.3f, \"thread_ms\": %.3f, \"process_ms\": %.3f}",
                    &step == &m_steps.front() ? "" : ", ", step.name.c_str(), step.clockMs, step.threadMs,
                    step.processMs);
    std::printf("]}\n");
    std::fflush(stdout);
}

} // namespace torchdeck::app
