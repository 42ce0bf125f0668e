// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/nn/blocks.h"

#include "engine/nn/norm_silu.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/elu.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/mish.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/relu6.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_nearest2d.h>

namespace torchdeck::engine::nn {

namespace {

constexpr double normEpsilon = 1e-3;
constexpr double normMomentum = 0.03;

/// Stands where pooling is, so that layers are counted as the field counts them.
class PoolMarker : public torch::nn::Module { };

} // namespace

at::Tensor ActivationFunction::run(const at::Tensor &x) const
{
    if (m_identity)
        return x;
    switch (m_activation.kind) {
    case Activation::Kind::SiLU: {
        if (at::GradMode::is_enabled())
            return at::silu(x);
        at::Tensor y = x;
        return at::silu_(y);
    }
    case Activation::Kind::ReLU:
        return at::relu(x);
    case Activation::Kind::ReLU6:
        return at::relu6(x);
    case Activation::Kind::LeakyReLU:
        return at::leaky_relu(x, m_activation.slope);
    case Activation::Kind::Hardswish:
        return at::hardswish(x);
    case Activation::Kind::Mish:
        return at::mish(x);
    case Activation::Kind::GELU:
        return at::gelu(x);
    case Activation::Kind::ELU:
        return at::elu(x, m_activation.slope);
    }
    return x;
}

MapShape countConvolution(const torch::nn::Conv2dImpl &conv, const MapShape &input, Cost &cost)
{
    const auto &o = conv.options;
    const auto *padding = std::get_if<torch::ExpandingArray<2>>(&o.padding());
    const std::int64_t kernel = o.kernel_size()->at(0);
    const MapShape output { o.out_channels(),
                            convolvedSize(input.size, kernel, o.stride()->at(0),
                                          padding ? (*padding)->at(0) : 0, o.dilation()->at(0)) };
    cost.multiplyAdds += double(output.channels) * double(output.size) * double(output.size)
        * double(input.channels / o.groups()) * double(kernel) * double(kernel);
    return output;
}

ConvBlock::ConvBlock(std::int64_t in, std::int64_t out, const ConvOptions &options,
                     const SharedActivation &activation)
{
    const std::int64_t padding =
        options.padding >= 0 ? options.padding : options.dilation * (options.kernel - 1) / 2;
    conv = register_module("conv",
                           torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, options.kernel)
                                                 .stride(options.stride)
                                                 .padding(padding)
                                                 .groups(options.groups)
                                                 .dilation(options.dilation)
                                                 .bias(false)));
    bn = register_module(
        "bn",
        torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(out).eps(normEpsilon).momentum(normMomentum)));
    act = register_module(
        "act", options.activate ? activation : std::make_shared<ActivationFunction>(Activation {}, true));
}

at::Tensor ConvBlock::run(const at::Tensor &x)
{
    at::Tensor y = conv->forward(x);
    if (bn && bn->is_training() && act->isSilu() && canFuseNormSilu(y)) {
        bn->num_batches_tracked += 1;
        return fusedNormSilu(y, bn->weight, bn->bias, bn->running_mean, bn->running_var, normMomentum, normEpsilon);
    }
    if (bn)
        y = bn->forward(y);
    return act->run(y);
}

MapShape ConvBlock::countOne(const MapShape &input, Cost &cost) const
{
    const MapShape output = countConvolution(*conv, input, cost);
    if (bn)
        cost.normalised += double(output.channels) * double(output.size) * double(output.size);
    return output;
}

void ConvBlock::fuse()
{
    if (!bn)
        return;
    at::NoGradGuard noGrad;
    const auto &o = conv->options;
    torch::nn::Conv2d folded(torch::nn::Conv2dOptions(o.in_channels(), o.out_channels(), o.kernel_size())
                                 .stride(o.stride())
                                 .padding(o.padding())
                                 .groups(o.groups())
                                 .dilation(o.dilation()));
    const at::Tensor variance = bn->running_var.to(at::kFloat);
    const at::Tensor scale = bn->weight.to(at::kFloat) * at::rsqrt(variance + normEpsilon);
    const at::Tensor &weight = conv->weight;
    const at::Tensor bias = bn->bias.to(at::kFloat) - bn->running_mean.to(at::kFloat) * scale;
    folded->weight.set_data((weight.to(at::kFloat) * scale.view({ -1, 1, 1, 1 }))
                                .to(weight.scalar_type())
                                .contiguous(weight.suggest_memory_format()));
    folded->bias.set_data(bias.to(weight.scalar_type()));
    folded->weight.set_requires_grad(false);
    folded->bias.set_requires_grad(false);
    folded->train(is_training());
    conv = replace_module("conv", folded);
    unregister_module("bn");
    bn = nullptr;
}

Sppf::Sppf(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t pools, bool shortcut,
           bool activateFirst, const SharedActivation &activation)
    : m_kernel(kernel)
    , m_pools(pools)
    , m_add(shortcut && in == out)
{
    const std::int64_t hidden = in / 2;
    const ConvOptions first { .activate = activateFirst };
    cv1 = register_module("cv1", std::make_shared<ConvBlock>(in, hidden, first, activation));
    cv2 = register_module("cv2",
                          std::make_shared<ConvBlock>(hidden * (pools + 1), out, ConvOptions {}, activation));
    register_module("m", std::make_shared<PoolMarker>());
}

at::Tensor Sppf::run(const at::Tensor &x)
{
    std::vector<at::Tensor> parts { cv1->run(x) };
    for (std::int64_t i = 0; i < m_pools; ++i)
        parts.push_back(at::max_pool2d(parts.back(), m_kernel, 1, m_kernel / 2));
    const at::Tensor y = cv2->run(at::cat(parts, 1));
    return m_add ? y + x : y;
}

MapShape Sppf::countOne(const MapShape &input, Cost &cost) const
{
    MapShape part = cv1->countOne(input, cost);
    part.channels *= m_pools + 1;
    return cv2->countOne(part, cost);
}

at::Tensor Upsample::run(const at::Tensor &x)
{
    const std::array<std::int64_t, 2> size { x.size(2) * m_factor, x.size(3) * m_factor };
    return m_bilinear ? at::upsample_bilinear2d(x, size, false) : at::upsample_nearest2d(x, size);
}

MapShape Upsample::countOne(const MapShape &input, Cost &) const
{
    return { input.channels, input.size * m_factor };
}

at::Tensor MaxPool::run(const at::Tensor &x) { return at::max_pool2d(x, m_kernel, m_stride, m_padding); }

MapShape MaxPool::countOne(const MapShape &input, Cost &) const
{
    return { input.channels, convolvedSize(input.size, m_kernel, m_stride, m_padding, 1) };
}

at::Tensor Concat::forward(const std::vector<at::Tensor> &inputs) { return at::cat(inputs, 1); }

MapShape Concat::count(const std::vector<MapShape> &inputs, Cost &) const
{
    MapShape result { 0, inputs[0].size };
    for (const MapShape &map : inputs)
        result.channels += map.channels;
    return result;
}

Stack::Stack(std::vector<std::shared_ptr<UnaryBlock>> blocks)
    : m_blocks(std::move(blocks))
{
    for (std::size_t i = 0; i < m_blocks.size(); ++i)
        register_module(std::to_string(i), m_blocks[i]);
}

at::Tensor Stack::run(const at::Tensor &x)
{
    at::Tensor y = x;
    for (const auto &block : m_blocks)
        y = block->run(y);
    return y;
}

MapShape Stack::countOne(const MapShape &input, Cost &cost) const
{
    MapShape shape = input;
    for (const auto &block : m_blocks)
        shape = block->countOne(shape, cost);
    return shape;
}

} // namespace torchdeck::engine::nn
