// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/checkpoint.h"
#include "engine/interop/tensor_io.h"
#include "engine/nn/model.h"

#include <functional>

namespace torchdeck::engine::interop {

/// Pushes a model as the `ultralytics.nn.tasks.DetectionModel` that Python rebuilds: every module an object
/// of the class that has its place there, with the attributes that both 8.3.200 and 8.4 read, tensors from
/// `weights` by their state_dict names. `trainArgs` pushes the model's `args`. Throws FormatError naming the
/// module when a block has no row in the table.
void writeModuleTree(PickleWriter &out, TensorWriter &tensors, const nn::DetectionModel &model,
                     const NamedTensors &weights, const std::vector<std::string> &classNames,
                     const std::function<void()> &trainArgs);

/// One parameter in the order in which Python's optimizers meet them, and the group it belongs to there.
struct OrderedParameter {
    std::string name;
    std::string group; ///< "weight", "bn", "bias"
};
[[nodiscard]] std::vector<OrderedParameter> orderedParameters(const nn::DetectionModel &model);

} // namespace torchdeck::engine::interop
