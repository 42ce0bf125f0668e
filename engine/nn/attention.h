// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Position-sensitive attention (YOLOv10, arXiv 2405.14458). Field names are the state_dict's.

#include "engine/nn/blocks.h"

namespace torchdeck::engine::nn {

/// Heads of an attention over `channels`, as the field chooses them: one for every 64 channels.
[[nodiscard]] std::int64_t attentionHeads(std::int64_t channels);

/// Every cell looks at every cell; keys half as wide as values, the position encoded by a depthwise
/// convolution over the values. `channels` must be a multiple of `heads`.
class Attention : public UnaryBlock {
public:
    Attention(std::int64_t channels, std::int64_t heads);
    [[nodiscard]] at::Tensor run(const at::Tensor &x) override;
    [[nodiscard]] MapShape countOne(const MapShape &input, Cost &cost) const override;

    std::shared_ptr<ConvBlock> qkv, proj, pe;

private:
    std::int64_t m_heads, m_headWidth, m_keyWidth;
};

/// Attention, then two pointwise convolutions, both with a shortcut.
class PsaBlock : public UnaryBlock {
public:
    PsaBlock(std::int64_t channels, const SharedActivation &activation);
    [[nodiscard]] at::Tensor run(const at::Tensor &x) override;
    [[nodiscard]] MapShape countOne(const MapShape &input, Cost &cost) const override;

    std::shared_ptr<Attention> attn;
    std::shared_ptr<Stack> ffn;
};

/// A PsaBlock over half of the channels, its parts registered directly (YOLOv10's own form).
class Psa : public UnaryBlock {
public:
    Psa(std::int64_t channels, std::int64_t hidden, const SharedActivation &activation);
    [[nodiscard]] at::Tensor run(const at::Tensor &x) override;
    [[nodiscard]] MapShape countOne(const MapShape &input, Cost &cost) const override;

    std::shared_ptr<ConvBlock> cv1, cv2;
    std::shared_ptr<Attention> attn;
    std::shared_ptr<Stack> ffn;

private:
    std::int64_t m_hidden;
};

} // namespace torchdeck::engine::nn
