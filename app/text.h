// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

#include <filesystem>

namespace torchdeck::app {

/// File names cross from std to Qt by their bytes, whatever the locale says.
[[nodiscard]] inline QString pathText(const std::filesystem::path &path)
{
    return QString::fromStdString(path.string());
}

/// "12.3 s", "4 min 05 s", "2 h 07 min"; "-" for what is not known yet.
[[nodiscard]] QString durationText(double seconds);

} // namespace torchdeck::app
