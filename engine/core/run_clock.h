// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>

namespace torchdeck::engine {

/// Wall time of a run and what is left of it. Estimates follow the run's own pace: smoothed batch time, last
/// validation time; validation and the final validation are part of the estimate.
class RunClock {
public:
    explicit RunClock(double earlierSeconds = 0)
        : m_earlier(earlierSeconds)
    {
    }

    [[nodiscard]] double elapsed() const { return m_earlier + since(m_start); }

    void beginEpoch() { m_epochStart = m_lastBatch = std::chrono::steady_clock::now(); }
    void batchDone()
    {
        const auto now = std::chrono::steady_clock::now();
        const double seconds = std::chrono::duration<double>(now - m_lastBatch).count();
        m_lastBatch = now;
        m_batchSeconds = m_batchSeconds == 0 ? seconds : 0.9 * m_batchSeconds + 0.1 * seconds;
    }
    /// A pause, so that it counts nowhere.
    void leaveOut(std::chrono::steady_clock::duration pause)
    {
        for (Point *point : { &m_start, &m_epochStart, &m_lastBatch })
            *point += pause;
    }
    void trainingDone() { m_trainSeconds = since(m_epochStart); }
    void epochDone()
    {
        m_epochSeconds = since(m_epochStart);
        m_valSeconds = m_epochSeconds - m_trainSeconds;
    }

    [[nodiscard]] double trainSeconds() const { return m_trainSeconds; }
    [[nodiscard]] double epochSeconds() const { return m_epochSeconds; }
    [[nodiscard]] double batchSeconds() const { return m_batchSeconds; }
    [[nodiscard]] double epochSecondsLeft(long batchesLeft) const
    {
        return double(batchesLeft) * m_batchSeconds + m_valSeconds;
    }
    [[nodiscard]] double runSecondsLeft(long batchesLeft, long batchesPerEpoch, int epochsLeft) const
    {
        const double epoch = double(batchesPerEpoch) * m_batchSeconds + m_valSeconds;
        return epochSecondsLeft(batchesLeft) + epochsLeft * epoch + m_valSeconds;
    }

private:
    using Point = std::chrono::steady_clock::time_point;
    [[nodiscard]] static double since(Point point)
    {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - point).count();
    }

    double m_earlier;
    Point m_start = std::chrono::steady_clock::now();
    Point m_epochStart = m_start, m_lastBatch = m_start;
    double m_batchSeconds = 0, m_trainSeconds = 0, m_valSeconds = 0, m_epochSeconds = 0;
};

} // namespace torchdeck::engine
