// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/optimizer_rules.h"

#include <ATen/ops/_foreach_abs.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_addcdiv.h>
#include <ATen/ops/_foreach_addcmul.h>
#include <ATen/ops/_foreach_div.h>
#include <ATen/ops/_foreach_lerp.h>
#include <ATen/ops/_foreach_maximum.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_sqrt.h>

#include <cmath>

namespace torchdeck::engine {

namespace {

constexpr double beta2 = 0.999, epsilon = 1e-8;
constexpr double rmsAverage = 0.99;

using Tensors = std::vector<at::Tensor>;

double countStep(Optimizer::Group &group)
{
    for (at::Tensor &count : group.steps)
        count.add_(1);
    return group.steps.front().item<double>();
}

/// Averages of the gradients and of their squares.
void updateMoments(Optimizer::Group &group, const Tensors &gradients)
{
    at::_foreach_lerp_(group.first, gradients, 1 - group.momentum);
    at::_foreach_mul_(group.second, beta2);
    at::_foreach_addcmul_(group.second, gradients, gradients, 1 - beta2);
}

/// Adam with the infinity norm, arXiv 1412.6980, section 7.1.
void adamax(Optimizer::Group &group, const Tensors &gradients)
{
    const double step = countStep(group);
    at::_foreach_lerp_(group.first, gradients, 1 - group.momentum);
    Tensors sizes = at::_foreach_abs(gradients);
    at::_foreach_add_(sizes, epsilon);
    at::_foreach_mul_(group.second, beta2);
    at::_foreach_maximum_(group.second, sizes);
    at::_foreach_addcdiv_(group.parameters, group.first, group.second,
                          -group.learningRate / (1 - std::pow(group.momentum, step)));
}

/// Adam with Nesterov momentum (Dozat, 2016).
void nadam(Optimizer::Group &group, const Tensors &gradients)
{
    const auto step = static_cast<int>(countStep(group));
    const auto momentumAt = [&](int i) { return group.momentum * (1 - 0.5 * std::pow(0.96, i * 0.004)); };
    double product = 1;
    for (int i = 1; i <= step; ++i)
        product *= momentumAt(i);
    updateMoments(group, gradients);
    Tensors scale = at::_foreach_div(group.second, 1 - std::pow(beta2, step));
    at::_foreach_sqrt_(scale);
    at::_foreach_add_(scale, epsilon);
    const double next = momentumAt(step + 1);
    at::_foreach_addcdiv_(group.parameters, gradients, scale,
                          -group.learningRate * (1 - momentumAt(step)) / (1 - product));
    at::_foreach_addcdiv_(group.parameters, group.first, scale,
                          -group.learningRate * next / (1 - product * next));
}

/// Adam that waits until the variance is worth something, arXiv 1908.03265.
void radam(Optimizer::Group &group, const Tensors &gradients)
{
    const double step = countStep(group);
    updateMoments(group, gradients);
    const double correction1 = 1 - std::pow(group.momentum, step), correction2 = 1 - std::pow(beta2, step);
    const double longest = 2 / (1 - beta2) - 1;
    const double length = longest - 2 * step * std::pow(beta2, step) / correction2;
    if (length <= 5) {
        at::_foreach_add_(group.parameters, group.first, -group.learningRate / correction1);
        return;
    }
    const double rectified =
        std::sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length));
    Tensors scale = at::_foreach_sqrt(group.second);
    at::_foreach_add_(scale, epsilon);
    at::_foreach_addcdiv_(group.parameters, group.first, scale,
                          -group.learningRate * rectified * std::sqrt(correction2) / correction1);
}

void rmsProp(Optimizer::Group &group, const Tensors &gradients)
{
    at::_foreach_mul_(group.second, rmsAverage);
    at::_foreach_addcmul_(group.second, gradients, gradients, 1 - rmsAverage);
    Tensors scale = at::_foreach_sqrt(group.second);
    at::_foreach_add_(scale, epsilon);
    at::_foreach_mul_(group.first, group.momentum);
    at::_foreach_addcdiv_(group.first, gradients, scale);
    at::_foreach_add_(group.parameters, group.first, -group.learningRate);
}

} // namespace

bool stepByRule(const std::string &name, Optimizer::Group &group, std::vector<at::Tensor> &gradients)
{
    const auto rule = name == "Adamax" ? adamax
        : name == "NAdam"              ? nadam
        : name == "RAdam"              ? radam
        : name == "RMSProp"            ? rmsProp
                                       : nullptr;
    if (!rule)
        return false;
    if (group.weightDecay != 0)
        at::_foreach_add_(gradients, group.parameters, group.weightDecay);
    rule(group, gradients);
    return true;
}

} // namespace torchdeck::engine
