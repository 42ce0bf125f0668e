// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/interop/pickle_reader.h"

namespace torchdeck::engine::interop {

/// The data that calling the known function or class `callable` with `arguments` (a Tuple) would make.
Value *readCall(Document &document, const Value &callable, const Value &arguments,
                const PickleLimits &limits);

/// The tensor storage that a persistent id `('storage', class, key, place, elements)` stands for.
Value *readStorage(Document &document, const Value &id);

} // namespace torchdeck::engine::interop
