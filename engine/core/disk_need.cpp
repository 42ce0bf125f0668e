// SPDX-License-Identifier: GPL-3.0-or-later
#include "torchdeck/engine/disk_need.h"

#include "engine/core/run_folder.h"
#include "engine/data/disk_cache.h"

#include <algorithm>
#include <cstdio>

#include <sys/stat.h>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

constexpr double single = 4; ///< bytes
constexpr double recordBytes = 8 << 20; ///< plots of a usual run, results, events
constexpr double mostDetailBytes = 48 << 20; ///< epoch_details.bin and pinned_images.jsonl end there
constexpr double detailBytesAnEpoch = 64 << 10;

/// Values a parameter that a checkpoint holds: weights, averaged weights, then the optimizer's; gradients when a run ends
/// between two steps.
double mostValues(const TrainConfig &config) { return config.optimizer == "SGD" ? 4 : 5; }

double leastValues(const TrainConfig &config)
{
    const bool partly = config.freeze > 0 || !config.freezeLayers.empty(); // frozen parameters have no state
    return partly ? 2 : config.optimizer == "SGD" || config.optimizer == "auto" || config.optimizer == "MuSGD" ? 3 : 4;
}

std::string sizeText(double bytes)
{
    constexpr double gib = 1 << 30, mib = 1 << 20;
    char text[32];
    const bool large = bytes >= gib;
    const double value = bytes / (large ? gib : mib);
    std::snprintf(text, sizeof text, value < 10 ? "%.1f %s" : "%.0f %s", value, large ? "GiB" : "MiB");
    return text;
}

} // namespace

DiskNeed diskNeed(const TrainConfig &config, std::int64_t parameters, std::int64_t images)
{
    DiskNeed need;
    if (parameters <= 0)
        return need;
    need.checkpoint = mostValues(config) * single * double(parameters);
    const double least = leastValues(config) * single * double(parameters);
    const int epochs = std::max(1, config.epochs);
    if (config.savePeriod > 0 && config.save && !config.resume) // a resumed run's epochs are in its checkpoint
        need.kept = (epochs - 1) / config.savePeriod + 1; // epochs 0, N, 2N, ...
    // Without early end all of them are written. The newest one is last.pt's own content, and best.pt is one of them or
    // another file; the first checkpoint of all stands alone.
    const bool toTheEnd = config.time <= 0 && (config.patience <= 0 || config.patience >= epochs);
    const double files = config.resume || !config.save || epochs == 1 ? 1 : std::max(2, toTheEnd ? need.kept : 0);
    need.certain = files * least;
    const double beside = config.save ? 3 : 1; // last.pt, best.pt, the one being written
    need.likely = (beside + need.kept) * need.checkpoint + recordBytes
        + std::min(mostDetailBytes, epochs * detailBytesAnEpoch);
    if (config.hub) // uploads hold on to the checkpoints that they send
        need.likely += 2 * need.checkpoint;
    if (config.cache == "disk")
        need.imageCache = 3.0 * config.imgsz * config.imgsz * double(std::max<std::int64_t>(images, 0));
    return need;
}

DiskRoom diskRoom(const fs::path &folder)
{
    std::error_code error;
    fs::path at = fs::absolute(folder, error).lexically_normal();
    while (!at.empty() && !fs::is_directory(at, error) && at != at.root_path())
        at = at.parent_path();
    const fs::space_info space = fs::space(at, error);
    struct stat facts {};
    const bool known = ::stat(at.c_str(), &facts) == 0;
    return { at, error ? -1 : double(space.available), known ? static_cast<std::uint64_t>(facts.st_dev) : 0 };
}

DiskRoom imageCacheRoom() { return diskRoom(defaultImageCacheFolder()); }

fs::path projectFolder(const TrainConfig &config)
{
    const fs::path model = config.model; // RUN/weights/last.pt
    if (config.resume && model.extension() == ".pt")
        return fs::absolute(model).lexically_normal().parent_path().parent_path();
    return RunFolder::next(config.project, config.name, "train", true).parent_path();
}

std::string diskRefusal(const DiskNeed &need, const DiskRoom &room)
{
    if (room.free < 0 || need.certain <= room.free)
        return {};
    const std::string kept = need.kept > 1 ? " (save_period keeps " + std::to_string(need.kept) + " checkpoints)" : "";
    return "The run cannot fit on the disk: it writes at least " + sizeText(need.certain) + kept + ", and " + room.folder.string()
        + " has " + sizeText(room.free) + " free; free some space, choose another disk with project="
        + (need.kept > 1 ? ", or keep fewer checkpoints." : ".");
}

} // namespace torchdeck::engine
