// SPDX-License-Identifier: GPL-3.0-or-later
#include "torchdeck/engine/run_event.h"

#include "engine/core/atomic_file.h"
#include "torchdeck/engine/error.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <sstream>

namespace torchdeck::engine {

namespace {

constexpr std::array<std::string_view, 6> names { "changed", "paused",    "continued",
                                                  "resumed", "recovered", "stopped" };
constexpr std::string_view header = "epoch,time,event,detail\n";
constexpr std::uintmax_t mostBytes = 4u << 20; ///< more is no file of ours

std::filesystem::path eventsFile(const std::filesystem::path &folder) { return folder / "events.csv"; }

/// RFC 4180; line ends become spaces, so that one line is one event.
std::string csvCell(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"')
            out += '"';
        out += c == '\n' || c == '\r' ? ' ' : c;
    }
    return out + '"';
}

std::string csvText(std::string_view text)
{
    if (text.size() < 2 || text.front() != '"')
        return std::string(text);
    std::string out;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] == '"' && text[i + 1] == '"' && i + 2 < text.size())
            ++i;
        out += text[i];
    }
    return out;
}

std::optional<double> number(std::string_view text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::optional<RunEvent> parseLine(std::string_view line)
{
    std::array<std::string_view, 3> cells;
    for (std::string_view &cell : cells) {
        const auto comma = line.find(',');
        if (comma == std::string_view::npos)
            return std::nullopt;
        cell = line.substr(0, comma);
        line.remove_prefix(comma + 1);
    }
    const auto position = number(cells[0]), seconds = number(cells[1]);
    RunEvent event;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (cells[2] != names[i] || !position || !seconds)
            continue;
        event.kind = static_cast<RunEventKind>(i);
        event.position = *position;
        event.elapsedSeconds = *seconds;
        event.text = csvText(line);
        return event;
    }
    return std::nullopt;
}

} // namespace

std::string_view runEventName(RunEventKind kind) { return names[static_cast<std::size_t>(kind)]; }

std::vector<RunEvent> readRunEvents(const std::filesystem::path &runFolder)
{
    std::vector<RunEvent> events;
    const std::filesystem::path file = eventsFile(runFolder);
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    if (error || size > mostBytes)
        return events;
    try {
        std::istringstream in(readFile(file));
        std::string line;
        std::getline(in, line);
        while (std::getline(in, line)) {
            if (!line.empty() && line.back() == '\r')
                line.pop_back();
            if (auto event = parseLine(line))
                events.push_back(std::move(*event));
        }
    } catch (const EngineError &) { // gone, or not ours to read
    }
    return events;
}

void appendRunEvent(const std::filesystem::path &runFolder, const RunEvent &event)
{
    const std::filesystem::path file = eventsFile(runFolder);
    std::error_code missing;
    std::string text = std::filesystem::exists(file, missing) ? readFile(file) : std::string(header);
    char numbers[80];
    std::snprintf(numbers, sizeof numbers, "%.6g,%.6g,", event.position, event.elapsedSeconds);
    text += numbers + std::string(runEventName(event.kind)) + "," + csvCell(event.text) + "\n";
    writeFileAtomically(file, text);
}

void clearRunEvents(const std::filesystem::path &runFolder)
{
    std::error_code ignored;
    std::filesystem::remove(eventsFile(runFolder), ignored);
}

} // namespace torchdeck::engine
