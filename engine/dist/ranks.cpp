// SPDX-License-Identifier: GPL-3.0-or-later
#include "torchdeck/engine/ranks.h"

#include "torchdeck/engine/error.h"

#include <algorithm>
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

std::vector<std::string> deviceList(const std::string &text)
{
    std::vector<std::string> words { "" };
    for (const char c : text) {
        if (c == ',')
            words.emplace_back();
        else if (c != ' ' && c != '[' && c != ']')
            words.back() += c;
    }
    for (std::string &word : words) {
        if (words.size() > 1 && word.rfind("cuda:", 0) == 0)
            word.erase(0, 5);
    }
    return words;
}

std::string deviceListProblem(const std::string &text)
{
    const std::vector<std::string> words = deviceList(text);
    if (words.size() < 2)
        return {};
    const auto cpus = std::ranges::count(words, "cpu");
    if (cpus == std::ptrdiff_t(words.size()))
        return {};
    for (const std::string &word : words) {
        const bool number = !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
        if (cpus > 0 || !number || std::ranges::count(words, word) > 1)
            return "device=" + text + " names no list of devices: give the numbers of different GPUs (device=0,1), or "
                + "cpu as often as there shall be processes (device=cpu,cpu).";
    }
    return {};
}

} // namespace torchdeck::engine
