// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/dist/data_parallel.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <cstdlib>
#include <fstream>
#include <mutex>

namespace torchdeck::engine {

namespace {
/// DDP's sizes: a small first bucket, so that the network is busy early.
constexpr std::int64_t firstBucketElements = 1 << 18, bucketElements = 25 << 18;
} // namespace

struct DataParallel::Reducer {
    struct Slot {
        at::Tensor parameter;
        std::int64_t offset = 0;
    };
    struct Bucket {
        std::vector<Slot> slots;
        at::Tensor flat; ///< the gradients, then a flag for each: this many ranks have one
        std::int64_t elements = 0;
        std::size_t ready = 0;
        std::optional<ProcessGroup::Pending> pending;
    };
    struct Hook final : torch::autograd::PostAccumulateGradHook {
        std::weak_ptr<Reducer> reducer; ///< the parameter may outlive it
        std::size_t bucket = 0;
        void operator()(const torch::autograd::Variable &) override
        {
            if (const auto live = reducer.lock())
                live->gradientReady(bucket);
        }
    };

    explicit Reducer(ProcessGroup &processes)
        : group(processes)
    {
    }

    void addParameter(const at::Tensor &parameter)
    {
        const std::int64_t limit = buckets.size() < 2 ? firstBucketElements : bucketElements;
        if (buckets.empty() || buckets.back().elements >= limit)
            buckets.emplace_back();
        Bucket &bucket = buckets.back();
        bucket.slots.push_back({ parameter, bucket.elements });
        bucket.elements += parameter.numel();
    }

    /// Autograd's thread (of the device). Buckets start in their order: the same on all ranks.
    void gradientReady(std::size_t index)
    {
        const std::lock_guard lock(mutex);
        if (!armed)
            return;
        ++buckets[index].ready;
        while (next < buckets.size() && buckets[next].ready >= buckets[next].slots.size())
            start(buckets[next++]);
    }

    void start(Bucket &bucket)
    {
        const at::NoGradGuard noGrad;
        const auto count = static_cast<std::int64_t>(bucket.slots.size());
        at::Tensor flags = at::zeros({ count }, at::kFloat);
        for (std::int64_t i = 0; i < count; ++i) {
            const Slot &slot = bucket.slots[static_cast<std::size_t>(i)];
            const at::Tensor &gradient = slot.parameter.grad();
            at::Tensor place = bucket.flat.narrow(0, slot.offset, slot.parameter.numel());
            if (!gradient.defined()) {
                place.zero_();
                continue;
            }
            place.view(slot.parameter.sizes()).copy_(gradient);
            flags[i] = 1;
        }
        bucket.flat.narrow(0, bucket.elements, count).copy_(flags);
        bucket.pending = group.startSum(bucket.flat);
    }

    void finish(Bucket &bucket)
    {
        bucket.pending->wait();
        bucket.pending.reset();
        const auto count = static_cast<std::int64_t>(bucket.slots.size());
        const at::Tensor flags = bucket.flat.narrow(0, bucket.elements, count).to(at::kCPU);
        bucket.flat.div_(group.ranks().size);
        for (std::int64_t i = 0; i < count; ++i) {
            const Slot &slot = bucket.slots[static_cast<std::size_t>(i)];
            if (flags[i].item<float>() == 0)
                continue;
            at::Tensor &gradient = slot.parameter.mutable_grad();
            if (!gradient.defined())
                gradient = at::zeros_like(slot.parameter);
            gradient.copy_(
                bucket.flat.narrow(0, slot.offset, slot.parameter.numel()).view(slot.parameter.sizes()));
        }
    }

    ProcessGroup &group;
    std::mutex mutex;
    std::vector<Bucket> buckets;
    std::size_t next = 0; ///< the first bucket that has not started
    bool armed = false;
};

DataParallel::DataParallel(const Ranks &ranks)
    : m_group(ranks)
{
}

DataParallel::~DataParallel() = default;

void DataParallel::synchronise(torch::nn::Module &model)
{
    for (const at::Tensor &tensor : model.parameters())
        m_group.broadcast(tensor.detach());
    for (const at::Tensor &tensor : model.buffers())
        m_group.broadcast(tensor);
}

void DataParallel::attach(torch::nn::Module &model)
{
    m_group.useDevice(model.parameters().front().device());
    synchronise(model);
    m_reducer = std::make_shared<Reducer>(m_group);
    std::vector<at::Tensor> parameters = model.parameters();
    for (auto it = parameters.rbegin(); it != parameters.rend(); ++it) {
        if (!it->requires_grad())
            continue;
        m_reducer->addParameter(*it);
        auto hook = std::make_unique<Reducer::Hook>();
        hook->reducer = m_reducer;
        hook->bucket = m_reducer->buckets.size() - 1;
        torch::autograd::impl::set_post_acc_grad_hooks(*it, std::move(hook));
    }
    for (Reducer::Bucket &bucket : m_reducer->buckets) {
        const auto count = static_cast<std::int64_t>(bucket.slots.size());
        bucket.flat = at::zeros({ bucket.elements + count },
                                bucket.slots.front().parameter.options().requires_grad(false));
    }
}

void DataParallel::beginBackward()
{
    const std::lock_guard lock(m_reducer->mutex);
    for (Reducer::Bucket &bucket : m_reducer->buckets)
        bucket.ready = 0;
    m_reducer->next = 0;
    m_reducer->armed = true;
}

void DataParallel::finishBackward()
{
    const at::NoGradGuard noGrad;
    const std::lock_guard lock(m_reducer->mutex);
    m_reducer->armed = false;
    while (m_reducer->next < m_reducer->buckets.size()) // parameters this rank's images did not reach
        m_reducer->start(m_reducer->buckets[m_reducer->next++]);
    m_group.meet();
    for (Reducer::Bucket &bucket : m_reducer->buckets)
        m_reducer->finish(bucket);
}

void DataParallel::traceParameters(const torch::nn::Module &model, std::int64_t iteration) const
{
    static const char *folder = std::getenv("TORCHDECK_RANK_TRACE");
    if (!folder)
        return;
    std::uint64_t hash = 0xcbf29ce484222325ull; // FNV-1a
    for (const at::Tensor &parameter : model.parameters()) {
        const at::Tensor host = parameter.detach().to(at::kCPU).contiguous();
        const auto *bytes = static_cast<const unsigned char *>(host.const_data_ptr());
        for (std::size_t i = 0; i < host.nbytes(); ++i)
            hash = (hash ^ bytes[i]) * 0x100000001b3ull;
    }
    std::ofstream out(std::string(folder) + "/rank" + std::to_string(ranks().rank) + ".txt", std::ios::app);
    out << iteration << ' ' << hash << '\n';
}

} // namespace torchdeck::engine
