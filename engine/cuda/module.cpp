// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/cuda/module.h"

#include <dlfcn.h>
#include <filesystem>

namespace torchdeck::engine {

namespace {

void *loadModule()
{
    Dl_info self {};
    if (dladdr(reinterpret_cast<const void *>(&loadModule), &self) == 0 || self.dli_fname == nullptr)
        return nullptr;
    const std::filesystem::path module = std::filesystem::path(self.dli_fname).parent_path() / "torchdeck_cuda.so";
    return dlopen(module.c_str(), RTLD_NOW);
}

} // namespace

void *cudaModuleFunction(const char *name)
{
    static void *const module = loadModule();
    return module ? dlsym(module, name) : nullptr;
}

} // namespace torchdeck::engine
