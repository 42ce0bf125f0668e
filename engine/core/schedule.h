// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/train_config.h"

#include <cstdint>

namespace torchdeck::engine {

/// Learning rate, momentum and gradient accumulation over a run, with Ultralytics' rules: linear or cosine
/// decay per epoch, linear warm-up per batch. Pure.
class Schedule {
public:
    Schedule(const TrainConfig &config, std::int64_t batchesPerEpoch);

    /// Factor of the initial learning rate in `epoch` (0-based).
    [[nodiscard]] double decay(int epoch) const;
    [[nodiscard]] std::int64_t warmupIterations() const { return m_warmup; }
    [[nodiscard]] bool warmingUp(std::int64_t iteration) const
    {
        return m_warmup > 0 && iteration <= m_warmup;
    }
    /// Batches whose gradients are added up before a step at `iteration` (counted over the whole run).
    [[nodiscard]] int accumulate(std::int64_t iteration) const;
    [[nodiscard]] double learningRate(std::int64_t iteration, int epoch, double initial, bool bias) const;
    /// Of SGD and its kind; `initial` is the optimizer's own. The warm-up ends at the `momentum` argument,
    /// also where the automatic choice started with another one.
    [[nodiscard]] double momentum(std::int64_t iteration, double initial) const;
    [[nodiscard]] int nominalAccumulate() const { return m_accumulate; }
    /// Weight decay scaled to the batch really used.
    [[nodiscard]] double weightDecay() const { return m_weightDecay; }
    /// auto: the bias warm-up starts at zero as well.
    void setWarmupBiasLr(double value) { m_warmupBiasLr = value; }
    /// From here on as if the run had begun with this many: time= estimates anew after each epoch, the user changes it.
    void setEpochs(int epochs);

private:
    [[nodiscard]] double ramp(std::int64_t iteration, double from, double to) const;

    int m_epochs;
    std::int64_t m_batchesPerEpoch;
    bool m_cosine;
    double m_lrf;
    double m_warmupEpochs;
    double m_warmupMomentum, m_momentum;
    double m_warmupBiasLr;
    double m_weightDecay;
    std::int64_t m_warmup = 0;
    int m_nominalAccumulate = 1; ///< of a long run
    int m_accumulate = 1;
    bool m_timed = false; ///< nobody knows how many batches there will be
};

/// Share of the old average that stays at the `updates`-th update (counted from 1): rises to 0.9999, so that
/// the random start is soon forgotten.
[[nodiscard]] double emaDecay(std::int64_t updates);

/// Which optimizer, learning rate and beta/momentum `optimizer=` means.
struct OptimizerChoice {
    std::string name; ///< as the argument names it: SGD, Adam, AdamW, ...
    double learningRate = 0;
    double momentum = 0;
    bool automatic = false;
};

/// auto: AdamW with lr = 0.002 * 5 / (4 + nc) up to 10,000 optimizer steps, MuSGD with lr 0.01 beyond. A resumed run
/// keeps the one it began with (`begun`), also when its number of epochs was changed since.
[[nodiscard]] OptimizerChoice chooseOptimizer(const TrainConfig &config, std::int64_t trainImages,
                                              int classes, const std::string &begun = {});

} // namespace torchdeck::engine
