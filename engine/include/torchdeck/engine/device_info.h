// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace torchdeck::engine {

struct DeviceInfo {
    std::string id; ///< what `device=` takes: "cpu", "0", "1"
    std::string name; ///< "AMD EPYC (2 cores)", "NVIDIA H200"
    bool available = true;
    std::string note; ///< why it cannot be used, or a hint; empty when all is well
};

/// All devices, the CPU last; a missing GPU or CUDA library is a row with available = false and a reason, so
/// that the list is honest. First call loads the CUDA library (may take seconds): not for the GUI thread.
/// Thread-safe.
[[nodiscard]] const std::vector<DeviceInfo> &devices();

/// LibTorch's version, "2.15.0".
[[nodiscard]] std::string torchVersion();

} // namespace torchdeck::engine
