// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/interop/pickle_calls.h"

#include "engine/interop/known_names.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace torchdeck::engine::interop {

namespace {

constexpr std::size_t longestPath = 65536;
constexpr std::size_t longestKey = 128;

[[noreturn]] void badArguments(const Value &callable)
{
    throw FormatError("the arguments of " + callable.text + " are not what they should be");
}

std::vector<std::int64_t> sizesOf(const Value &callable, const Value &list, const PickleLimits &limits)
{
    if (!list.is(Kind::Tuple) && !list.is(Kind::List))
        badArguments(callable);
    if (list.items.size() > limits.dimensions)
        throw FormatError("a tensor has " + std::to_string(list.items.size()) + " dimensions");
    std::vector<std::int64_t> sizes;
    for (const Value *item : list.items) {
        sizes.push_back(item->toInt());
        if (sizes.back() < 0)
            throw FormatError("a tensor has a negative size");
    }
    return sizes;
}

/// No element lies outside the storage, and there are not more elements than the storage has.
void checkBounds(const TensorInfo &t)
{
    bool overflow = false;
    std::int64_t count = 1, last = t.offset;
    for (std::size_t i = 0; i < t.shape.size(); ++i) {
        std::int64_t reach = 0;
        overflow |= __builtin_mul_overflow(count, t.shape[i], &count);
        overflow |= __builtin_mul_overflow(std::max<std::int64_t>(t.shape[i] - 1, 0), t.strides[i], &reach);
        overflow |= __builtin_add_overflow(last, reach, &last);
    }
    if (overflow || t.offset < 0 || t.offset > t.storageSize
        || (count > 0 && (count > t.storageSize || last >= t.storageSize)))
        throw FormatError("a tensor reaches beyond its storage '" + t.storage + "'");
}

// (storage, offset, size, stride, requires_grad, hooks, metadata)
Value *rebuildTensor(Document &document, const Value &callable, const Value &arguments,
                     const PickleLimits &limits)
{
    const auto &a = arguments.items;
    if (a.size() < 4 || !a[0]->is(Kind::Storage))
        badArguments(callable);
    TensorInfo tensor;
    tensor.storage = a[0]->text;
    tensor.type = a[0]->type;
    tensor.storageSize = a[0]->integer;
    tensor.offset = a[1]->toInt();
    tensor.shape = sizesOf(callable, *a[2], limits);
    tensor.strides = sizesOf(callable, *a[3], limits);
    if (tensor.shape.size() != tensor.strides.size())
        badArguments(callable);
    tensor.requiresGrad = a.size() > 4 && a[4]->toBool();
    checkBounds(tensor);
    Value *value = document.add(Kind::Tensor);
    value->integer = static_cast<std::int64_t>(document.tensors.size());
    document.tensors.push_back(std::move(tensor));
    return value;
}

// (tensor, requires_grad, hooks)
Value *rebuildParameter(Document &document, const Value &callable, const Value &arguments)
{
    const auto &a = arguments.items;
    if (a.size() < 2 || !a[0]->is(Kind::Tensor))
        badArguments(callable);
    TensorInfo tensor = document.tensor(*a[0]);
    tensor.requiresGrad = a[1]->toBool();
    Value *value = document.add(Kind::Tensor);
    value->integer = static_cast<std::int64_t>(document.tensors.size());
    document.tensors.push_back(std::move(tensor));
    return value;
}

// numpy's scalar(dtype, bytes)
Value *numpyScalar(Document &document, const Value &callable, const Value &arguments)
{
    const auto &a = arguments.items;
    if (a.size() != 2 || !a[0]->is(Kind::Object) || a[0]->items.empty() || !a[0]->items[0]->is(Kind::Text)
        || !a[1]->is(Kind::Bytes))
        badArguments(callable);
    std::string type = a[0]->items[0]->text;
    std::erase_if(type, [](char c) { return c == '<' || c == '|' || c == '='; });
    const std::string &bytes = a[1]->text;
    const auto as = [&]<typename T>(T) {
        if (bytes.size() != sizeof(T))
            badArguments(callable);
        T number {};
        std::memcpy(&number, bytes.data(), sizeof(T));
        Value *value = document.add(std::is_floating_point_v<T> ? Kind::Float : Kind::Int);
        if constexpr (std::is_floating_point_v<T>)
            value->real = double(number);
        else
            value->integer = static_cast<std::int64_t>(number);
        return value;
    };
    static_assert(std::endian::native == std::endian::little);
    if (type == "f8")
        return as(double {});
    if (type == "f4")
        return as(float {});
    if (type == "i8" || type == "u8")
        return as(std::int64_t {});
    if (type == "i4")
        return as(std::int32_t {});
    if (type == "u4")
        return as(std::uint32_t {});
    if (type == "i2")
        return as(std::int16_t {});
    if (type == "u1" || type == "b1")
        return as(std::uint8_t {});
    throw FormatError("numpy numbers of type '" + type + "' are not known");
}

/// Latin-1: every code point is one byte.
Value *encodeBytes(Document &document, const Value &callable, const Value &arguments)
{
    const auto &a = arguments.items;
    if (a.empty() || !a[0]->is(Kind::Text) || (a.size() > 1 && a[1]->toText() != "latin1"))
        badArguments(callable);
    Value *value = document.add(Kind::Bytes);
    const std::string &text = a[0]->text;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto first = static_cast<unsigned char>(text[i]);
        if (first < 0x80) {
            value->text += text[i];
        } else if ((first == 0xC2 || first == 0xC3) && i + 1 < text.size()) {
            const auto second = static_cast<unsigned char>(text[++i]);
            value->text += static_cast<char>(((first & 3) << 6) | (second & 0x3F));
        } else {
            badArguments(callable);
        }
    }
    return value;
}

Value *path(Document &document, const Value &callable, const Value &arguments)
{
    Value *value = document.add(Kind::Text);
    for (const Value *part : arguments.items) {
        if (!part->is(Kind::Text))
            badArguments(callable);
        const bool separate = !value->text.empty() && value->text.back() != '/' && value->text.back() != '\\';
        value->text += (separate ? "/" : "") + part->text;
        if (value->text.size() > longestPath)
            throw FormatError("a path is longer than " + std::to_string(longestPath) + " bytes");
    }
    return value;
}

Value *collection(Document &document, Kind kind, const Value &callable, const Value &arguments)
{
    Value *value = document.add(kind);
    if (arguments.items.empty())
        return value;
    const Value &first = *arguments.items[0];
    if (kind == Kind::Dict && first.is(Kind::Name)) // defaultdict(int)
        return value;
    if (!first.is(Kind::List) && !first.is(Kind::Tuple))
        badArguments(callable);
    for (Value *item : first.items) {
        if (kind != Kind::Dict) {
            value->items.push_back(item);
            continue;
        }
        if ((!item->is(Kind::List) && !item->is(Kind::Tuple)) || item->items.size() != 2)
            badArguments(callable);
        value->items.insert(value->items.end(), item->items.begin(), item->items.end());
    }
    return value;
}

Value *object(Document &document, const std::string &className, std::vector<Value *> arguments)
{
    Value *value = document.add(Kind::Object);
    value->text = className;
    value->items = std::move(arguments);
    return value;
}

} // namespace

Value *readCall(Document &document, const Value &callable, const Value &arguments, const PickleLimits &limits)
{
    if (!callable.is(Kind::Name))
        throw FormatError(std::string("a call of ") + kindName(callable.kind) + " is not allowed");
    if (!arguments.is(Kind::Tuple))
        badArguments(callable);
    switch (static_cast<Role>(callable.role)) {
    case Role::Class:
        return object(document, callable.text, arguments.items);
    case Role::OrderedDict:
        return collection(document, Kind::Dict, callable, arguments);
    case Role::Set:
        return collection(document, Kind::Set, callable, arguments);
    case Role::Size:
        return collection(document, Kind::Tuple, callable, arguments);
    case Role::RebuildTensor:
        return rebuildTensor(document, callable, arguments, limits);
    case Role::RebuildParameter:
        return rebuildParameter(document, callable, arguments);
    case Role::Path:
        return path(document, callable, arguments);
    case Role::NumpyScalar:
        return numpyScalar(document, callable, arguments);
    case Role::EncodeBytes:
        return encodeBytes(document, callable, arguments);
    case Role::ByteArray: {
        Value *value = document.add(Kind::Bytes);
        if (!arguments.items.empty() && arguments.items[0]->is(Kind::Bytes))
            value->text = arguments.items[0]->text;
        return value;
    }
    case Role::Reconstructor:
        if (arguments.items.empty() || !arguments.items[0]->is(Kind::Name))
            badArguments(callable);
        return object(document, arguments.items[0]->text, {});
    case Role::Storage:
        break;
    }
    throw FormatError("a call of " + callable.text + " is not allowed");
}

Value *readStorage(Document &document, const Value &id)
{
    const auto &a = id.items;
    if (!id.is(Kind::Tuple) || a.size() < 5 || !a[0]->is(Kind::Text) || a[0]->text != "storage"
        || !a[1]->is(Kind::Name) || static_cast<Role>(a[1]->role) != Role::Storage || !a[2]->is(Kind::Text)
        || a[2]->text.size() > longestKey)
        throw FormatError("a tensor's storage is not described as torch.save does it");
    Value *value = document.add(Kind::Storage);
    value->text = a[2]->text;
    value->type = a[1]->type;
    value->integer = a[4]->toInt();
    if (value->integer < 0 || value->integer > (std::int64_t(1) << 50))
        throw FormatError("the storage '" + value->text + "' has an impossible size");
    return value;
}

} // namespace torchdeck::engine::interop
