// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/epoch_plan.h"

#include "engine/data/rng.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace torchdeck::engine {

namespace {

constexpr std::uint64_t kShuffleStream = ~std::uint64_t { 0 };

double aspect(const Sample &sample) { return static_cast<double>(sample.height) / sample.width; }

} // namespace

BatchShapes batchShapes(const Dataset &dataset, const LoaderOptions &options)
{
    BatchShapes result;
    const std::size_t count = dataset.samples.size();
    const auto batch = static_cast<std::size_t>(options.batch);
    const bool rect = options.training ? options.rectTraining : options.rect;
    if (!options.training || rect) {
        result.order.resize(count);
        std::iota(result.order.begin(), result.order.end(), std::size_t { 0 });
        if (rect)
            std::stable_sort(result.order.begin(), result.order.end(), [&](std::size_t a, std::size_t b) {
                return aspect(dataset.samples[a]) < aspect(dataset.samples[b]);
            });
    }
    const double pad = options.training ? 0 : 0.5;
    for (std::size_t first = 0; first < count; first += batch) {
        const std::size_t last = std::min(first + batch, count) - 1;
        if (rect)
            result.shapes.push_back(rectShape(aspect(dataset.samples[result.order[first]]),
                                              aspect(dataset.samples[result.order[last]]), options.imgsz,
                                              options.stride, pad));
        else
            result.shapes.push_back({ options.imgsz, options.imgsz });
    }
    return result;
}

std::vector<std::size_t> epochOrder(const Dataset &dataset, const LoaderOptions &options,
                                    const BatchShapes &shapes, const EpochKey &key)
{
    const bool oneShape =
        std::ranges::adjacent_find(shapes.shapes, std::not_equal_to()) == shapes.shapes.end();
    if (!options.training || (options.rectTraining && !oneShape))
        return shapes.order;
    std::vector<std::size_t> order = shapes.order;
    if (order.empty()) {
        order.resize(dataset.samples.size());
        std::iota(order.begin(), order.end(), std::size_t { 0 });
    }
    Rng rng(options.seed, key.stream(), kShuffleStream);
    for (std::size_t i = order.size(); i > 1; --i)
        std::swap(order[i - 1], order[rng.below(i)]);
    return order;
}

EpochPlan::EpochPlan(const EpochKey &key, std::vector<std::size_t> order, const LoaderOptions &options,
                     const BatchShapes &shapes)
    : m_key(key)
    , m_order(std::move(order))
    , m_batchSize(options.batch)
    , m_rank(options.rank)
    , m_ranks(options.ranks)
    , m_composeLater(options.composeLater)
    , m_batches(shapes.shapes.size())
{
    for (std::size_t i = 0; i < m_batches.size(); ++i) {
        const std::size_t first = i * static_cast<std::size_t>(m_batchSize);
        m_batches[i].shape = shapes.shapes[i];
        const auto images =
            static_cast<std::int64_t>(std::min(static_cast<std::size_t>(m_batchSize), m_order.size() - first));
        m_batches[i].waiting = static_cast<std::size_t>((images - m_rank + m_ranks - 1) / m_ranks);
    }
    skipOthers();
}

void EpochPlan::skipOthers()
{
    while (!allTaken() && m_taken % m_batchSize % m_ranks != m_rank)
        ++m_taken;
}

bool EpochPlan::takePosition(std::int64_t ahead, std::int64_t &position)
{
    if (allTaken() || m_error || m_taken / m_batchSize >= m_consumed + ahead)
        return false;
    position = m_taken++;
    skipOthers();
    BatchInWork &batch = batchAt(position);
    if (batch.slots.empty()) {
        batch.slots.resize(batch.waiting);
        if (!m_composeLater)
            batch.pixels.resize(batch.waiting * 3 * static_cast<std::size_t>(batch.shape.width)
                                * static_cast<std::size_t>(batch.shape.height));
    }
    return true;
}

std::int64_t EpochPlan::unconsumedBatches() const
{
    return static_cast<std::int64_t>(m_batches.size()) - m_consumed;
}

BatchInWork &EpochPlan::batchAt(std::int64_t position)
{
    return m_batches[static_cast<std::size_t>(position / m_batchSize)];
}

std::size_t EpochPlan::slotAt(std::int64_t position) const
{
    return static_cast<std::size_t>(position % m_batchSize / m_ranks);
}

bool EpochPlan::imageDone(std::int64_t position, const std::exception_ptr &error)
{
    BatchInWork &batch = batchAt(position);
    --batch.waiting;
    if (error && !m_error)
        m_error = error;
    return error || batch.waiting == 0;
}

bool EpochPlan::nextReady() const
{
    const BatchInWork &batch = m_batches[static_cast<std::size_t>(m_consumed)];
    const bool begun = !batch.slots.empty() || m_ranks > 1; // a rank may have no image in a batch
    return begun && batch.waiting == 0;
}

Batch EpochPlan::takeBatch()
{
    BatchInWork &source = m_batches[static_cast<std::size_t>(m_consumed++)];
    Batch batch;
    batch.size = static_cast<int>(source.slots.size());
    batch.width = source.shape.width;
    batch.height = source.shape.height;
    batch.pixels = std::move(source.pixels);
    for (std::size_t i = 0; i < source.slots.size(); ++i) {
        MadeImage &image = source.slots[i];
        batch.labelImage.insert(batch.labelImage.end(), image.labels.size(), static_cast<int>(i));
        batch.labels.insert(batch.labels.end(), image.labels.begin(), image.labels.end());
        batch.geometry.push_back(image.geometry);
        if (m_composeLater)
            batch.unfinished.push_back(std::move(image.unfinished));
    }
    source.slots.clear();
    return batch;
}

} // namespace torchdeck::engine
