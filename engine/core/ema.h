// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/nn/model.h"

namespace torchdeck::engine {

/// Exponential moving average of all parameters and buffers, the weights that are validated and saved. The
/// decay ramps up, see emaDecay().
class Ema {
public:
    explicit Ema(const nn::DetectionModel &model);

    /// After every optimizer step.
    void update();
    [[nodiscard]] nn::DetectionModel &model() { return *m_average; }
    [[nodiscard]] std::shared_ptr<const nn::DetectionModel> sharedModel() const { return m_average; }
    [[nodiscard]] std::int64_t updates() const { return m_updates; }
    void setUpdates(std::int64_t updates) { m_updates = updates; }

private:
    std::shared_ptr<nn::DetectionModel> m_average;
    std::vector<at::Tensor> m_averaged, m_source; ///< floating-point tensors of both, paired
    std::int64_t m_updates = 0;
};

} // namespace torchdeck::engine
