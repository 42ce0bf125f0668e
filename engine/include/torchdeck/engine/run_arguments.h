// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/train_config.h"

#include <filesystem>

namespace torchdeck::engine {

/// What RUN/args.yaml (ours or Ultralytics') says, over the defaults; arguments we do not have are left out. Any
/// thread. Throws EngineError when the file cannot be read or is no YAML.
[[nodiscard]] TrainConfig readRunArguments(const std::filesystem::path &argsYaml);

} // namespace torchdeck::engine
