// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace torchdeck::engine {

namespace {
constexpr std::int64_t longRunIterations = 10'000;
constexpr double slowestDecay = 0.9999, decayRamp = 2000;
} // namespace

Schedule::Schedule(const TrainConfig &config, std::int64_t batchesPerEpoch)
    : m_epochs(config.epochs)
    , m_batchesPerEpoch(batchesPerEpoch)
    , m_cosine(config.cosLr)
    , m_lrf(config.lrf)
    , m_warmupEpochs(config.warmupEpochs)
    , m_warmupMomentum(config.warmupMomentum)
    , m_momentum(config.momentum)
    , m_warmupBiasLr(config.warmupBiasLr)
{
    const int accumulate = std::max(static_cast<int>(std::nearbyint(double(config.nbs) / config.batch)), 1);
    m_weightDecay = config.weightDecay * config.batch * accumulate / config.nbs;
    m_nominalAccumulate = m_accumulate = accumulate;
    m_timed = config.time > 0;
    setEpochs(config.epochs);
}

void Schedule::setEpochs(int epochs)
{
    m_epochs = epochs;
    if (!m_timed)
        m_accumulate =
            static_cast<int>(std::min<std::int64_t>(m_nominalAccumulate, m_batchesPerEpoch * epochs));
    // The last epoch at least trains at the regular rate.
    const double warmupEpochs = std::min(m_warmupEpochs, double(std::max(epochs - 1, 0)));
    m_warmup = static_cast<std::int64_t>(std::nearbyint(warmupEpochs * double(m_batchesPerEpoch)));
}

double Schedule::decay(int epoch) const
{
    if (m_cosine) {
        const double phase = double(epoch) * std::numbers::pi / m_epochs;
        return std::max((1 - std::cos(phase)) / 2, 0.0) * (m_lrf - 1) + 1;
    }
    return std::max(1 - double(epoch) / m_epochs, 0.0) * (1 - m_lrf) + m_lrf;
}

double Schedule::ramp(std::int64_t iteration, double from, double to) const
{
    const double part = std::clamp(double(iteration) / double(m_warmup), 0.0, 1.0);
    return from + (to - from) * part;
}

int Schedule::accumulate(std::int64_t iteration) const
{
    if (!warmingUp(iteration))
        return m_accumulate;
    return std::max(1, static_cast<int>(std::nearbyint(ramp(iteration, 1, m_accumulate))));
}

double Schedule::learningRate(std::int64_t iteration, int epoch, double initial, bool bias) const
{
    const double target = initial * decay(epoch);
    return warmingUp(iteration) ? ramp(iteration, bias ? m_warmupBiasLr : 0.0, target) : target;
}

double Schedule::momentum(std::int64_t iteration, double initial) const
{
    if (m_warmup == 0)
        return initial;
    return warmingUp(iteration) ? ramp(iteration, m_warmupMomentum, m_momentum) : m_momentum;
}

double emaDecay(std::int64_t updates) { return slowestDecay * (1 - std::exp(-double(updates) / decayRamp)); }

OptimizerChoice chooseOptimizer(const TrainConfig &config, std::int64_t trainImages, int classes,
                                const std::string &begun)
{
    if (config.optimizer != "auto")
        return { config.optimizer, config.lr0, config.momentum, false };
    const std::int64_t perStep = std::max(config.batch, config.nbs);
    const std::int64_t iterations = (trainImages + perStep - 1) / perStep * config.epochs;
    if (begun == "MuSGD" || (begun != "AdamW" && iterations > longRunIterations))
        return { "MuSGD", 0.01, 0.9, true };
    return { "AdamW", std::round(0.002 * 5 / (4 + classes) * 1e6) / 1e6, 0.9, true };
}

} // namespace torchdeck::engine
