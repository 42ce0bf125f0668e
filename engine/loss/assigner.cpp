// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/loss/assigner.h"

#include "engine/loss/image_assigner.h"

#include <ATen/ATen.h>

#include <limits>

namespace torchdeck::engine {

Assignment assignOnCpu(const at::Tensor &predicted, const at::Tensor &scores, const at::Tensor &centres,
                       const TruthByImage &truth, const AssignerOptions &options)
{
    const std::int64_t images = predicted.size(0), anchorCount = predicted.size(2), classes = scores.size(1);
    const ImageAssigner::Anchors anchors(
        { centres.const_data_ptr<float>(), static_cast<std::size_t>(centres.numel()) });
    const float *boxData = predicted.const_data_ptr<float>();
    const float *scoreData = scores.const_data_ptr<float>();

    ImageAssigner assigner(anchors, options);
    std::vector<std::int64_t> imageOf, anchorOf, classOf;
    std::vector<float> boxes, targets;
    for (std::int64_t b = 0; b < images; ++b) {
        const auto first = static_cast<std::size_t>(truth.first[b]);
        const auto count = static_cast<std::size_t>(truth.first[b + 1]) - first;
        if (count == 0)
            continue;
        const auto &assigned =
            assigner.assign(boxData + b * 4 * anchorCount, scoreData + b * classes * anchorCount,
                            std::span(truth.boxes).subspan(first, count));
        for (const AssignedAnchor &item : assigned) {
            imageOf.push_back(b);
            anchorOf.push_back(item.anchor);
            classOf.push_back(item.truth.classId);
            targets.push_back(item.score);
            boxes.insert(boxes.end(), { item.truth.x1, item.truth.y1, item.truth.x2, item.truth.y2 });
        }
    }
    const auto n = static_cast<std::int64_t>(imageOf.size());
    return { at::tensor(imageOf, at::kLong), at::tensor(anchorOf, at::kLong), at::tensor(classOf, at::kLong),
             at::tensor(boxes, at::kFloat).view({ n, 4 }), at::tensor(targets, at::kFloat) };
}

} // namespace torchdeck::engine
