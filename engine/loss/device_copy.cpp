// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/loss/device_copy.h"

namespace torchdeck::engine {

at::Tensor toDevice(const at::Tensor &host, const c10::Device &device)
{
    return device.is_cpu() ? host : host.pin_memory().to(device, /*non_blocking=*/true);
}

} // namespace torchdeck::engine
