// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/train_config.h"

#include <variant>

namespace torchdeck::engine {

/// How an argument that takes more than one kind of value ("10", "[0, 22.cv2]") is written and read.
struct ArgumentText {
    std::string (*get)(const TrainConfig &config); ///< as in args.yaml
    bool (*set)(TrainConfig &config, std::string_view text); ///< false: not a value of it
    std::string_view wanted; ///< "give ..." in the error
};

/// An argument and the field that holds it.
struct ArgumentBinding {
    ArgumentInfo info;
    std::variant<int TrainConfig::*, double TrainConfig::*, bool TrainConfig::*, std::string TrainConfig::*,
                 ArgumentText>
        field;
};

[[nodiscard]] const std::vector<ArgumentBinding> &argumentBindings();

/// An argument of Ultralytics that training here does not take: accepted at its default, refused otherwise
/// with the reason, so that an args.yaml of theirs can be used and nothing is ever silently ignored.
struct ForeignArgument {
    std::string_view name;
    std::string_view defaultText;
    std::string_view reason; ///< why, and what to do: the end of a sentence
};

[[nodiscard]] const std::vector<ForeignArgument> &foreignArguments();

} // namespace torchdeck::engine
