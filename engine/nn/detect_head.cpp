// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/nn/detect_head.h"

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

DetectHead::DetectHead(std::int64_t nc, std::int64_t regMax, const std::vector<std::int64_t> &channels,
                       const std::vector<std::int64_t> &strides, const SharedActivation &activation,
                       std::int64_t classWidth)
    : m_nc(nc)
    , m_regMax(regMax)
    , m_strides(strides)
{
    const std::int64_t boxHidden = std::max({ std::int64_t(16), channels[0] / 4, regMax * 4 });
    const std::int64_t classHidden =
        classWidth > 0 ? classWidth : std::max(channels[0], std::min(nc, std::int64_t(100)));
    cv2 = register_module("cv2", torch::nn::ModuleList());
    cv3 = register_module("cv3", torch::nn::ModuleList());
    for (const std::int64_t in : channels)
        m_boxes.push_back(addBranch(cv2, in, boxHidden, 4 * regMax, activation));
    for (const std::int64_t in : channels)
        m_scores.push_back(addBranch(cv3, in, classHidden, nc, activation));
    if (regMax > 1) {
        auto dfl = register_module("dfl", std::make_shared<Dfl>(regMax));
        m_dfl = dfl->conv;
    } else {
        register_module("dfl", std::make_shared<NoDfl>());
    }
    setPriors();
}

DetectHead::Branch DetectHead::addBranch(torch::nn::ModuleList &parent, std::int64_t in, std::int64_t hidden,
                                         std::int64_t out, const SharedActivation &activation)
{
    const ConvOptions options { .kernel = 3 };
    Branch branch;
    torch::nn::ModuleList list;
    branch.first = std::make_shared<ConvBlock>(in, hidden, options, activation);
    branch.second = std::make_shared<ConvBlock>(hidden, hidden, options, activation);
    branch.last = torch::nn::Conv2d(torch::nn::Conv2dOptions(hidden, out, 1));
    list->push_back(branch.first);
    list->push_back(branch.second);
    list->push_back(branch.last);
    parent->push_back(list);
    return branch;
}

void DetectHead::setPriors()
{
    at::NoGradGuard noGrad;
    for (std::size_t i = 0; i < m_strides.size(); ++i) {
        m_boxes[i].last->bias.fill_(boxBias);
        const double cells = priorImage / double(m_strides[i]);
        m_scores[i].last->bias.fill_(std::log(priorObjects / double(m_nc) / (cells * cells)));
    }
}

HeadOutput DetectHead::forward(const std::vector<at::Tensor> &levels)
{
    std::vector<at::Tensor> boxes, scores;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        boxes.push_back(m_boxes[i].run(levels[i]));
        scores.push_back(m_scores[i].run(levels[i]));
    }
    const Grid &grid = gridFor(levels);
    return { joinLevels(boxes), joinLevels(scores), grid.anchors, grid.strides };
}

void DetectHead::count(const std::vector<MapShape> &levels, Cost &cost) const
{
    double anchors = 0;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        m_boxes[i].count(levels[i], cost);
        m_scores[i].count(levels[i], cost);
        anchors += double(levels[i].size) * double(levels[i].size);
    }
    if (m_dfl)
        cost.multiplyAdds += 4 * anchors * double(m_regMax);
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
    if (m_regMax > 1) {
        // The bins lie side by side in the channels-last layout, so this is a view there.
        const at::Tensor logits = distances.transpose(1, 2).reshape({ batch, anchors, 4, m_regMax });
        distances = at::matmul(logits.softmax(3), m_dfl->weight.view({ m_regMax }).to(type)).transpose(1, 2);
    }
    const at::Tensor centres = output.anchors.to(type).t().unsqueeze(0); // [1, 2, A]
    const at::Tensor strides = output.strides.to(type).view({ 1, 1, anchors });
    const at::Tensor before = distances.narrow(1, 0, 2);
    const at::Tensor after = distances.narrow(1, 2, 2);
    const at::Tensor middle = (centres + (after - before) / 2) * strides;
    return at::cat({ middle, (before + after) * strides, output.scores.to(type).sigmoid() }, 1);
}

} // namespace torchdeck::engine::nn
