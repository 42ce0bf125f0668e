// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pace_spread.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QLocale>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace torchdeck::ui {

namespace {

constexpr std::size_t mostEpochs = 30; ///< a run that has changed its pace is not held to its first epochs
constexpr std::size_t mostBatches = 4096;
constexpr std::size_t blocks = 8;
constexpr std::size_t fewestEpochs = 3;
constexpr double widest = 0.9; ///< of the time left, to either side

/// Student's t for a two-sided 90 %, by degrees of freedom from 1.
double studentT(std::size_t freedom)
{
    constexpr std::array<double, 12> table { 6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812, 1.796, 1.782 };
    return freedom == 0 ? table[0] : freedom <= table.size() ? table[freedom - 1] : 1.70;
}

struct Unit {
    double seconds;
    double step; ///< in it
};

struct Words {
    Q_DECLARE_TR_FUNCTIONS(torchdeck::ui::PaceSpread)
};

} // namespace

std::optional<TimeRange> timeRange(double secondsLeft, double unitsLeft, const std::deque<double> &units)
{
    const auto n = double(units.size());
    if (units.size() < 2 || !std::isfinite(secondsLeft) || secondsLeft <= 0 || !(unitsLeft > 0))
        return std::nullopt;
    const double mean = std::accumulate(units.cbegin(), units.cend(), 0.0) / n;
    if (!std::isfinite(mean) || mean <= 0)
        return std::nullopt;
    double squares = 0;
    for (const double unit : units)
        squares += (unit - mean) * (unit - mean);
    const double scatter = std::sqrt(squares / (n - 1)) / mean;
    const double part = std::min(widest, studentT(units.size() - 1) * scatter * std::sqrt(1 / unitsLeft + 1 / n));
    return TimeRange { secondsLeft * (1 - part), secondsLeft * (1 + part) };
}

void PaceSpread::reset()
{
    m_epochs.clear();
    m_batches.clear();
}

void PaceSpread::addEpoch(double seconds)
{
    if (!std::isfinite(seconds) || seconds <= 0)
        return;
    m_epochs.push_back(seconds);
    if (m_epochs.size() > mostEpochs)
        m_epochs.pop_front();
}

void PaceSpread::addBatch(double pace)
{
    if (!std::isfinite(pace) || pace <= 0 || m_epochs.size() >= fewestEpochs)
        return;
    m_batches.push_back(pace);
    if (m_batches.size() > mostBatches)
        m_batches.pop_front();
}

std::optional<TimeRange> PaceSpread::range(double secondsLeft, double batchesLeft) const
{
    if (m_epochs.size() >= fewestEpochs) {
        const double mean = std::accumulate(m_epochs.cbegin(), m_epochs.cend(), 0.0) / double(m_epochs.size());
        return timeRange(secondsLeft, secondsLeft / mean, m_epochs);
    }
    const std::size_t length = m_batches.size() / blocks;
    if (length == 0)
        return std::nullopt;
    std::deque<double> means; // of the newest whole blocks
    for (auto at = m_batches.cend() - std::ptrdiff_t(length * blocks); at != m_batches.cend();
         at += std::ptrdiff_t(length))
        means.push_back(std::accumulate(at, at + std::ptrdiff_t(length), 0.0) / double(length));
    return timeRange(secondsLeft, batchesLeft / double(length), means);
}

TimeLeftWords timeLeftWords(double secondsLeft, const TimeRange &range)
{
    const Unit unit = secondsLeft < 90 ? Unit { 1, 1 }
        : secondsLeft < 90 * 60        ? Unit { 60, 1 }
        : secondsLeft < 36 * 3600      ? Unit { 3600, secondsLeft < 10 * 3600 ? 0.5 : 1 }
                                       : Unit { 86400, 0.5 };
    const double step = unit.seconds * unit.step;
    const auto number = [&](double steps) {
        return QLocale().toString(steps * unit.step, 'f', unit.step < 1 && std::fmod(steps, 2) != 0 ? 1 : 0);
    };
    const double middle = std::max(1.0, std::round(secondsLeft / step));
    const double low = std::clamp(std::round(range.low / step), 0.0, middle);
    const double high = std::max(middle, std::round(range.high / step));
    const QString mean = number(middle);
    TimeLeftWords words;
    words.about = unit.seconds == 1 ? Words::tr("about %1 s").arg(mean)
        : unit.seconds == 60        ? Words::tr("about %1 min").arg(mean)
        : unit.seconds == 3600      ? Words::tr("about %1 h").arg(mean)
                                    : Words::tr("about %1 d").arg(mean);
    if (low < high)
        words.span = Words::tr("%1\u2013%2").arg(number(low), number(high));
    return words;
}

} // namespace torchdeck::ui
