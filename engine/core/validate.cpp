// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/checkpoint.h"
#include "engine/core/devices.h"
#include "engine/core/evaluation.h"
#include "engine/core/inference.h"
#include "torchdeck/engine/error.h"
#include "torchdeck/engine/validator.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace torchdeck::engine {

namespace {

void checkRange(bool ok, const char *argument, const std::string &value, const char *wanted)
{
    if (!ok)
        throw EngineError(ErrorKind::Argument,
                          std::string(argument) + "=" + value + " is not valid: give " + wanted + ".",
                          argument);
}

void check(const ValConfig &config)
{
    checkRange(!config.model.empty(), "model", "", "the path of a checkpoint (best.pt)");
    checkRange(config.batch >= 1 && config.batch <= 4096, "batch", std::to_string(config.batch), "1 to 4096");
    checkRange(config.imgsz == 0 || (config.imgsz >= 32 && config.imgsz <= 8192), "imgsz",
               std::to_string(config.imgsz), "32 to 8192");
    checkRange(config.conf >= 0 && config.conf <= 1, "conf", std::to_string(config.conf), "0 to 1");
    checkRange(config.iou >= 0 && config.iou <= 1, "iou", std::to_string(config.iou), "0 to 1");
    checkRange(config.maxDet >= 1, "max_det", std::to_string(config.maxDet), "at least 1");
    checkRange(config.split == "train" || config.split == "val" || config.split == "test", "split",
               config.split, "train, val or test");
}

} // namespace

ValResult validate(const ValConfig &config, TrainObserver &observer, std::stop_token stop)
{
    check(config);
    tuneProcessMemory();
    const auto started = std::chrono::steady_clock::now();
    LoadedModel loaded = loadModel(config.model, config.device);
    const std::string data = config.data.empty() ? loaded.trainedWith.data : config.data;
    if (data.empty())
        throw EngineError(ErrorKind::Argument, "No data set given: add data=PATH/data.yaml.", "data");
    DatasetOptions datasetOptions;
    datasetOptions.singleCls = loaded.trainedWith.singleCls;
    DataYaml yaml = readDataYaml(data);
    if (datasetOptions.singleCls)
        yaml.names = { "item" };
    const auto dataset = indexSplit(yaml, config.split, datasetOptions, stop);
    if (static_cast<std::int64_t>(dataset->names.size()) != loaded.model->classes())
        throw EngineError(ErrorKind::Dataset,
                          "The model knows " + std::to_string(loaded.model->classes()) + " classes, " + data
                              + " has " + std::to_string(dataset->names.size())
                              + ": validate on the kind of data it was trained on.",
                          "data");
    LoaderOptions loader;
    loader.batch = config.batch;
    loader.imgsz = loaded.imageSize(config.imgsz);
    loader.stride = static_cast<int>(loaded.model->strides().back());
    loader.threads =
        std::clamp(config.workers, 1, std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / 2));
    loader.training = false;
    loader.cache = "false";
    Loader batches(dataset, loader);
    observer.onValStart({ 0, true, config.model, yaml.name });
    nn::fuseConvBn(*loaded.model);
    const EvaluationOptions options { config.conf, config.iou, config.maxDet, datasetOptions.singleCls,
                                      true };
    const Evaluation evaluation = evaluate(
        *loaded.model, batches, *dataset, nullptr, loaded.device, options,
        [&](std::int64_t batch, std::int64_t total) {
            observer.onValProgress({ 0, 0, batch, total });
        },
        stop);
    for (const std::string &problem : batches.problems())
        observer.onLog({ 0, LogLevel::Warning, problem });
    ValResult result;
    result.metrics = evaluation.metrics;
    result.metrics.emplace_back("fitness", evaluation.scores.fitness);
    result.classes = evaluation.scores.classes;
    result.dataset.name = yaml.name;
    result.dataset.classNames = dataset->names;
    result.dataset.valImages = static_cast<std::int64_t>(dataset->samples.size());
    result.dataset.valInstances = dataset->instances;
    result.dataset.corruptImages = dataset->corrupt;
    result.dataset.backgroundImages = dataset->background;
    result.images = evaluation.images;
    result.stopped = evaluation.stopped;
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    return result;
}

} // namespace torchdeck::engine
