// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace torchdeck::engine {

/// This process among those that train one model together, as torchrun names it
/// (https://pytorch.org/docs/stable/elastic/run.html).
struct Ranks {
    int rank = 0; ///< RANK, 0 to size - 1; rank 0 writes the files
    int localRank = 0; ///< LOCAL_RANK: which GPU of this machine
    int size = 1; ///< WORLD_SIZE; 1: the process trains alone and none of the rest matters
    std::string address; ///< MASTER_ADDR, where rank 0 listens
    std::uint16_t port = 0; ///< MASTER_PORT
};

/// Reads RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT. WORLD_SIZE unset or 1 gives a process that
/// trains alone. Throws EngineError (Argument) naming the variable that is missing or wrong. Any thread.
[[nodiscard]] Ranks ranksFromEnvironment();

/// The words of device=: "0,1", "[0, 1]", "cuda:0,cuda:1" and "cpu,cpu" are two devices, for a process each. One word
/// or none comes back as it is. Any thread.
[[nodiscard]] std::vector<std::string> deviceList(const std::string &text);
/// What is wrong with several devices in one device=: a sentence, or empty. Whether they are there is not looked at.
[[nodiscard]] std::string deviceListProblem(const std::string &text);

} // namespace torchdeck::engine
