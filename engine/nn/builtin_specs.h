// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>

namespace torchdeck::engine::nn {

/// One file of resources/models, carried in the binary.
struct BuiltinSpec {
    std::string_view family; ///< "yolov8": the file's stem
    std::string_view yaml;
};

[[nodiscard]] std::span<const BuiltinSpec> builtinSpecs();

} // namespace torchdeck::engine::nn
