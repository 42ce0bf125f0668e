// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/nn/layer_plan.h"

#include "engine/nn/layer_rules.h"
#include "torchdeck/engine/error.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <regex>

namespace torchdeck::engine::nn {

namespace {

/// Large enough for a stride of 128; every level's stride is this over its map size.
constexpr std::int64_t kReferenceSize = 1024;

const ModuleRule &ruleFor(const ModelSpec &spec, const SpecLayer &row)
{
    for (const ModuleRule &rule : moduleRules()) {
        if (row.module == rule.name) {
            return rule;
        }
    }
    const std::vector<std::string> names = knownModules();
    std::string all;
    for (const std::string &name : names) {
        all += (all.empty() ? "" : ", ") + name;
    }
    const std::string near = nearestName(row.module, names);
    failAtLine(spec, row.line,
               "unknown module '" + row.module + "'" + (near.empty() ? "" : " (did you mean " + near + "?)")
                   + "; known modules: " + all);
}

Activation parseActivation(const ModelSpec &spec)
{
    if (spec.activation.empty()) {
        return {};
    }
    using Kind = Activation::Kind;
    static const std::array<std::pair<const char *, Activation>, 8> known { {
        { "SiLU", { Kind::SiLU, 0 } },
        { "ReLU", { Kind::ReLU, 0 } },
        { "ReLU6", { Kind::ReLU6, 0 } },
        { "LeakyReLU", { Kind::LeakyReLU, 0.01 } },
        { "Hardswish", { Kind::Hardswish, 0 } },
        { "Mish", { Kind::Mish, 0 } },
        { "GELU", { Kind::GELU, 0 } },
        { "ELU", { Kind::ELU, 1.0 } },
    } };
    static const std::regex form(R"(^(?:torch\.)?(?:nn\.)?(\w+)(?:\((\d*\.?\d+)?(?:inplace=True)?\))?$)");
    std::smatch match;
    if (std::regex_match(spec.activation, match, form)) {
        for (const auto &[name, activation] : known) {
            if (match[1] == name) {
                Activation result = activation;
                if (match[2].matched) {
                    result.slope = std::stod(match[2]);
                }
                return result;
            }
        }
    }
    throw EngineError(ErrorKind::Argument,
                      spec.file + ": activation '" + spec.activation
                          + "' is not known; use one of nn.SiLU(), nn.ReLU(), nn.ReLU6(), nn.LeakyReLU(0.1), "
                            "nn.Hardswish(), nn.Mish(), nn.GELU(), nn.ELU().",
                      "model");
}

/// Absolute indices of a row's inputs; -1 stays only for the image.
std::vector<int> absoluteInputs(const ModelSpec &spec, const SpecLayer &row, int index)
{
    std::vector<int> result;
    for (const int from : row.from) {
        const int absolute = from == -1 ? index - 1 : from;
        if (absolute >= index || absolute < -1 || (absolute == -1 && index != 0)) {
            failAtLine(spec, row.line,
                       "`from` names layer " + std::to_string(from) + ", but layer " + std::to_string(index)
                           + " can only take layers before it");
        }
        result.push_back(absolute);
    }
    return result;
}

void checkHeadLevels(const ModelSpec &spec, const SpecLayer &row, const std::vector<MapShape> &inputs,
                     std::vector<std::int64_t> &strides)
{
    for (const MapShape &map : inputs) {
        if (map.size < 1 || kReferenceSize % map.size != 0) {
            failAtLine(spec, row.line,
                       row.module + ": a level does not divide the image evenly (stride 1024/"
                           + std::to_string(map.size) + ")");
        }
        strides.push_back(kReferenceSize / map.size);
    }
    if (!std::is_sorted(strides.begin(), strides.end())) {
        failAtLine(spec, row.line, row.module + ": list the levels from the finest to the coarsest map");
    }
}

} // namespace

std::vector<std::string> knownModules()
{
    std::vector<std::string> names;
    for (const ModuleRule &rule : moduleRules()) {
        names.emplace_back(rule.name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string nearestName(std::string_view name, std::span<const std::string> names)
{
    std::string best;
    std::size_t bestDistance = std::max<std::size_t>(1, name.size() / 3) + 1;
    for (const std::string &candidate : names) {
        std::vector<std::size_t> row(candidate.size() + 1);
        std::iota(row.begin(), row.end(), std::size_t { 0 });
        for (std::size_t i = 0; i < name.size(); ++i) {
            std::size_t diagonal = row[0];
            row[0] = i + 1;
            for (std::size_t j = 0; j < candidate.size(); ++j) {
                const std::size_t replaced = diagonal + (name[i] == candidate[j] ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = std::min({ replaced, row[j] + 1, row[j + 1] + 1 });
            }
        }
        if (row.back() < bestDistance) {
            bestDistance = row.back();
            best = candidate;
        }
    }
    return best;
}

NetworkPlan planNetwork(const ModelSpec &spec, std::int64_t nc, std::int64_t channels)
{
    NetworkPlan network;
    network.activation = parseActivation(spec);
    std::vector<SpecLayer> rows = spec.backbone;
    rows.insert(rows.end(), spec.head.begin(), spec.head.end());
    std::vector<MapShape> shapes;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const SpecLayer &row = rows[i];
        const ModuleRule &rule = ruleFor(spec, row);
        LayerPlan plan;
        plan.index = static_cast<int>(i);
        plan.module = row.module;
        plan.line = row.line;
        plan.from = absoluteInputs(spec, row, plan.index);
        std::vector<MapShape> inputs;
        for (const int from : plan.from) {
            inputs.push_back(from < 0 ? MapShape { channels, kReferenceSize }
                                      : shapes[static_cast<std::size_t>(from)]);
            plan.inChannels.push_back(inputs.back().channels);
        }
        if (!rule.manyInputs && inputs.size() != 1) {
            failAtLine(spec, row.line,
                       row.module + " takes one layer in `from`, not " + std::to_string(inputs.size()));
        }
        if (rule.head != (i + 1 == rows.size())) {
            failAtLine(spec, row.line,
                       rule.head ? row.module + " must be the last row"
                                 : "the last row must be a head (Detect), not " + row.module);
        }
        RuleContext context(spec, row, nc, inputs, plan);
        rule.apply(context);
        plan.copies = rule.ownRepeats ? 1 : context.repeats();
        if (plan.copies > 1 && (rule.manyInputs || inputs[0].channels != context.output.channels)) {
            failAtLine(spec, row.line,
                       row.module
                           + " can be repeated only when it keeps the number of channels: use repeats 1");
        }
        if (plan.copies > 1 && inputs[0].size != context.output.size) {
            failAtLine(spec, row.line,
                       row.module + " that changes the map's size cannot be repeated: use repeats 1");
        }
        if (rule.head) {
            checkHeadLevels(spec, row, inputs, network.strides);
        } else if (context.output.size < 1) {
            failAtLine(spec, row.line, row.module + " leaves no cell of a 1024 px image: too many strides");
        }
        plan.outChannels = context.output.channels;
        shapes.push_back(context.output);
        network.layers.push_back(std::move(plan));
    }
    return network;
}

} // namespace torchdeck::engine::nn
