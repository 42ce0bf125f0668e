// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/interop/byte_source.h"

namespace torchdeck::engine::interop {

/// True when the file begins like a safetensors file: length of the header, then `{"`.
[[nodiscard]] bool looksLikeSafetensors(ByteSource &source);

/// Reads the header (https://github.com/huggingface/safetensors) into `document` as a Dict of tensors whose
/// storages are named "BEGIN:END", the byte range in the file. Throws FormatError.
Value *readSafetensors(ByteSource &source, Document &document);

} // namespace torchdeck::engine::interop
