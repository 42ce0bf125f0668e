// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/loader.h"

#include "engine/data/epoch_plan.h"
#include "engine/data/image_maker.h"

#include <opencv2/core/utility.hpp>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace torchdeck::engine {

struct Loader::Impl {
    Impl(std::shared_ptr<const Dataset> data, LoaderOptions given);

    void workerLoop(const std::stop_token &stop);
    /// The next image to make, or nothing to do now. Called locked.
    bool takeWork(PlanPtr &plan, std::int64_t &position);
    void makeOne(const PlanPtr &plan, std::int64_t position);
    PlanPtr newPlan(const EpochKey &key) const;

    std::shared_ptr<const Dataset> dataset;
    LoaderOptions options;
    ImageMaker maker;
    BatchShapes shapes;

    std::mutex mutex;
    std::condition_variable_any work; ///< workers wait here
    std::condition_variable ready; ///< the consumer waits here
    PlanPtr current, prepared;
    std::vector<std::jthread> threads; ///< last: they use everything above
};

namespace {

LoaderOptions usable(LoaderOptions options)
{
    options.batch = std::max(options.batch, 1);
    options.imgsz = std::max(options.imgsz, 1);
    options.stride = std::max(options.stride, 1);
    if (options.rectTraining) // images of one batch share a shape, images of a mosaic would not
        options.augment.mosaic = options.augment.mixup = options.augment.cutmix = 0;
    return options;
}

} // namespace

Loader::Impl::Impl(std::shared_ptr<const Dataset> data, LoaderOptions given)
    : dataset(std::move(data))
    , options(usable(std::move(given)))
    , maker(dataset, options)
    , shapes(batchShapes(*dataset, options))
{
    cv::setNumThreads(0); // the parallelism is ours: one image per thread
    for (int i = 0; i < std::max(options.threads, 1); ++i)
        threads.emplace_back([this](const std::stop_token &stop) { workerLoop(stop); });
}

PlanPtr Loader::Impl::newPlan(const EpochKey &key) const
{
    return std::make_shared<EpochPlan>(key, epochOrder(*dataset, options, shapes, key), options,
                                       shapes);
}

bool Loader::Impl::takeWork(PlanPtr &plan, std::int64_t &position)
{
    std::int64_t ahead = std::max(options.prefetch, 1);
    for (const PlanPtr &candidate : { current, prepared }) {
        if (!candidate)
            continue;
        if (candidate->takePosition(ahead, position)) {
            plan = candidate;
            return true;
        }
        if (!candidate->allTaken())
            return false;
        ahead -= candidate->unconsumedBatches(); // what is ready of this epoch counts against the same memory
    }
    return false;
}

void Loader::Impl::workerLoop(const std::stop_token &stop)
{
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
        PlanPtr plan;
        std::int64_t position = 0;
        if (!work.wait(lock, stop, [&] { return takeWork(plan, position); }))
            return;
        lock.unlock();
        std::exception_ptr error;
        try {
            makeOne(plan, position);
        } catch (...) {
            error = std::current_exception();
        }
        lock.lock();
        if (plan->imageDone(position, error))
            ready.notify_all();
    }
}

void Loader::Impl::makeOne(const PlanPtr &plan, std::int64_t position)
{
    BatchInWork &batch = plan->batchAt(position);
    const std::size_t slot = plan->slotAt(position);
    batch.slots[slot] = maker.make(plan->key(), plan->order(), position, batch.shape, batch.pixelsOf(slot));
}

Loader::Loader(std::shared_ptr<const Dataset> dataset, LoaderOptions options)
    : m_impl(std::make_unique<Impl>(std::move(dataset), std::move(options)))
{
}

Loader::~Loader()
{
    for (std::jthread &thread : m_impl->threads)
        thread.request_stop();
}

std::int64_t Loader::batches() const { return static_cast<std::int64_t>(m_impl->shapes.shapes.size()); }

std::int64_t Loader::images() const { return static_cast<std::int64_t>(m_impl->dataset->samples.size()); }

void Loader::startEpoch(int epoch, bool mosaic, int attempt)
{
    const EpochKey key { epoch, mosaic, attempt };
    {
        const std::lock_guard lock(m_impl->mutex);
        const PlanPtr &prepared = m_impl->prepared;
        if (prepared && prepared->key() == key)
            m_impl->current = prepared;
        else
            m_impl->current = m_impl->newPlan(key);
        m_impl->prepared.reset();
    }
    m_impl->work.notify_all();
}

void Loader::prepareEpoch(int epoch, bool mosaic)
{
    const EpochKey key { epoch, mosaic, 0 };
    {
        const std::lock_guard lock(m_impl->mutex);
        const PlanPtr &prepared = m_impl->prepared;
        if (prepared && prepared->key() == key)
            return;
        m_impl->prepared = m_impl->newPlan(key);
    }
    m_impl->work.notify_all();
}

std::optional<Batch> Loader::next()
{
    std::optional<Batch> batch;
    {
        std::unique_lock lock(m_impl->mutex);
        const PlanPtr plan = m_impl->current;
        if (!plan || plan->consumed())
            return std::nullopt;
        m_impl->ready.wait(lock, [&] { return plan->error() || plan->nextReady(); });
        if (plan->error())
            std::rethrow_exception(plan->error());
        batch = plan->takeBatch();
    }
    m_impl->work.notify_all();
    return batch;
}

std::vector<std::string> Loader::problems() const { return m_impl->maker.problems(); }

} // namespace torchdeck::engine
