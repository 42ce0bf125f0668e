// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace torchdeck::engine {

/// A function of our CUDA module (the other files of this folder), which is loaded from beside the engine's own module; null
/// where there is none, or none with this function. Only after libtorch_cuda.so has been loaded (chooseDevice() does). Any
/// thread.
[[nodiscard]] void *cudaModuleFunction(const char *name);

} // namespace torchdeck::engine
