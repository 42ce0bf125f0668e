// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/nn/block_builders.h"

#include "engine/nn/attention.h"
#include "engine/nn/csp_blocks.h"
#include "torchdeck/engine/error.h"

#include <algorithm>

namespace torchdeck::engine::nn {

namespace {

using Built = std::shared_ptr<Block>;
using Builder = Built (*)(const LayerPlan &, const SharedActivation &);

Built buildConv(const LayerPlan &p, const SharedActivation &a)
{
    const ConvOptions options { .kernel = p.integer("k"),
                                .stride = p.integer("s"),
                                .padding = p.integer("p"),
                                .groups = p.integer("g"),
                                .dilation = p.integer("d"),
                                .activate = p.flag("act") };
    return std::make_shared<ConvBlock>(p.inChannels[0], p.outChannels, options, a);
}

Built buildBottleneck(const LayerPlan &p, const SharedActivation &a)
{
    const BottleneckOptions options { .shortcut = p.flag("shortcut"), .groups = p.integer("g") };
    return std::make_shared<Bottleneck>(p.inChannels[0], p.outChannels, options, a);
}

/// Bottlenecks as wide inside as outside, as most partial blocks have them.
BottleneckOptions evenBottleneck(const LayerPlan &p, std::int64_t firstKernel)
{
    return {
        .shortcut = p.flag("shortcut"), .groups = p.integer("g"), .firstKernel = firstKernel, .expansion = 1.0
    };
}

Built buildC1(const LayerPlan &p, const SharedActivation &a)
{
    return std::make_shared<C1>(p.inChannels[0], p.outChannels, p.integer("n"), a);
}

Built buildC2(const LayerPlan &p, const SharedActivation &a)
{
    const std::int64_t hidden = p.integer("hidden");
    std::vector<std::shared_ptr<UnaryBlock>> inner;
    for (std::int64_t i = 0; i < p.integer("n"); ++i)
        inner.push_back(std::make_shared<Bottleneck>(hidden, hidden, evenBottleneck(p, 3), a));
    return std::make_shared<C2>(p.inChannels[0], p.outChannels, hidden, std::make_shared<Stack>(inner),
                                /*innerFirst=*/true, a);
}

Built buildC2f(const LayerPlan &p, const SharedActivation &a)
{
    const InnerBlock inner = [&](std::int64_t hidden) {
        return std::make_shared<Bottleneck>(hidden, hidden, evenBottleneck(p, 3), a);
    };
    return std::make_shared<C2f>(p.inChannels[0], p.outChannels, p.integer("n"), p.integer("hidden"), inner,
                                 a);
}

Built buildC3(const LayerPlan &p, const SharedActivation &a)
{
    return std::make_shared<C3>(p.inChannels[0], p.outChannels, p.integer("n"), p.integer("hidden"),
                                evenBottleneck(p, 1), a);
}

std::shared_ptr<UnaryBlock> innerOfC3k2(const LayerPlan &p, std::int64_t hidden, const SharedActivation &a)
{
    constexpr std::int64_t bottlenecksInC3k = 2;
    if (!p.flag("attention") && p.flag("c3k"))
        return std::make_shared<C3>(hidden, hidden, bottlenecksInC3k, hidden / 2, evenBottleneck(p, 3), a);
    const BottleneckOptions options { .shortcut = p.flag("shortcut"), .groups = p.integer("g") };
    auto bottleneck = std::make_shared<Bottleneck>(hidden, hidden, options, a);
    if (!p.flag("attention"))
        return bottleneck;
    return std::make_shared<Stack>(std::vector<std::shared_ptr<UnaryBlock>> {
        std::move(bottleneck), std::make_shared<PsaBlock>(hidden, a) });
}

Built buildC3k2(const LayerPlan &p, const SharedActivation &a)
{
    const InnerBlock inner = [&](std::int64_t hidden) { return innerOfC3k2(p, hidden, a); };
    return std::make_shared<C2f>(p.inChannels[0], p.outChannels, p.integer("n"), p.integer("hidden"), inner,
                                 a);
}

Built buildC2Psa(const LayerPlan &p, const SharedActivation &a)
{
    std::vector<std::shared_ptr<UnaryBlock>> inner;
    for (std::int64_t i = 0; i < p.integer("n"); ++i)
        inner.push_back(std::make_shared<PsaBlock>(p.integer("hidden"), a));
    return std::make_shared<C2>(p.inChannels[0], p.outChannels, p.integer("hidden"),
                                std::make_shared<Stack>(inner), /*innerFirst=*/false, a);
}

Built buildC2fPsa(const LayerPlan &p, const SharedActivation &a)
{
    const InnerBlock inner = [&](std::int64_t hidden) { return std::make_shared<PsaBlock>(hidden, a); };
    return std::make_shared<C2f>(p.inChannels[0], p.outChannels, p.integer("n"), p.integer("hidden"), inner,
                                 a);
}

Built buildPsa(const LayerPlan &p, const SharedActivation &a)
{
    return std::make_shared<Psa>(p.outChannels, p.integer("hidden"), a);
}

Built buildGhost(const LayerPlan &p, const SharedActivation &a)
{
    const ConvOptions options { .kernel = p.integer("k"),
                                .stride = p.integer("s"),
                                .groups = p.integer("g"),
                                .activate = p.flag("act") };
    return std::make_shared<GhostConv>(p.inChannels[0], p.outChannels, options, a);
}

Built buildScDown(const LayerPlan &p, const SharedActivation &a)
{
    return std::make_shared<ScDown>(p.inChannels[0], p.outChannels, p.integer("k"), p.integer("s"), a);
}

Built buildSppf(const LayerPlan &p, const SharedActivation &a)
{
    return std::make_shared<Sppf>(p.inChannels[0], p.outChannels, p.integer("k"), p.integer("n"),
                                  p.flag("shortcut"), p.flag("firstAct"), a);
}

Built buildMaxPool(const LayerPlan &p, const SharedActivation &)
{
    return std::make_shared<MaxPool>(p.integer("k"), p.integer("s"), p.integer("p"));
}

Built buildUpsample(const LayerPlan &p, const SharedActivation &)
{
    return std::make_shared<Upsample>(p.integer("scale"), p.flag("bilinear"));
}

Built buildIdentity(const LayerPlan &, const SharedActivation &) { return std::make_shared<Identity>(); }

Built buildConcat(const LayerPlan &, const SharedActivation &) { return std::make_shared<Concat>(); }

constexpr std::pair<const char *, Builder> builders[] = {
    { "Bottleneck", buildBottleneck },
    { "C1", buildC1 },
    { "C2", buildC2 },
    { "C2PSA", buildC2Psa },
    { "C2f", buildC2f },
    { "C2fPSA", buildC2fPsa },
    { "C3", buildC3 },
    { "C3k2", buildC3k2 },
    { "Concat", buildConcat },
    { "Conv", buildConv },
    { "DWConv", buildConv },
    { "GhostConv", buildGhost },
    { "PSA", buildPsa },
    { "SCDown", buildScDown },
    { "SPPF", buildSppf },
    { "nn.Identity", buildIdentity },
    { "nn.MaxPool2d", buildMaxPool },
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
        std::vector<std::shared_ptr<UnaryBlock>> copies;
        for (int i = 0; i < plan.copies; ++i) // the plan repeats only what has one input
            copies.push_back(std::dynamic_pointer_cast<UnaryBlock>(builder(plan, activation)));
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
