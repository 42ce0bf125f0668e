// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/optimizer.h"

namespace torchdeck::engine {

/// One step of Adamax, NAdam, RAdam (weight decay added to the gradients, as LibTorch's Python side does it)
/// or RMSProp on all parameters of a group; false when `name` is none of these. `gradients` are used up.
bool stepByRule(const std::string &name, Optimizer::Group &group, std::vector<at::Tensor> &gradients);

} // namespace torchdeck::engine
