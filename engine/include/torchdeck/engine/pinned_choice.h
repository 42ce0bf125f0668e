// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <vector>

namespace torchdeck::engine {

inline constexpr std::size_t usuallyPinned = 4; ///< the first images of the validation set
inline constexpr std::size_t mostPinned = 16;

/// Validation images whose boxes a run keeps after every epoch: RUN/pinned_images.txt, one path a line, `#` begins a
/// comment. Empty: the usual ones. Never throws. Any thread.
[[nodiscard]] std::vector<std::filesystem::path> readPinnedChoice(const std::filesystem::path &runFolder);

/// Holds from the run's next validation on; at most `mostPinned`. Written by rename. Throws EngineError (Storage).
void writePinnedChoice(const std::filesystem::path &runFolder, const std::vector<std::filesystem::path> &images);

} // namespace torchdeck::engine
