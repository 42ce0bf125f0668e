// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/interop/model_yaml.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace torchdeck::engine::interop {

namespace {

constexpr std::size_t largestText = std::size_t(1) << 20;
constexpr int deepest = 6;
constexpr std::string_view knownKeys[] = { "nc",         "reg_max",        "end2end",
                                           "activation", "depth_multiple", "width_multiple",
                                           "scales",     "scale" };

void appendScalar(std::string &out, const Value &value)
{
    switch (value.kind) {
    case Kind::None:
        out += "null";
        return;
    case Kind::Bool:
        out += value.integer != 0 ? "True" : "False";
        return;
    case Kind::Int:
        out += std::to_string(value.integer);
        return;
    case Kind::Float: {
        char buffer[64];
        const auto end = std::to_chars(buffer, buffer + sizeof buffer, value.real).ptr;
        std::string number(buffer, end);
        if (number.find_first_of(".en") == std::string::npos)
            number += ".0";
        out += number;
        return;
    }
    case Kind::Text: {
        const bool plain = !value.text.empty() && std::ranges::all_of(value.text, [](unsigned char c) {
            return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '(' || c == ')';
        });
        if (plain) {
            out += value.text;
            return;
        }
        out += '"';
        for (const char c : value.text) {
            if (c == '"' || c == '\\')
                out += '\\';
            out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
        out += '"';
        return;
    }
    default:
        throw FormatError(std::string("its model description holds ") + kindName(value.kind));
    }
}

void append(std::string &out, const Value &value, int depth)
{
    if (depth > deepest || out.size() > largestText)
        throw FormatError("its model description is too large");
    const bool list = value.is(Kind::List) || value.is(Kind::Tuple);
    if (!list && !value.is(Kind::Dict)) {
        appendScalar(out, value);
        return;
    }
    out += list ? '[' : '{';
    for (std::size_t i = 0; i < value.items.size(); ++i) {
        const bool isKey = !list && i % 2 == 0;
        if (i > 0)
            out += list || isKey ? ", " : ": ";
        append(out, *value.items[i], depth + 1);
    }
    out += list ? ']' : '}';
}

/// PyYAML's view of a plain scalar.
void writeScalar(PickleWriter &out, const YAML::Node &node)
{
    const std::string &text = node.Scalar();
    std::int64_t integer = 0;
    double number = 0;
    if (node.Tag() == "!") // quoted
        out.text(text);
    else if (text == "True" || text == "true" || text == "False" || text == "false")
        out.boolean(text.front() == 'T' || text.front() == 't');
    else if (YAML::convert<std::int64_t>::decode(node, integer))
        out.integer(integer);
    else if (YAML::convert<double>::decode(node, number) && std::isfinite(number))
        out.real(number);
    else
        out.text(text);
}

void writeNode(PickleWriter &out, const YAML::Node &node)
{
    if (node.IsNull() || !node.IsDefined()) {
        out.none();
    } else if (node.IsScalar()) {
        writeScalar(out, node);
    } else if (node.IsSequence()) {
        out.emptyList();
        out.mark();
        for (const YAML::Node &entry : node)
            writeNode(out, entry);
        out.appends();
    } else {
        out.emptyDict();
        out.mark();
        for (const auto &entry : node) {
            writeScalar(out, entry.first);
            writeNode(out, entry.second);
        }
        out.setItems();
    }
}

} // namespace

std::string modelYamlText(const Value &description)
{
    if (!description.is(Kind::Dict))
        throw FormatError("its model has no description");
    std::string out;
    for (const std::string_view key : knownKeys) {
        const Value *value = description.find(key);
        if (!value || value->is(Kind::None) || (value->is(Kind::Text) && value->text.empty()))
            continue;
        out += std::string(key) + ": ";
        append(out, *value, 0);
        out += '\n';
    }
    for (const char *section : { "backbone", "head" }) {
        const Value &rows = description.at(section);
        out += std::string(section) + ":\n";
        for (const Value *row : rows.items) {
            out += "  - ";
            append(out, *row, 0);
            out += '\n';
        }
    }
    return out;
}

void writeModelYaml(PickleWriter &out, const std::string &yaml, std::int64_t nc, const std::string &scale,
                    const std::string &fileName)
{
    const YAML::Node root = YAML::Load(yaml);
    out.emptyDict();
    out.mark();
    for (const auto &entry : root) {
        const std::string key = entry.first.as<std::string>();
        if (key == "nc" || key == "scale" || key == "yaml_file" || key == "channels")
            continue;
        out.key(key);
        writeNode(out, entry.second);
    }
    out.key("nc");
    out.integer(nc);
    out.key("scale");
    out.text(scale);
    out.key("yaml_file");
    out.text(fileName);
    out.key("channels");
    out.integer(3);
    out.setItems();
}

} // namespace torchdeck::engine::interop
