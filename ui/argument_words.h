// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

#include <string>
#include <string_view>

namespace torchdeck::ui {

/// Help text or group of an argument (engine::ArgumentInfo) in the window's language.
[[nodiscard]] QString argumentWords(std::string_view english);
/// Is it among those offered for translation?
[[nodiscard]] bool knowsArgumentWords(std::string_view english);

} // namespace torchdeck::ui
