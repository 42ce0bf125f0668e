// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/monitor/gpu_meter.h"

#include <QtCore/QByteArray>
#include <QtCore/QString>

#include <optional>

namespace torchdeck::ui {

/// Counters of /proc at one moment.
struct SystemCounters {
    qint64 cpuBusy = 0, cpuTotal = 0; ///< ticks of all cores since boot
    qint64 memoryTotal = 0, memoryAvailable = 0; ///< bytes
    qint64 diskBytes = 0; ///< read and written since boot
    qint64 diskBusyMs = 0; ///< of the busiest disk since boot
    qint64 atMs = 0; ///< monotonic
};

/// What happened between two moments. Shares in [0, 1].
struct SystemLoad {
    double cpu = 0;
    double memory = 0; ///< used share
    double diskBusy = 0;
    double diskBytesPerSecond = 0;
    std::optional<GpuLoad> gpu = {}; ///< of the one that trains, where the driver tells
};

// Pure parts, for tests.
[[nodiscard]] SystemCounters parseCounters(const QByteArray &stat, const QByteArray &meminfo,
                                           const QByteArray &diskstats, qint64 atMs);
[[nodiscard]] SystemLoad loadBetween(const SystemCounters &before, const SystemCounters &now);
/// One sentence on what limits the run, by the load of the last while. `gpu`: it trains on a GPU.
[[nodiscard]] QString verdict(const SystemLoad &load, bool gpu);

/// Reads /proc (well under a millisecond); nothing where there is none.
[[nodiscard]] std::optional<SystemCounters> readCounters(qint64 atMs);

} // namespace torchdeck::ui
