// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/system_sample.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QFile>
#include <QtCore/QList>

#include <algorithm>

namespace torchdeck::ui {

namespace {

constexpr double full = 0.85; ///< a share from which on a part counts as the limit
constexpr double idle = 0.6;
constexpr double memoryFull = 0.93;
constexpr qint64 sectorBytes = 512; ///< of /proc/diskstats, whatever the disk's own

struct Words {
    Q_DECLARE_TR_FUNCTIONS(SystemVerdict)
};

QByteArray readProc(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

qint64 kibibytes(const QByteArray &meminfo, const QByteArray &key)
{
    const auto at = meminfo.indexOf(key + ':');
    if (at < 0)
        return 0;
    const QByteArray line = meminfo.mid(at + key.size() + 1, meminfo.indexOf('\n', at) - at - key.size() - 1);
    return line.simplified().split(' ').value(0).toLongLong();
}

/// Whole disks only: partitions and the devices stacked on them would count twice.
bool isDisk(const QByteArray &name)
{
    if (name.startsWith("nvme") || name.startsWith("mmcblk"))
        return !name.contains('p');
    return (name.startsWith("sd") || name.startsWith("vd") || name.startsWith("xvd") || name.startsWith("hd"))
        && !(name.back() >= '0' && name.back() <= '9');
}

} // namespace

SystemCounters parseCounters(const QByteArray &stat, const QByteArray &meminfo, const QByteArray &diskstats,
                             qint64 atMs)
{
    SystemCounters counters;
    counters.atMs = atMs;
    const QList<QByteArray> cpu = stat.left(stat.indexOf('\n')).simplified().split(' ');
    for (qsizetype i = 1; i < std::min<qsizetype>(cpu.size(), 9); ++i) {
        counters.cpuTotal += cpu[i].toLongLong();
        if (i != 4 && i != 5) // idle, waiting for input and output
            counters.cpuBusy += cpu[i].toLongLong();
    }
    counters.memoryTotal = kibibytes(meminfo, "MemTotal") * 1024;
    counters.memoryAvailable = kibibytes(meminfo, "MemAvailable") * 1024;
    const QList<QByteArray> lines = diskstats.split('\n');
    for (const QByteArray &line : lines) {
        const QList<QByteArray> cells = line.simplified().split(' ');
        if (cells.size() < 13 || !isDisk(cells[2]))
            continue;
        counters.diskBytes += (cells[5].toLongLong() + cells[9].toLongLong()) * sectorBytes;
        counters.diskBusyMs = std::max(counters.diskBusyMs, cells[12].toLongLong());
    }
    return counters;
}

SystemLoad loadBetween(const SystemCounters &before, const SystemCounters &now)
{
    SystemLoad load;
    const auto share = [](qint64 part, qint64 whole) {
        return whole > 0 ? std::clamp(static_cast<double>(part) / static_cast<double>(whole), 0.0, 1.0) : 0.0;
    };
    load.cpu = share(now.cpuBusy - before.cpuBusy, now.cpuTotal - before.cpuTotal);
    load.memory = share(now.memoryTotal - now.memoryAvailable, now.memoryTotal);
    const qint64 ms = now.atMs - before.atMs;
    load.diskBusy = share(now.diskBusyMs - before.diskBusyMs, ms);
    if (ms > 0)
        load.diskBytesPerSecond =
            static_cast<double>(std::max<qint64>(0, now.diskBytes - before.diskBytes)) * 1000 / static_cast<double>(ms);
    return load;
}

QString verdict(const SystemLoad &load, bool gpu)
{
    if (load.memory > memoryFull)
        return Words::tr("Memory is nearly full: a smaller batch, a smaller image size or cache=false gives room.");
    if (gpu && load.gpu && load.gpu->busy > full)
        return Words::tr("The GPU is the limit, as it should be: a smaller model or image size is faster.");
    if (load.diskBusy > full && load.cpu < full)
        return Words::tr("The disk is the limit: cache=ram or a faster disk speeds it up.");
    if (load.cpu > full)
        return gpu ? Words::tr("The processor is the limit: preparing images keeps the GPU waiting. Fewer "
                               "augmentations or cache=ram helps.")
                   : Words::tr("Computing is the limit, as it should be: a GPU or a smaller model is faster.");
    if (gpu && load.gpu && load.gpu->busy < idle)
        return Words::tr("The GPU waits, and nothing else is busy: a larger batch or more workers may be faster.");
    if (gpu)
        return Words::tr("Nothing on this computer holds the GPU back.");
    if (load.cpu < idle)
        return Words::tr("The processor is not busy: other settings of workers or a larger batch may be faster.");
    return Words::tr("Computing and data are in balance.");
}

std::optional<SystemCounters> readCounters(qint64 atMs)
{
    const QByteArray stat = readProc(QStringLiteral("/proc/stat"));
    if (!stat.startsWith("cpu"))
        return {};
    return parseCounters(stat, readProc(QStringLiteral("/proc/meminfo")), readProc(QStringLiteral("/proc/diskstats")),
                         atMs);
}

} // namespace torchdeck::ui
