// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/nn/detect_head.h"

#include "engine/nn/csp_blocks.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/meshgrid.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>

#include <cmath>

namespace torchdeck::engine::nn {

namespace {

/// Expectation over the bins: a fixed 1x1 convolution, kept as one so that state dicts carry its weight.
/// Distribution focal loss, https://arxiv.org/abs/2006.04388
class Dfl : public torch::nn::Module {
public:
    explicit Dfl(std::int64_t bins)
    {
        conv = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(bins, 1, 1).bias(false)));
        at::NoGradGuard noGrad;
        conv->weight.copy_(at::arange(bins, at::kFloat).view({ 1, bins, 1, 1 }));
        conv->weight.set_requires_grad(false);
    }

    torch::nn::Conv2d conv { nullptr };
};

/// Stands where the field has an identity when there are no bins, for the count of layers.
class NoDfl : public torch::nn::Module { };

constexpr double priorObjects = 5;
constexpr double priorImage = 640;
constexpr double boxBias = 2.0;
constexpr std::size_t keptGrids = 8;

/// [B, C, A] from one map [B, C, H, W] a level. Channels-last maps are joined along their pixels, which is
/// one copy and leaves the layout [B, A, C] underneath, as the loss reads it.
at::Tensor joinLevels(const std::vector<at::Tensor> &levels)
{
    const bool channelsLast = levels[0].size(1) > 1 && levels[0].is_contiguous(at::MemoryFormat::ChannelsLast)
        && !levels[0].is_contiguous();
    std::vector<at::Tensor> flat;
    for (const at::Tensor &level : levels)
        flat.push_back(channelsLast ? level.permute({ 0, 2, 3, 1 }).flatten(1, 2) : level.flatten(2));
    return channelsLast ? at::cat(flat, 1).transpose(1, 2) : at::cat(flat, 2);
}

/// Geometry is done in single precision at least: a half has no place for pixels beyond 256.
at::ScalarType geometryType(const at::Tensor &x)
{
    return x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

} // namespace

at::Tensor DetectHead::Branch::run(const at::Tensor &x) { return last->forward(second->run(first->run(x))); }

void DetectHead::Branch::count(const MapShape &input, Cost &cost) const
{
    static_cast<void>(countConvolution(*last, second->countOne(first->countOne(input, cost), cost), cost));
}

DetectHead::DetectHead(const DetectOptions &options, const std::vector<std::int64_t> &channels,
                       const std::vector<std::int64_t> &strides, const SharedActivation &activation)
    : m_options(options)
    , m_boxHidden(std::max({ std::int64_t(16), channels[0] / 4, options.regMax * 4 }))
    , m_classHidden(options.classWidth > 0 ? options.classWidth
                                           : std::max(channels[0], std::min(options.nc, std::int64_t(100))))
    , m_strides(strides)
{
    m_boxes = addBranches("cv2", channels, m_boxHidden, 4 * options.regMax, false, activation);
    m_scores = addBranches("cv3", channels, m_classHidden, options.nc, options.depthwise, activation);
    if (options.regMax > 1) {
        auto dfl = register_module("dfl", std::make_shared<Dfl>(options.regMax));
        m_dfl = dfl->conv;
    } else {
        register_module("dfl", std::make_shared<NoDfl>());
    }
    if (options.end2end)
        addOneToOne(channels, activation->settings());
    setPriors();
}

std::shared_ptr<UnaryBlock> DetectHead::stage(std::int64_t in, std::int64_t out, bool depthwise,
                                              const SharedActivation &activation)
{
    if (!depthwise)
        return std::make_shared<ConvBlock>(in, out, ConvOptions { .kernel = 3 }, activation);
    return std::make_shared<Stack>(std::vector<std::shared_ptr<UnaryBlock>> {
        makeDepthwise(in, in, 3, activation),
        std::make_shared<ConvBlock>(in, out, ConvOptions {}, activation) });
}

DetectHead::Branches DetectHead::addBranches(const std::string &name,
                                             const std::vector<std::int64_t> &channels, std::int64_t hidden,
                                             std::int64_t out, bool depthwise,
                                             const SharedActivation &activation)
{
    Branches branches;
    auto levels = register_module(name, torch::nn::ModuleList());
    for (const std::int64_t in : channels) {
        Branch branch;
        torch::nn::ModuleList list;
        branch.first = stage(in, hidden, depthwise, activation);
        branch.second = stage(hidden, hidden, depthwise, activation);
        branch.last = torch::nn::Conv2d(torch::nn::Conv2dOptions(hidden, out, 1));
        list->push_back(branch.first);
        list->push_back(branch.second);
        list->push_back(branch.last);
        levels->push_back(list);
        branches.push_back(std::move(branch));
    }
    return branches;
}

void DetectHead::addOneToOne(const std::vector<std::int64_t> &channels, const Activation &activation)
{
    // Copies of the first head's branches, each with an activation object of its own, as layers are counted.
    m_oneToOneBoxes = addBranches("one2one_cv2", channels, m_boxHidden, 4 * m_options.regMax, false,
                                  std::make_shared<ActivationFunction>(activation));
    m_oneToOneScores = addBranches("one2one_cv3", channels, m_classHidden, m_options.nc, m_options.depthwise,
                                   std::make_shared<ActivationFunction>(activation));
    at::NoGradGuard noGrad;
    const auto children = named_children();
    for (const char *name : { "cv2", "cv3" }) {
        const auto from = children[name]->parameters();
        auto to = children[std::string("one2one_") + name]->parameters();
        for (std::size_t i = 0; i < from.size(); ++i)
            to[i].copy_(from[i]);
    }
}

void DetectHead::setPriors()
{
    at::NoGradGuard noGrad;
    for (std::size_t i = 0; i < m_strides.size(); ++i) {
        const double cells = priorImage / double(m_strides[i]);
        const double score = std::log(priorObjects / double(m_options.nc) / (cells * cells));
        m_boxes[i].last->bias.fill_(boxBias);
        m_scores[i].last->bias.fill_(score);
        if (!m_oneToOneBoxes.empty()) {
            m_oneToOneBoxes[i].last->bias.fill_(boxBias);
            m_oneToOneScores[i].last->bias.fill_(score);
        }
    }
}

Heads DetectHead::heads() const
{
    if (m_oneToOneBoxes.empty())
        return Heads::OneToMany;
    return m_boxes.empty() ? Heads::OneToOne : Heads::All;
}

void DetectHead::keepHeads(Heads wanted)
{
    if (wanted == Heads::All || heads() != Heads::All)
        return;
    const bool oneToOne = wanted == Heads::OneToOne;
    for (const char *name : { "cv2", "cv3" })
        unregister_module(oneToOne ? name : std::string("one2one_") + name);
    (oneToOne ? m_boxes : m_oneToOneBoxes).clear();
    (oneToOne ? m_scores : m_oneToOneScores).clear();
}

DetectHead::Logits DetectHead::run(Branches &boxes, Branches &scores, const std::vector<at::Tensor> &levels)
{
    std::vector<at::Tensor> boxMaps, scoreMaps;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        boxMaps.push_back(boxes[i].run(levels[i]));
        scoreMaps.push_back(scores[i].run(levels[i]));
    }
    return { joinLevels(boxMaps), joinLevels(scoreMaps) };
}

HeadOutput DetectHead::forward(const std::vector<at::Tensor> &levels, Heads wanted)
{
    const Heads there = heads();
    const Heads used = there == Heads::All ? wanted : there;
    const Grid &grid = gridFor(levels);
    Logits many, one;
    if (used != Heads::OneToOne)
        many = run(m_boxes, m_scores, levels);
    if (used != Heads::OneToMany) {
        std::vector<at::Tensor> apart = levels;
        for (at::Tensor &level : apart) // this head must not teach the layers before it
            level = is_training() ? level.detach() : level;
        one = run(m_oneToOneBoxes, m_oneToOneScores, apart);
    }
    if (used == Heads::OneToOne)
        std::swap(many, one);
    return { many.boxes, many.scores, grid.anchors, grid.strides, one.boxes, one.scores };
}

void DetectHead::count(const std::vector<MapShape> &levels, Cost &cost) const
{
    double anchors = 0;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        for (const Branches *branches : { &m_boxes, &m_scores, &m_oneToOneBoxes, &m_oneToOneScores }) {
            if (!branches->empty())
                (*branches)[i].count(levels[i], cost);
        }
        anchors += double(levels[i].size) * double(levels[i].size);
    }
    if (m_dfl)
        cost.multiplyAdds += 4 * anchors * double(m_options.regMax);
}

const DetectHead::Grid &DetectHead::gridFor(const std::vector<at::Tensor> &levels)
{
    std::vector<std::int64_t> sizes;
    for (const at::Tensor &level : levels) {
        sizes.push_back(level.size(2));
        sizes.push_back(level.size(3));
    }
    const auto options = at::TensorOptions(levels[0].device()).dtype(geometryType(levels[0]));
    for (const Grid &grid : m_grids) {
        if (grid.sizes == sizes && grid.anchors.device() == levels[0].device()
            && grid.anchors.scalar_type() == geometryType(levels[0]))
            return grid;
    }
    at::NoGradGuard noGrad;
    std::vector<at::Tensor> points, strides;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        const std::int64_t height = levels[i].size(2), width = levels[i].size(3);
        const auto axes =
            at::meshgrid({ at::arange(height, options) + 0.5, at::arange(width, options) + 0.5 }, "ij");
        points.push_back(at::stack({ axes[1], axes[0] }, -1).view({ -1, 2 }));
        strides.push_back(at::full({ height * width, 1 }, double(m_strides[i]), options));
    }
    if (m_grids.size() >= keptGrids)
        m_grids.erase(m_grids.begin());
    m_grids.push_back({ std::move(sizes), at::cat(points), at::cat(strides) });
    return m_grids.back();
}

at::Tensor DetectHead::decode(const HeadOutput &output) const
{
    const at::ScalarType type = geometryType(output.boxes);
    const std::int64_t batch = output.boxes.size(0), anchors = output.boxes.size(2);
    at::Tensor distances = output.boxes.to(type); // [B, 4, A] in the end, in cells
    if (m_options.regMax > 1) {
        // The bins lie side by side in the channels-last layout, so this is a view there.
        const at::Tensor logits = distances.transpose(1, 2).reshape({ batch, anchors, 4, m_options.regMax });
        distances =
            at::matmul(logits.softmax(3), m_dfl->weight.view({ m_options.regMax }).to(type)).transpose(1, 2);
    }
    const at::Tensor centres = output.anchors.to(type).t().unsqueeze(0); // [1, 2, A]
    const at::Tensor strides = output.strides.to(type).view({ 1, 1, anchors });
    const at::Tensor before = distances.narrow(1, 0, 2);
    const at::Tensor after = distances.narrow(1, 2, 2);
    const at::Tensor middle = (centres + (after - before) / 2) * strides;
    return at::cat({ middle, (before + after) * strides, output.scores.to(type).sigmoid() }, 1);
}

} // namespace torchdeck::engine::nn
