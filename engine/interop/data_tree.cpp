// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/interop/data_tree.h"

namespace torchdeck::engine::interop {

std::size_t sizeOf(DataType type)
{
    switch (type) {
    case DataType::Float64:
    case DataType::Int64:
        return 8;
    case DataType::Float32:
    case DataType::Int32:
        return 4;
    case DataType::Float16:
    case DataType::BFloat16:
    case DataType::Int16:
        return 2;
    case DataType::Int8:
    case DataType::UInt8:
    case DataType::Bool:
        return 1;
    }
    return 1;
}

const char *kindName(Kind kind)
{
    switch (kind) {
    case Kind::None:
        return "None";
    case Kind::Bool:
        return "a bool";
    case Kind::Int:
        return "a whole number";
    case Kind::Float:
        return "a number";
    case Kind::Text:
        return "a text";
    case Kind::Bytes:
        return "bytes";
    case Kind::List:
        return "a list";
    case Kind::Tuple:
        return "a tuple";
    case Kind::Dict:
        return "a dict";
    case Kind::Set:
        return "a set";
    case Kind::Object:
        return "an object";
    case Kind::Name:
        return "a class";
    case Kind::Storage:
        return "a storage";
    case Kind::Tensor:
        return "a tensor";
    }
    return "something unknown";
}

namespace {

[[noreturn]] void wrongKind(const char *wanted, Kind found)
{
    throw FormatError(std::string("expected ") + wanted + ", found " + kindName(found));
}

} // namespace

const Value *Value::find(std::string_view key) const
{
    const Value *dict = is(Kind::Object) ? state : this;
    // An object with slots has a pair (attributes, slots) as its state.
    if (dict && dict->is(Kind::Tuple) && !dict->items.empty())
        dict = dict->items.front();
    if (!dict || !dict->is(Kind::Dict))
        return nullptr;
    for (std::size_t i = dict->items.size(); i >= 2; i -= 2) {
        const Value *candidate = dict->items[i - 2];
        if (candidate->is(Kind::Text) && candidate->text == key)
            return dict->items[i - 1];
    }
    return nullptr;
}

const Value &Value::at(std::string_view key) const
{
    const Value *value = find(key);
    if (!value)
        throw FormatError("the entry '" + std::string(key) + "' is missing");
    return *value;
}

std::int64_t Value::toInt() const
{
    if (!is(Kind::Int) && !is(Kind::Bool))
        wrongKind("a whole number", kind);
    return integer;
}

double Value::toDouble() const
{
    if (is(Kind::Float))
        return real;
    if (!is(Kind::Int) && !is(Kind::Bool))
        wrongKind("a number", kind);
    return double(integer);
}

bool Value::toBool() const
{
    if (!is(Kind::Bool) && !is(Kind::Int))
        wrongKind("True or False", kind);
    return integer != 0;
}

const std::string &Value::toText() const
{
    if (!is(Kind::Text))
        wrongKind("a text", kind);
    return text;
}

Value *Document::add(Kind kind)
{
    m_values.emplace_back();
    m_values.back().kind = kind;
    return &m_values.back();
}

} // namespace torchdeck::engine::interop
