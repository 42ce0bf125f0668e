// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/format.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QLocale>

#include <algorithm>
#include <cmath>

namespace torchdeck::ui {

namespace {

struct Format {
    Q_DECLARE_TR_FUNCTIONS(Format)
};

} // namespace

QString durationWords(double seconds)
{
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e9)
        return QStringLiteral("-");
    const auto total = static_cast<qint64>(std::llround(seconds));
    const qint64 s = total % 60, min = total / 60 % 60, h = total / 3600 % 24, days = total / 86400;
    if (days > 0)
        return Format::tr("%1 d %2 h").arg(days).arg(h);
    if (h > 0)
        return Format::tr("%1 h %2 min").arg(h).arg(min, 2, 10, QLatin1Char('0'));
    if (min > 0)
        return Format::tr("%1 min %2 s").arg(min).arg(s, 2, 10, QLatin1Char('0'));
    return Format::tr("%1 s").arg(s);
}

QString countdownClock(std::chrono::milliseconds left)
{
    const qint64 total = (std::max<qint64>(0, left.count()) + 999) / 1000;
    const QLatin1Char zero('0');
    if (total >= 3600)
        return QStringLiteral("%1:%2:%3")
            .arg(total / 3600)
            .arg(total / 60 % 60, 2, 10, zero)
            .arg(total % 60, 2, 10, zero);
    return QStringLiteral("%1:%2").arg(total / 60).arg(total % 60, 2, 10, zero);
}

std::chrono::milliseconds timeLeft(hub::TimePoint deadline, hub::TimePoint now)
{
    return std::max(std::chrono::milliseconds(0),
                    std::chrono::ceil<std::chrono::milliseconds>(deadline - now));
}

QString inWords(hub::TimePoint deadline, hub::TimePoint now)
{
    const auto left = timeLeft(deadline, now);
    if (left.count() == 0)
        return Format::tr("now");
    return Format::tr("in %1").arg(durationWords(std::ceil(static_cast<double>(left.count()) / 1000.0)));
}

QString bytesWords(qint64 bytes)
{
    return QLocale().formattedDataSize(std::max<qint64>(0, bytes), 1, QLocale::DataSizeSIFormat);
}

QString countWords(qint64 value) { return QLocale().toString(value); }

QString metricWords(double value)
{
    return std::isfinite(value) ? QLocale().toString(value, 'f', 3) : QStringLiteral("-");
}

QByteArray csvCell(const QString &text)
{
    const bool plain = std::none_of(text.cbegin(), text.cend(), [](QChar c) { return c == u',' || c == u'"' || c == u'\n' || c == u'\r'; });
    return plain ? text.toUtf8() : '"' + QString(text).replace(u'"', QLatin1String("\"\"")).toUtf8() + '"';
}

QString compactNumber(double value)
{
    if (!std::isfinite(value))
        return QStringLiteral("-");
    return QLocale().toString(value, 'g', 3);
}

} // namespace torchdeck::ui
