// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace torchdeck::engine {

/// Ends a run when the fitness has not improved for `patience` epochs (0 = never).
class EarlyStopping {
public:
    explicit EarlyStopping(int patience)
        : m_patience(patience)
    {
    }

    /// Call once an epoch (0-based). True: stop.
    bool update(int epoch, double fitness)
    {
        if (fitness > m_best
            || m_best == 0) { // zero fitness: the early phase has not learnt anything to lose
            m_best = fitness;
            m_bestEpoch = epoch;
        }
        return m_patience > 0 && epoch - m_bestEpoch >= m_patience;
    }

    void setPatience(int patience) { m_patience = patience; }
    [[nodiscard]] double best() const { return m_best; }
    [[nodiscard]] int bestEpoch() const { return m_bestEpoch; }
    void restore(double best, int bestEpoch)
    {
        m_best = best;
        m_bestEpoch = bestEpoch;
    }

private:
    int m_patience;
    double m_best = 0;
    int m_bestEpoch = 0;
};

} // namespace torchdeck::engine
