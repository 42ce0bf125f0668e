// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/interop/data_tree.h"

#include <optional>
#include <string_view>

namespace torchdeck::engine::interop {

/// What the name of a Python class or function in a pickle means here. Nothing of it is ever run: a call of
/// one of the few functions is read as the data it would make, an object stays "object of class NAME".
enum class Role : std::uint32_t {
    Class, ///< an object of it is kept as Kind::Object
    OrderedDict, ///< also defaultdict: becomes a Dict
    Set, ///< also frozenset
    RebuildTensor, ///< torch._utils._rebuild_tensor and _v2
    RebuildParameter, ///< ... and _with_state
    Size, ///< torch.Size: a Tuple
    Storage,
    Path, ///< pathlib's: a Text
    NumpyScalar,
    EncodeBytes, ///< _codecs.encode(text, "latin1"), how protocol 2 writes bytes
    ByteArray,
    Reconstructor, ///< copyreg._reconstructor(class, base, state)
};

struct KnownName {
    Role role = Role::Class;
    DataType storage = DataType::Float32; ///< Role::Storage
};

/// Null for every name outside the fixed list.
[[nodiscard]] std::optional<KnownName> findKnownName(std::string_view module, std::string_view name);

} // namespace torchdeck::engine::interop
