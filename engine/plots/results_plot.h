// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/lifecycle.h"

#include <filesystem>
#include <utility>
#include <vector>

namespace torchdeck::engine::plots {

/// results.png into `folder`: losses and metrics over the epochs, with a smoothed line each. `rows`: 0-based
/// epoch and its values, as results.csv holds them. Throws EngineError (Storage).
void writeResultsPlot(const std::filesystem::path &folder, const std::vector<std::pair<int, Metrics>> &rows);

} // namespace torchdeck::engine::plots
