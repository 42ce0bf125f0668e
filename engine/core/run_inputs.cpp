// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/devices.h"
#include "engine/core/training_session.h"
#include "torchdeck/engine/error.h"

#include <algorithm>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

bool endsWithPt(const std::string &text) { return fs::path(text).extension() == ".pt"; }

/// Arguments that may differ from the interrupted run's; the others come from its checkpoint.
constexpr std::string_view mayChangeOnResume[] = { "data",        "device", "workers", "cache",  "patience",
                                                   "save_period", "time",   "val",     "verbose" };

fs::path checkpointToResume(const TrainConfig &config)
{
    if (endsWithPt(config.model))
        return config.model;
    if (!config.name.empty()) {
        const fs::path base = config.project.empty() ? fs::path("runs/detect") : fs::path(config.project);
        return base / config.name / "weights" / "last.pt";
    }
    return RunFolder::newestCheckpoint(config.project);
}

void settleResume(RunInputs &inputs)
{
    const TrainConfig asked = inputs.config;
    const fs::path file = checkpointToResume(asked);
    std::error_code missing;
    if (file.empty() || !fs::exists(file, missing))
        throw EngineError(
            ErrorKind::Argument,
            "Nothing to resume: there is no "
                + (file.empty() ? std::string("weights/last.pt in the project folder") : file.string())
                + "; give model=PATH/weights/last.pt, or start without resume=true.",
            "resume");
    Checkpoint checkpoint = loadCheckpoint(file, "resume");
    TrainConfig config = checkpoint.config;
    if (!checkpoint.resumable || checkpoint.epoch + 1 >= config.epochs)
        throw EngineError(
            ErrorKind::Argument,
            "The run of " + file.string() + " is finished (" + std::to_string(checkpoint.epoch + 1)
                + " epochs), nothing to resume: start a new run with model=" + file.string() + ".",
            "resume");
    const TrainConfig usual;
    for (const std::string_view name : mayChangeOnResume) {
        const std::string text = trainArgumentText(asked, name);
        if (text != trainArgumentText(usual, name))
            (void)setTrainArgument(config, name, text);
    }
    config.resume = true;
    config.hub = asked.hub || config.hub;
    inputs.config = config;
    inputs.folder = fs::absolute(file).lexically_normal().parent_path().parent_path();
    inputs.spec = nn::parseModelSpec(checkpoint.specYaml, checkpoint.specName);
    inputs.resumeFrom = std::move(checkpoint);
}

void settleModel(RunInputs &inputs)
{
    const TrainConfig &config = inputs.config;
    if (endsWithPt(config.model)) {
        inputs.startFrom = loadCheckpoint(config.model, "model");
        inputs.spec = nn::parseModelSpec(inputs.startFrom->specYaml, inputs.startFrom->specName);
    } else {
        inputs.spec = nn::loadModelSpec(config.model);
    }
    if (!config.pretrained.empty() && config.pretrained != "true" && config.pretrained != "false")
        inputs.startFrom = loadCheckpoint(config.pretrained, "pretrained");
    inputs.folder = RunFolder::next(config.project, config.name, "train", config.existOk);
}

} // namespace

RunInputs settleInputs(TrainConfig config, const std::stop_token &stop)
{
    const std::vector<ArgumentError> errors = checkTrainConfig(config);
    if (!errors.empty())
        throw EngineError(ErrorKind::Argument, errors.front().sentence, errors.front().argument);
    RunInputs inputs;
    inputs.config = std::move(config);
    if (inputs.config.resume)
        settleResume(inputs);
    else
        settleModel(inputs);
    inputs.device = chooseDevice(inputs.config.device);

    DataYaml yaml = readDataYaml(inputs.config.data);
    if (inputs.config.singleCls)
        yaml.names = { "item" };
    DatasetOptions options;
    options.singleCls = inputs.config.singleCls;
    options.fraction = inputs.config.fraction;
    inputs.datasetName = yaml.name;
    inputs.train = indexSplit(yaml, "train", options, stop);
    options.fraction = 1;
    inputs.val = indexSplit(yaml, "val", options, stop);
    if (inputs.resumeFrom && inputs.resumeFrom->classNames.size() != yaml.names.size())
        throw EngineError(ErrorKind::Dataset,
                          "The data set has " + std::to_string(yaml.names.size())
                              + " classes, the run to resume has "
                              + std::to_string(inputs.resumeFrom->classNames.size())
                              + ": resume with the data set it was trained on.",
                          "data");
    return inputs;
}

} // namespace torchdeck::engine
