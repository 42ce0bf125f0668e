// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/checkpoint.h"

#include "engine/core/atomic_file.h"
#include "engine/interop/checkpoint_format.h"
#include "engine/nn/model.h"
#include "torchdeck/engine/checkpoint_convert.h"
#include "torchdeck/engine/error.h"

namespace torchdeck::engine {

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

void saveCheckpoint(const std::filesystem::path &file, const Checkpoint &checkpoint)
{
    writeFileAtomically(file, interop::writeCheckpoint(checkpoint));
}

bool isCheckpoint(const std::string &model)
{
    const std::filesystem::path extension = std::filesystem::path(model).extension();
    return extension == ".pt" || extension == ".pth" || extension == ".safetensors";
}

Checkpoint loadCheckpoint(const std::filesystem::path &file, const std::string &field)
{
    std::error_code missing;
    if (!std::filesystem::is_regular_file(file, missing))
        throw EngineError(ErrorKind::Argument,
                          "There is no checkpoint " + file.string() + ": check the path.", field);
    std::string why;
    try {
        Checkpoint checkpoint = interop::readCheckpoint(file);
        if (!checkpoint.specYaml.empty() || field == "pretrained")
            return checkpoint;
        throw EngineError(ErrorKind::Argument,
                          file.string()
                              + " holds weights without the model they belong to: give the model "
                                "(model=yolov8n.yaml) and this file as pretrained=.",
                          field);
    } catch (const EngineError &) {
        throw;
    } catch (const std::exception &error) {
        why = error.what();
    }
    why = why.substr(0, why.find('\n'));
    throw EngineError(ErrorKind::Argument,
                      file.string() + " cannot be read as a checkpoint: " + why.substr(0, 400) + ".", field);
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

void convertCheckpoint(const std::filesystem::path &from, const std::filesystem::path &to, PythonVersion version)
{
    Checkpoint checkpoint = loadCheckpoint(from);
    checkpoint.forOldPython = version == PythonVersion::Before84;
    if (checkpoint.forOldPython && checkpoint.resumable && checkpoint.optimizerName == "MuSGD")
        throw EngineError(ErrorKind::Argument,
                          from.string() + " is a run with optimizer=MuSGD, which Ultralytics has since 8.4 only: resume "
                                          "it there, or start anew with optimizer=SGD.",
                          "to");
    saveCheckpoint(to, checkpoint);
}

} // namespace torchdeck::engine
