// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace torchdeck::engine {

/// Task-aligned assignment (TOOD, arXiv 2108.07755): each truth box takes the `topk` anchors with the largest
/// score^alpha * CIoU^beta among the anchors whose centre lies inside it.
struct AssignerOptions {
    int topk = 10;
    double alpha = 0.5, beta = 6.0;
    float minSide = 16; ///< pixels; shorter sides count as this long when looking for centres inside
    int keep = 0; ///< of its anchors a truth box keeps so many with the largest metric; 0 = all
};

/// One truth box, corners in pixels.
struct AssignerTruth {
    float x1 = 0, y1 = 0, x2 = 0, y2 = 0;
    std::int64_t classId = 0;
};

/// A run of anchors of one height with rising x: lets a truth box find the centres inside it by bisection.
struct AnchorRow {
    std::int64_t begin = 0, end = 0;
    float y = 0;
};

struct AssignedAnchor {
    std::int64_t anchor = 0;
    AssignerTruth truth;
    float score = 0;
};

/// Assigns one image; keeps its scratch memory between calls, one instance per thread.
class ImageAssigner {
public:
    struct Anchors {
        std::vector<float> x, y; ///< pixels
        std::vector<AnchorRow> rows;

        explicit Anchors(std::span<const float> xy);
    };

    ImageAssigner(const Anchors &anchors, const AssignerOptions &options);

    /// predicted [4, A] xyxy pixels, logits [nc, A]. Result by rising anchor; valid until the next call.
    [[nodiscard]] const std::vector<AssignedAnchor> &assign(const float *predicted, const float *logits,
                                                            std::span<const AssignerTruth> truth);

private:
    struct Candidate {
        std::int64_t anchor = 0;
        float metric = 0, overlap = 0;
    };

    void reset();
    void visitTruth(int index, const AssignerTruth &truth, const float *predicted, const float *logits);
    void keepBest(const Candidate &candidate);
    void resolve(std::span<const AssignerTruth> truth);
    void thinOut(std::size_t truths);

    const Anchors &m_anchors;
    AssignerOptions m_options;
    std::vector<Candidate> m_top; ///< of the truth box being visited, by falling metric
    std::vector<AssignedAnchor> m_result;
    // Per anchor: how many truth boxes chose it, the last that did, and the truth box it overlaps most.
    std::vector<int> m_chosenBy, m_chosenTruth, m_bestTruth;
    std::vector<Candidate> m_chosen, m_best;
    std::vector<float> m_predictedAngle; ///< atan of the predicted box's aspect; below -1: not computed yet
};

} // namespace torchdeck::engine
