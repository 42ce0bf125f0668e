// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What the program asks of the part of the engine that needs LibTorch. That part is a module of its own
// (torchdeck_torch.so), loaded when it is first wanted: linking LibTorch in would cost every start, the window's too,
// most of half a second before main().

#include "torchdeck/engine/checkpoint_convert.h"
#include "torchdeck/engine/device_info.h"
#include "torchdeck/engine/image_predictor.h"
#include "torchdeck/engine/predictor.h"
#include "torchdeck/engine/disk_need.h"
#include "torchdeck/engine/run_probe.h"
#include "torchdeck/engine/trainer.h"

namespace torchdeck::engine {

/// Program and module are built together; the number tells a module that was left behind by another build.
inline constexpr int engineTableVersion = 4;

struct EngineTable {
    int version;
    void (*train)(TrainConfig config, RunId run, Ranks ranks, TrainObserver &observer, std::stop_token stop,
                  RunControl &control);
    ValResult (*validate)(const ValConfig &config, TrainObserver &observer, std::stop_token stop);
    PredictResult (*predict)(const PredictConfig &config, TrainObserver &observer,
                             const std::function<void(const ImagePredictions &)> &onImage, std::stop_token stop);
    void (*convert)(const std::filesystem::path &from, const std::filesystem::path &to, PythonVersion version);
    const std::vector<DeviceInfo> &(*devices)();
    std::string (*torchVersion)();
    RunProbe (*probeRun)(const TrainConfig &config, const ProbeProgress &progress, const std::stop_token &stop);
    DeviceFacts (*deviceFacts)(const std::string &device);
    std::int64_t (*modelParameters)(const TrainConfig &config, int classes);
    /// The module's own ImagePredictor, which only it looks into.
    ImagePredictor *(*openPredictor)(const std::filesystem::path &checkpoint, const std::string &device);
    void (*closePredictor)(ImagePredictor *predictor);
    int (*trainedSize)(const ImagePredictor &predictor);
    ImagePredictions (*predictImage)(ImagePredictor &predictor, const std::filesystem::path &image,
                                     const PredictConfig &how, std::stop_token stop);
};

} // namespace torchdeck::engine

/// The module's one exported name.
extern "C" const torchdeck::engine::EngineTable *torchdeckEngineTable();
