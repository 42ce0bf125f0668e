// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/nn/block_builders.h"

#include "torchdeck/engine/error.h"

#include <algorithm>

namespace torchdeck::engine::nn {

namespace {

using Builder = std::shared_ptr<Block> (*)(const LayerPlan &, const SharedActivation &);

std::shared_ptr<Block> buildConv(const LayerPlan &p, const SharedActivation &a)
{
    const ConvOptions options { .kernel = p.integer("k"),
                                .stride = p.integer("s"),
                                .padding = p.integer("p"),
                                .groups = p.integer("g"),
                                .dilation = p.integer("d"),
                                .activate = p.flag("act") };
    return std::make_shared<ConvBlock>(p.inChannels[0], p.outChannels, options, a);
}

std::shared_ptr<Block> buildBottleneck(const LayerPlan &p, const SharedActivation &a)
{
    return std::make_shared<Bottleneck>(p.inChannels[0], p.outChannels, p.flag("shortcut"), p.integer("g"),
                                        0.5, a);
}

std::shared_ptr<Block> buildC2f(const LayerPlan &p, const SharedActivation &a)
{
    return std::make_shared<C2f>(p.inChannels[0], p.outChannels, p.integer("n"), p.flag("shortcut"),
                                 p.integer("g"), p.integer("hidden"), a);
}

std::shared_ptr<Block> buildSppf(const LayerPlan &p, const SharedActivation &a)
{
    return std::make_shared<Sppf>(p.inChannels[0], p.outChannels, p.integer("k"), p.integer("n"),
                                  p.flag("shortcut"), a);
}

std::shared_ptr<Block> buildUpsample(const LayerPlan &p, const SharedActivation &)
{
    return std::make_shared<Upsample>(p.integer("scale"), p.flag("bilinear"));
}

std::shared_ptr<Block> buildConcat(const LayerPlan &, const SharedActivation &)
{
    return std::make_shared<Concat>();
}

constexpr std::pair<const char *, Builder> builders[] = {
    { "Bottleneck", buildBottleneck }, { "C2f", buildC2f },
    { "Concat", buildConcat },         { "Conv", buildConv },
    { "DWConv", buildConv },           { "SPPF", buildSppf },
    { "nn.Upsample", buildUpsample },
};

} // namespace

std::shared_ptr<Block> buildBlock(const LayerPlan &plan, const SharedActivation &activation)
{
    for (const auto &[name, builder] : builders) {
        if (plan.module != name)
            continue;
        if (plan.copies == 1)
            return builder(plan, activation);
        std::vector<std::shared_ptr<Block>> copies;
        for (int i = 0; i < plan.copies; ++i)
            copies.push_back(builder(plan, activation));
        return std::make_shared<Stack>(std::move(copies));
    }
    throw EngineError(ErrorKind::Internal, "The module " + plan.module + " has a rule but no builder.");
}

std::vector<std::string> buildableModules()
{
    std::vector<std::string> names;
    for (const auto &entry : builders)
        names.emplace_back(entry.first);
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace torchdeck::engine::nn
