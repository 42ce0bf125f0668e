// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Where tensors on the CPU get their memory. A train step asks for the same sizes over and over: blocks are kept and given
// out again, so that the steady state has no page faults, and large ones lie on huge pages. malloc() does neither well for
// maps of tens of MiB, above all outside the main thread.

#include <cstddef>

namespace torchdeck::engine {

struct TensorMemory {
    std::size_t used = 0; ///< bytes that tensors hold
    std::size_t kept = 0; ///< bytes kept for the next ones
};

/// From now on new CPU tensors get their memory here, those that exist keep theirs. Once for the process; any thread.
void installTensorMemory();
/// Gives what is kept, here and by malloc(), back to the system: where the sizes change, and when training is over. Any thread.
void releaseTensorMemory();
[[nodiscard]] TensorMemory tensorMemory();

} // namespace torchdeck::engine
