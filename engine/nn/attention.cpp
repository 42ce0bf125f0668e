// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/nn/attention.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>

#include <algorithm>
#include <cmath>

namespace torchdeck::engine::nn {

namespace {

std::shared_ptr<ConvBlock> linear(std::int64_t in, std::int64_t out, std::int64_t kernel = 1,
                                  std::int64_t groups = 1)
{
    return std::make_shared<ConvBlock>(
        in, out, ConvOptions { .kernel = kernel, .groups = groups, .activate = false }, nullptr);
}

std::shared_ptr<Stack> feedForward(std::int64_t channels, const SharedActivation &activation)
{
    auto wide = std::make_shared<ConvBlock>(channels, 2 * channels, ConvOptions {}, activation);
    return std::make_shared<Stack>(
        std::vector<std::shared_ptr<UnaryBlock>> { std::move(wide), linear(2 * channels, channels) });
}

} // namespace

std::int64_t attentionHeads(std::int64_t channels) { return std::max<std::int64_t>(channels / 64, 1); }

Attention::Attention(std::int64_t channels, std::int64_t heads)
    : m_heads(heads)
    , m_headWidth(channels / heads)
    , m_keyWidth(m_headWidth / 2)
{
    qkv = register_module("qkv", linear(channels, channels + 2 * m_keyWidth * heads));
    proj = register_module("proj", linear(channels, channels));
    pe = register_module("pe", linear(channels, channels, 3, channels));
}

at::Tensor Attention::run(const at::Tensor &x)
{
    const std::int64_t batch = x.size(0), height = x.size(2), width = x.size(3), cells = height * width;
    const std::int64_t channels = m_heads * m_headWidth;
    // Cell by cell, which channels_last maps are already: [B, cells, heads, query | key | value]
    const at::Tensor rows = qkv->run(x).permute({ 0, 2, 3, 1 }).reshape({ batch, cells, m_heads, -1 });
    const auto part = [&](std::int64_t from, std::int64_t count) {
        return rows.narrow(3, from, count).transpose(1, 2); // [B, heads, cells, count]
    };
    const auto map = [&](const at::Tensor &cellwise) { // [B, cells, heads, width] as a channels_last map
        return cellwise.reshape({ batch, height, width, channels }).permute({ 0, 3, 1, 2 });
    };
    const at::Tensor query = part(0, m_keyWidth) * (1 / std::sqrt(double(m_keyWidth)));
    const at::Tensor key = part(m_keyWidth, m_keyWidth), value = part(2 * m_keyWidth, m_headWidth);
    const at::Tensor attention = at::matmul(query, key.transpose(2, 3)).softmax(3);
    const at::Tensor seen = at::matmul(attention, value).transpose(1, 2);
    return proj->run(map(seen) + pe->run(map(value.transpose(1, 2))));
}

MapShape Attention::countOne(const MapShape &input, Cost &cost) const
{
    const MapShape all = qkv->countOne(input, cost);
    const double cells = double(all.size) * double(all.size);
    cost.multiplyAdds += double(m_heads) * cells * cells * double(m_keyWidth + m_headWidth);
    static_cast<void>(pe->countOne(input, cost));
    return proj->countOne(input, cost);
}

PsaBlock::PsaBlock(std::int64_t channels, const SharedActivation &activation)
{
    attn = register_module("attn", std::make_shared<Attention>(channels, attentionHeads(channels)));
    ffn = register_module("ffn", feedForward(channels, activation));
}

at::Tensor PsaBlock::run(const at::Tensor &x)
{
    const at::Tensor y = x + attn->run(x);
    return y + ffn->run(y);
}

MapShape PsaBlock::countOne(const MapShape &input, Cost &cost) const
{
    return ffn->countOne(attn->countOne(input, cost), cost);
}

Psa::Psa(std::int64_t channels, std::int64_t hidden, const SharedActivation &activation)
    : m_hidden(hidden)
{
    cv1 =
        register_module("cv1", std::make_shared<ConvBlock>(channels, 2 * hidden, ConvOptions {}, activation));
    cv2 =
        register_module("cv2", std::make_shared<ConvBlock>(2 * hidden, channels, ConvOptions {}, activation));
    attn = register_module("attn", std::make_shared<Attention>(hidden, attentionHeads(hidden)));
    ffn = register_module("ffn", feedForward(hidden, activation));
}

at::Tensor Psa::run(const at::Tensor &x)
{
    const std::vector<at::Tensor> parts = cv1->run(x).split(m_hidden, 1);
    const at::Tensor y = parts[1] + attn->run(parts[1]);
    return cv2->run(at::cat({ parts[0], y + ffn->run(y) }, 1));
}

MapShape Psa::countOne(const MapShape &input, Cost &cost) const
{
    const MapShape both = cv1->countOne(input, cost);
    static_cast<void>(ffn->countOne(attn->countOne({ m_hidden, both.size }, cost), cost));
    return cv2->countOne(both, cost);
}

} // namespace torchdeck::engine::nn
