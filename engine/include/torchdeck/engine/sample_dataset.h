// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

namespace torchdeck::engine {

struct SampleDatasetOptions {
    int trainImages = 160;
    int valImages = 40;
    int width = 320;
    int height = 320;
    std::uint64_t seed = 0;
};

/// Draws a detection set (shapes of several classes over textured, noisy backgrounds, with occlusion) in YOLO
/// layout into `folder` and returns the path of its data.yaml. Same options, same bytes. Throws EngineError;
/// a folder that already holds something else is refused. `progress(done, total)` returning false cancels
/// (partial files removed).
std::filesystem::path makeSampleDataset(const std::filesystem::path &folder,
                                        const SampleDatasetOptions &options = {},
                                        const std::function<bool(int done, int total)> &progress = {});

} // namespace torchdeck::engine
