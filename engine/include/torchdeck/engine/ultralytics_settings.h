// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace torchdeck::engine {

/// Where an Ultralytics of this user keeps its settings.json (runs_dir, datasets_dir); it need not exist. Their 8.4 keeps it
/// in a folder below YOLO_CONFIG_DIR, earlier ones in that folder itself. Reads the environment. Any thread.
[[nodiscard]] std::filesystem::path ultralyticsSettingsFile();

} // namespace torchdeck::engine
