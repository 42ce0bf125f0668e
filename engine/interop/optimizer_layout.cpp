// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/interop/optimizer_layout.h"

#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>

namespace torchdeck::engine::interop {

namespace {

constexpr OptimizerLayout layouts[] = {
    { "SGD", "momentum_buffer", "", false },
    { "Adam", "exp_avg", "exp_avg_sq", true },
    { "AdamW", "exp_avg", "exp_avg_sq", true },
    { "Adamax", "exp_avg", "exp_inf", true },
    { "NAdam", "exp_avg", "exp_avg_sq", true },
    { "RAdam", "exp_avg", "exp_avg_sq", true },
    { "RMSProp", "momentum_buffer", "square_avg", true },
};

/// Order of the groups: since 8.4, and before (the constructor got the biases, the others were added).
constexpr std::string_view newOrder[] = { "weight", "bn", "bias" };
constexpr std::string_view oldOrder[] = { "bias", "weight", "bn" };
constexpr double beta2 = 0.999, epsilon = 1e-8, rmsAverage = 0.99;

std::vector<std::string> namesOf(const std::vector<OrderedParameter> &parameters, std::string_view group)
{
    std::vector<std::string> names;
    for (const OrderedParameter &parameter : parameters) {
        if (parameter.group == group)
            names.push_back(parameter.name);
    }
    return names;
}

/// "AdamW" of old automatic runs is only told by what the state holds.
std::string guessName(const Value &stateDict, const std::string &argument)
{
    if (findOptimizerLayout(argument))
        return argument;
    const Value &state = stateDict.at("state");
    const Value *first = state.items.size() >= 2 ? state.items[1] : nullptr;
    if (!argument.empty() && argument != "auto")
        return argument;
    return first && first->find("exp_avg") ? "AdamW" : "SGD";
}

const Value *findNumber(const Value &dict, std::int64_t number)
{
    for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
        if (dict.items[i]->is(Kind::Int) && dict.items[i]->integer == number)
            return dict.items[i + 1];
    }
    return nullptr;
}

at::Tensor stepTensor(const Value &value, TensorReader &tensors)
{
    at::Tensor step = at::zeros({}, at::kFloat);
    if (value.is(Kind::Tensor))
        step.copy_(tensors.read(value).reshape({}));
    else
        step.fill_(value.toDouble());
    return step;
}

void writeGroup(PickleWriter &out, const Checkpoint::OptimizerGroup &group, const std::string &optimizer,
                std::int64_t firstIndex, std::int64_t count)
{
    const auto real = [&](std::string_view key, double value) {
        out.key(key);
        out.real(value);
    };
    const auto flag = [&](std::string_view key, bool value) {
        out.key(key);
        out.boolean(value);
    };
    out.emptyDict();
    out.mark();
    real("lr", group.learningRate);
    real("initial_lr", group.initialLearningRate);
    real("weight_decay", group.weightDecay);
    if (optimizer == "SGD" || optimizer == "RMSProp") {
        real("momentum", group.momentum);
    } else {
        out.key("betas");
        out.mark();
        out.real(group.momentum);
        out.real(beta2);
        out.tuple();
    }
    if (optimizer == "SGD") {
        real("dampening", 0);
        flag("nesterov", true);
    } else {
        real("eps", epsilon);
        flag("capturable", false);
    }
    if (optimizer == "RMSProp") {
        real("alpha", rmsAverage);
        flag("centered", false);
    }
    if (optimizer == "Adam" || optimizer == "AdamW")
        flag("amsgrad", false);
    if (optimizer != "SGD" && optimizer != "RMSProp" && optimizer != "Adamax")
        flag("decoupled_weight_decay", optimizer == "AdamW");
    flag("maximize", false);
    flag("differentiable", false);
    out.key("foreach");
    out.none();
    out.key("fused");
    out.none();
    if (!group.name.empty()) {
        out.key("param_group");
        out.text(group.name);
    }
    out.key("params");
    out.emptyList();
    out.mark();
    for (std::int64_t i = 0; i < count; ++i)
        out.integer(firstIndex + i);
    out.appends();
    out.setItems();
}

} // namespace

const OptimizerLayout *findOptimizerLayout(std::string_view name)
{
    const auto it = std::ranges::find(layouts, name, &OptimizerLayout::name);
    return it == std::end(layouts) ? nullptr : it;
}

NamedTensors readOptimizer(const Value &stateDict, TensorReader &tensors,
                           const std::vector<OrderedParameter> &parameters, std::string &optimizerName)
{
    optimizerName = guessName(stateDict, optimizerName);
    const OptimizerLayout *layout = findOptimizerLayout(optimizerName);
    const Value &groups = stateDict.at("param_groups");
    if (!layout || !groups.is(Kind::List) || groups.items.size() != std::size(newOrder))
        return {};
    const Value &states = stateDict.at("state");
    NamedTensors result;
    std::int64_t index = 0;
    for (std::size_t g = 0; g < groups.items.size(); ++g) {
        const Value *named = groups.items[g]->find("param_group");
        const std::string group(named ? std::string_view(named->toText()) : oldOrder[g]);
        const std::vector<std::string> names = namesOf(parameters, group);
        if (groups.items[g]->at("params").items.size() != names.size())
            return {};
        for (const std::string &name : names) {
            const Value *state = findNumber(states, index++);
            const Value *first = state ? state->find(layout->first) : nullptr;
            if (!first || !first->is(Kind::Tensor))
                continue; // never had a gradient
            result[group + "/first/" + name] = tensors.read(*first).to(at::kFloat);
            if (layout->second.empty())
                continue;
            result[group + "/second/" + name] = tensors.read(state->at(layout->second)).to(at::kFloat);
            result[group + "/step/" + name] = stepTensor(state->at("step"), tensors);
        }
    }
    return result;
}

void writeOptimizer(PickleWriter &out, TensorWriter &tensors, const Checkpoint &c,
                    const std::vector<OrderedParameter> &parameters)
{
    const OptimizerLayout *layout = findOptimizerLayout(c.optimizerName);
    // NAdam's running product of momenta is computed anew here, Python keeps it.
    if (!layout || layout->name == "NAdam" || c.optimizerGroups.size() != std::size(newOrder)) {
        out.none();
        return;
    }
    const auto find = [&](const std::string &key) {
        const auto it = c.optimizer.find(key);
        return it == c.optimizer.end() ? nullptr : &it->second;
    };
    out.emptyDict();
    out.mark();
    out.key("state");
    out.emptyDict();
    out.mark();
    std::int64_t index = 0;
    std::vector<std::int64_t> counts;
    const auto &order = c.forOldPython ? oldOrder : newOrder;
    for (const std::string_view group : order) {
        const std::vector<std::string> names = namesOf(parameters, group);
        counts.push_back(static_cast<std::int64_t>(names.size()));
        for (const std::string &name : names) {
            const std::string prefix = std::string(group) + '/';
            const at::Tensor *first = find(prefix + "first/" + name);
            const std::int64_t number = index++;
            if (!first)
                continue; // frozen
            out.integer(number);
            out.emptyDict();
            out.mark();
            out.key(layout->first);
            tensors.tensor(*first);
            if (const at::Tensor *second = find(prefix + "second/" + name)) {
                out.key(layout->second);
                tensors.tensor(*second);
            }
            if (const at::Tensor *step = find(prefix + "step/" + name)) {
                out.key("step");
                tensors.tensor(*step);
            }
            out.setItems();
        }
    }
    out.setItems();
    out.key("param_groups");
    out.emptyList();
    out.mark();
    std::int64_t begin = 0;
    for (std::size_t g = 0; g < std::size(newOrder); ++g) {
        const auto it = std::ranges::find(c.optimizerGroups, order[g], &Checkpoint::OptimizerGroup::name);
        auto group = it == c.optimizerGroups.end() ? Checkpoint::OptimizerGroup {} : *it;
        if (c.forOldPython)
            group.name.clear(); // there a group is known by its place
        writeGroup(out, group, c.optimizerName, begin, counts[g]);
        begin += counts[g];
    }
    out.appends();
    out.setItems();
}

} // namespace torchdeck::engine::interop
