// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/checkpoint.h"

namespace torchdeck::engine::interop {

/// Name of the entry that holds what exact resume needs; Python ignores it.
constexpr const char *ownKey = "torchdeck";
constexpr std::int64_t ownFormat = 1;
/// Its "stamp" is this and the file's date: Python gives a file that it saves again a new date, and keeps our
/// entry beside weights that may have changed.
constexpr const char *stampStart = "as of ";

/// A checkpoint as Ultralytics writes it: torch.save's zip with the pickled model and the field's keys, and
/// our own entry beside them. Tensors that both need are stored once.
[[nodiscard]] std::string writeCheckpoint(const Checkpoint &checkpoint);

/// Reads such a file, Ultralytics' own, or bare weights (then with an empty spec). Throws FormatError.
[[nodiscard]] Checkpoint readCheckpoint(const std::filesystem::path &file);

} // namespace torchdeck::engine::interop
