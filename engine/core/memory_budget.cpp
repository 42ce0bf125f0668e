// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/memory_budget.h"

#include "engine/core/tensor_memory.h"

#include <c10/core/Allocator.h>

#include <utility>

namespace torchdeck::engine {

namespace {

struct Account final : c10::MemoryReportingInfoBase {
    Account(std::int64_t bytes, EngineError why, std::stop_token token, EngineError whenStopped)
        : left(bytes)
        , refusal(std::move(why))
        , stop(std::move(token))
        , stopped(std::move(whenStopped))
    {
    }
    /// `size` is negative when memory is given back.
    void reportMemoryUsage(void *, std::int64_t size, std::size_t, std::size_t, c10::Device device) override
    {
        if (!device.is_cpu())
            return;
        if (size > 0 && stop.stop_requested())
            throw stopped;
        if (size <= left) {
            left -= size;
            return;
        }
        throw refusal; // our allocator takes the memory back
    }
    bool memoryProfilingEnabled() const override { return true; }

    std::int64_t left;
    EngineError refusal;
    std::stop_token stop;
    EngineError stopped;
};

} // namespace

MemoryBudget::MemoryBudget(std::int64_t bytes, EngineError refusal)
    : MemoryBudget(bytes, refusal, {}, refusal)
{
}

MemoryBudget::MemoryBudget(std::int64_t bytes, EngineError refusal, std::stop_token stop, EngineError stopped)
    : m_guard(c10::DebugInfoKind::PROFILER_STATE,
              std::make_shared<Account>(bytes, std::move(refusal), std::move(stop), std::move(stopped)))
{
    installTensorMemory(); // LibTorch's own would lose what a refusal leaves
}

} // namespace torchdeck::engine
