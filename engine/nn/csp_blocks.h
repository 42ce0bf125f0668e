// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Cross-stage partial blocks (arXiv 1911.11929) and what they are made of. Field names are the state_dict's.

#include "engine/nn/blocks.h"

#include <functional>

namespace torchdeck::engine::nn {

struct BottleneckOptions {
    bool shortcut = true;
    std::int64_t groups = 1; ///< of the second convolution
    std::int64_t firstKernel = 3, secondKernel = 3;
    double expansion = 0.5; ///< hidden channels over output channels
};

/// Two convolutions with an optional shortcut.
class Bottleneck : public UnaryBlock {
public:
    Bottleneck(std::int64_t in, std::int64_t out, const BottleneckOptions &options,
               const SharedActivation &activation);
    [[nodiscard]] at::Tensor run(const at::Tensor &x) override;
    [[nodiscard]] MapShape countOne(const MapShape &input, Cost &cost) const override;

    std::shared_ptr<ConvBlock> cv1, cv2;

private:
    bool m_add;
};

/// What goes through the inside of a partial block `n` times, made for `hidden` channels.
using InnerBlock = std::function<std::shared_ptr<UnaryBlock>(std::int64_t hidden)>;

/// The input is split in two; half of it passes the inner blocks, and every one's output feeds the last
/// convolution (C2f and its kin: C3k2, C2fPSA).
class C2f : public UnaryBlock {
public:
    C2f(std::int64_t in, std::int64_t out, std::int64_t n, std::int64_t hidden, const InnerBlock &inner,
        const SharedActivation &activation);
    [[nodiscard]] at::Tensor run(const at::Tensor &x) override;
    [[nodiscard]] MapShape countOne(const MapShape &input, Cost &cost) const override;

    std::shared_ptr<ConvBlock> cv1, cv2;
    torch::nn::ModuleList m { nullptr };

private:
    std::int64_t m_hidden;
    std::vector<std::shared_ptr<UnaryBlock>> m_inner;
};

/// As C2f, but only the last inner block's output feeds the last convolution (C2, C2PSA).
/// `innerFirst`: the processed half is the first one, as C2 has it.
class C2 : public UnaryBlock {
public:
    C2(std::int64_t in, std::int64_t out, std::int64_t hidden, std::shared_ptr<Stack> inner, bool innerFirst,
       const SharedActivation &activation);
    [[nodiscard]] at::Tensor run(const at::Tensor &x) override;
    [[nodiscard]] MapShape countOne(const MapShape &input, Cost &cost) const override;

    std::shared_ptr<ConvBlock> cv1, cv2;
    std::shared_ptr<Stack> m;

private:
    std::int64_t m_hidden;
    bool m_innerFirst;
};

/// Two convolutions side by side, one of them followed by bottlenecks, joined by a third (C3, C3k).
class C3 : public UnaryBlock {
public:
    C3(std::int64_t in, std::int64_t out, std::int64_t n, std::int64_t hidden,
       const BottleneckOptions &options, const SharedActivation &activation);
    [[nodiscard]] at::Tensor run(const at::Tensor &x) override;
    [[nodiscard]] MapShape countOne(const MapShape &input, Cost &cost) const override;

    std::shared_ptr<ConvBlock> cv1, cv2, cv3;
    std::shared_ptr<Stack> m;
};

/// One convolution and a chain of 3x3 ones with a shortcut around it.
class C1 : public UnaryBlock {
public:
    C1(std::int64_t in, std::int64_t out, std::int64_t n, const SharedActivation &activation);
    [[nodiscard]] at::Tensor run(const at::Tensor &x) override;
    [[nodiscard]] MapShape countOne(const MapShape &input, Cost &cost) const override;

    std::shared_ptr<ConvBlock> cv1;
    std::shared_ptr<Stack> m;
};

/// Half of the channels by a convolution, the other half cheaply from the first (arXiv 1911.11907).
class GhostConv : public UnaryBlock {
public:
    GhostConv(std::int64_t in, std::int64_t out, const ConvOptions &options,
              const SharedActivation &activation);
    [[nodiscard]] at::Tensor run(const at::Tensor &x) override;
    [[nodiscard]] MapShape countOne(const MapShape &input, Cost &cost) const override;

    std::shared_ptr<ConvBlock> cv1, cv2;
};

/// Channels first, then the map made smaller by a depthwise convolution (arXiv 2405.14458).
class ScDown : public UnaryBlock {
public:
    ScDown(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
           const SharedActivation &activation);
    [[nodiscard]] at::Tensor run(const at::Tensor &x) override;
    [[nodiscard]] MapShape countOne(const MapShape &input, Cost &cost) const override;

    std::shared_ptr<ConvBlock> cv1, cv2;
};

/// Depthwise convolution: groups = gcd(in, out).
[[nodiscard]] std::shared_ptr<ConvBlock> makeDepthwise(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                                       const SharedActivation &activation);

} // namespace torchdeck::engine::nn
