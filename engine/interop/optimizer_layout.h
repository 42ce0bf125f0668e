// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/checkpoint.h"
#include "engine/interop/module_tree.h"

#include <optional>
#include <string_view>

namespace torchdeck::engine::interop {

/// What PyTorch calls the parts of an optimizer's state that we keep as first, second and step.
struct OptimizerLayout {
    std::string_view name; ///< as in `optimizer=`
    std::string_view first, second;
    bool steps;
};

[[nodiscard]] const OptimizerLayout *findOptimizerLayout(std::string_view name);

/// Our optimizer state from a state_dict of torch.optim, whose parameters are numbered in the order of its
/// groups. `parameters` in Python's order. Empty when it belongs to another model. Sets the optimizer's name.
[[nodiscard]] NamedTensors readOptimizer(const Value &stateDict, TensorReader &tensors,
                                         const std::vector<OrderedParameter> &parameters,
                                         std::string &optimizerName);

/// Pushes the state_dict, or None when PyTorch's optimizer needs more than we keep.
void writeOptimizer(PickleWriter &out, TensorWriter &tensors, const Checkpoint &checkpoint,
                    const std::vector<OrderedParameter> &parameters);

} // namespace torchdeck::engine::interop
