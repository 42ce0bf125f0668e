// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/observer.h"
#include "torchdeck/engine/validator.h"

#include <functional>
#include <stop_token>

namespace torchdeck::engine {

/// Arguments of one prediction; names and defaults as Ultralytics' `predict` has them.
struct PredictConfig {
    std::string model; ///< checkpoint
    std::string source; ///< image, video, folder, pattern (** for any depth), or a .txt/.csv list of these
    int imgsz = 0; ///< 0 = as trained
    int imgszHeight = 0; ///< 0 = imgsz; else imgsz is the width only
    int batch = 1; ///< images at a time
    double conf = 0.25;
    double iou = 0.7;
    int maxDet = 300;
    std::string device;
    bool rect = true; ///< pad to multiples of the stride only; false = to the whole of imgsz
    bool half = false; ///< half precision on CUDA
    bool agnosticNms = false;
    bool endToEnd = false; ///< nms=false: the one-to-one head without NMS, where the model has one
    std::vector<int> classes; ///< only these are reported; empty = all
    int vidStride = 1; ///< every Nth frame of a video

    bool save = true; ///< annotated images (.jpg) and videos (.avi) into saveDir
    bool saveFrames = false; ///< a video's annotated frames as images too
    bool saveTxt = false; ///< labels/NAME.txt: class x y w h (normalised)
    bool saveConf = false; ///< ... and the confidence
    bool saveCrop = false; ///< crops/CLASS/NAME.jpg, one an object
    bool showBoxes = true, showLabels = true, showConf = true; ///< what annotated images show
    int lineWidth = 0; ///< pixels; 0 = by the size of the image
    std::string project; ///< "" = runs/detect
    std::string name; ///< "" = predict, predict2, ...
    bool existOk = false;
};

struct Prediction {
    int classId = 0;
    double confidence = 0;
    double x1 = 0, y1 = 0, x2 = 0, y2 = 0; ///< pixels of the original image
    std::string className;
};

/// What was found in one image or video frame.
struct ImagePredictions {
    std::filesystem::path image; ///< or the video
    std::int64_t number = 0, total = 0; ///< 1-based place of the file among all files
    std::int64_t frame = 0, frames = 0; ///< 1-based frame of a video; 0 for images
    int width = 0, height = 0;
    int inputWidth = 0, inputHeight = 0; ///< of the network's input
    std::vector<Prediction> boxes; ///< by falling confidence
    std::string summary; ///< "2 cats, 1 dog", or "(no detections)"
    ImageSpeed speed;
    double milliseconds = 0; ///< preprocess, inference and NMS
    std::string problem; ///< why the image was skipped, or empty
};

struct PredictResult {
    std::vector<std::string> classNames;
    std::filesystem::path saveDir; ///< empty when nothing was saved
    std::int64_t images = 0; ///< and frames; the skipped ones not counted
    std::int64_t detections = 0;
    std::vector<std::string> skipped; ///< one sentence a file that could not be read
    std::int64_t labelFiles = 0; ///< written by saveTxt
    ImageSpeed speed; ///< means
    int inputWidth = 0, inputHeight = 0; ///< of the last batch
    int batch = 1;
    double seconds = 0;
    bool stopped = false;
};

/// Runs a checkpoint over `source`, a batch in memory at a time; `onImage` is called once an image or frame,
/// on the calling thread. Files that cannot be decoded are skipped and named. Throws EngineError.
[[nodiscard]] PredictResult predict(const PredictConfig &config, TrainObserver &observer,
                                    const std::function<void(const ImagePredictions &)> &onImage,
                                    std::stop_token stop);

} // namespace torchdeck::engine
