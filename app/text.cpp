// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/text.h"

#include <cmath>

namespace torchdeck::app {

QString durationText(double seconds)
{
    if (!std::isfinite(seconds) || seconds < 0)
        return QStringLiteral("-");
    if (seconds < 59.95)
        return QStringLiteral("%1 s").arg(seconds, 0, 'f', seconds < 9.95 ? 1 : 0);
    const auto whole = static_cast<long long>(std::llround(seconds));
    if (whole < 3600)
        return QStringLiteral("%1 min %2 s").arg(whole / 60).arg(whole % 60, 2, 10, QLatin1Char('0'));
    return QStringLiteral("%1 h %2 min").arg(whole / 3600).arg(whole / 60 % 60, 2, 10, QLatin1Char('0'));
}

} // namespace torchdeck::app
