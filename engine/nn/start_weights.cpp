// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/nn/start_weights.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/utils.h>

namespace torchdeck::engine::nn {

namespace {

std::mutex &building()
{
    static std::mutex mutex;
    return mutex;
}

} // namespace

StartWeights::StartWeights(std::uint64_t seed)
    : m_alone(building())
{
    torch::manual_seed(seed);
}

StartWeights::StartWeights()
    : m_alone(building())
    , m_before(at::detail::getDefaultCPUGenerator().get_state())
{
}

StartWeights::~StartWeights()
{
    if (!m_before.defined())
        return;
    at::Generator random = at::detail::getDefaultCPUGenerator();
    random.set_state(m_before);
}

} // namespace torchdeck::engine::nn
