// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What a result has to say of the machine it was taken on, and what a process holds in memory. Linux.

#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>
#include <QtCore/QThread>

#include <cmath>
#include <cstdlib>

namespace torchdeck::bench {

/// Everything of a file below /proc, which tells no size.
inline QByteArray procText(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// The text after `key` up to the end of its line.
inline QByteArray valueOf(const QByteArray &text, const QByteArray &key)
{
    const auto at = text.startsWith(key) ? 0 : text.indexOf('\n' + key) + 1;
    if (at == 0 && !text.startsWith(key))
        return {};
    const auto from = at + key.size(), end = text.indexOf('\n', from);
    return text.mid(from, end < 0 ? -1 : end - from).trimmed();
}

/// Cores, processor and load averages (over 1 and 5 minutes) as they are now: ask before and after a measurement.
inline QJsonObject machine()
{
    double load[2] = { -1, -1 };
    (void)::getloadavg(load, 2);
    QByteArray model = valueOf(procText(QStringLiteral("/proc/cpuinfo")), "model name");
    model = model.mid(model.indexOf(':') + 1).trimmed();
    return { { QStringLiteral("cores"), QThread::idealThreadCount() },
             { QStringLiteral("cpu"), QString::fromUtf8(model) },
             { QStringLiteral("load_average"), QJsonArray { load[0], load[1] } } };
}

/// MiB of a line in kB such as "VmHWM:\t 123 kB".
inline double kilobyteLine(const QByteArray &text, const QByteArray &key)
{
    return valueOf(text, key).split(' ').value(0).toDouble() / 1024;
}

/// The highest resident size since the process began or forgetPeak(); MiB.
inline double peakMiB(const QString &process)
{
    return kilobyteLine(procText(QStringLiteral("/proc/%1/status").arg(process)), "VmHWM:");
}

inline double residentMiB(const QString &process)
{
    return kilobyteLine(procText(QStringLiteral("/proc/%1/status").arg(process)), "VmRSS:");
}

/// Shared pages divided by those who share them.
inline double proportionalMiB(const QString &process)
{
    return kilobyteLine(procText(QStringLiteral("/proc/%1/smaps_rollup").arg(process)), "Pss:");
}

/// The peak counts from now on (proc(5), clear_refs). False: the kernel does not let us.
inline bool forgetPeak(const QString &process)
{
    QFile file(QStringLiteral("/proc/%1/clear_refs").arg(process));
    return file.open(QIODevice::WriteOnly | QIODevice::Unbuffered) && file.write("5") == 1;
}

/// For people: three digits after the point.
inline double rounded(double value) { return std::round(value * 1000) / 1000; }

} // namespace torchdeck::bench
