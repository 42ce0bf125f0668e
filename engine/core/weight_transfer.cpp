// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/weight_transfer.h"

#include "engine/core/argument_values.h"
#include "engine/nn/layer_plan.h"

#include <algorithm>

namespace torchdeck::engine {

namespace {

/// "model.22." of the last layer.
std::string headPrefix(const NamedTensors &state)
{
    int last = -1;
    for (const auto &[name, tensor] : state) {
        if (name.starts_with("model."))
            last = std::max(last, std::atoi(name.c_str() + 6));
    }
    return "model." + std::to_string(last) + ".";
}

/// Channels that a convolution of the head reads, 0 when there is none of this name.
std::int64_t inputChannels(const NamedTensors &state, const std::string &name)
{
    const auto it = state.find(headPrefix(state) + name + ".weight");
    return it == state.end() || it->second.dim() != 4 ? 0 : it->second.size(1);
}

std::string plainName(const std::string &name)
{
    const std::size_t first = name.find_first_not_of(" \t");
    if (first == std::string::npos)
        return {};
    return lowerText(name.substr(first, name.find_last_not_of(" \t") - first + 1));
}

/// Names that say nothing but the number: "0", "1", ...
bool arePlaceholders(const std::vector<std::string> &names)
{
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] != std::to_string(i))
            return false;
    }
    return true;
}

/// For each class of `wanted` its row in `source`, -1 = none; empty when rows need not move.
std::vector<std::int64_t> rowsByName(const std::vector<std::string> &source,
                                     const std::vector<std::string> &wanted)
{
    if (arePlaceholders(source) || arePlaceholders(wanted))
        return {};
    std::map<std::string, std::int64_t> places;
    for (std::size_t i = 0; i < source.size(); ++i)
        places[plainName(source[i])] = static_cast<std::int64_t>(i);
    std::vector<std::int64_t> rows;
    bool any = false, same = source.size() == wanted.size();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto it = places.find(plainName(wanted[i]));
        rows.push_back(it == places.end() ? -1 : it->second);
        any = any || rows.back() >= 0;
        same = same && rows.back() == static_cast<std::int64_t>(i);
    }
    return any && !same ? rows : std::vector<std::int64_t>();
}

/// The last layers of the class branches: "model.22.cv3.0.2.weight", also of a one-to-one branch.
bool isClassLayer(const std::string &name, const std::string &head)
{
    if (!name.starts_with(head))
        return false;
    const std::string rest = name.substr(head.size());
    const std::size_t branch = rest.starts_with("one2one_cv3.") ? 12 : rest.starts_with("cv3.") ? 4 : 0;
    const std::size_t dot = rest.find('.', branch);
    if (branch == 0 || dot == std::string::npos)
        return false;
    const std::string_view tail = std::string_view(rest).substr(dot);
    return tail == ".2.weight" || tail == ".2.bias";
}

} // namespace

nn::ModelSpec specOf(const Checkpoint &checkpoint)
{
    nn::ModelSpec spec = nn::parseModelSpec(checkpoint.specYaml, checkpoint.specName);
    spec.classWidth = inputChannels(checkpoint.ema, "cv3.0.2");
    return spec;
}

void adoptClassWidth(nn::ModelSpec &spec, const Checkpoint &source, std::int64_t classes)
{
    const nn::NetworkPlan plan = nn::planNetwork(spec, classes, 3);
    const std::vector<std::int64_t> &inputs = plan.layers.back().inChannels;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (inputChannels(source.ema, "cv2." + std::to_string(i) + ".0.conv") != inputs[i])
            return;
    }
    spec.classWidth = inputChannels(source.ema, "cv3.0.2");
}

WeightTransfer transferWeights(nn::DetectionModel &model, const Checkpoint &source,
                               const std::vector<std::string> &classNames, bool byName)
{
    const NamedTensors own = stateOf(model);
    const std::string head = headPrefix(own);
    const std::vector<std::int64_t> rows =
        byName ? rowsByName(source.classNames, classNames) : std::vector<std::int64_t>();
    WeightTransfer transfer;
    transfer.total = own.size();
    transfer.classesByName =
        static_cast<std::size_t>(std::ranges::count_if(rows, [](std::int64_t row) { return row >= 0; }));
    at::NoGradGuard noGrad;
    for (const auto &[name, tensor] : own) {
        const auto it = source.ema.find(name);
        if (it == source.ema.end())
            continue;
        at::Tensor target = tensor;
        const bool moveRows = !rows.empty() && isClassLayer(name, head)
            && target.size(0) == static_cast<std::int64_t>(rows.size())
            && it->second.sizes().slice(1) == target.sizes().slice(1);
        if (moveRows) {
            for (std::size_t i = 0; i < rows.size(); ++i) {
                if (rows[i] >= 0 && rows[i] < it->second.size(0))
                    target.select(0, static_cast<std::int64_t>(i)).copy_(it->second.select(0, rows[i]));
            }
        } else if (it->second.sizes() == target.sizes()) {
            target.copy_(it->second);
        } else {
            continue;
        }
        ++transfer.taken;
    }
    return transfer;
}

} // namespace torchdeck::engine
