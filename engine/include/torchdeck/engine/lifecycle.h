// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Value structs of a run's lifecycle. They cross threads by copy: no pointers, no torch, no Qt.
// The nine hooks carry the names of Ultralytics' callbacks (on_pretrain_routine_start ... on_train_end).

#include "torchdeck/engine/detection_report.h"
#include "torchdeck/engine/train_config.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace torchdeck::engine {

using RunId = std::uint64_t;

/// Ordered name/value pairs, keys as Ultralytics writes them ("metrics/mAP50-95(B)", "train/box_loss").
using Metrics = std::vector<std::pair<std::string, double>>;

/// Value of `key`, or `fallback` when absent.
[[nodiscard]] double metricValue(const Metrics &metrics, std::string_view key, double fallback = 0.0);

struct ModelSummary {
    std::string name; ///< "yolov8n"
    std::int64_t layers = 0;
    std::int64_t parameters = 0;
    std::int64_t gradients = 0; ///< trainable parameters
    double gflops = 0.0; ///< at 640x640 (2 x multiply-adds), as Ultralytics prints it
    double speedMs = 0.0; ///< inference of one image at imgsz, measured; 0 until known
};

struct DatasetSummary {
    std::string name; ///< data.yaml's stem or folder name, never a path
    std::vector<std::string> classNames;
    std::int64_t trainImages = 0;
    std::int64_t valImages = 0;
    std::int64_t trainInstances = 0;
    std::int64_t valInstances = 0;
    std::int64_t corruptImages = 0; ///< skipped, listed in the log
    std::int64_t backgroundImages = 0; ///< images without labels
};

struct PretrainRoutineStart {
    RunId run = 0;
    TrainConfig config;
    std::filesystem::path saveDir;
    bool resumed = false;
};

struct PretrainRoutineEnd {
    RunId run = 0;
    ModelSummary model;
    DatasetSummary dataset;
    std::string device; ///< "CPU (AMD EPYC, 2 threads)", "CUDA:0 (NVIDIA ...)"
    std::string optimizer; ///< "AdamW(lr=0.001429, momentum=0.9)"
    int startEpoch = 0; ///< 0-based
    int epochs = 0;
    std::int64_t batchesPerEpoch = 0;
    std::int64_t valBatches = 0;
};

struct TrainStart {
    RunId run = 0;
    TrainConfig config;
};

struct BatchEnd {
    RunId run = 0;
    int epoch = 0; ///< 0-based
    int epochs = 0;
    std::int64_t batch = 0; ///< 0-based
    std::int64_t batches = 0;
    double boxLoss = 0, clsLoss = 0, dflLoss = 0; ///< this batch
    double meanBoxLoss = 0, meanClsLoss = 0, meanDflLoss = 0; ///< running mean of the epoch
    double learningRate = 0; ///< of the weight group
    std::int64_t instances = 0;
    int imgsz = 0;
    double imagesPerSecond = 0;
    double epochSecondsLeft = 0; ///< training batches and validation
    double runSecondsLeft = 0; ///< whole run, final validation included
    double memoryMiB = 0; ///< process RSS on the CPU, reserved device memory on CUDA
};

struct ValStart {
    RunId run = 0;
    bool standalone = false; ///< the `val` command, not a run's own validation
    std::string model;
    std::string data;
};

struct ValProgress {
    RunId run = 0;
    int epoch = 0;
    std::int64_t batch = 0;
    std::int64_t batches = 0;
};

struct PredictStart {
    RunId run = 0;
    std::string model;
    std::string source;
};

struct ExportStart {
    RunId run = 0;
    std::string model;
    std::string format;
};

struct ClassMetrics {
    int classId = 0;
    std::string name;
    std::int64_t images = 0;
    std::int64_t instances = 0;
    double precision = 0, recall = 0, map50 = 0, map5095 = 0;
};

struct FitEpochEnd {
    RunId run = 0;
    int epoch = 0; ///< 0-based
    int epochs = 0;
    bool finalEval =
        false; ///< best.pt validated once more after the last epoch; `epoch` is then the last epoch
    bool replayed =
        false; ///< a resumed run repeats what results.csv holds of its earlier epochs: losses, metrics, rates
    Metrics trainLosses; ///< train/box_loss, train/cls_loss, train/dfl_loss
    Metrics metrics; ///< metrics/..., val/...
    Metrics learningRates; ///< lr/pg0, lr/pg1, lr/pg2
    std::vector<ClassMetrics> classes;
    DetectionCurves curves; ///< 101 points an axis; empty without a validation
    ConfusionMatrix confusion;
    double fitness = 0;
    double bestFitness = 0;
    int bestEpoch = 0; ///< 0-based
    double epochSeconds = 0; ///< training and validation of this epoch
    double trainSeconds = 0; ///< training part
    double elapsedSeconds = 0; ///< of the whole run, earlier parts of a resumed run included
    double runSecondsLeft = 0;
    ModelSummary model; ///< filled at the run's first epoch, for HUB's model/... values
};

struct ModelSave {
    RunId run = 0;
    int epoch = 0; ///< 0-based
    std::filesystem::path last;
    std::filesystem::path best;
    bool isBest = false; ///< best.pt was written too
    double fitness = 0;
    double bestFitness = 0;
};

/// After the final validation; also after a stop, once everything is saved.
struct TrainEnd {
    RunId run = 0;
    std::filesystem::path saveDir;
    std::filesystem::path last;
    std::filesystem::path best; ///< empty when no epoch was ever saved
    Metrics metrics; ///< of best.pt
    int epochsDone = 0;
    int bestEpoch = 0; ///< 0-based
    double seconds = 0;
    bool stopped = false; ///< the user asked
    bool earlyStopped = false; ///< patience ran out
};

enum class LogLevel { Debug, Info, Warning, Error };

struct LogLine {
    RunId run = 0;
    LogLevel level = LogLevel::Info;
    std::string text;
};

/// The three ends of a run: exactly one is delivered, after everything else.
struct Finished {
    RunId run = 0;
    TrainEnd end;
};
struct Stopped {
    RunId run = 0;
    TrainEnd end; ///< `best`/`last` empty when stopped before the first epoch was saved
};
struct Failed {
    RunId run = 0;
    std::string sentence; ///< for the user
    std::string field; ///< argument to blame, or empty
    std::string detail; ///< technical
    bool badInput = false; ///< refused before anything was written
};

} // namespace torchdeck::engine
