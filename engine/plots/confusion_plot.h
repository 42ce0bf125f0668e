// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/detection_report.h"

#include <filesystem>

namespace torchdeck::engine::plots {

/// confusion_matrix.png and confusion_matrix_normalized.png (columns add up to 1) into `folder`. Throws
/// EngineError (Storage).
void writeConfusionPlots(const std::filesystem::path &folder, const ConfusionMatrix &matrix,
                         const std::vector<std::string> &names);

} // namespace torchdeck::engine::plots
