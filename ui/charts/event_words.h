// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/run_event.h"

#include <QtCore/QString>

namespace torchdeck::ui {

/// A few words for a chart's line or a table: "Paused", "epochs 30 → 50". Argument names are not translated.
[[nodiscard]] QString eventWords(const engine::RunEvent &event);

} // namespace torchdeck::ui
