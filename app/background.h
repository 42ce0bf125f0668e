// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QObject>
#include <QtCore/QThreadPool>

#include <functional>
#include <stop_token>

namespace torchdeck::app {

/// Slow jobs off the main thread (device list, data set checks, starting the local HUB). The work gets a stop
/// token and must throw nothing; its result is delivered on this object's thread. The destructor asks all
/// jobs to stop and waits, so no job outlives what it answers to.
class Background : public QObject {
    Q_OBJECT
public:
    explicit Background(QObject *parent = nullptr)
        : QObject(parent)
    {
        m_pool.setMaxThreadCount(3);
    }
    ~Background() override
    {
        m_stop.request_stop();
        m_pool.waitForDone();
    }

    /// Runs `work` on the pool, then `done(result)` here. `done` is not called once the destructor has begun.
    template <typename Work, typename Done> void run(Work work, Done done)
    {
        m_pool.start([this, work = std::move(work), done = std::move(done),
                      token = m_stop.get_token()]() mutable {
            if (token.stop_requested())
                return;
            auto result = work(token);
            QMetaObject::invokeMethod(
                this,
                [done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); },
                Qt::QueuedConnection);
        });
    }

private:
    QThreadPool m_pool;
    std::stop_source m_stop;
};

} // namespace torchdeck::app
