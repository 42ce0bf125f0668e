// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/results/export_format.h"

namespace torchdeck::app {

/// Writes what the wish asks for, by temporary and rename. Any thread but the main one (LibTorch is loaded). An error
/// sentence, or empty.
[[nodiscard]] QString exportModel(const ui::ExportWish &wish);

} // namespace torchdeck::app
