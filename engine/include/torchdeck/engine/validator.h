// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/observer.h"

#include <stop_token>

namespace torchdeck::engine {

struct ValConfig {
    std::string model; ///< checkpoint
    std::string data; ///< data.yaml; empty = the one the checkpoint was trained on
    int batch = 16;
    int imgsz = 0; ///< 0 = as trained
    double conf = 0.001;
    double iou = 0.7;
    int maxDet = 300;
    std::string device;
    std::string split = "val";
    int workers = 8;
};

struct ValResult {
    Metrics
        metrics; ///< metrics/precision(B), metrics/recall(B), metrics/mAP50(B), metrics/mAP50-95(B), fitness
    std::vector<ClassMetrics> classes;
    DatasetSummary dataset;
    std::int64_t images = 0;
    double seconds = 0;
    bool stopped = false;
};

/// Validates a checkpoint. Blocking. Throws EngineError.
[[nodiscard]] ValResult validate(const ValConfig &config, TrainObserver &observer, std::stop_token stop);

} // namespace torchdeck::engine
