// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/nn/blocks.h"
#include "engine/nn/model.h"

namespace torchdeck::engine::nn {

struct DetectOptions {
    std::int64_t nc = 80;
    std::int64_t regMax = 16; ///< bins a distance; 1 = the distance itself
    bool depthwise = false; ///< class branch of YOLO11 and later
    bool end2end = false; ///< a second, one-to-one head (arXiv 2405.14458)
    std::int64_t classWidth = 0; ///< channels inside the class branch; 0 = the field's rule for `nc`
};

/// Anchor-free head since YOLOv8: per level a box branch (4 * regMax distance logits) and a class branch (nc
/// logits). Box branches are plain 3x3 convolutions, class branches these or pairs of depthwise and pointwise
/// ones.
class DetectHead : public torch::nn::Module {
public:
    /// `channels` and `strides` (pixels per cell) one a level, by rising stride. The last biases start at a
    /// prior of some 5 objects in an image of 640 pixels; both heads of an end2end model start equal.
    DetectHead(const DetectOptions &options, const std::vector<std::int64_t> &channels,
               const std::vector<std::int64_t> &strides, const SharedActivation &activation);

    /// One map [B, C, H, W] a level.
    [[nodiscard]] HeadOutput forward(const std::vector<at::Tensor> &levels, Heads heads);
    [[nodiscard]] at::Tensor decode(const HeadOutput &output) const;
    void count(const std::vector<MapShape> &levels, Cost &cost) const;
    [[nodiscard]] Heads heads() const;
    void keepHeads(Heads wanted);

private:
    struct Branch {
        std::shared_ptr<UnaryBlock> first, second;
        torch::nn::Conv2d last { nullptr };
        [[nodiscard]] at::Tensor run(const at::Tensor &x);
        void count(const MapShape &input, Cost &cost) const;
    };
    using Branches = std::vector<Branch>; ///< one a level; empty: not there
    struct Logits {
        at::Tensor boxes, scores;
    };
    /// Anchors of one set of map sizes, on one device.
    struct Grid {
        std::vector<std::int64_t> sizes;
        at::Tensor anchors, strides;
    };

    /// One of a branch's two stages: a 3x3 convolution, or a depthwise one and a pointwise one.
    [[nodiscard]] static std::shared_ptr<UnaryBlock> stage(std::int64_t in, std::int64_t out, bool depthwise,
                                                           const SharedActivation &activation);
    [[nodiscard]] Branches addBranches(const std::string &name, const std::vector<std::int64_t> &channels,
                                       std::int64_t hidden, std::int64_t out, bool depthwise,
                                       const SharedActivation &activation);
    void addOneToOne(const std::vector<std::int64_t> &channels, const Activation &activation);
    void setPriors();
    [[nodiscard]] static Logits run(Branches &boxes, Branches &scores, const std::vector<at::Tensor> &levels);
    [[nodiscard]] const Grid &gridFor(const std::vector<at::Tensor> &levels);

    DetectOptions m_options;
    std::int64_t m_boxHidden, m_classHidden;
    std::vector<std::int64_t> m_strides;
    torch::nn::Conv2d m_dfl { nullptr };
    Branches m_boxes, m_scores, m_oneToOneBoxes, m_oneToOneScores;
    std::vector<Grid> m_grids; ///< the most recently made ones
};

} // namespace torchdeck::engine::nn
