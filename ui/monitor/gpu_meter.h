// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

#include <optional>

namespace torchdeck::ui {

/// How busy a GPU is. Shares in [0, 1].
struct GpuLoad {
    double busy = 0; ///< of the last moments, as the driver counts
    double memory = 0; ///< used share, by all programs
};

/// Asks NVIDIA's driver through NVML (its API reference: nvmlInit_v2, nvmlDeviceGetUtilizationRates, ...), which is
/// loaded at the first question; without it there are no answers. A question may take long: none for the main thread.
/// One thread at a time.
class GpuMeter {
public:
    explicit GpuMeter(QString library = QStringLiteral("libnvidia-ml.so.1"));
    ~GpuMeter();
    GpuMeter(const GpuMeter &) = delete;
    GpuMeter &operator=(const GpuMeter &) = delete;

    /// `device` as the engine names it: "CUDA:0: NVIDIA H100". Nothing when it cannot be told.
    [[nodiscard]] std::optional<GpuLoad> read(const QString &device);

private:
    struct Nvml;
    [[nodiscard]] bool open();
    [[nodiscard]] void *find(const QString &device) const; ///< NVML's handle

    QString m_library;
    Nvml *m_nvml = nullptr;
    bool m_tried = false;
    QString m_device;
    void *m_handle = nullptr; ///< of m_device
};

} // namespace torchdeck::ui
