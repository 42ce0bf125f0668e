// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/stop_signals.h"

#include <QtCore/QSocketNotifier>

#include <atomic>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <unistd.h>

namespace torchdeck::app {

namespace {

// What a signal handler may touch: lock-free atomics, write, clock_gettime, _exit.
std::atomic<int> writeEnd { -1 };
std::atomic<long long> firstAskedMs { -1 };
int readEnd = -1;
constexpr long long sameSignalMs = 500;
constexpr int watched[] = { SIGINT, SIGTERM, SIGHUP };

long long nowMs()
{
    timespec now {};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000LL;
}

extern "C" void handleStopSignal(int)
{
    const long long now = nowMs();
    long long none = -1;
    if (firstAskedMs.compare_exchange_strong(none, now)) {
        const char byte = 1;
        (void)!::write(writeEnd.load(), &byte, 1);
        return;
    }
    if (now - firstAskedMs.load() < sameSignalMs)
        return;
    constexpr char text[] = "\nStopped at once; what was saved so far is on disk.\n";
    (void)!::write(STDERR_FILENO, text, sizeof text - 1);
    ::_exit(130);
}

} // namespace

StopSignals::StopSignals(QObject *parent)
    : QObject(parent)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return;
    readEnd = ends[0];
    writeEnd = ends[1];
    firstAskedMs = -1;
    m_notifier = new QSocketNotifier(readEnd, QSocketNotifier::Read, this);
    connect(m_notifier, &QSocketNotifier::activated, this, &StopSignals::onReadable);
    struct sigaction action { };
    action.sa_handler = handleStopSignal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (const int number : watched) {
        struct sigaction old { };
        ::sigaction(number, nullptr, &old);
        if (number != SIGHUP || old.sa_handler != SIG_IGN) // nohup stays in force
            ::sigaction(number, &action, nullptr);
    }
}

StopSignals::~StopSignals()
{
    for (const int number : watched)
        std::signal(number, SIG_DFL);
    delete m_notifier;
    ::close(readEnd);
    ::close(writeEnd.exchange(-1));
}

void StopSignals::onReadable()
{
    char bytes[16];
    while (::read(readEnd, bytes, sizeof bytes) > 0) { }
    m_interrupted = true;
    Q_EMIT stopAsked();
}

} // namespace torchdeck::app
