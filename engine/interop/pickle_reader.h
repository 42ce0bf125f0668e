// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/interop/data_tree.h"

#include <span>

namespace torchdeck::engine::interop {

/// What one pickle may cost at most, whatever it says. A value takes about 100 bytes.
struct PickleLimits {
    std::size_t bytes = std::size_t(64) << 20;
    std::size_t values = 2'000'000;
    std::size_t references = 8'000'000; ///< entries of lists, tuples, dicts, stack and memo together
    std::size_t tensors = 200'000;
    std::size_t dimensions = 8; ///< of a tensor
};

/// Reads a pickle of protocol 2 to 5, as torch.save writes them, into `document` and returns its root. Runs
/// nothing: names of classes and functions are looked up in a fixed list (known_names.h), everything else is
/// refused by name. Uses no recursion. Throws FormatError.
Value *readPickle(std::span<const std::uint8_t> bytes, Document &document, const PickleLimits &limits = {});

} // namespace torchdeck::engine::interop
