// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/error.h"

#include <c10/util/ThreadLocalDebugInfo.h>

#include <cstdint>
#include <stop_token>

namespace torchdeck::engine {

/// While it lives, the CPU tensors that this thread makes may take `bytes` together; the one that would go over is not
/// made, and `refusal` is thrown. For what files of strangers ask for: the kernel hands out more than there is and ends the
/// process later. Each new tensor asks `stop` too, and throws `stopped` instead: a forward ends between two layers. Uses the place where LibTorch's profiler listens, so it counts nothing while that one runs.
class MemoryBudget {
public:
    MemoryBudget(std::int64_t bytes, EngineError refusal);
    MemoryBudget(std::int64_t bytes, EngineError refusal, std::stop_token stop, EngineError stopped);

private:
    c10::DebugInfoGuard m_guard;
};

} // namespace torchdeck::engine
