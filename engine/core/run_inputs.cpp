// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/devices.h"
#include "engine/core/training_loaders.h"
#include "engine/core/training_session.h"
#include "engine/core/weight_transfer.h"
#include "torchdeck/engine/error.h"

#include <algorithm>
#include <ranges>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

/// Arguments that may differ from the interrupted run's; the others come from its checkpoint.
constexpr std::string_view mayChangeOnResume[] = { "data",  "device",       "imgsz", "workers",
                                                   "cache", "patience",     "time",  "save_period",
                                                   "val",   "close_mosaic", "plots", "verbose" };
/// Say which run, not how it trains.
constexpr std::string_view namesTheRun[] = { "model", "resume", "project", "name", "exist_ok", "hub" };

fs::path checkpointToResume(const TrainConfig &config)
{
    if (isCheckpoint(config.model))
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
    std::string kept;
    for (const ArgumentInfo &info : trainArguments()) {
        const std::string text = trainArgumentText(asked, info.name);
        if (std::ranges::find(namesTheRun, info.name) == std::end(namesTheRun)
            && text != trainArgumentText(usual, info.name) && text != trainArgumentText(config, info.name))
            kept += (kept.empty() ? "" : ", ") + std::string(info.name);
    }
    if (!kept.empty())
        inputs.notes.push_back("Resuming keeps the run's own values of " + kept
                               + "; start a new run to change them.");
    config.resume = true;
    config.hub = asked.hub || config.hub;
    inputs.config = config;
    inputs.folder = fs::absolute(file).lexically_normal().parent_path().parent_path();
    inputs.spec = specOf(checkpoint);
    inputs.resumeFrom = std::move(checkpoint);
}

void settleModel(RunInputs &inputs)
{
    const TrainConfig &config = inputs.config;
    if (isCheckpoint(config.model)) {
        inputs.startFrom = loadCheckpoint(config.model, "model");
        inputs.spec = nn::parseModelSpec(inputs.startFrom->specYaml, inputs.startFrom->specName);
        if (config.pretrained == "false")
            inputs.startFrom.reset();
    } else {
        inputs.spec = nn::loadModelSpec(config.model);
    }
    if (!config.pretrained.empty() && config.pretrained != "false")
        inputs.startFrom = loadCheckpoint(config.pretrained, "pretrained");
    inputs.folder = RunFolder::next(config.project, config.name, "train", config.existOk);
}

void settleData(RunInputs &inputs, const std::stop_token &stop)
{
    TrainConfig &config = inputs.config;
    DataYaml yaml = readDataYaml(config.data);
    for (const int id : config.classes) {
        if (id >= static_cast<int>(yaml.names.size()))
            throw EngineError(ErrorKind::Argument,
                              "classes=" + trainArgumentText(config, "classes") + " names class "
                                  + std::to_string(id) + ", the data set has classes 0 to "
                                  + std::to_string(yaml.names.size() - 1) + ".",
                              "classes");
    }
    DatasetOptions options = indexOptions(config, yaml);
    inputs.datasetName = yaml.name;
    inputs.train = indexSplit(yaml, "train", options, stop);
    options.fraction = config.split == "val" ? config.valFraction : 1;
    inputs.val = indexSplit(yaml, config.split, options, stop);
    if (stop.stop_requested())
        return;
    const bool outlined = std::ranges::any_of(inputs.train->samples,
                                              [](const Sample &sample) { return !sample.outlines.empty(); });
    if (config.copyPaste > 0 && !outlined)
        inputs.notes.push_back("copy_paste needs outlines (polygons as labels), and this data set has boxes: "
                               "nothing is pasted.");
    const int most = mostObjects(*inputs.train, *inputs.val);
    if (most > config.maxDet) {
        const bool raise = config.maxDet == TrainConfig {}.maxDet;
        inputs.notes.push_back("Images hold up to " + std::to_string(most) + " objects, max_det is "
                               + std::to_string(config.maxDet)
                               + (raise ? ": raised to that." : ": recall cannot reach 1."));
        config.maxDet = raise ? most : config.maxDet;
    }
}

} // namespace

RunInputs settleInputs(TrainConfig config, const std::stop_token &stop, int localRank)
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
    inputs.device = chooseDevice(inputs.config.device, localRank);

    settleData(inputs, stop);
    const std::size_t classes = inputs.train->names.size();
    if (inputs.resumeFrom && inputs.resumeFrom->classNames.size() != classes)
        throw EngineError(ErrorKind::Dataset,
                          "The data set has " + std::to_string(classes) + " classes, the run to resume has "
                              + std::to_string(inputs.resumeFrom->classNames.size())
                              + ": resume with the data set it was trained on.",
                          "data");
    if (inputs.startFrom)
        adoptClassWidth(inputs.spec, *inputs.startFrom, static_cast<std::int64_t>(classes));
    return inputs;
}

} // namespace torchdeck::engine
