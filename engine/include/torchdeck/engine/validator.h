// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/observer.h"

#include <stop_token>

namespace torchdeck::engine {

/// Arguments of one validation; names and defaults as Ultralytics' `val` has them.
struct ValConfig {
    std::string model; ///< checkpoint
    std::string data; ///< data.yaml; empty = the one the checkpoint was trained on
    int batch = 16;
    int imgsz = 0; ///< 0 = as trained
    double conf = 0.001;
    double iou = 0.7;
    int maxDet = 300; ///< raised to the most objects an image holds when left at its default
    std::string device;
    std::string split = "val";
    int workers = 8;
    bool rect = true; ///< batches shaped by their images' aspect ratio; false = square
    bool half = false; ///< half precision on CUDA; the CPU computes in single precision all the same
    bool singleCls = false; ///< all classes count as one
    bool agnosticNms = false; ///< suppress across classes
    bool endToEnd = false; ///< nms=false: the one-to-one head without NMS, where the model has one
    std::vector<int> classes; ///< only the truth of these counts; empty = all
    double fraction = 1.0; ///< first part of the images, (0, 1]; split=train only
    std::string cache = "false";

    bool plots = true; ///< curves, confusion matrix and pictures of the first batches, into saveDir
    bool saveTxt = false; ///< labels/NAME.txt: class x y w h (normalised)
    bool saveConf = false; ///< ... and the confidence
    bool saveJson = false; ///< predictions.json, COCO's format
    std::string project; ///< "" = runs/detect
    std::string name; ///< "" = val, val2, ...
    bool existOk = false;
};

/// Milliseconds an image, by phase.
struct ImageSpeed {
    double preprocess = 0, inference = 0, postprocess = 0;
};

struct ValResult {
    Metrics
        metrics; ///< metrics/precision(B), metrics/recall(B), metrics/mAP50(B), metrics/mAP50-95(B), fitness
    std::vector<ClassMetrics> classes;
    DetectionCurves curves; ///< 1000 points an axis
    ConfusionMatrix confusion; ///< of detections over `conf`, at IoU 0.45
    DatasetSummary dataset;
    std::filesystem::path saveDir; ///< empty when nothing was asked to be saved
    ImageSpeed speed;
    std::int64_t images = 0;
    double seconds = 0;
    bool stopped = false;
};

/// Validates a checkpoint. Blocking. Throws EngineError.
[[nodiscard]] ValResult validate(const ValConfig &config, TrainObserver &observer, std::stop_token stop);

} // namespace torchdeck::engine
