// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/model_runner.h"

#include "hub/server/api_error.h"

#include <utility>

#include <pthread.h>

namespace torchdeck::hub::server {

void ModelService::exportModel(const ServedCheckpoint &, const QString &format, const QString &)
{
    throw ApiError(501, QStringLiteral("This HUB cannot write %1.").arg(format));
}

ModelRunner::ModelRunner(std::shared_ptr<ModelService> service, size_t waiting)
    : m_service(std::move(service))
    , m_limit(waiting)
{
}

ModelRunner::~ModelRunner() { stop(); }

bool ModelRunner::full() const
{
    const std::lock_guard lock(m_mutex);
    return m_stopping || m_jobs.size() >= m_limit;
}

bool ModelRunner::run(const Work &work)
{
    Job job;
    job.work = &work;
    std::unique_lock lock(m_mutex);
    if (!m_service || m_stopping || m_jobs.size() >= m_limit)
        return false;
    if (!m_thread.joinable())
        m_thread = std::thread([this] { serve(); });
    m_jobs.push_back(&job);
    m_wake.notify_one();
    m_ended.wait(lock, [&job] { return job.state != Job::State::Waiting; });
    if (job.failure)
        std::rethrow_exception(job.failure);
    return job.state == Job::State::Done;
}

void ModelRunner::serve()
{
    ::pthread_setname_np(::pthread_self(), "hub-models");
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_wake.wait(lock, [this] { return m_stopping || !m_jobs.empty(); });
        if (m_stopping)
            return;
        Job &job = *m_jobs.front();
        m_jobs.pop_front();
        lock.unlock();
        std::exception_ptr failure;
        try {
            (*job.work)(*m_service);
        } catch (...) {
            failure = std::current_exception();
        }
        lock.lock();
        job.failure = std::move(failure);
        job.state = Job::State::Done;
        m_ended.notify_all();
    }
}

void ModelRunner::stop()
{
    std::thread thread;
    m_stop.request_stop();
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
        for (Job *job : std::exchange(m_jobs, {}))
            job->state = Job::State::Dropped;
        thread = std::move(m_thread);
    }
    m_wake.notify_all();
    m_ended.notify_all();
    if (thread.joinable())
        thread.join();
}

} // namespace torchdeck::hub::server
