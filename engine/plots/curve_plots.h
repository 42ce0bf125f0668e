// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/detection_report.h"

#include <filesystem>

namespace torchdeck::engine::plots {

/// BoxPR_curve.png, BoxF1_curve.png, BoxP_curve.png and BoxR_curve.png into `folder`; none without classes.
/// Throws EngineError (Storage).
void writeCurvePlots(const std::filesystem::path &folder, const DetectionCurves &curves);

} // namespace torchdeck::engine::plots
