// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/ema.h"

#include "engine/core/schedule.h"

#include <ATen/ops/_foreach_lerp.h>

namespace torchdeck::engine {

Ema::Ema(const nn::DetectionModel &model)
    : m_average(nn::cloneModel(model))
{
    m_average->eval();
    for (at::Tensor &parameter : m_average->parameters())
        parameter.set_requires_grad(false);
    const auto pair = [this](const auto &averaged, const auto &source) {
        for (const auto &item : averaged) {
            if (item.value().is_floating_point()) {
                m_averaged.push_back(item.value());
                m_source.push_back(source[item.key()].detach());
            }
        }
    };
    pair(m_average->named_parameters(), model.named_parameters());
    pair(m_average->named_buffers(), model.named_buffers());
}

void Ema::update()
{
    at::NoGradGuard noGrad;
    ++m_updates;
    at::_foreach_lerp_(m_averaged, m_source, 1 - emaDecay(m_updates));
}

} // namespace torchdeck::engine
