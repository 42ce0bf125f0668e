// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/optimizer.h"

#include "engine/core/muon.h"
#include "engine/core/optimizer_rules.h"
#include "torchdeck/engine/error.h"

#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_foreach_zero.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cstdio>

namespace torchdeck::engine {

namespace {
constexpr double maxGradientNorm = 10.0;
constexpr double adamBeta2 = 0.999;
constexpr double adamEpsilon = 1e-8;
constexpr double classBranchBoost = 3;

/// N of "model.N.rest", -1 for other names.
int layerOf(const std::string &name) { return name.starts_with("model.") ? std::atoi(name.c_str() + 6) : -1; }

/// Belongs to the class branch of one of the head's levels, of either head.
bool isClassBranch(const std::string &name, int headLayer)
{
    const std::string head = "model." + std::to_string(headLayer) + ".";
    return name.starts_with(head + "cv3.") || name.starts_with(head + "one2one_cv3.");
}

} // namespace

Optimizer::Optimizer(const torch::nn::Module &model, const OptimizerChoice &choice, double weightDecay)
    : m_choice(choice)
{
    addGroups(weightDecay);
    const auto parameters = model.named_parameters();
    int last = -1; // the head is the last layer
    for (const auto &item : parameters)
        last = std::max(last, layerOf(item.key()));
    for (const auto &item : parameters) {
        if (item.value().requires_grad())
            addParameter(item.key(), item.value(), isMuSgd() && isClassBranch(item.key(), last));
    }
    makeState();
}

void Optimizer::addGroups(double weightDecay)
{
    std::vector<std::string> names { "weight", "bn", "bias" };
    if (isMuSgd())
        names.emplace_back("muon");
    for (const std::string &name : names) {
        for (const bool boosted : isMuSgd() ? std::vector { true, false } : std::vector { false }) {
            Group group;
            group.name = name;
            group.learningRate = group.initialLearningRate =
                m_choice.learningRate * (boosted ? classBranchBoost : 1);
            group.momentum = m_choice.momentum;
            group.weightDecay = name == "weight" || name == "muon" ? weightDecay : 0;
            m_groups.push_back(std::move(group));
        }
    }
}

void Optimizer::addParameter(const std::string &name, const at::Tensor &parameter, bool boosted)
{
    const std::size_t kind = isMuSgd() && (parameter.dim() == 2 || parameter.dim() == 4) ? 3
        : name.find("bias") != std::string::npos                                         ? 2
        : parameter.dim() == 1                                                           ? 1
                                                                                         : 0;
    Group &group = m_groups[isMuSgd() ? 2 * kind + (boosted ? 0 : 1) : kind];
    group.names.push_back(name);
    group.parameters.push_back(parameter);
}

void Optimizer::makeState()
{
    for (Group &group : m_groups) {
        const bool counts = !isMuSgd() && m_choice.name != "SGD";
        const bool two = counts || group.name == "muon";
        for (const at::Tensor &parameter : group.parameters) {
            group.first.push_back(at::zeros_like(parameter.detach()));
            if (two)
                group.second.push_back(at::zeros_like(parameter.detach()));
            if (counts)
                group.steps.push_back(
                    at::zeros({}, parameter.options().dtype(at::kFloat).requires_grad(false)));
        }
    }
}

double Optimizer::learningRate() const
{
    return (isMuSgd() ? m_groups.back() : m_groups.front()).learningRate;
}

std::string Optimizer::description() const
{
    std::map<std::string, std::size_t> counts;
    double decay = 0;
    for (const Group &group : m_groups) {
        counts[group.name] += group.parameters.size();
        decay = std::max(decay, group.weightDecay);
    }
    char text[200];
    std::snprintf(text, sizeof text, "%s(lr=%g, momentum=%g), %zu weights (decay %g), %zu norms, %zu biases",
                  m_choice.name.c_str(), m_choice.learningRate, m_choice.momentum,
                  counts["weight"] + counts["muon"], decay, counts["bn"], counts["bias"]);
    return text;
}

void Optimizer::step(Gradients then)
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
        clear(group, then);
    }
}

void Optimizer::clear(Group &group, Gradients then)
{
    std::vector<at::Tensor> gradients;
    for (at::Tensor &parameter : group.parameters) {
        if (then == Gradients::Drop)
            parameter.mutable_grad().reset();
        else
            gradients.push_back(parameter.grad());
    }
    if (!gradients.empty())
        at::_foreach_zero_(gradients);
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
    if (group.name == "muon")
        stepMuon(group, gradients);
    if (usesMomentum()) {
        std::vector<at::Tensor> &momenta = group.name == "muon" ? group.second : group.first;
        at::_fused_sgd_(group.parameters, gradients, momenta, group.weightDecay, group.momentum,
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
            if (!group.second.empty())
                state[prefix + "second/" + group.names[i]] = group.second[i];
            if (!group.steps.empty())
                state[prefix + "step/" + group.names[i]] = group.steps[i];
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
            if (!group.second.empty())
                take(group.name + "/second/" + group.names[i], group.second[i]);
            if (!group.steps.empty())
                take(group.name + "/step/" + group.names[i], group.steps[i]);
        }
        group.started = true;
    }
}

} // namespace torchdeck::engine
