// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/nn/model.h"

#include <string>
#include <utility>
#include <vector>

namespace torchdeck::engine::nn {

/// Parameters and buffers in the order and under the names of Ultralytics' state_dict: per module its
/// parameters, then its buffers. The tensors share storage with the module.
[[nodiscard]] std::vector<std::pair<std::string, at::Tensor>> stateEntries(const torch::nn::Module &module);

/// Copies all parameters and buffers by name (across devices and types). Throws EngineError (Internal) when a
/// name is missing or a shape differs: nothing is copied then.
void copyState(const torch::nn::Module &from, torch::nn::Module &to);

} // namespace torchdeck::engine::nn
