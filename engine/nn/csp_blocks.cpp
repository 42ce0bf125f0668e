// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/nn/csp_blocks.h"

#include <ATen/ops/cat.h>

#include <numeric>

namespace torchdeck::engine::nn {

namespace {

constexpr std::int64_t ghostKernel = 5;

std::shared_ptr<ConvBlock> pointwise(std::int64_t in, std::int64_t out, const SharedActivation &activation)
{
    return std::make_shared<ConvBlock>(in, out, ConvOptions {}, activation);
}

std::shared_ptr<Stack> bottlenecks(std::int64_t n, std::int64_t channels, const BottleneckOptions &options,
                                   const SharedActivation &activation)
{
    std::vector<std::shared_ptr<UnaryBlock>> blocks;
    for (std::int64_t i = 0; i < n; ++i)
        blocks.push_back(std::make_shared<Bottleneck>(channels, channels, options, activation));
    return std::make_shared<Stack>(std::move(blocks));
}

} // namespace

Bottleneck::Bottleneck(std::int64_t in, std::int64_t out, const BottleneckOptions &options,
                       const SharedActivation &activation)
    : m_add(options.shortcut && in == out)
{
    const auto hidden = static_cast<std::int64_t>(double(out) * options.expansion);
    const ConvOptions first { .kernel = options.firstKernel };
    const ConvOptions second { .kernel = options.secondKernel, .groups = options.groups };
    cv1 = register_module("cv1", std::make_shared<ConvBlock>(in, hidden, first, activation));
    cv2 = register_module("cv2", std::make_shared<ConvBlock>(hidden, out, second, activation));
}

at::Tensor Bottleneck::run(const at::Tensor &x)
{
    const at::Tensor y = cv2->run(cv1->run(x));
    return m_add ? x + y : y;
}

MapShape Bottleneck::countOne(const MapShape &input, Cost &cost) const
{
    return cv2->countOne(cv1->countOne(input, cost), cost);
}

C2f::C2f(std::int64_t in, std::int64_t out, std::int64_t n, std::int64_t hidden, const InnerBlock &inner,
         const SharedActivation &activation)
    : m_hidden(hidden)
{
    cv1 = register_module("cv1", pointwise(in, 2 * hidden, activation));
    cv2 = register_module("cv2", pointwise((2 + n) * hidden, out, activation));
    m = register_module("m", torch::nn::ModuleList());
    for (std::int64_t i = 0; i < n; ++i) {
        m_inner.push_back(inner(hidden));
        m->push_back(m_inner.back());
    }
}

at::Tensor C2f::run(const at::Tensor &x)
{
    std::vector<at::Tensor> parts = cv1->run(x).split(m_hidden, 1);
    for (const auto &block : m_inner)
        parts.push_back(block->run(parts.back()));
    return cv2->run(at::cat(parts, 1));
}

MapShape C2f::countOne(const MapShape &input, Cost &cost) const
{
    const MapShape both = cv1->countOne(input, cost);
    MapShape part { m_hidden, both.size };
    for (const auto &block : m_inner)
        part = block->countOne(part, cost);
    return cv2->countOne({ m_hidden * (2 + std::int64_t(m_inner.size())), both.size }, cost);
}

C2::C2(std::int64_t in, std::int64_t out, std::int64_t hidden, std::shared_ptr<Stack> inner, bool innerFirst,
       const SharedActivation &activation)
    : m_hidden(hidden)
    , m_innerFirst(innerFirst)
{
    cv1 = register_module("cv1", pointwise(in, 2 * hidden, activation));
    cv2 = register_module("cv2", pointwise(2 * hidden, out, activation));
    m = register_module("m", std::move(inner));
}

at::Tensor C2::run(const at::Tensor &x)
{
    std::vector<at::Tensor> parts = cv1->run(x).split(m_hidden, 1);
    at::Tensor &part = parts[m_innerFirst ? 0 : 1];
    part = m->run(part);
    return cv2->run(at::cat(parts, 1));
}

MapShape C2::countOne(const MapShape &input, Cost &cost) const
{
    const MapShape both = cv1->countOne(input, cost);
    static_cast<void>(m->countOne({ m_hidden, both.size }, cost));
    return cv2->countOne(both, cost);
}

C3::C3(std::int64_t in, std::int64_t out, std::int64_t n, std::int64_t hidden,
       const BottleneckOptions &options, const SharedActivation &activation)
{
    cv1 = register_module("cv1", pointwise(in, hidden, activation));
    cv2 = register_module("cv2", pointwise(in, hidden, activation));
    cv3 = register_module("cv3", pointwise(2 * hidden, out, activation));
    m = register_module("m", bottlenecks(n, hidden, options, activation));
}

at::Tensor C3::run(const at::Tensor &x) { return cv3->run(at::cat({ m->run(cv1->run(x)), cv2->run(x) }, 1)); }

MapShape C3::countOne(const MapShape &input, Cost &cost) const
{
    MapShape both = m->countOne(cv1->countOne(input, cost), cost);
    both.channels += cv2->countOne(input, cost).channels;
    return cv3->countOne(both, cost);
}

C1::C1(std::int64_t in, std::int64_t out, std::int64_t n, const SharedActivation &activation)
{
    cv1 = register_module("cv1", pointwise(in, out, activation));
    std::vector<std::shared_ptr<UnaryBlock>> chain;
    for (std::int64_t i = 0; i < n; ++i)
        chain.push_back(std::make_shared<ConvBlock>(out, out, ConvOptions { .kernel = 3 }, activation));
    m = register_module("m", std::make_shared<Stack>(std::move(chain)));
}

at::Tensor C1::run(const at::Tensor &x)
{
    const at::Tensor y = cv1->run(x);
    return m->run(y) + y;
}

MapShape C1::countOne(const MapShape &input, Cost &cost) const
{
    return m->countOne(cv1->countOne(input, cost), cost);
}

GhostConv::GhostConv(std::int64_t in, std::int64_t out, const ConvOptions &options,
                     const SharedActivation &activation)
{
    const std::int64_t half = out / 2;
    const ConvOptions cheap { .kernel = ghostKernel, .groups = half, .activate = options.activate };
    cv1 = register_module("cv1", std::make_shared<ConvBlock>(in, half, options, activation));
    cv2 = register_module("cv2", std::make_shared<ConvBlock>(half, half, cheap, activation));
}

at::Tensor GhostConv::run(const at::Tensor &x)
{
    const at::Tensor y = cv1->run(x);
    return at::cat({ y, cv2->run(y) }, 1);
}

MapShape GhostConv::countOne(const MapShape &input, Cost &cost) const
{
    MapShape shape = cv2->countOne(cv1->countOne(input, cost), cost);
    shape.channels *= 2;
    return shape;
}

ScDown::ScDown(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
               const SharedActivation &activation)
{
    const ConvOptions down { .kernel = kernel, .stride = stride, .groups = out, .activate = false };
    cv1 = register_module("cv1", pointwise(in, out, activation));
    cv2 = register_module("cv2", std::make_shared<ConvBlock>(out, out, down, activation));
}

at::Tensor ScDown::run(const at::Tensor &x) { return cv2->run(cv1->run(x)); }

MapShape ScDown::countOne(const MapShape &input, Cost &cost) const
{
    return cv2->countOne(cv1->countOne(input, cost), cost);
}

std::shared_ptr<ConvBlock> makeDepthwise(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                         const SharedActivation &activation)
{
    const ConvOptions options { .kernel = kernel, .groups = std::gcd(in, out) };
    return std::make_shared<ConvBlock>(in, out, options, activation);
}

} // namespace torchdeck::engine::nn
