// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/train_config.h"

#include <QtCore/QStringList>

#include <initializer_list>
#include <string_view>

namespace torchdeck::app {

/// "name=value" for a command of ours, each argument that is not at its default and not in `except`; never a key.
[[nodiscard]] QStringList argumentWords(const engine::TrainConfig &config, std::initializer_list<std::string_view> except);

} // namespace torchdeck::app
