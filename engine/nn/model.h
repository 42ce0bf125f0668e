// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/nn/model_spec.h"
#include "torchdeck/engine/lifecycle.h"

#include <torch/nn/module.h>

#include <memory>

namespace torchdeck::engine::nn {

/// What a detection head gives in training. A = anchors of all levels, row-major per level, levels by rising
/// stride.
struct HeadOutput {
    at::Tensor boxes; ///< [B, 4*regMax, A] distance logits (l, t, r, b)
    at::Tensor scores; ///< [B, nc, A] class logits
    at::Tensor anchors; ///< [A, 2] cell centres (x, y) in grid units
    at::Tensor strides; ///< [A, 1] pixels per cell
    at::Tensor oneToOneBoxes,
        oneToOneScores; ///< as boxes and scores; only with Heads::All of an end2end model

    [[nodiscard]] bool hasOneToOne() const { return oneToOneBoxes.defined(); }
    /// The one-to-one head's part alone.
    [[nodiscard]] HeadOutput oneToOne() const
    {
        return { oneToOneBoxes, oneToOneScores, anchors, strides, {}, {} };
    }
};

/// Which heads of an end2end model: the usual one, whose boxes need suppression of duplicates, or the
/// one-to-one head, which gives each object once. Other models have the first only, whatever is asked for.
enum class Heads { All, OneToMany, OneToOne };

/// A YOLO detection network built from a spec. Module and parameter names equal Ultralytics' state_dict keys
/// ("model.0.conv.weight" ... "model.22.dfl.conv.weight"). Not thread-safe.
class DetectionModel : public torch::nn::Module {
public:
    DetectionModel(const ModelSpec &spec, std::int64_t nc, std::int64_t channels = 3);

    /// images [B, 3, H, W] float 0..1 (any memory format), H and W multiples of the largest stride. A single
    /// head asked for comes as `boxes` and `scores`. In training no gradient flows from the one-to-one head
    /// into the layers before it.
    [[nodiscard]] HeadOutput forward(const at::Tensor &images, Heads heads = Heads::All);
    /// [B, 4 + nc, A]: xywh in pixels and class probabilities, decoded from `boxes` and `scores`; single
    /// precision at least.
    [[nodiscard]] at::Tensor decode(const HeadOutput &output) const;

    [[nodiscard]] const ModelSpec &spec() const { return m_spec; }
    [[nodiscard]] std::int64_t classes() const { return m_nc; }
    [[nodiscard]] std::int64_t regMax() const { return m_regMax; }
    [[nodiscard]] std::int64_t channels() const { return m_channels; } ///< of the image
    [[nodiscard]] Heads heads() const; ///< that are there; a model without a one-to-one head has OneToMany
    /// Removes the head that is not wanted, for inference; the last one stays.
    void keepHeads(Heads wanted);
    [[nodiscard]] const std::vector<std::int64_t> &strides() const { return m_strides; } ///< {8, 16, 32}
    /// Layers, parameters, gradients; GFLOPs at 640x640 as Ultralytics prints them: 2 x the multiply-adds of
    /// the convolutions and of attention, plus 8 a value that passes a BatchNorm.
    [[nodiscard]] ModelSummary summary() const;

private:
    ModelSpec m_spec;
    std::int64_t m_nc = 0;
    std::int64_t m_regMax = 16;
    std::vector<std::int64_t> m_strides;
    std::int64_t m_channels = 3;
    struct Graph; ///< the layers and who reads from whom
    std::shared_ptr<Graph> m_graph;
};

/// Folds BatchNorm into the convolutions and removes the head that is not `wanted` (inference only), in
/// place.
void fuseConvBn(DetectionModel &model, Heads wanted = Heads::OneToMany);

/// Same spec, classes, device, types and memory format; parameters and buffers copied. Fused models too.
[[nodiscard]] std::shared_ptr<DetectionModel> cloneModel(const DetectionModel &model);

} // namespace torchdeck::engine::nn
