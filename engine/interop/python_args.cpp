// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/interop/python_args.h"

#include <algorithm>
#include <charconv>

namespace torchdeck::engine::interop {

namespace {

/// Of our arguments, the ones that a version we write for refuses as unknown, or that have another meaning
/// there.
constexpr std::string_view notForPython[] = { "hub", "val_fraction", "batch_memory" };
/// Unknown to Ultralytics 8.3, which refuses to resume a run that has them: named only when they say something.
constexpr std::string_view since84[] = { "cls_pw", "cls_remap" };
/// Texts here, numbers or lists there.
constexpr std::string_view parsed[] = { "scale", "freeze", "classes", "fraction" };

void writeNumber(PickleWriter &out, std::string_view text)
{
    std::int64_t integer = 0;
    double real = 0;
    const char *end = text.data() + text.size();
    if (std::from_chars(text.data(), end, integer).ptr == end)
        out.integer(integer);
    else if (std::from_chars(text.data(), end, real).ptr == end)
        out.real(real);
    else
        out.text(text);
}

/// "[0, 2]", "0.5" or "10"
void writeParsed(PickleWriter &out, std::string_view text)
{
    if (!text.starts_with('[')) {
        writeNumber(out, text);
        return;
    }
    out.emptyList();
    out.mark();
    std::string entry;
    for (const char c : text.substr(1)) {
        if (c == ',' || c == ']') {
            if (!entry.empty())
                writeNumber(out, entry);
            entry.clear();
        } else if (c != ' ' && c != '"' && c != '\'') {
            entry += c;
        }
    }
    out.appends();
}

/// Arguments whose default is another word there.
bool writeSpecial(PickleWriter &out, std::string_view name, const std::string &text)
{
    const bool isTrue = text == "true", isFalse = text == "false";
    if (name == "cache") {
        if (text == "ram" || text == "disk")
            out.text(text);
        else
            out.boolean(isTrue);
        return true;
    }
    if (name == "pretrained") {
        if (text == "null" || isTrue || isFalse)
            out.boolean(!isFalse);
        else
            out.text(text);
        return true;
    }
    const bool unset = (name == "time" && text == "0") || (name == "conf" && text == "0.001")
        || (name == "freeze" && text == "0");
    if (unset)
        out.none();
    else if (name == "multi_scale" && text == "0")
        out.boolean(false); // a switch until 8.3, a range since
    else if (name == "resume")
        out.boolean(false);
    else
        return false;
    return true;
}

void writeArgument(PickleWriter &out, const ArgumentInfo &info, const std::string &text)
{
    if (writeSpecial(out, info.name, text))
        return;
    if (text == "null") {
        out.none();
        return;
    }
    if (std::ranges::find(parsed, info.name) != std::end(parsed)) {
        writeParsed(out, text);
        return;
    }
    switch (info.kind) {
    case ArgumentKind::Int:
        writeNumber(out, text);
        return;
    case ArgumentKind::Float: {
        double value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value);
        out.real(value);
        return;
    }
    case ArgumentKind::Bool:
        out.boolean(text == "true");
        return;
    case ArgumentKind::Text:
    case ArgumentKind::Path:
    case ArgumentKind::Choice:
        out.text(text);
        return;
    }
}

std::string numberText(double value)
{
    char buffer[64];
    return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

std::string textOf(const Value &value)
{
    switch (value.kind) {
    case Kind::None:
        return "null";
    case Kind::Bool:
        return value.integer != 0 ? "true" : "false";
    case Kind::Int:
        return std::to_string(value.integer);
    case Kind::Float:
        return numberText(value.real);
    case Kind::Text:
        return value.text;
    case Kind::List:
    case Kind::Tuple: {
        std::string list = "[";
        for (const Value *item : value.items) {
            if (item->is(Kind::List) || item->is(Kind::Tuple) || list.size() > 4096)
                return "null";
            list += (list.size() > 1 ? ", " : "") + textOf(*item);
        }
        return list + "]";
    }
    default:
        return "null";
    }
}

} // namespace

void writeTrainArgs(PickleWriter &out, const Checkpoint &c)
{
    TrainConfig config = c.config;
    if (config.optimizer == "auto" && !c.optimizerName.empty() && !c.optimizerGroups.empty()) {
        config.optimizer = c.optimizerName;
        config.lr0 = c.optimizerGroups.front().initialLearningRate;
        config.warmupBiasLr = 0;
        if (c.optimizerName != "SGD")
            config.momentum = c.optimizerGroups.front().momentum;
    }
    out.emptyDict();
    out.mark();
    out.key("task");
    out.text("detect");
    out.key("mode");
    out.text("train");
    for (const ArgumentInfo &info : trainArguments()) {
        const std::string text = trainArgumentText(config, info.name);
        const auto isIn = [&](const auto &names) { return std::ranges::find(names, info.name) != std::end(names); };
        const bool unsaid = c.forOldPython || text == trainArgumentText({}, info.name);
        if (isIn(notForPython) || (isIn(since84) && unsaid))
            continue;
        out.key(info.name);
        writeArgument(out, info, text);
    }
    if (c.resumable && !c.saveDir.empty()) {
        out.key("save_dir");
        out.text(c.saveDir);
    }
    out.setItems();
}

TrainConfig readTrainArgs(const Value &args)
{
    TrainConfig config;
    if (!args.is(Kind::Dict))
        return config;
    for (const ArgumentInfo &info : trainArguments()) {
        const Value *value = args.find(info.name);
        if (!value || value->is(Kind::None) || info.name == "resume")
            continue;
        const std::string text = textOf(*value);
        // Values of another version that are not valid here keep our default.
        if (info.name == "pretrained" && text == "true")
            continue;
        (void)setTrainArgument(config, info.name, text);
    }
    return config;
}

} // namespace torchdeck::engine::interop
