// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <httplib.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace torchdeck::hub::server {

/// The library's task queue, with threads started on demand up to a limit and a count of who waits.
class WorkerPool final : public httplib::TaskQueue {
public:
    WorkerPool(int threads, std::shared_ptr<std::atomic<int>> waiting)
        : m_limit(static_cast<size_t>(threads))
        , m_waiting(std::move(waiting))
    {
    }

    void enqueue(std::function<void()> job) override
    {
        const std::lock_guard lock(m_mutex);
        m_jobs.push_back(std::move(job));
        ++*m_waiting;
        if (m_jobs.size() > m_idle && m_threads.size() < m_limit)
            m_threads.emplace_back([this] { serve(); });
        m_wake.notify_one();
    }

    void shutdown() override
    {
        {
            const std::lock_guard lock(m_mutex);
            m_closing = true;
        }
        m_wake.notify_all();
        for (std::thread &thread : m_threads)
            thread.join();
    }

private:
    void serve()
    {
        std::unique_lock lock(m_mutex);
        for (;;) {
            ++m_idle;
            m_wake.wait(lock, [this] { return m_closing || !m_jobs.empty(); });
            --m_idle;
            if (m_jobs.empty())
                return;
            const std::function<void()> job = std::move(m_jobs.front());
            m_jobs.pop_front();
            --*m_waiting;
            lock.unlock();
            job();
            lock.lock();
        }
    }

    const size_t m_limit;
    const std::shared_ptr<std::atomic<int>> m_waiting;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<std::function<void()>> m_jobs;
    std::vector<std::thread> m_threads; ///< grown by enqueue() only, which the listener calls, as shutdown()
    size_t m_idle = 0;
    bool m_closing = false;
};

} // namespace torchdeck::hub::server
