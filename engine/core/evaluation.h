// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/data/loader.h"
#include "engine/eval/detection_metrics.h"
#include "engine/loss/detection_loss.h"

#include <c10/core/Device.h>

#include <functional>
#include <stop_token>

namespace torchdeck::engine {

/// Pixels of a batch as a float tensor [B, 3, H, W] in 0..1, channels_last, on `device`. Takes the batch's
/// memory.
[[nodiscard]] at::Tensor imagesToTensor(const Batch &batch, const c10::Device &device);
[[nodiscard]] DetectionTargets targetsToTensor(const Batch &batch, const c10::Device &device);

struct EvaluationOptions {
    double conf = 0.001;
    double iou = 0.7;
    int maxDet = 300;
    bool agnostic = false;
    bool halfPrecision = false; ///< autocast, CUDA only
};

struct Evaluation {
    DetectionScores scores;
    Metrics metrics; ///< metrics/precision(B) ... and, with a loss, val/box_loss ...
    double millisecondsPerImage = 0; ///< inference only
    std::int64_t images = 0;
    bool stopped = false;
};

/// Runs `model` (put into eval mode) over one epoch of `loader` and scores it. `loss` may be null.
[[nodiscard]] Evaluation
evaluate(nn::DetectionModel &model, Loader &loader, const Dataset &dataset, const DetectionLoss *loss,
         const c10::Device &device, const EvaluationOptions &options,
         const std::function<void(std::int64_t batch, std::int64_t batches)> &progress,
         const std::stop_token &stop);

} // namespace torchdeck::engine
