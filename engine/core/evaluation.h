// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/evaluation_listener.h"
#include "engine/data/loader.h"
#include "engine/eval/detection_metrics.h"
#include "engine/loss/detection_loss.h"
#include "engine/ops/nms.h"
#include "torchdeck/engine/validator.h"

#include <c10/core/Device.h>

#include <functional>
#include <stop_token>

namespace torchdeck::engine {

/// Pixels of a batch as a float tensor [B, 3, H, W] in 0..1, channels_last, on `device`; those of a batch of the second form
/// are made there (composeOnDevice()).
[[nodiscard]] at::Tensor imagesToTensor(const Batch &batch, const c10::Device &device);
/// On the CPU, where the loss sorts them by image.
[[nodiscard]] DetectionTargets targetsToTensor(const Batch &batch);
/// What a model's decoded output says of each image of the batch, in pixels of the network's input: by NMS,
/// or, with `considered` above 0, by topDetections() of that many anchors of a one-to-one head.
[[nodiscard]] std::vector<std::vector<Detection>> detectionsOf(const at::Tensor &decoded,
                                                               const NmsOptions &options, int considered = 0);

struct EvaluationOptions {
    double conf = 0.001;
    double iou = 0.7;
    int maxDet = 300;
    bool agnostic = false;
    bool endToEnd = false; ///< detections of the one-to-one head, where the model has one
    bool halfPrecision = false; ///< autocast, CUDA only
    bool singleCls = false; ///< every detection counts as class 0
    std::vector<std::string> names; ///< of the model's classes; empty = the data set's
};

struct Evaluation {
    DetectionScores scores;
    ConfusionMatrix confusion;
    Metrics metrics; ///< metrics/precision(B) ... and, with a loss, val/box_loss ...
    ImageSpeed speed;
    double millisecondsPerImage = 0; ///< inference only
    std::int64_t images = 0;
    bool stopped = false;
};

/// Runs `model` (put into eval mode) over one epoch of `loader` and scores it. `loss` and `listener` may be
/// null.
[[nodiscard]] Evaluation
evaluate(nn::DetectionModel &model, Loader &loader, const Dataset &dataset, const DetectionLoss *loss,
         const c10::Device &device, const EvaluationOptions &options,
         const std::function<void(std::int64_t batch, std::int64_t batches)> &progress,
         const std::stop_token &stop, EvaluationListener *listener = nullptr);

} // namespace torchdeck::engine
