// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/lifecycle.h"

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <filesystem>
#include <map>

namespace torchdeck::engine {

namespace nn {
class DetectionModel;
}

using NamedTensors = std::map<std::string, at::Tensor>;

/// Everything a checkpoint holds, independent of the file format.
struct Checkpoint {
    /// How one group of parameters is being optimized.
    struct OptimizerGroup {
        std::string name; ///< "weight", "bn", "bias"
        double learningRate = 0, initialLearningRate = 0, momentum = 0, weightDecay = 0;
    };

    // The model
    std::string specName; ///< "yolov8n"
    std::string specYaml;
    std::vector<std::string> classNames;
    NamedTensors ema; ///< the weights to use
    TrainConfig config;
    Metrics metrics; ///< of the epoch it was saved in
    std::vector<std::pair<std::string, std::vector<double>>> results; ///< results.csv by columns
    std::string saveDir; ///< folder of the run
    /// A model of the same spec and classes, whose modules name the places of the tensors. Only spares the
    /// writer to build one; may be null.
    std::shared_ptr<const nn::DetectionModel> structure;

    /// Written in the form that Ultralytics before 8.4 resumes: it numbers the optimizer's parameters otherwise,
    /// so that one file cannot serve both, and refuses arguments that it does not know.
    bool forOldPython = false;

    // The run; a finished run's files are stripped of what follows
    bool resumable = false;
    int epoch = -1; ///< last finished epoch, 0-based; -1 = none
    std::int64_t batchesDone = 0; ///< of the next epoch, after a stop in the middle
    std::int64_t lastStepIteration = -1;
    double bestFitness = 0;
    int bestEpoch = 0;
    double elapsedSeconds = 0;
    std::int64_t emaUpdates = 0;
    std::string optimizerName;
    std::vector<OptimizerGroup> optimizerGroups;
    NamedTensors model; ///< the raw weights, fp32
    NamedTensors optimizer;
    NamedTensors gradients; ///< accumulated, not stepped yet
    std::vector<double> lossSums; ///< box, cls, dfl of the unfinished epoch
};

/// Parameters and buffers by state_dict name. Shares storage.
[[nodiscard]] NamedTensors stateOf(const torch::nn::Module &module);
/// Copies every tensor whose name and shape match; returns how many of the module's tensors were filled.
std::size_t loadState(torch::nn::Module &module, const NamedTensors &state);

/// Whether `model`, an argument, names a checkpoint and not a spec: by its ending.
[[nodiscard]] bool isCheckpoint(const std::string &model);
/// Atomic: temporary file, flush, rename. Throws EngineError (Storage).
void saveCheckpoint(const std::filesystem::path &file, const Checkpoint &checkpoint);
/// A checkpoint of ours or of Ultralytics (8.0 to 8.4); with field "pretrained" also bare weights (a state
/// dict, safetensors), whose spec is then empty. Runs nothing of what is in the file. Throws EngineError
/// (Argument, `field`): missing, torn, of another task, or holding what no checkpoint needs.
[[nodiscard]] Checkpoint loadCheckpoint(const std::filesystem::path &file,
                                        const std::string &field = "model");
/// Rewrites a finished run's file with what inference needs: EMA weights in half precision, names, arguments.
void stripCheckpoint(const std::filesystem::path &file);

} // namespace torchdeck::engine
