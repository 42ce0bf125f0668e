// SPDX-License-Identifier: GPL-3.0-or-later
#include "torchdeck/engine/ultralytics_settings.h"

#include <cstdlib>
#include <system_error>

namespace torchdeck::engine {

std::filesystem::path ultralyticsSettingsFile()
{
    const auto variable = [](const char *name) {
        const char *value = std::getenv(name);
        return std::filesystem::path(value ? value : "");
    };
    const std::filesystem::path own = variable("YOLO_CONFIG_DIR"), xdg = variable("XDG_CONFIG_HOME");
    const std::filesystem::path base = !own.empty() ? own : xdg.is_absolute() ? xdg : variable("HOME") / ".config";
    const std::filesystem::path file = base / "Ultralytics" / "settings.json";
    std::error_code error;
    return own.empty() || std::filesystem::exists(file, error) ? file : own / "settings.json";
}

} // namespace torchdeck::engine
