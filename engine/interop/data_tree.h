// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace torchdeck::engine::interop {

/// What a file holds is not what it should be. One sentence without the file's name and without a final full
/// stop; whoever knows the file adds both.
class FormatError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

enum class DataType { Float64, Float32, Float16, BFloat16, Int64, Int32, Int16, Int8, UInt8, Bool };
[[nodiscard]] std::size_t sizeOf(DataType type);

/// A tensor as described; its bytes stay in the file. Checked: dense at most (numel <= the storage's), inside
/// the storage, nothing overflows.
struct TensorInfo {
    std::string storage; ///< key of the storage: the file's record "data/KEY"
    DataType type = DataType::Float32;
    std::int64_t storageSize = 0; ///< elements
    std::int64_t offset = 0; ///< elements
    std::vector<std::int64_t> shape, strides;
    bool requiresGrad = false;
};

enum class Kind {
    None,
    Bool,
    Int,
    Float,
    Text,
    Bytes,
    List,
    Tuple,
    Dict,
    Set,
    Object,
    Name,
    Storage,
    Tensor
};

/// One piece of data of a pickle. Values live in their Document; a value may be part of several others, even
/// of itself, so whoever walks the tree bounds depth and number of steps.
struct Value {
    Kind kind = Kind::None;
    DataType type = DataType::Float32; ///< Storage
    std::uint32_t role = 0; ///< Name: what it stands for (known_names.h)
    union {
        std::int64_t integer = 0; ///< Int, Bool; Storage: elements; Tensor: index in Document::tensors
        double real; ///< Float
    };
    std::string text; ///< Text, Bytes; Object and Name: "module.Class"; Storage: key
    std::vector<Value *> items; ///< List, Tuple, Set; Dict: key, value, key, value; Object: constructor's
                                ///< arguments
    Value *state = nullptr; ///< Object: its attributes, usually a Dict

    [[nodiscard]] bool is(Kind other) const { return kind == other; }
    /// The value of a text key in a Dict or in an Object's attributes, or null. The last one wins.
    [[nodiscard]] const Value *find(std::string_view key) const;
    /// As find(), but FormatError naming the key when it is missing.
    [[nodiscard]] const Value &at(std::string_view key) const;

    // Conversions; FormatError when the kind does not fit. Bools count as numbers, as in Python.
    [[nodiscard]] std::int64_t toInt() const;
    [[nodiscard]] double toDouble() const;
    [[nodiscard]] bool toBool() const;
    [[nodiscard]] const std::string &toText() const;
};

[[nodiscard]] const char *kindName(Kind kind);

/// Owner of a tree.
class Document {
public:
    [[nodiscard]] Value *add(Kind kind);
    [[nodiscard]] std::size_t size() const { return m_values.size(); }

    std::vector<TensorInfo> tensors;
    Value *root = nullptr;

    [[nodiscard]] const TensorInfo &tensor(const Value &value) const
    {
        return tensors.at(static_cast<std::size_t>(value.integer));
    }

private:
    std::deque<Value> m_values;
};

} // namespace torchdeck::engine::interop
