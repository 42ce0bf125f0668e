// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/device_info.h"

#include <c10/core/Device.h>

namespace torchdeck::engine {

/// `device=` as torch names it: "" = first usable GPU, else the CPU. Throws EngineError (Argument, "device")
/// for one that is not there, naming those that are.
/// Of several ("0,1") the one of rank `localRank`; a process that is alone (-1) may be given one only.
[[nodiscard]] c10::Device chooseDevice(const std::string &text, int localRank = -1);
[[nodiscard]] std::string describeDevice(const c10::Device &device);
/// Once per process, before the first large tensor: keeps freed blocks for reuse, see tensor_memory.h (every
/// activation would otherwise go back to the kernel and be paid for as zeroed pages again in the next batch).
void tuneProcessMemory();
/// Resident set of this process, or reserved memory of the CUDA device, MiB.
[[nodiscard]] double memoryMiB();

} // namespace torchdeck::engine
