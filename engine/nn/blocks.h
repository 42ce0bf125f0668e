// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/nn/layer_plan.h"

#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/conv.h>

namespace torchdeck::engine::nn {

/// Arithmetic of one image, counted as the field's profilers do.
struct Cost {
    double multiplyAdds = 0; ///< convolutions, matrix products of attention
    double normalised = 0; ///< values through a BatchNorm, 4 multiply-adds each
};

/// A layer of the graph: one or several inputs [B, C, H, W], one output.
class Block : public torch::nn::Module {
public:
    [[nodiscard]] virtual at::Tensor forward(const std::vector<at::Tensor> &inputs) = 0;
    /// Output shape for the given inputs; adds the arithmetic. Nothing is computed.
    [[nodiscard]] virtual MapShape count(const std::vector<MapShape> &inputs, Cost &cost) const = 0;
};

/// A layer with one input.
class UnaryBlock : public Block {
public:
    [[nodiscard]] at::Tensor forward(const std::vector<at::Tensor> &inputs) final { return run(inputs[0]); }
    [[nodiscard]] MapShape count(const std::vector<MapShape> &inputs, Cost &cost) const final
    {
        return countOne(inputs[0], cost);
    }
    [[nodiscard]] virtual at::Tensor run(const at::Tensor &x) = 0;
    [[nodiscard]] virtual MapShape countOne(const MapShape &input, Cost &cost) const = 0;
};

/// The activation function, one object shared by all convolutions of a model; `identity` passes through.
class ActivationFunction : public torch::nn::Module {
public:
    explicit ActivationFunction(const Activation &activation, bool identity = false)
        : m_activation(activation)
        , m_identity(identity)
    {
    }
    /// `x` is fresh and belongs to the caller: without gradients it is overwritten.
    [[nodiscard]] at::Tensor run(const at::Tensor &x) const;
    [[nodiscard]] const Activation &settings() const { return m_activation; }
    [[nodiscard]] bool isSilu() const { return !m_identity && m_activation.kind == Activation::Kind::SiLU; }
    [[nodiscard]] bool isIdentity() const { return m_identity; }

private:
    Activation m_activation;
    bool m_identity;
};
using SharedActivation = std::shared_ptr<ActivationFunction>;

struct ConvOptions {
    std::int64_t kernel = 1, stride = 1;
    std::int64_t padding = -1; ///< -1 = keeps the size at stride 1
    std::int64_t groups = 1, dilation = 1;
    bool activate = true;
};

/// Multiply-adds and output shape of one convolution.
[[nodiscard]] MapShape countConvolution(const torch::nn::Conv2dImpl &conv, const MapShape &input, Cost &cost);

/// Conv2d without bias, BatchNorm (eps 1e-3, momentum 0.03), activation. Field names are the state_dict's.
class ConvBlock : public UnaryBlock {
public:
    ConvBlock(std::int64_t in, std::int64_t out, const ConvOptions &options,
              const SharedActivation &activation);
    [[nodiscard]] at::Tensor run(const at::Tensor &x) override;
    [[nodiscard]] MapShape countOne(const MapShape &input, Cost &cost) const override;
    /// Folds the BatchNorm into the convolution; inference only.
    void fuse();

    torch::nn::Conv2d conv { nullptr };
    torch::nn::BatchNorm2d bn { nullptr };
    SharedActivation act;
};

/// Spatial pyramid pooling, fast: chained max-pools instead of ever larger ones. Without `activateFirst` the
/// first convolution has no activation, as in YOLO26.
class Sppf : public UnaryBlock {
public:
    Sppf(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t pools, bool shortcut,
         bool activateFirst, const SharedActivation &activation);
    [[nodiscard]] at::Tensor run(const at::Tensor &x) override;
    [[nodiscard]] MapShape countOne(const MapShape &input, Cost &cost) const override;

    std::shared_ptr<ConvBlock> cv1, cv2;

private:
    std::int64_t m_kernel, m_pools;
    bool m_add;
};

/// Enlargement by a whole factor, nearest neighbour or bilinear.
class Upsample : public UnaryBlock {
public:
    Upsample(std::int64_t factor, bool bilinear)
        : m_factor(factor)
        , m_bilinear(bilinear)
    {
    }
    [[nodiscard]] at::Tensor run(const at::Tensor &x) override;
    [[nodiscard]] MapShape countOne(const MapShape &input, Cost &cost) const override;

private:
    std::int64_t m_factor;
    bool m_bilinear;
};

/// Max-pooling as a layer of its own.
class MaxPool : public UnaryBlock {
public:
    MaxPool(std::int64_t kernel, std::int64_t stride, std::int64_t padding)
        : m_kernel(kernel)
        , m_stride(stride)
        , m_padding(padding)
    {
    }
    [[nodiscard]] at::Tensor run(const at::Tensor &x) override;
    [[nodiscard]] MapShape countOne(const MapShape &input, Cost &cost) const override;

private:
    std::int64_t m_kernel, m_stride, m_padding;
};

/// Passes its input on.
class Identity : public UnaryBlock {
public:
    [[nodiscard]] at::Tensor run(const at::Tensor &x) override { return x; }
    [[nodiscard]] MapShape countOne(const MapShape &input, Cost &) const override { return input; }
};

/// Channels side by side.
class Concat : public Block {
public:
    [[nodiscard]] at::Tensor forward(const std::vector<at::Tensor> &inputs) override;
    [[nodiscard]] MapShape count(const std::vector<MapShape> &inputs, Cost &cost) const override;
};

/// Blocks one after another, named "0", "1" ...
class Stack : public UnaryBlock {
public:
    explicit Stack(std::vector<std::shared_ptr<UnaryBlock>> blocks);
    [[nodiscard]] at::Tensor run(const at::Tensor &x) override;
    [[nodiscard]] MapShape countOne(const MapShape &input, Cost &cost) const override;

private:
    std::vector<std::shared_ptr<UnaryBlock>> m_blocks;
};

} // namespace torchdeck::engine::nn
