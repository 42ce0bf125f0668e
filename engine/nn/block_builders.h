// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/nn/blocks.h"

namespace torchdeck::engine::nn {

/// The torch half of the module registry: builds what a row of layer_rules.cpp has planned (heads excepted).
/// A new module is one rule there and one builder here, under the same name.
[[nodiscard]] std::shared_ptr<Block> buildBlock(const LayerPlan &plan, const SharedActivation &activation);

/// Names buildBlock() knows, sorted.
[[nodiscard]] std::vector<std::string> buildableModules();

} // namespace torchdeck::engine::nn
