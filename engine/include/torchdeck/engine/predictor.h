// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/observer.h"

#include <functional>
#include <stop_token>

namespace torchdeck::engine {

struct PredictConfig {
    std::string model; ///< checkpoint
    std::string source; ///< image file, folder or glob
    int imgsz = 0; ///< 0 = as trained
    double conf = 0.25;
    double iou = 0.7;
    int maxDet = 300;
    std::string device;
    bool save = true; ///< annotated images into saveDir
    bool saveTxt = false; ///< labels/NAME.txt: class x y w h (normalised)
    bool saveConf = false;
    std::string project; ///< "" = runs/detect
    std::string name; ///< "" = predict, predict2, ...
    bool existOk = false;
};

struct Prediction {
    int classId = 0;
    double confidence = 0;
    double x1 = 0, y1 = 0, x2 = 0, y2 = 0; ///< pixels of the original image
};

struct ImagePredictions {
    std::filesystem::path image;
    int width = 0, height = 0;
    std::vector<Prediction> boxes; ///< by falling confidence
    double milliseconds = 0; ///< preprocess, inference and NMS
    std::string problem; ///< why the image was skipped, or empty
};

struct PredictResult {
    std::vector<std::string> classNames;
    std::filesystem::path saveDir; ///< empty when nothing was saved
    std::int64_t images = 0;
    std::int64_t detections = 0;
    double seconds = 0;
    bool stopped = false;
};

/// Runs a checkpoint over `source`; `onImage` is called once an image, on the calling thread. Throws
/// EngineError.
[[nodiscard]] PredictResult predict(const PredictConfig &config, TrainObserver &observer,
                                    const std::function<void(const ImagePredictions &)> &onImage,
                                    std::stop_token stop);

} // namespace torchdeck::engine
