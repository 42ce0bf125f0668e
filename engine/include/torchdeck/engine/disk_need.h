// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/train_config.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace torchdeck::engine {

/// What a run writes, in bytes. Rests on the form of our checkpoints: weights, averaged weights and the optimizer's state in
/// single precision, the old file beside the new one until it is renamed.
struct DiskNeed {
    double checkpoint = 0; ///< one checkpoint that can be resumed, at most
    int kept = 0; ///< checkpoints that save_period keeps
    double certain = 0; ///< what the run cannot do without, as long as nobody stops it
    double likely = 0; ///< with the largest checkpoints, records and plots
    double imageCache = 0; ///< cache=disk, at most; not in the others: it lies elsewhere and is left out when there is no room
};

/// `parameters`: the model's; 0 = unknown, nothing is told. `images`: of train and val together, 0 = unknown. Pure.
[[nodiscard]] DiskNeed diskNeed(const TrainConfig &config, std::int64_t parameters, std::int64_t images);

struct DiskRoom {
    std::filesystem::path folder; ///< that exists: the one asked for or the next above it
    double free = -1; ///< bytes for this user; -1 = it cannot be told
    std::uint64_t disk = 0; ///< the file system's number: equal ones share their room
};
/// Room where `folder`, which need not exist, lies. Asks the file system: a network folder may take its time.
[[nodiscard]] DiskRoom diskRoom(const std::filesystem::path &folder);
/// Where the run of `config` goes: its project folder, or that of the run to be resumed.
[[nodiscard]] std::filesystem::path projectFolder(const TrainConfig &config);
/// Where cache=disk keeps its images.
[[nodiscard]] DiskRoom imageCacheRoom();

/// The sentence that refuses a run which certainly cannot fit; empty when it may.
[[nodiscard]] std::string diskRefusal(const DiskNeed &need, const DiskRoom &room);

/// Parameters of the model of `config` with `classes` classes (0: as many as a checkpoint has, else 80). Reads the
/// checkpoint or builds the model: up to some seconds and, for the time of the call, its memory, 2 GiB at most. Any thread;
/// throws EngineError.
[[nodiscard]] std::int64_t modelParameters(const TrainConfig &config, int classes);

} // namespace torchdeck::engine
