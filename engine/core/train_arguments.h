// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/train_config.h"

#include <variant>

namespace torchdeck::engine {

/// An argument and the field that holds it.
struct ArgumentBinding {
    ArgumentInfo info;
    std::variant<int TrainConfig::*, double TrainConfig::*, bool TrainConfig::*, std::string TrainConfig::*>
        field;
};

[[nodiscard]] const std::vector<ArgumentBinding> &argumentBindings();

/// An argument of Ultralytics that this version does not implement: accepted at its default, refused
/// otherwise, so that an args.yaml of theirs can be used and nothing is ever silently ignored.
struct ForeignArgument {
    std::string_view name;
    std::string_view defaultText;
};

[[nodiscard]] const std::vector<ForeignArgument> &foreignArguments();

} // namespace torchdeck::engine
