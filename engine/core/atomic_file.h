// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string_view>

namespace torchdeck::engine {

/// Writes `bytes` to a temporary file beside `file`, flushes it to the disk and renames it over `file`: a
/// reader (or a power loss) sees the old or the new content, never half of one. Throws EngineError (Storage)
/// naming the file and the reason; the old content is then untouched.
void writeFileAtomically(const std::filesystem::path &file, std::string_view bytes);

/// Makes `to` a second name of `from`'s content (hard link, else a copy), atomically replacing `to`.
/// Safe because every file of ours is replaced by rename, never rewritten in place.
void linkFileAtomically(const std::filesystem::path &from, const std::filesystem::path &to);

/// Whole file as text or bytes. Throws EngineError (Storage).
[[nodiscard]] std::string readFile(const std::filesystem::path &file);

} // namespace torchdeck::engine
