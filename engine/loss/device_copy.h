// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

namespace torchdeck::engine {

/// A CPU tensor on `device`. To a GPU it goes by way of pinned memory and in the order of the current stream: the caller
/// waits for nothing, and may change or drop `host` at once.
[[nodiscard]] at::Tensor toDevice(const at::Tensor &host, const c10::Device &device);

} // namespace torchdeck::engine
