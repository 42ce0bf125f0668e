// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/server/model_service.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

namespace torchdeck::hub::server {

/// Gives the model service its one thread, and requests their turn on it. Any thread.
class ModelRunner {
public:
    using Work = std::function<void(ModelService &)>;

    /// At most `waiting` requests wait while one runs. `service` may be null.
    ModelRunner(std::shared_ptr<ModelService> service, size_t waiting = 8);
    ~ModelRunner(); ///< stop()
    ModelRunner(const ModelRunner &) = delete;
    ModelRunner &operator=(const ModelRunner &) = delete;

    [[nodiscard]] bool available() const { return m_service != nullptr; }
    [[nodiscard]] bool full() const;
    /// Of the service; empty without one.
    [[nodiscard]] QStringList exportFormats() const { return m_service ? m_service->exportFormats() : QStringList(); }
    /// Returns when `work` is done, and rethrows what it threw. False: too many wait or the HUB stops, and it did not
    /// run.
    [[nodiscard]] bool run(const Work &work);
    /// For the work: requested by stop().
    [[nodiscard]] std::stop_token stopToken() const { return m_stop.get_token(); }
    /// Those who wait get false at once, the one that runs is asked to end and waited for.
    void stop();

private:
    struct Job {
        const Work *work = nullptr;
        enum class State { Waiting, Done, Dropped } state = State::Waiting;
        std::exception_ptr failure;
    };
    void serve();

    const std::shared_ptr<ModelService> m_service;
    const size_t m_limit;
    mutable std::mutex m_mutex;
    std::condition_variable m_wake, m_ended;
    std::deque<Job *> m_jobs; ///< each lives on the stack of its run()
    std::stop_source m_stop;
    std::thread m_thread; ///< started by the first run()
    bool m_stopping = false;
};

} // namespace torchdeck::hub::server
