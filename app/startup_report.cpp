// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/startup_report.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QEvent>
#include <QtCore/QThread>
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

bool MeteredApplication::notify(QObject *receiver, QEvent *event)
{
    // Threads of Qt's network classes deliver their events here, too.
    const bool ours = QThread::currentThread() == thread();
    if (!ours || m_depth > 0) // or a part of an event that is being measured
        return QApplication::notify(receiver, event);
    ++m_depth;
    const double clock = milliseconds(CLOCK_MONOTONIC), thread = milliseconds(CLOCK_THREAD_CPUTIME_ID);
    const bool result = QApplication::notify(receiver, event);
    m_longestClock = std::max(m_longestClock, milliseconds(CLOCK_MONOTONIC) - clock);
    m_longestThread = std::max(m_longestThread, milliseconds(CLOCK_THREAD_CPUTIME_ID) - thread);
    --m_depth;
    return result;
}

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
    if (auto *metered = qobject_cast<MeteredApplication *>(qApp))
        metered->restart();
    QTimer::singleShot(watchedAfterwardsMs, this, [this] {
        print();
        QCoreApplication::quit();
    });
    return true;
}

void StartupReport::print() const
{
    const auto *metered = qobject_cast<const MeteredApplication *>(qApp);
    std::printf("{\"longest_event_ms\": %.2f, \"longest_event_thread_ms\": %.2f, \"steps\": [",
                metered ? metered->longestClockMs() : 0, metered ? metered->longestThreadMs() : 0);
    for (const Step &step : m_steps)
        std::printf("%s{\"step\": \"%s\", \"monotonic_ms\": %.3f, \"thread_ms\": %.3f, \"process_ms\": %.3f}",
                    &step == &m_steps.front() ? "" : ", ", step.name.c_str(), step.clockMs, step.threadMs,
                    step.processMs);
    std::printf("]}\n");
    std::fflush(stdout);
}

} // namespace torchdeck::app
