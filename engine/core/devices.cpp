// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/devices.h"

#include "engine/core/tensor_memory.h"
#include "engine/cuda/module.h"

#include "torchdeck/engine/error.h"
#include "torchdeck/engine/ranks.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/version.h>

#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <malloc.h>
#include <thread>
#include <unistd.h>

namespace torchdeck::engine {

namespace {

std::string cpuName()
{
    std::ifstream in("/proc/cpuinfo");
    for (std::string line; std::getline(in, line);) {
        if (line.rfind("model name", 0) == 0)
            return line.substr(line.find(':') + 2);
    }
    return "CPU";
}

/// Loads LibTorch's CUDA half when it is installed; empty on success, else why not.
std::string loadCuda()
{
    if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL)) {
        if (void *const offer = cudaModuleFunction("torchdeckOfferCudaGraphs"))
            reinterpret_cast<void (*)()>(offer)();
        return {};
    }
    const char *error = dlerror();
    const std::string why = error ? error : "";
    if (why.find("libtorch_cuda.so: cannot open") != std::string::npos)
        return "LibTorch's CUDA library is not installed";
    return "LibTorch's CUDA library cannot be loaded (" + why + ")";
}

bool nvidiaDriverPresent()
{
    std::error_code ignored;
    return std::filesystem::exists("/dev/nvidiactl", ignored);
}

std::vector<DeviceInfo> findDevices()
{
    std::vector<DeviceInfo> list;
    const bool driver = nvidiaDriverPresent();
    const std::string problem = driver ? loadCuda() : "no NVIDIA driver found";
    std::size_t count = 0;
    if (problem.empty() && at::globalContext().hasCUDA())
        count = static_cast<std::size_t>(at::detail::getCUDAHooks().deviceCount());
    for (std::size_t i = 0; i < count; ++i)
        list.push_back({ std::to_string(i), "CUDA device " + std::to_string(i), true, "" });
    if (count == 0) {
        const std::string note = problem.empty() ? "the driver reports no usable device" : problem;
        list.push_back({ "0", "GPU (CUDA)", false, note });
    }
    list.push_back(
        { "cpu", cpuName() + " (" + std::to_string(at::get_num_threads()) + " threads)", true, "" });
    return list;
}

} // namespace

const std::vector<DeviceInfo> &devices()
{
    static const std::vector<DeviceInfo> list = findDevices();
    return list;
}

std::string torchVersion() { return TORCH_VERSION; }

c10::Device chooseDevice(const std::string &text, int localRank)
{
    if (const std::vector<std::string> words = deviceList(text); words.size() > 1) {
        if (localRank >= 0 && localRank < std::ptrdiff_t(words.size()))
            return chooseDevice(words[std::size_t(localRank)]);
        throw EngineError(ErrorKind::Argument,
                          localRank < 0 ? "device=" + text + " names " + std::to_string(words.size())
                                  + " devices and this process works alone: choose one of them. (Only `torchdeck train` with "
                                  + "device=" + text + " starts a process for each.)"
                                        : "device=" + text + " names no device for LOCAL_RANK=" + std::to_string(localRank)
                                  + ": name as many as there are processes.",
                          "device");
    }
    const auto &all = devices();
    if (text == "cpu")
        return c10::Device(c10::kCPU);
    if (text.empty())
        return all.front().available && all.front().id != "cpu" ? c10::Device(c10::kCUDA, 0)
                                                                : c10::Device(c10::kCPU);
    const std::string id = text.rfind("cuda:", 0) == 0 ? text.substr(5) : text == "cuda" ? "0" : text;
    std::string known;
    for (const DeviceInfo &device : all) {
        if (device.available && device.id == id)
            return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(std::stoi(id)));
        if (device.available)
            known += (known.empty() ? "" : ", ") + device.id;
    }
    const std::string why = all.front().available ? "" : " (" + all.front().note + ")";
    throw EngineError(ErrorKind::Argument,
                      "device=" + text + " is not on this machine" + why + ": use one of " + known + ".",
                      "device");
}

std::string describeDevice(const c10::Device &device)
{
    const auto &all = devices();
    const std::string id = device.is_cpu() ? "cpu" : std::to_string(device.index());
    for (const DeviceInfo &info : all) {
        if (info.id == id)
            return (device.is_cpu() ? "CPU: " : "CUDA:" + id + ": ") + info.name;
    }
    return device.str();
}

void tuneProcessMemory()
{
    static const bool done = [] {
        mallopt(M_MMAP_THRESHOLD, 1 << 30);
        mallopt(M_TRIM_THRESHOLD, 1 << 30);
        mallopt(M_TOP_PAD, 64 << 20);
        installTensorMemory();
        return true;
    }();
    (void)done;
}

double memoryMiB()
{
    std::ifstream in("/proc/self/statm");
    long total = 0, resident = 0;
    in >> total >> resident;
    return double(resident) * double(sysconf(_SC_PAGESIZE)) / (1024.0 * 1024.0);
}

} // namespace torchdeck::engine
