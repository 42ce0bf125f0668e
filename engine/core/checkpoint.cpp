// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/checkpoint.h"

#include "engine/core/atomic_file.h"
#include "torchdeck/engine/error.h"

#include <ATen/core/Dict.h>
#include <ATen/core/List.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>
#include <torch/csrc/jit/serialization/pickle.h>

namespace torchdeck::engine {

namespace {

constexpr const char *formatName = "torchdeck";
constexpr std::int64_t formatVersion = 1;

using Dict = c10::impl::GenericDict;

Dict newDict() { return Dict(c10::StringType::get(), c10::AnyType::get()); }

Dict toDict(const NamedTensors &tensors)
{
    Dict dict = newDict();
    for (const auto &[name, tensor] : tensors)
        dict.insert(name, tensor.detach().cpu().contiguous());
    return dict;
}

Dict toDict(const Metrics &metrics)
{
    Dict dict = newDict();
    for (const auto &[name, value] : metrics)
        dict.insert(name, value);
    return dict;
}

c10::IValue require(const Dict &dict, const char *key)
{
    const auto it = dict.find(key);
    if (it == dict.end())
        throw std::runtime_error(std::string("entry '") + key + "' is missing");
    return it->value();
}

NamedTensors toTensors(const Dict &dict, const char *key)
{
    NamedTensors tensors;
    const auto it = dict.find(key);
    if (it == dict.end())
        return tensors;
    for (const auto &item : it->value().toGenericDict())
        tensors[item.key().toStringRef()] = item.value().toTensor();
    return tensors;
}

Metrics toMetrics(const Dict &dict)
{
    Metrics metrics;
    for (const auto &item : dict)
        metrics.emplace_back(item.key().toStringRef(), item.value().toDouble());
    return metrics;
}

Dict argsDict(const TrainConfig &config)
{
    Dict dict = newDict();
    for (const ArgumentInfo &info : trainArguments())
        dict.insert(std::string(info.name), trainArgumentText(config, info.name));
    return dict;
}

Checkpoint fromDict(const Dict &root)
{
    if (require(root, "format").toStringRef() != formatName)
        throw std::runtime_error("unknown format");
    if (require(root, "format_version").toInt() > formatVersion)
        throw std::runtime_error("it was written by a newer version of Torchdeck");
    Checkpoint c;
    c.specName = require(root, "spec_name").toStringRef();
    c.specYaml = require(root, "spec_yaml").toStringRef();
    for (const auto &name : require(root, "names").toListRef())
        c.classNames.push_back(name.toStringRef());
    for (const auto &item : require(root, "train_args").toGenericDict())
        (void)setTrainArgument(c.config, item.key().toStringRef(), item.value().toStringRef());
    c.metrics = toMetrics(require(root, "train_metrics").toGenericDict());
    c.ema = toTensors(root, "ema");
    c.epoch = static_cast<int>(require(root, "epoch").toInt());
    c.resumable = require(root, "resumable").toBool();
    if (!c.resumable)
        return c;
    c.batchesDone = require(root, "batches_done").toInt();
    c.lastStepIteration = require(root, "last_step").toInt();
    c.bestFitness = require(root, "best_fitness").toDouble();
    c.bestEpoch = static_cast<int>(require(root, "best_epoch").toInt());
    c.elapsedSeconds = require(root, "elapsed").toDouble();
    c.emaUpdates = require(root, "updates").toInt();
    c.optimizerName = require(root, "optimizer_name").toStringRef();
    for (const auto &value : require(root, "loss_sums").toListRef())
        c.lossSums.push_back(value.toDouble());
    c.model = toTensors(root, "model");
    c.optimizer = toTensors(root, "optimizer");
    c.gradients = toTensors(root, "gradients");
    return c;
}

} // namespace

NamedTensors stateOf(const torch::nn::Module &module)
{
    NamedTensors state;
    for (const auto &item : module.named_parameters())
        state[item.key()] = item.value();
    for (const auto &item : module.named_buffers())
        state[item.key()] = item.value();
    return state;
}

std::size_t loadState(torch::nn::Module &module, const NamedTensors &state)
{
    at::NoGradGuard noGrad;
    std::size_t filled = 0;
    for (auto &[name, tensor] : stateOf(module)) {
        const auto it = state.find(name);
        if (it == state.end() || it->second.sizes() != tensor.sizes())
            continue;
        at::Tensor target = tensor;
        target.copy_(it->second);
        ++filled;
    }
    return filled;
}

std::string serialise(const Checkpoint &c)
{
    Dict root = newDict();
    root.insert("format", formatName);
    root.insert("format_version", formatVersion);
    root.insert("version", TORCHDECK_VERSION);
    root.insert("spec_name", c.specName);
    root.insert("spec_yaml", c.specYaml);
    c10::List<std::string> names;
    for (const std::string &name : c.classNames)
        names.push_back(name);
    root.insert("names", names);
    root.insert("train_args", argsDict(c.config));
    root.insert("train_metrics", toDict(c.metrics));
    root.insert("ema", toDict(c.ema));
    root.insert("epoch", std::int64_t(c.epoch));
    root.insert("resumable", c.resumable);
    if (c.resumable) {
        root.insert("batches_done", c.batchesDone);
        root.insert("last_step", c.lastStepIteration);
        root.insert("best_fitness", c.bestFitness);
        root.insert("best_epoch", std::int64_t(c.bestEpoch));
        root.insert("elapsed", c.elapsedSeconds);
        root.insert("updates", c.emaUpdates);
        root.insert("optimizer_name", c.optimizerName);
        c10::List<double> sums;
        for (const double value : c.lossSums)
            sums.push_back(value);
        root.insert("loss_sums", sums);
        root.insert("model", toDict(c.model));
        root.insert("optimizer", toDict(c.optimizer));
        root.insert("gradients", toDict(c.gradients));
    }
    const std::vector<char> bytes = torch::jit::pickle_save(root);
    return std::string(bytes.begin(), bytes.end());
}

void saveCheckpoint(const std::filesystem::path &file, const Checkpoint &checkpoint)
{
    writeFileAtomically(file, serialise(checkpoint));
}

Checkpoint loadCheckpoint(const std::filesystem::path &file, const std::string &field)
{
    std::error_code missing;
    if (!std::filesystem::is_regular_file(file, missing))
        throw EngineError(ErrorKind::Argument,
                          "There is no checkpoint " + file.string() + ": check the path.", field);
    const std::string bytes = readFile(file);
    try {
        const c10::IValue root = torch::jit::pickle_load(std::vector<char>(bytes.begin(), bytes.end()));
        return fromDict(root.toGenericDict());
    } catch (const std::exception &error) {
        std::string why = error.what();
        why = why.substr(0, why.find('\n'));
        throw EngineError(ErrorKind::Argument,
                          file.string() + " is not a checkpoint that Torchdeck can read ("
                              + why.substr(0, 160) + "): give a last.pt or best.pt of a Torchdeck run.",
                          field);
    }
}

void stripCheckpoint(const std::filesystem::path &file)
{
    Checkpoint checkpoint = loadCheckpoint(file);
    checkpoint.resumable = false;
    for (auto &[name, tensor] : checkpoint.ema) {
        if (tensor.is_floating_point())
            tensor = tensor.to(at::kHalf);
    }
    saveCheckpoint(file, checkpoint);
}

} // namespace torchdeck::engine
