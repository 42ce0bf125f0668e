// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/checkpoint.h"
#include "engine/nn/model.h"

namespace torchdeck::engine {

/// A model as the checkpoint describes it, without its weights. Throws EngineError (Argument, "model") when the description
/// asks for far more memory than the weights in the file: a few bytes can describe a terabyte.
[[nodiscard]] std::shared_ptr<nn::DetectionModel> modelOf(const Checkpoint &checkpoint);

} // namespace torchdeck::engine
