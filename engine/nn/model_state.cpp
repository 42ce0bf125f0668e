// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/nn/model_state.h"

#include "engine/nn/blocks.h"
#include "engine/nn/start_weights.h"
#include "torchdeck/engine/error.h"

#include <map>

namespace torchdeck::engine::nn {

namespace {

void collect(const torch::nn::Module &module, const std::string &prefix,
             std::vector<std::pair<std::string, at::Tensor>> &entries)
{
    for (const auto &item : module.named_parameters(/*recurse=*/false))
        entries.emplace_back(prefix + item.key(), item.value());
    for (const auto &item : module.named_buffers(/*recurse=*/false))
        entries.emplace_back(prefix + item.key(), item.value());
    for (const auto &child : module.named_children())
        collect(*child.value(), prefix + child.key() + ".", entries);
}

bool isFused(const DetectionModel &model)
{
    for (const auto &module : model.modules()) {
        if (const auto *conv = module->as<ConvBlock>())
            return !conv->bn;
    }
    return false;
}

} // namespace

std::vector<std::pair<std::string, at::Tensor>> stateEntries(const torch::nn::Module &module)
{
    std::vector<std::pair<std::string, at::Tensor>> entries;
    collect(module, "", entries);
    return entries;
}

void copyState(const torch::nn::Module &from, torch::nn::Module &to)
{
    std::map<std::string, at::Tensor> source;
    for (auto &[name, tensor] : stateEntries(from))
        source.emplace(name, tensor);
    const auto targets = stateEntries(to);
    for (const auto &[name, tensor] : targets) {
        const auto it = source.find(name);
        if (it == source.end() || it->second.sizes() != tensor.sizes())
            throw EngineError(ErrorKind::Internal,
                              "The weights of two models do not match: " + name
                                  + (it == source.end() ? " is missing." : " has another shape."));
    }
    if (source.size() != targets.size())
        throw EngineError(ErrorKind::Internal,
                          "The weights of two models do not match: one has more layers.");
    at::NoGradGuard noGrad;
    for (const auto &[name, tensor] : targets)
        at::Tensor(tensor).copy_(source.at(name));
}

std::shared_ptr<DetectionModel> cloneModel(const DetectionModel &model)
{
    auto copy = [&model] {
        const StartWeights overwritten;
        return std::make_shared<DetectionModel>(model.spec(), model.classes(), model.channels());
    }();
    copy->keepHeads(model.heads());
    if (isFused(model))
        fuseConvBn(*copy, model.heads());
    std::map<std::string, at::Tensor> source;
    for (auto &[name, tensor] : stateEntries(model))
        source.emplace(name, tensor);
    at::NoGradGuard noGrad;
    for (auto &[name, tensor] : stateEntries(*copy)) {
        const at::Tensor &original = source.at(name);
        tensor.set_data(original.detach().clone()); // device, type and memory format come along
        tensor.set_requires_grad(original.requires_grad());
    }
    copy->train(model.is_training());
    return copy;
}

} // namespace torchdeck::engine::nn
