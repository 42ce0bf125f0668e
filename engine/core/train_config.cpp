// SPDX-License-Identifier: GPL-3.0-or-later
#include "torchdeck/engine/train_config.h"

#include "engine/core/argument_values.h"
#include "torchdeck/engine/ranks.h"

#include <algorithm>
#include <cmath>

namespace torchdeck::engine {

namespace {

std::string rangeText(const ArgumentInfo &info)
{
    if (info.minimum && info.maximum && *info.maximum < 2e9)
        return " from " + numberText(*info.minimum) + " to " + numberText(*info.maximum);
    return info.minimum ? " of at least " + numberText(*info.minimum) : std::string();
}

std::optional<ArgumentError> wrong(const ArgumentInfo &info, std::string_view text, const std::string &wanted)
{
    const std::string name(info.name);
    return ArgumentError { name, name + "=" + std::string(text) + " is not valid: give " + wanted + "." };
}

bool inRange(const ArgumentInfo &info, double value)
{
    return (!info.minimum || value >= *info.minimum) && (!info.maximum || value <= *info.maximum);
}

/// Sets one field from text; the overloads follow the field's type.
struct FieldSetter {
    TrainConfig &config;
    const ArgumentInfo &info;
    std::string_view text;

    std::optional<ArgumentError> operator()(int TrainConfig::*field) const
    {
        const auto value = parseNumber(text);
        if (!value || *value != std::floor(*value) || !inRange(info, *value))
            return wrong(info, text, "a whole number" + rangeText(info));
        config.*field = static_cast<int>(*value);
        return std::nullopt;
    }

    std::optional<ArgumentError> operator()(double TrainConfig::*field) const
    {
        const auto value =
            isNullText(text) ? std::optional<double>(TrainConfig {}.*field) : parseNumber(text);
        if (!value || !inRange(info, *value))
            return wrong(info, text, "a number" + rangeText(info));
        config.*field = *value;
        return std::nullopt;
    }

    std::optional<ArgumentError> operator()(bool TrainConfig::*field) const
    {
        const auto value = parseBool(text);
        if (!value)
            return wrong(info, text, "true or false");
        config.*field = *value;
        return std::nullopt;
    }

    std::optional<ArgumentError> operator()(std::string TrainConfig::*field) const
    {
        if (info.kind == ArgumentKind::Choice) {
            std::string list;
            for (const auto choice : info.choices) {
                if (lowerText(choice) == lowerText(text)) {
                    config.*field = std::string(choice);
                    return std::nullopt;
                }
                list += (list.empty() ? "" : ", ") + std::string(choice);
            }
            return wrong(info, text, "one of " + list);
        }
        config.*field = isNullText(text) ? std::string() : std::string(text);
        return std::nullopt;
    }

    std::optional<ArgumentError> operator()(const ArgumentText &field) const
    {
        if (field.set(config, text))
            return std::nullopt;
        return wrong(info, text, std::string(field.wanted));
    }
};

std::optional<ArgumentError> checkForeign(const ForeignArgument &argument, std::string_view text)
{
    const auto given = parseNumber(text);
    const auto usual = parseNumber(argument.defaultText);
    const bool same = (given && usual && *given == *usual) || lowerText(text) == argument.defaultText
        || (isNullText(text) && argument.defaultText == "null")
        || (parseBool(text) && parseBool(argument.defaultText)
            && parseBool(text) == parseBool(argument.defaultText));
    if (same)
        return std::nullopt;
    const std::string name(argument.name);
    return ArgumentError {
        name, name + "=" + std::string(text) + " is not possible here: " + std::string(argument.reason) + "."
    };
}

std::size_t editDistance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({ row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1) });
            diagonal = above;
        }
    }
    return row.back();
}

const ArgumentBinding *findBinding(std::string_view name)
{
    const auto &bindings = argumentBindings();
    const auto it = std::ranges::find(bindings, name, [](const ArgumentBinding &b) { return b.info.name; });
    return it == bindings.end() ? nullptr : &*it;
}

} // namespace

std::span<const ArgumentInfo> trainArguments()
{
    static const std::vector<ArgumentInfo> infos = [] {
        std::vector<ArgumentInfo> list;
        for (const auto &binding : argumentBindings())
            list.push_back(binding.info);
        return list;
    }();
    return infos;
}

const ArgumentInfo *findTrainArgument(std::string_view name)
{
    const ArgumentBinding *binding = findBinding(name);
    return binding ? &binding->info : nullptr;
}

std::string nearestTrainArgument(std::string_view name)
{
    std::string best;
    std::size_t bestDistance = std::max<std::size_t>(2, name.size() / 2);
    for (const auto &binding : argumentBindings()) {
        const std::size_t distance = editDistance(lowerText(name), binding.info.name);
        if (distance < bestDistance) {
            bestDistance = distance;
            best = binding.info.name;
        }
    }
    return best;
}

std::optional<ArgumentError> setTrainArgument(TrainConfig &config, std::string_view name,
                                              std::string_view text)
{
    if (const ArgumentBinding *binding = findBinding(name))
        return std::visit(FieldSetter { config, binding->info, text }, binding->field);
    const auto &foreign = foreignArguments();
    const auto it = std::ranges::find(foreign, name, &ForeignArgument::name);
    if (it != foreign.end())
        return checkForeign(*it, text);
    const std::string nearest = nearestTrainArgument(name);
    return ArgumentError { std::string(name),
                           "There is no argument '" + std::string(name) + "'"
                               + (nearest.empty() ? "; see `torchdeck train --help`."
                                                  : "; did you mean '" + nearest + "'?") };
}

std::string trainArgumentText(const TrainConfig &config, std::string_view name)
{
    const ArgumentBinding *binding = findBinding(name);
    if (!binding)
        return {};
    return std::visit(
        [&](auto field) -> std::string {
            if constexpr (std::is_same_v<decltype(field), ArgumentText>) {
                return field.get(config);
            } else {
                const auto &value = config.*field;
                using T = std::decay_t<decltype(value)>;
                if constexpr (std::is_same_v<T, bool>)
                    return value ? "true" : "false";
                else if constexpr (std::is_same_v<T, std::string>)
                    return value.empty() ? "null" : value;
                else if constexpr (std::is_same_v<T, int>)
                    return std::to_string(value);
                else
                    return numberText(value);
            }
        },
        binding->field);
}

std::vector<ArgumentError> checkTrainConfig(const TrainConfig &config)
{
    std::vector<ArgumentError> errors;
    for (const auto &binding : argumentBindings()) {
        const std::string text = trainArgumentText(config, binding.info.name);
        TrainConfig scratch;
        if (text == "null")
            continue;
        if (auto error = setTrainArgument(scratch, binding.info.name, text))
            errors.push_back(*error);
    }
    if (const std::string problem = deviceListProblem(config.device); !problem.empty())
        errors.push_back({ "device", problem });
    if (config.data.empty() && !config.resume)
        errors.push_back({ "data", "No data set given: add data=PATH/data.yaml." });
    if (config.model.empty() && !config.resume)
        errors.push_back({ "model", "No model given: add model=yolov8n.yaml (or s, m, l, x)." });
    if (config.name.find('/') != std::string::npos)
        errors.push_back(
            { "name", "name=" + config.name + " must be a plain folder name; use project= for the path." });
    return errors;
}

} // namespace torchdeck::engine
