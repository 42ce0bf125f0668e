// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/loss/assigner.h"
#include "engine/loss/loss_terms.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace torchdeck::engine {
namespace {

constexpr double kInsideEps = 1e-9;
constexpr double kMetricEps = 1e-9;

/// [B, M, A]: is the anchor's centre inside the truth box, its sides taken as at least minSide.
at::Tensor centresInside(const Corners &truth, const at::Tensor &centres, const at::Tensor &minSide)
{
    const at::Tensor x = centres.select(1, 0), y = centres.select(1, 1);
    const auto axis = [&](const at::Tensor &low, const at::Tensor &high, const at::Tensor &place) {
        const at::Tensor middle = (low + high) / 2;
        const at::Tensor half = at::maximum(high - low, minSide) / 2;
        return (place - (middle - half)).gt(kInsideEps).logical_and((middle + half - place).gt(kInsideEps));
    };
    return axis(truth.x1, truth.x2, x).logical_and_(axis(truth.y1, truth.y2, y));
}

/// `most`: 0, or how many anchors of an image there may be.
Assignment foreground(const at::Tensor &mask, const at::Tensor &owner, const at::Tensor &score,
                      const at::Tensor &truthBoxes, const at::Tensor &truthClasses, std::int64_t most)
{
    Assignment result;
    if (most > 0) {
        result.anchors = std::get<1>(mask.to(at::kFloat).topk(most, 1, true, /*sorted=*/false)).flatten();
        result.images = at::arange(mask.size(0), result.anchors.options()).unsqueeze(1).expand({ -1, most }).flatten();
    } else {
        const at::Tensor places = mask.nonzero();
        result.images = places.select(1, 0);
        result.anchors = places.select(1, 1);
    }
    const at::Tensor truth = owner.index({ result.images, result.anchors });
    result.classes = truthClasses.index({ result.images, truth });
    result.boxes = truthBoxes.index({ result.images, truth });
    result.scores = at::where(mask, score, 0).index({ result.images, result.anchors });
    return result;
}

} // namespace

Assignment assignDense(const at::Tensor &predicted, const at::Tensor &scores, const at::Tensor &centres,
                       const at::Tensor &truthBoxes, const at::Tensor &truthClasses,
                       const at::Tensor &minSide, const AssignerOptions &options, bool fixedSize)
{
    const at::NoGradGuard noGrad;
    const std::int64_t anchorCount = predicted.size(2);
    const at::Tensor column = truthBoxes.unsqueeze(2); // [B, M, 1, 4]
    const Corners truth { column.select(3, 0), column.select(3, 1), column.select(3, 2),
                          column.select(3, 3) };
    const at::Tensor row = predicted.unsqueeze(1); // [B, 1, 4, A]
    const Corners boxes { row.select(2, 0), row.select(2, 1), row.select(2, 2), row.select(2, 3) };

    const at::Tensor valid = truthBoxes.sum(2, true).gt(0); // [B, M, 1]
    const at::Tensor inside = centresInside(truth, centres, minSide).logical_and_(valid);
    const at::Tensor index = truthClasses.unsqueeze(2).expand({ -1, -1, anchorCount });
    const at::Tensor overlap = at::where(inside, completeIou(truth, boxes).clamp_min_(0), 0);
    const at::Tensor metric =
        scores.gather(1, index).sigmoid_().pow_(options.alpha).mul_(overlap.pow(options.beta)); // 0 outside

    const auto [topMetric, topAnchor] = metric.topk(std::min<std::int64_t>(options.topk, anchorCount), 2);
    const at::Tensor chosen =
        at::zeros_like(metric, at::kInt).scatter_(2, topAnchor, topMetric.gt(0).to(at::kInt));
    const at::Tensor times = chosen.sum(1); // [B, A]
    const at::Tensor owner =
        at::where(times.gt(1), overlap.argmax(1), chosen.argmax(1)); // several: the one it overlaps most
    at::Tensor mask = times.gt(0);
    at::Tensor owned =
        at::zeros_like(metric).scatter_(1, owner.unsqueeze(1), mask.unsqueeze(1).to(metric.scalar_type()));
    if (options.keep > 0) {
        const at::Tensor best =
            std::get<1>((metric * owned).topk(std::min<std::int64_t>(options.keep, anchorCount), 2));
        owned = owned * at::zeros_like(owned).scatter_(2, best, 1);
        mask = owned.gt(0).any(1);
    }
    const at::Tensor bestMetric = (metric * owned).amax(2), bestOverlap = (overlap * owned).amax(2); // [B, M]
    const at::Tensor own = metric.gather(1, owner.unsqueeze(1)).squeeze(1);
    const at::Tensor score = own * bestOverlap.gather(1, owner) / (bestMetric.gather(1, owner) + kMetricEps);
    const std::int64_t perTruth = options.keep > 0 ? options.keep : options.topk;
    const std::int64_t most = fixedSize ? std::min(anchorCount, truthBoxes.size(1) * perTruth) : 0;
    return foreground(mask, owner, score, truthBoxes, truthClasses, most);
}

} // namespace torchdeck::engine
