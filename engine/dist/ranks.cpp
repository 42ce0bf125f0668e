// SPDX-License-Identifier: GPL-3.0-or-later
#include "torchdeck/engine/ranks.h"

#include "torchdeck/engine/error.h"

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace torchdeck::engine {

namespace {

std::string variable(const char *name)
{
    const char *text = std::getenv(name);
    return text ? text : "";
}

int number(const char *name, int lowest, int highest, std::optional<int> unset = {})
{
    const std::string text = variable(name);
    if (text.empty() && unset)
        return *unset;
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < lowest
        || value > highest)
        throw EngineError(ErrorKind::Argument,
                          std::string("The environment variable ") + name
                              + (text.empty() ? " is not set" : "=" + text + " is wrong")
                              + ": training with several processes needs a whole number from "
                              + std::to_string(lowest) + " to " + std::to_string(highest)
                              + " there; torchrun sets it, and unset WORLD_SIZE to train alone.");
    return value;
}

} // namespace

Ranks ranksFromEnvironment()
{
    constexpr int mostRanks = 4096, highestPort = 65535;
    Ranks ranks;
    ranks.size = number("WORLD_SIZE", 1, mostRanks, 1);
    if (ranks.size == 1)
        return ranks;
    ranks.rank = number("RANK", 0, ranks.size - 1);
    ranks.localRank = number("LOCAL_RANK", 0, ranks.size - 1, ranks.rank);
    ranks.address = variable("MASTER_ADDR");
    if (ranks.address.empty())
        throw EngineError(ErrorKind::Argument,
                          "The environment variable MASTER_ADDR is not set: give the address where rank 0 "
                          "listens (torchrun sets it), or unset WORLD_SIZE to train alone.");
    ranks.port = static_cast<std::uint16_t>(number("MASTER_PORT", 1, highestPort));
    return ranks;
}

} // namespace torchdeck::engine
