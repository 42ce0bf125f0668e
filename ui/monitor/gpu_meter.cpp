// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/gpu_meter.h"

#include <QtCore/QRegularExpression>
#include <QtCore/QStringList>

#include <algorithm>
#include <dlfcn.h>
#include <type_traits>
#include <utility>

namespace torchdeck::ui {

namespace {

constexpr int good = 0; ///< NVML_SUCCESS
constexpr unsigned nameLength = 96; ///< NVML_DEVICE_NAME_V2_BUFFER_SIZE

struct Utilization { ///< nvmlUtilization_t, percent
    unsigned gpu, memory;
};
struct Memory { ///< nvmlMemory_t, bytes
    unsigned long long total, free, used;
};

/// CUDA counts the devices that CUDA_VISIBLE_DEVICES leaves, NVML counts all of them.
int physicalIndex(int index)
{
    const QStringList visible = qEnvironmentVariable("CUDA_VISIBLE_DEVICES").split(u',');
    bool number = false;
    const int physical = visible.value(index).trimmed().toInt(&number);
    return number ? physical : index;
}

} // namespace

struct GpuMeter::Nvml {
    void *library = nullptr;
    int (*init)() = nullptr;
    int (*shutdown)() = nullptr;
    int (*count)(unsigned *) = nullptr;
    int (*handle)(unsigned, void **) = nullptr;
    int (*name)(void *, char *, unsigned) = nullptr;
    int (*utilization)(void *, Utilization *) = nullptr;
    int (*memory)(void *, Memory *) = nullptr;

    bool load(const QString &file)
    {
        library = ::dlopen(file.toLocal8Bit().constData(), RTLD_LAZY | RTLD_LOCAL);
        const auto find = [this](auto &function, const char *symbol) {
            function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, symbol));
            return function != nullptr;
        };
        return library && find(init, "nvmlInit_v2") && find(shutdown, "nvmlShutdown")
            && find(count, "nvmlDeviceGetCount_v2") && find(handle, "nvmlDeviceGetHandleByIndex_v2")
            && find(name, "nvmlDeviceGetName") && find(utilization, "nvmlDeviceGetUtilizationRates")
            && find(memory, "nvmlDeviceGetMemoryInfo");
    }
    ~Nvml()
    {
        if (library)
            ::dlclose(library);
    }
};

GpuMeter::GpuMeter(QString library)
    : m_library(std::move(library))
{
}

GpuMeter::~GpuMeter()
{
    if (m_nvml)
        m_nvml->shutdown();
    delete m_nvml;
}

bool GpuMeter::open()
{
    if (!std::exchange(m_tried, true)) {
        m_nvml = new Nvml;
        if (!m_nvml->load(m_library) || m_nvml->init() != good) {
            delete m_nvml;
            m_nvml = nullptr;
        }
    }
    return m_nvml != nullptr;
}

/// The one of that number if its name is right, else the first of that name: NVML counts by bus, CUDA may count the
/// fastest first.
void *GpuMeter::find(const QString &device) const
{
    static const QRegularExpression form(QStringLiteral("^cuda:?(\\d+)"), QRegularExpression::CaseInsensitiveOption);
    const QRegularExpressionMatch match = form.match(device);
    unsigned count = 0;
    if (!match.hasMatch() || m_nvml->count(&count) != good)
        return nullptr;
    const auto number = static_cast<unsigned>(physicalIndex(match.captured(1).toInt()));
    void *byNumber = nullptr, *byName = nullptr;
    for (unsigned i = 0; i < count; ++i) {
        void *handle = nullptr;
        char name[nameLength] = {};
        if (m_nvml->handle(i, &handle) != good || m_nvml->name(handle, name, nameLength) != good)
            continue;
        const bool named = device.contains(QString::fromUtf8(name));
        if (i == number) {
            byNumber = handle;
            if (named)
                return handle;
        }
        if (named && !byName)
            byName = handle;
    }
    return byName ? byName : byNumber;
}

std::optional<GpuLoad> GpuMeter::read(const QString &device)
{
    if (!open())
        return {};
    if (device != m_device) {
        m_device = device;
        m_handle = find(device);
    }
    Utilization used {};
    Memory memory {};
    if (!m_handle || m_nvml->utilization(m_handle, &used) != good || m_nvml->memory(m_handle, &memory) != good
        || memory.total == 0)
        return {};
    return GpuLoad { std::min(1.0, used.gpu / 100.0),
                     std::min(1.0, static_cast<double>(memory.used) / static_cast<double>(memory.total)) };
}

} // namespace torchdeck::ui
