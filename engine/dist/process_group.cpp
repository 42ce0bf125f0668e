// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/dist/process_group.h"

#include "engine/cuda/module.h"

#include <ATen/ATen.h>

#define USE_C10D_GLOO // the wheel is built with it, its headers do not say so
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <thread>

namespace torchdeck::engine {

namespace {

/// The first sentence of what a library says, without its source file and call stack.
std::string firstLine(const std::exception &error)
{
    const auto *torchError = dynamic_cast<const c10::Error *>(&error);
    std::string text = torchError ? torchError->what_without_backtrace() : error.what();
    if (text.starts_with('[') && text.find("] ") != std::string::npos)
        text.erase(0, text.find("] ") + 2);
    return text.substr(0, std::min({ text.find('\n'), text.find(". "), std::size_t { 160 } }));
}

[[noreturn]] void failConnecting(const Ranks &ranks, const std::exception &error)
{
    throw RankFailure(ErrorKind::Resources,
                      "Rank " + std::to_string(ranks.rank) + " did not meet the other "
                          + std::to_string(ranks.size - 1) + " rank(s) at " + ranks.address + ":"
                          + std::to_string(ranks.port) + " within "
                          + std::to_string(ProcessGroup::connectPatience.count())
                          + " s: start all ranks with the same MASTER_ADDR, MASTER_PORT and WORLD_SIZE ("
                          + firstLine(error) + ").");
}

/// On one machine by the loopback: a machine's own name need not resolve to an address that works.
c10::intrusive_ptr<c10d::ProcessGroupGloo::Options> glooOptions(const Ranks &ranks)
{
    using Gloo = c10d::ProcessGroupGloo;
    if (ranks.address != "localhost" && ranks.address != "127.0.0.1")
        return Gloo::Options::create_default(ProcessGroup::connectPatience); // or GLOO_SOCKET_IFNAME
    auto options = Gloo::Options::create(ProcessGroup::connectPatience);
    options->devices.push_back(Gloo::createDeviceForHostname("127.0.0.1"));
    return options;
}

/// Runs `work` and words what c10d throws.
template <typename Work> auto talking(const Ranks &ranks, const Work &work)
{
    try {
        return work();
    } catch (const std::exception &error) {
        throw RankFailure(ErrorKind::Resources,
                          "Rank " + std::to_string(ranks.rank) + " of " + std::to_string(ranks.size)
                              + " lost another rank, so training ends here: see what the other process says, "
                                "then go on with resume=true ("
                              + firstLine(error) + ").");
    }
}

} // namespace

struct ProcessGroup::Impl {
    c10::intrusive_ptr<c10d::Store> store;
    c10::intrusive_ptr<c10d::ProcessGroupGloo> group;
    c10::intrusive_ptr<c10d::Backend> nccl; ///< for GPU tensors; or null
};

struct ProcessGroup::Pending::Work {
    Ranks ranks;
    c10::intrusive_ptr<c10d::Work> work;
    bool onDevice = false; ///< wait() makes a stream wait, not the caller
};

void ProcessGroup::Pending::wait()
{
    talking(m_work->ranks, [&] {
        if (m_work->onDevice) {
            const auto until = std::chrono::steady_clock::now() + devicePatience;
            while (!m_work->work->isCompleted()) {
                if (std::chrono::steady_clock::now() > until)
                    throw std::runtime_error("its GPU has not taken part in a sum for " + std::to_string(devicePatience.count()) + " s");
                std::this_thread::sleep_for(std::chrono::microseconds(50));
            }
        }
        m_work->work->wait();
    });
}

ProcessGroup::ProcessGroup(const Ranks &ranks)
    : m_ranks(ranks)
    , m_impl(std::make_unique<Impl>())
{
    try {
        c10d::TCPStoreOptions options;
        options.port = ranks.port;
        options.timeout = connectPatience;
        options.numWorkers = static_cast<std::size_t>(ranks.size);
        // torchrun's agent may hold the store at this port already, and says so.
        const char *agent = std::getenv("TORCHELASTIC_USE_AGENT_STORE");
        const bool agentServes = agent && std::string(agent) == "True";
        options.isServer = ranks.rank == 0 && !agentServes;
        options.waitWorkers = !agentServes;
        const char *restart = std::getenv("TORCHELASTIC_RESTART_COUNT");
        auto server = c10::make_intrusive<c10d::TCPStore>(ranks.address, options);
        auto store = c10::make_intrusive<c10d::PrefixStore>(
            std::string("torchdeck/") + (restart ? restart : "0"), std::move(server));
        store->setTimeout(connectPatience);
        m_impl->store = store;
        m_impl->group = c10::make_intrusive<c10d::ProcessGroupGloo>(
            store, ranks.rank, ranks.size, glooOptions(ranks));
    } catch (const std::exception &error) {
        failConnecting(ranks, error);
    }
}

ProcessGroup::~ProcessGroup()
{
    if (!m_impl->nccl)
        return;
    try {
        m_impl->nccl->abort(); // a sum with a lost rank would never end
    } catch (const std::exception &) {
    }
}

void ProcessGroup::useDevice(const c10::Device &device)
{
    using Make = void (*)(const c10::intrusive_ptr<c10d::Store> &, int, int, std::chrono::milliseconds,
                          c10::intrusive_ptr<c10d::Backend> &);
    void *const make = device.is_cuda() ? cudaModuleFunction("torchdeckMakeNcclGroup") : nullptr;
    const auto all = gather({ double(make != nullptr) });
    if (m_impl->nccl || std::ranges::any_of(all, [](const auto &rank) { return rank[0] == 0; }))
        return;
    talking(m_ranks, [&] {
        reinterpret_cast<Make>(make)(c10::make_intrusive<c10d::PrefixStore>("nccl", m_impl->store), m_ranks.rank, m_ranks.size,
                                     stepPatience, m_impl->nccl);
    });
}

void ProcessGroup::meet()
{
    if (m_impl->nccl)
        (void)gather({ 0 });
}

ProcessGroup::Pending ProcessGroup::startSum(const at::Tensor &tensor)
{
    Pending pending;
    pending.m_work = std::make_shared<Pending::Work>(Pending::Work { m_ranks, {}, tensor.is_cuda() && m_impl->nccl });
    std::vector<at::Tensor> tensors { tensor };
    c10d::AllreduceOptions options;
    options.timeout = stepPatience;
    pending.m_work->work = talking(m_ranks, [&] {
        return pending.m_work->onDevice ? m_impl->nccl->allreduce(tensors, options) : m_impl->group->allreduce(tensors, options);
    });
    return pending;
}

void ProcessGroup::broadcast(at::Tensor tensor)
{
    const at::NoGradGuard noGrad;
    std::vector<at::Tensor> tensors { tensor.detach().contiguous() };
    c10d::BroadcastOptions options;
    options.timeout = longPatience;
    talking(m_ranks, [&] { m_impl->group->broadcast(tensors, options)->wait(); });
    if (!isMain())
        tensor.copy_(tensors.front());
}

std::string ProcessGroup::broadcastText(std::string text)
{
    at::Tensor length = at::full({ 1 }, static_cast<std::int64_t>(text.size()), at::kLong);
    broadcast(length);
    text.resize(static_cast<std::size_t>(length.item<std::int64_t>()));
    if (text.empty())
        return text;
    broadcast(at::from_blob(text.data(), { static_cast<std::int64_t>(text.size()) }, at::kByte));
    return text;
}

std::vector<std::vector<double>> ProcessGroup::gather(const std::vector<double> &values,
                                                      std::chrono::milliseconds patience)
{
    std::vector<at::Tensor> mine { at::tensor(values, at::kDouble) };
    std::vector<std::vector<at::Tensor>> all(1);
    for (int i = 0; i < m_ranks.size; ++i)
        all.front().push_back(at::empty_like(mine.front()));
    c10d::AllgatherOptions options;
    options.timeout = patience;
    talking(m_ranks, [&] { m_impl->group->allgather(all, mine, options)->wait(); });
    std::vector<std::vector<double>> result;
    for (const at::Tensor &tensor : all.front()) {
        const double *data = tensor.const_data_ptr<double>();
        result.emplace_back(data, data + tensor.numel());
    }
    return result;
}

} // namespace torchdeck::engine
