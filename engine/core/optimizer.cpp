// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/optimizer.h"

#include "engine/core/optimizer_rules.h"
#include "torchdeck/engine/error.h"

#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cstdio>

namespace torchdeck::engine {

namespace {
constexpr double maxGradientNorm = 10.0;
constexpr double adamBeta2 = 0.999;
constexpr double adamEpsilon = 1e-8;
} // namespace

Optimizer::Optimizer(const torch::nn::Module &model, const OptimizerChoice &choice, double weightDecay)
    : m_choice(choice)
{
    for (const char *name : { "weight", "bn", "bias" }) {
        Group group;
        group.name = name;
        group.learningRate = group.initialLearningRate = choice.learningRate;
        group.momentum = choice.momentum;
        m_groups.push_back(std::move(group));
    }
    m_groups[0].weightDecay = weightDecay;
    for (const auto &item : model.named_parameters()) {
        if (!item.value().requires_grad())
            continue;
        const bool bias = item.key().find("bias") != std::string::npos;
        Group &group = bias ? m_groups[2] : item.value().dim() == 1 ? m_groups[1] : m_groups[0];
        group.names.push_back(item.key());
        group.parameters.push_back(item.value());
    }
    const bool twoMoments = choice.name != "SGD";
    for (Group &group : m_groups) {
        for (const at::Tensor &parameter : group.parameters) {
            const at::Tensor zero = at::zeros_like(parameter.detach());
            group.first.push_back(zero);
            if (twoMoments) {
                group.second.push_back(at::zeros_like(zero));
                group.steps.push_back(
                    at::zeros({}, parameter.options().dtype(at::kFloat).requires_grad(false)));
            }
        }
    }
}

std::string Optimizer::description() const
{
    char text[200];
    std::snprintf(text, sizeof text, "%s(lr=%g, momentum=%g), %zu weights (decay %g), %zu norms, %zu biases",
                  m_choice.name.c_str(), m_choice.learningRate, m_choice.momentum,
                  m_groups[0].parameters.size(), m_groups[0].weightDecay, m_groups[1].parameters.size(),
                  m_groups[2].parameters.size());
    return text;
}

void Optimizer::step()
{
    at::NoGradGuard noGrad;
    std::vector<at::Tensor> gradients;
    for (Group &group : m_groups) {
        for (at::Tensor &parameter : group.parameters) {
            if (!parameter.grad().defined()) // not reached in any batch so far
                parameter.mutable_grad() = at::zeros_like(parameter);
            gradients.push_back(parameter.grad());
        }
    }
    if (gradients.empty())
        return;
    const at::Tensor norm = at::stack(at::_foreach_norm(gradients, 2)).norm();
    at::_foreach_mul_(gradients, (maxGradientNorm / (norm + 1e-6)).clamp_max(1.0));
    for (Group &group : m_groups) {
        stepGroup(group);
        for (at::Tensor &parameter : group.parameters)
            parameter.mutable_grad().reset();
    }
}

void Optimizer::stepGroup(Group &group)
{
    if (group.parameters.empty())
        return;
    std::vector<at::Tensor> gradients;
    for (const at::Tensor &parameter : group.parameters)
        gradients.push_back(parameter.grad());
    if (stepByRule(m_choice.name, group, gradients)) {
        group.started = true;
        return;
    }
    if (usesMomentum()) {
        at::_fused_sgd_(group.parameters, gradients, group.first, group.weightDecay, group.momentum,
                        group.learningRate, /*dampening=*/0, /*nesterov=*/true, /*maximize=*/false,
                        /*is_first_step=*/!group.started);
    } else {
        for (at::Tensor &count : group.steps)
            count.add_(1);
        const bool decoupled = m_choice.name == "AdamW";
        const at::TensorList noMaxima;
        if (decoupled)
            at::_fused_adamw_(group.parameters, gradients, group.first, group.second, noMaxima, group.steps,
                              group.learningRate, group.momentum, adamBeta2, group.weightDecay, adamEpsilon,
                              /*amsgrad=*/false, /*maximize=*/false);
        else
            at::_fused_adam_(group.parameters, gradients, group.first, group.second, noMaxima, group.steps,
                             group.learningRate, group.momentum, adamBeta2, group.weightDecay, adamEpsilon,
                             /*amsgrad=*/false, /*maximize=*/false);
    }
    group.started = true;
}

std::map<std::string, at::Tensor> Optimizer::state() const
{
    std::map<std::string, at::Tensor> state;
    for (const Group &group : m_groups) {
        for (std::size_t i = 0; i < group.names.size(); ++i) {
            const std::string prefix = group.name + "/";
            state[prefix + "first/" + group.names[i]] = group.first[i];
            if (!group.second.empty()) {
                state[prefix + "second/" + group.names[i]] = group.second[i];
                state[prefix + "step/" + group.names[i]] = group.steps[i];
            }
        }
    }
    return state;
}

void Optimizer::restore(const std::map<std::string, at::Tensor> &state)
{
    at::NoGradGuard noGrad;
    const auto take = [&](const std::string &key, at::Tensor &target) {
        const auto it = state.find(key);
        if (it == state.end() || it->second.sizes() != target.sizes())
            throw EngineError(ErrorKind::Storage,
                              "The checkpoint's optimizer state does not fit this model (" + key
                                  + "): start a new run from its weights instead of resuming.",
                              "resume");
        target.copy_(it->second);
    };
    for (Group &group : m_groups) {
        for (std::size_t i = 0; i < group.names.size(); ++i) {
            take(group.name + "/first/" + group.names[i], group.first[i]);
            if (!group.second.empty()) {
                take(group.name + "/second/" + group.names[i], group.second[i]);
                take(group.name + "/step/" + group.names[i], group.steps[i]);
            }
        }
        group.started = true;
    }
}

} // namespace torchdeck::engine
