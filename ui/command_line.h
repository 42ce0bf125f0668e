// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/train_config.h"

#include <QtCore/QString>
#include <QtCore/QStringList>

namespace torchdeck::ui {

/// Names of the arguments whose value differs from that in `from` (the default), in table order.
[[nodiscard]] QStringList changedArguments(const engine::TrainConfig &config, const engine::TrainConfig &from = {});

/// The line that trains the same in a terminal: `torchdeck train model=... data=... ...`, quoted for a POSIX
/// shell. Holds training arguments only, so a key can never be in it.
[[nodiscard]] QString trainCommandLine(const engine::TrainConfig &config);

/// `text` as one word of a POSIX shell.
[[nodiscard]] QString shellQuoted(const QString &text);

} // namespace torchdeck::ui
