// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/interop/tensor_io.h"
#include "engine/nn/layer_plan.h"
#include "engine/nn/model.h"

namespace torchdeck::engine::interop {

struct ModuleRow;

/// A module of ours and where it stands.
struct ModuleContext {
    const torch::nn::Module &module;
    const nn::DetectionModel &model;
    const nn::LayerPlan &layer; ///< the layer it is or lies in
    const nn::Activation &activation;
    const ModuleRow *parent; ///< null for a layer
    const std::string &name; ///< under which its parent holds it
};

/// One class of Python and what its objects need beside tensors and sub-modules.
struct ModuleRow {
    std::string_view module, name;
    void (*attributes)(const ModuleContext &context, PickleWriter &out, TensorWriter &tensors) = nullptr;
    bool isShared = false; ///< one object serves many places (the activation)
};

/// The row of `context`'s module. Throws FormatError naming the module.
[[nodiscard]] const ModuleRow &moduleRow(const ModuleContext &context);

[[nodiscard]] bool isConvolution(const torch::nn::Module &module);
[[nodiscard]] bool hasBias(const torch::nn::Module &convolution);
/// Pixels per cell of the levels.
[[nodiscard]] at::Tensor strideTensor(const nn::DetectionModel &model);

} // namespace torchdeck::engine::interop
