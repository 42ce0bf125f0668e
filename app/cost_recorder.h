// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/run_costs.h"
#include "app/training_controller.h"

namespace torchdeck::app {

/// Listens to runs and keeps what they cost. Main thread.
class CostRecorder : public QObject {
    Q_OBJECT
public:
    CostRecorder(TrainingController &controller, RunCosts &costs, QObject *parent = nullptr);

Q_SIGNALS:
    void recorded(); ///< a run has ended and its costs are known

private:
    void begin(const engine::PretrainRoutineStart &event);
    void epochDone(const engine::FitEpochEnd &event);
    void end();

    RunCosts &m_costs;
    double m_ownMemory; ///< bytes of this process before any run
    RunCost m_cost;
    std::int64_t m_batches = 0, m_valImages = 0;
    std::vector<double> m_steps, m_validations; ///< an epoch each: seconds a batch, seconds an image
    bool m_onCpu = true;
    bool m_fresh = true; ///< this process holds no memory of an earlier run
};

} // namespace torchdeck::app
