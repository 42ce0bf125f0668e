// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/layer_freeze.h"

#include "torchdeck/engine/error.h"

#include <torch/nn/modules/batchnorm.h>

#include <algorithm>

namespace torchdeck::engine {

FrozenLayers::FrozenLayers(const TrainConfig &config)
{
    for (int layer = 0; layer < config.freeze; ++layer)
        m_prefixes.push_back("model." + std::to_string(layer) + ".");
    for (const std::string &layer : config.freezeLayers)
        m_prefixes.push_back("model." + layer + ".");
}

bool FrozenLayers::names(const std::string &member) const
{
    return std::ranges::any_of(m_prefixes,
                               [&](const std::string &prefix) { return member.starts_with(prefix); });
}

void FrozenLayers::freeze(torch::nn::Module &model) const
{
    const auto parameters = model.named_parameters();
    for (const std::string &prefix : m_prefixes) {
        // freeze=N may count layers without parameters; a layer that is named must be there.
        const bool inside = std::ranges::any_of(
            model.named_modules(), [&](const auto &item) { return (item.key() + ".").starts_with(prefix); });
        if (!inside)
            throw EngineError(ErrorKind::Argument,
                              "freeze names the layer " + prefix.substr(6, prefix.size() - 7)
                                  + ", which the model does not have: give layers that it has.",
                              "freeze");
    }
    bool trains = false;
    for (const auto &item : parameters) {
        if (names(item.key()) || item.key().find(".dfl") != std::string::npos)
            at::Tensor(item.value()).set_requires_grad(false);
        trains = trains || item.value().requires_grad();
    }
    if (!trains)
        throw EngineError(ErrorKind::Argument, "freeze leaves no layer to train: freeze fewer layers.",
                          "freeze");
}

void FrozenLayers::holdStatistics(torch::nn::Module &model) const
{
    if (m_prefixes.empty())
        return;
    for (const auto &item : model.named_modules()) {
        if (auto *norm = item.value()->as<torch::nn::BatchNorm2d>(); norm && names(item.key()))
            norm->eval();
    }
}

} // namespace torchdeck::engine
