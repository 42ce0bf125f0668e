// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/interop/pickle_reader.h"
#include "engine/interop/zip_reader.h"

#include <memory>

namespace torchdeck::engine::interop {

/// A `.pt` (torch.save's zip) or `.safetensors` file opened as data. Torch-free. Bytes of tensors are read
/// only when asked for. Everything throws FormatError; what it says fits behind "FILE cannot be read: ".
class PtFile {
public:
    explicit PtFile(const std::filesystem::path &file);
    /// `bytes` must outlive the object.
    explicit PtFile(std::span<const std::uint8_t> bytes);

    [[nodiscard]] const Document &document() const { return m_document; }
    [[nodiscard]] const Value &root() const { return *m_document.root; }
    /// Size in bytes of the storage that `tensor` lies in; checked against what the tensor needs.
    [[nodiscard]] std::uint64_t storageBytes(const TensorInfo &tensor) const;
    /// Reads that storage and checks its checksum. `target` has storageBytes() bytes.
    void readStorage(const TensorInfo &tensor, std::span<std::uint8_t> target);

private:
    void open();
    [[nodiscard]] ZipReader::Record recordOf(const TensorInfo &tensor) const;

    std::unique_ptr<ByteSource> m_source;
    std::unique_ptr<ZipReader> m_zip; ///< null for safetensors
    Document m_document;
};

} // namespace torchdeck::engine::interop
