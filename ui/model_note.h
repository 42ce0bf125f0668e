// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

namespace torchdeck::ui {

/// What the form says below the model field. Pure.
[[nodiscard]] QString modelNote(const QString &model);
[[nodiscard]] bool isModelAddress(const QString &model); ///< of a model on HUB: WEB/models/ID
/// The key at the end of such an address, or empty.
[[nodiscard]] QString keyOfModelAddress(const QString &model);

} // namespace torchdeck::ui
