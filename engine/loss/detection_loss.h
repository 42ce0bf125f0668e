// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/nn/model.h"

#include <functional>
#include <vector>

namespace torchdeck::engine {

struct TruthByImage;

struct DetectionLossOptions {
    double box = 7.5, cls = 0.5, dfl = 1.5; ///< gains
    int topk = 10; ///< TaskAligned assigner: candidates per truth box
    double alpha = 0.5, beta = 6.0;
    int keep = 0; ///< candidates left to a truth box in the end; 0 = all
    std::vector<float> classWeights {}; ///< what each class counts in the class loss; empty: all the same
};

/// Truth of one batch; read on the CPU, so best there.
struct DetectionTargets {
    at::Tensor imageIndex; ///< [n] int64, image within the batch
    at::Tensor classes; ///< [n] int64
    at::Tensor boxes; ///< [n, 4] xywh normalised to the batch's width and height
};

struct LossOutput {
    at::Tensor total; ///< scalar with grad: (box + cls + dfl) * batch size, as the field scales it
    /// [3] detached: box, cls, dfl (the distances' L1 when regMax is 1), gains applied, not multiplied by the
    /// batch size. Of an end2end model those of the one-to-one head.
    at::Tensor items;
};

/// Weight of an end2end model's one-to-many head in `epoch` (0-based) of `epochs`; the one-to-one head has
/// the rest of 1. Falls from 0.8 to 0.1, so that the many teach first and the one has the last word.
[[nodiscard]] double oneToManyWeight(int epoch, int epochs);

/// TaskAligned assignment (TOOD, arXiv 2108.07755), CIoU, distribution focal loss (arXiv 2006.04388) and BCE
/// with the assigner's soft targets. Both heads of an end2end model learn, each from an assignment of its
/// own: the one-to-one head looks at 7 candidates a truth box and keeps the best.
class DetectionLoss {
public:
    DetectionLoss(std::int64_t classes, std::int64_t regMax, DetectionLossOptions options);

    /// `height`, `width`: of the network's input, pixels.
    [[nodiscard]] LossOutput operator()(const nn::HeadOutput &output, const DetectionTargets &targets,
                                        std::int64_t height, std::int64_t width) const;

    /// "dfl_loss", or "l1_loss" of distances without bins: what the third item is called.
    [[nodiscard]] const char *distanceName() const { return m_regMax > 1 ? "dfl_loss" : "l1_loss"; }
    /// Balance of the two heads of an end2end model; before the first call it is that of the first epoch.
    /// For a loss that several processes share: `sum` adds a tensor up over `ranks` processes that each have a
    /// part of the batch (and average their gradients). Without `sum`: alone.
    void shareOverRanks(int ranks, std::function<void(const at::Tensor &)> sum)
    {
        m_ranks = ranks;
        m_sumOverRanks = std::move(sum);
    }
    /// Takes part in the sums of a batch of which this process has no image.
    void joinEmpty(bool oneToOne, const c10::Device &device) const;
    void setEpoch(int epoch, int epochs) { m_oneToMany = oneToManyWeight(epoch, epochs); }

private:
    [[nodiscard]] LossOutput ofHead(const nn::HeadOutput &head, const TruthByImage &truth,
                                    const DetectionLossOptions &options, std::int64_t height,
                                    std::int64_t width) const;

    std::int64_t m_classes;
    std::int64_t m_regMax;
    DetectionLossOptions m_options;
    mutable at::Tensor m_classWeights; ///< [nc], or undefined; moves to the outputs' device with the first batch
    int m_ranks = 1;
    std::function<void(const at::Tensor &)> m_sumOverRanks;
    double m_oneToMany = oneToManyWeight(0, 1);
};

} // namespace torchdeck::engine
