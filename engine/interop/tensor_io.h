// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/interop/pickle_writer.h"
#include "engine/interop/pt_file.h"

#include <ATen/core/Tensor.h>

#include <map>

namespace torchdeck::engine::interop {

/// Makes tensors of what a file describes. Tensors of one storage share it.
class TensorReader {
public:
    explicit TensorReader(PtFile &file)
        : m_file(file)
    {
    }
    /// Throws FormatError, also when `value` is no tensor.
    [[nodiscard]] at::Tensor read(const Value &value);

private:
    PtFile &m_file;
    std::map<std::string, at::Tensor> m_storages;
};

/// Pushes tensors as torch.save does and keeps their bytes for the file's records. The same tensor again
/// costs a description, not its bytes.
class TensorWriter {
public:
    explicit TensorWriter(PickleWriter &out)
        : m_out(out)
    {
    }
    void tensor(const at::Tensor &tensor);
    /// As torch.nn.Parameter that needs no gradient.
    void parameter(const at::Tensor &tensor);
    /// Contiguous, on the CPU; record "data/I" is the bytes of element I.
    [[nodiscard]] const std::vector<at::Tensor> &storages() const { return m_storages; }

private:
    PickleWriter &m_out;
    std::map<const void *, std::size_t> m_places; ///< by TensorImpl of `m_kept`
    std::vector<at::Tensor> m_kept, m_storages;
};

} // namespace torchdeck::engine::interop
