// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

#include <deque>
#include <optional>

namespace torchdeck::ui {

struct TimeRange {
    double low = 0, high = 0; ///< seconds
};

/// How sure the time left is. An epoch's length scatters with standard deviation s around its mean m; k more of them,
/// predicted from n seen ones, then take k m +- t s sqrt(k + k^2/n), where t is Student's for 90 % and n - 1 degrees of
/// freedom (the prediction interval of a sum of independent, normal values). Before three epochs are done, blocks of
/// batches stand for epochs: batches beside each other are alike, blocks are nearly independent.
[[nodiscard]] std::optional<TimeRange> timeRange(double secondsLeft, double unitsLeft, const std::deque<double> &units);

/// Collects what a run's own pace is and gives the range for the time it has left.
class PaceSpread {
public:
    void reset();
    void addEpoch(double seconds); ///< training and validation
    void addBatch(double pace); ///< in any unit of time, the same one for all batches
    /// Nothing while there is too little to tell from. `batchesLeft`: of the whole run.
    [[nodiscard]] std::optional<TimeRange> range(double secondsLeft, double batchesLeft) const;

private:
    std::deque<double> m_epochs; ///< the last ones
    std::deque<double> m_batches; ///< the last ones
};

/// How the window says it: "about 12 min" and "10 to 15", in one unit; the second is empty when both ends round to the
/// same.
struct TimeLeftWords {
    QString about, span;
};
[[nodiscard]] TimeLeftWords timeLeftWords(double secondsLeft, const TimeRange &range);

} // namespace torchdeck::ui
