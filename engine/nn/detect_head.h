// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/nn/blocks.h"
#include "engine/nn/model.h"

namespace torchdeck::engine::nn {

/// Anchor-free head of YOLOv8: per level a box branch (4 * regMax distance logits) and a class branch (nc
/// logits), plain 3x3 convolutions in both.
class DetectHead : public torch::nn::Module {
public:
    /// `channels` and `strides` (pixels per cell) one a level, by rising stride. The last biases start at a
    /// prior of some 5 objects in an image of 640 pixels. `classWidth`: channels inside the class branch, 0 =
    /// the field's rule for `nc`.
    DetectHead(std::int64_t nc, std::int64_t regMax, const std::vector<std::int64_t> &channels,
               const std::vector<std::int64_t> &strides, const SharedActivation &activation,
               std::int64_t classWidth = 0);

    /// One map [B, C, H, W] a level.
    [[nodiscard]] HeadOutput forward(const std::vector<at::Tensor> &levels);
    [[nodiscard]] at::Tensor decode(const HeadOutput &output) const;
    void count(const std::vector<MapShape> &levels, Cost &cost) const;

private:
    struct Branch {
        std::shared_ptr<ConvBlock> first, second;
        torch::nn::Conv2d last { nullptr };
        [[nodiscard]] at::Tensor run(const at::Tensor &x);
        void count(const MapShape &input, Cost &cost) const;
    };
    /// Anchors of one set of map sizes, on one device.
    struct Grid {
        std::vector<std::int64_t> sizes;
        at::Tensor anchors, strides;
    };

    Branch addBranch(torch::nn::ModuleList &parent, std::int64_t in, std::int64_t hidden, std::int64_t out,
                     const SharedActivation &activation);
    void setPriors();
    [[nodiscard]] const Grid &gridFor(const std::vector<at::Tensor> &levels);

    std::int64_t m_nc, m_regMax;
    std::vector<std::int64_t> m_strides;
    torch::nn::ModuleList cv2 { nullptr }, cv3 { nullptr };
    torch::nn::Conv2d m_dfl { nullptr };
    std::vector<Branch> m_boxes, m_scores;
    std::vector<Grid> m_grids; ///< the most recently made ones
};

} // namespace torchdeck::engine::nn
