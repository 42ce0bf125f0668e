// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace torchdeck::engine {

/// Which Ultralytics a checkpoint is to be resumed in. Every version loads either form for val, predict and export.
enum class PythonVersion {
    Since84,
    Before84, ///< 8.0 to 8.3: another order of the optimizer's groups, fewer arguments
};

/// Writes the checkpoint `from` (ours, or Ultralytics' own) to `to`, atomically, in the form that `version` resumes.
/// Nothing that our own resume needs is lost. Any thread. Throws EngineError (Argument: not a checkpoint, or an optimizer
/// which that version does not have; Storage: cannot be written).
void convertCheckpoint(const std::filesystem::path &from, const std::filesystem::path &to, PythonVersion version);

} // namespace torchdeck::engine
