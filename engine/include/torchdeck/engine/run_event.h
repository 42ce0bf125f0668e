// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace torchdeck::engine {

enum class RunEventKind {
    Changed, ///< arguments, by the user; text "epochs 30 -> 50, patience 100 -> 20"
    Paused,
    Continued,
    Resumed, ///< after a stop or a crash
    Recovered, ///< back to the last checkpoint after a loss that was no number
    Stopped
};

/// Something that was done to a run, or happened to it, between its batches. Kept in the run folder
/// (events.csv) and drawn on its charts.
struct RunEvent {
    std::uint64_t run = 0;
    RunEventKind kind = RunEventKind::Changed;
    double position = 0; ///< epochs trained by then, with the part of the one at hand: the charts' x
    double elapsedSeconds = 0; ///< net time of the run
    std::string text; ///< what exactly, or empty
    int epochs = 0, patience = 0, savePeriod = 0; ///< in force from here on (not kept in the file)
    bool replayed = false; ///< from the file, told again by a resumed run
};

/// "changed", "paused", ...: as events.csv has it.
[[nodiscard]] std::string_view runEventName(RunEventKind kind);

/// Events of a run folder in their order; lines that are torn or of another program are left out. Never
/// throws; an unreadable file gives none. Any thread.
[[nodiscard]] std::vector<RunEvent> readRunEvents(const std::filesystem::path &runFolder);

/// Adds one event to the folder's events.csv (epoch,time,event,detail; written by rename). Throws
/// EngineError.
void appendRunEvent(const std::filesystem::path &runFolder, const RunEvent &event);

/// For a run that begins anew in an existing folder.
void clearRunEvents(const std::filesystem::path &runFolder);

} // namespace torchdeck::engine
