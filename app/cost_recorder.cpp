// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cost_recorder.h"

#include <QtCore/QFile>

#include <algorithm>
#include <numeric>

#include <unistd.h>

namespace torchdeck::app {

namespace {

constexpr double mebibyte = 1024.0 * 1024.0;
constexpr double slack = 300 * mebibyte; ///< by which the window itself may grow

double residentBytes()
{
    QFile file(QStringLiteral("/proc/self/statm"));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    return file.readAll().split(' ').value(1).toDouble() * double(sysconf(_SC_PAGESIZE));
}

/// The first epoch also reads and decodes: it counts only when there is no other.
double typical(const std::vector<double> &epochs)
{
    if (epochs.empty())
        return 0;
    const std::ptrdiff_t skip = epochs.size() > 1 ? 1 : 0;
    return std::accumulate(epochs.begin() + skip, epochs.end(), 0.0) / double(std::ssize(epochs) - skip);
}

} // namespace

CostRecorder::CostRecorder(TrainingController &controller, RunCosts &costs, QObject *parent)
    : QObject(parent)
    , m_costs(costs)
    , m_ownMemory(residentBytes())
{
    using C = TrainingController;
    connect(&controller, &C::pretrainRoutineStart, this, &CostRecorder::begin);
    connect(&controller, &C::pretrainRoutineEnd, this, [this](const engine::PretrainRoutineEnd &event) {
        m_cost.key.device = QString::fromStdString(event.device);
        m_onCpu = event.device.rfind("CPU", 0) == 0;
        m_batches = event.batchesPerEpoch;
        m_valImages = event.dataset.valImages;
    });
    connect(&controller, &C::trainStart, this,
            [this](const engine::TrainStart &event) { m_cost.batch = event.config.batch; });
    connect(&controller, &C::batchEnd, this, [this](const engine::BatchEnd &event) {
        const double bytes = event.memoryMiB * mebibyte - (m_onCpu ? m_ownMemory : 0);
        if (m_fresh || !m_onCpu)
            m_cost.peakMemory = std::max(m_cost.peakMemory, bytes);
        m_batches = event.batches; // halved batches are more of them
    });
    connect(&controller, &C::fitEpochEnd, this, &CostRecorder::epochDone);
    connect(&controller, &C::ended, this, &CostRecorder::end);
}

void CostRecorder::begin(const engine::PretrainRoutineStart &event)
{
    m_cost = {};
    m_cost.key = costKey(event.config, {});
    m_fresh = residentBytes() - m_ownMemory < slack;
    m_steps.clear();
    m_validations.clear();
    if (event.resumed) // model= names the checkpoint: a key that comes once
        m_cost.key.model.clear();
}

void CostRecorder::epochDone(const engine::FitEpochEnd &event)
{
    if (event.replayed || event.finalEval || m_batches <= 0 || event.trainSeconds <= 0)
        return;
    m_steps.push_back(event.trainSeconds / double(m_batches));
    const double validation = event.epochSeconds - event.trainSeconds;
    if (m_valImages > 0 && validation > 0)
        m_validations.push_back(validation / double(m_valImages));
}

void CostRecorder::end()
{
    if (m_steps.empty())
        return;
    m_cost.epochs = int(m_steps.size());
    m_cost.stepSeconds = typical(m_steps);
    m_cost.valSecondsPerImage = typical(m_validations);
    m_cost.when = QDateTime::currentDateTimeUtc();
    m_costs.add(m_cost);
    m_steps.clear();
    Q_EMIT recorded();
}

} // namespace torchdeck::app
