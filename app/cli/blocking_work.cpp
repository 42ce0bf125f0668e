// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/blocking_work.h"

#include "app/cli/stop_signals.h"

#include <QtCore/QEventLoop>
#include <QtCore/QThread>

#include <exception>
#include <memory>

namespace torchdeck::app::cli {

bool runInterruptible(const char *threadName, const std::function<void(std::stop_token)> &work)
{
    StopSignals signals;
    std::stop_source stop;
    std::exception_ptr thrown;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        try {
            work(stop.get_token());
        } catch (...) {
            thrown = std::current_exception();
        }
    }));
    thread->setObjectName(QString::fromLatin1(threadName));
    QEventLoop loop;
    QObject::connect(&signals, &StopSignals::stopAsked, &loop, [&stop] { stop.request_stop(); });
    QObject::connect(thread.get(), &QThread::finished, &loop, &QEventLoop::quit);
    thread->start();
    loop.exec();
    thread->wait();
    if (thrown)
        std::rethrow_exception(thrown);
    return signals.interrupted();
}

} // namespace torchdeck::app::cli
