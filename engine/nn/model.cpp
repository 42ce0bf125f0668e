// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/nn/model.h"

#include "engine/nn/block_builders.h"
#include "engine/nn/detect_head.h"
#include "torchdeck/engine/error.h"

#include <set>

namespace torchdeck::engine::nn {

namespace {
constexpr std::int64_t countedImage = 640; ///< pixels, what the field's tables are made for
constexpr double normCost = 4; ///< multiply-adds a normalised value, as the field's profiler counts
} // namespace

/// The layers, where each one reads from and which outputs nobody needs any more after it.
struct DetectionModel::Graph {
    std::vector<std::shared_ptr<Block>> blocks;
    std::shared_ptr<DetectHead> head;
    std::vector<std::vector<int>> from; ///< the head's are the last ones; -1 = the image
    std::vector<std::vector<int>> dead; ///< outputs read for the last time by layer i
};

DetectionModel::DetectionModel(const ModelSpec &spec, std::int64_t nc, std::int64_t channels)
    : m_spec(spec)
    , m_nc(nc)
    , m_regMax(spec.regMax)
    , m_channels(channels)
    , m_graph(std::make_shared<Graph>())
{
    const NetworkPlan plan = planNetwork(spec, nc, channels);
    m_strides = plan.strides;
    const auto activation = std::make_shared<ActivationFunction>(plan.activation);
    torch::nn::ModuleList list;
    std::vector<int> lastReader(plan.layers.size(), -1);
    for (const LayerPlan &layer : plan.layers) {
        m_graph->from.push_back(layer.from);
        for (const int source : layer.from) {
            if (source >= 0)
                lastReader[static_cast<std::size_t>(source)] = layer.index;
        }
        if (&layer == &plan.layers.back()) {
            m_nc = layer.integer("nc");
            const DetectOptions options { m_nc, m_regMax, layer.flag("depthwise"), layer.flag("end2end"),
                                          spec.classWidth };
            m_graph->head = std::make_shared<DetectHead>(options, layer.inChannels, m_strides, activation);
            list->push_back(m_graph->head);
        } else {
            m_graph->blocks.push_back(buildBlock(layer, activation));
            list->push_back(m_graph->blocks.back());
        }
    }
    register_module("model", list);
    m_graph->dead.resize(plan.layers.size());
    for (std::size_t i = 0; i < lastReader.size(); ++i) {
        if (lastReader[i] >= 0)
            m_graph->dead[static_cast<std::size_t>(lastReader[i])].push_back(static_cast<int>(i));
    }
}

HeadOutput DetectionModel::forward(const at::Tensor &images, Heads heads)
{
    std::vector<at::Tensor> outputs(m_graph->blocks.size());
    const auto inputsOf = [&](std::size_t layer) {
        std::vector<at::Tensor> inputs;
        for (const int source : m_graph->from[layer])
            inputs.push_back(source < 0 ? images : outputs[static_cast<std::size_t>(source)]);
        return inputs;
    };
    for (std::size_t i = 0; i < m_graph->blocks.size(); ++i) {
        outputs[i] = m_graph->blocks[i]->forward(inputsOf(i));
        for (const int done : m_graph->dead[i]) // without gradients this gives the memory back early
            outputs[static_cast<std::size_t>(done)].reset();
    }
    return m_graph->head->forward(inputsOf(m_graph->blocks.size()), heads);
}

Heads DetectionModel::heads() const { return m_graph->head->heads(); }

void DetectionModel::keepHeads(Heads wanted) { m_graph->head->keepHeads(wanted); }

at::Tensor DetectionModel::decode(const HeadOutput &output) const { return m_graph->head->decode(output); }

ModelSummary DetectionModel::summary() const
{
    ModelSummary s;
    s.name = m_spec.name;
    std::set<const torch::nn::Module *> leaves; // the shared activation is one layer
    for (const auto &module : modules(/*include_self=*/false)) {
        if (module->children().empty())
            leaves.insert(module.get());
    }
    s.layers = static_cast<std::int64_t>(leaves.size());
    for (const at::Tensor &p : parameters()) {
        s.parameters += p.numel();
        s.gradients += p.requires_grad() ? p.numel() : 0;
    }
    Cost cost;
    std::vector<MapShape> shapes;
    for (std::size_t i = 0; i < m_graph->from.size(); ++i) {
        std::vector<MapShape> inputs;
        for (const int source : m_graph->from[i])
            inputs.push_back(source < 0 ? MapShape { m_channels, countedImage }
                                        : shapes[static_cast<std::size_t>(source)]);
        if (i < m_graph->blocks.size())
            shapes.push_back(m_graph->blocks[i]->count(inputs, cost));
        else
            m_graph->head->count(inputs, cost);
    }
    s.gflops = 2 * (cost.multiplyAdds + normCost * cost.normalised) / 1e9;
    return s;
}

void fuseConvBn(DetectionModel &model, Heads wanted)
{
    model.keepHeads(wanted);
    for (const auto &module : model.modules()) {
        if (auto *conv = module->as<ConvBlock>())
            conv->fuse();
    }
}

} // namespace torchdeck::engine::nn
