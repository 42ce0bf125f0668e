// SPDX-License-Identifier: GPL-3.0-or-later
// Stands in for NVIDIA's libnvidia-ml.so.1: two devices, the second one busy. Fails while FAKE_NVML_DEAD is set.
#include <cstdio>
#include <cstdlib>

namespace {

struct Device {
    const char *name;
    unsigned busy;
    unsigned long long total, used;
};
Device devices[] = { { "NVIDIA Small", 5, 1000, 100 }, { "NVIDIA Large", 90, 4000, 3000 } };

int answer() { return std::getenv("FAKE_NVML_DEAD") ? 15 : 0; } // NVML_ERROR_GPU_IS_LOST

} // namespace

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED int nvmlInit_v2() { return answer(); }

EXPORTED int nvmlShutdown() { return 0; }

EXPORTED int nvmlDeviceGetCount_v2(unsigned *count)
{
    *count = 2;
    return answer();
}

EXPORTED int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
    *device = &devices[index];
    return answer();
}

EXPORTED int nvmlDeviceGetName(void *device, char *name, unsigned length)
{
    std::snprintf(name, length, "%s", static_cast<Device *>(device)->name);
    return answer();
}

EXPORTED int nvmlDeviceGetUtilizationRates(void *device, unsigned *gpuAndMemory)
{
    gpuAndMemory[0] = static_cast<Device *>(device)->busy;
    gpuAndMemory[1] = 0;
    return answer();
}

EXPORTED int nvmlDeviceGetMemoryInfo(void *device, unsigned long long *totalFreeUsed)
{
    const Device &it = *static_cast<Device *>(device);
    totalFreeUsed[0] = it.total;
    totalFreeUsed[1] = it.total - it.used;
    totalFreeUsed[2] = it.used;
    return answer();
}
