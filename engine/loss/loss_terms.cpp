// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/loss/loss_terms.h"

#include "engine/loss/device_copy.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <numbers>
#include <optional>
#include <utility>

namespace torchdeck::engine {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

constexpr double kIouEps = 1e-7;

/// Binary cross entropy against a target that is 0 but for n places: never builds the dense target, and its
/// backward is one sigmoid and n corrections. `weights`: [nc, 1].
class SparseCrossEntropy : public Function<SparseCrossEntropy> {
public:
    static at::Tensor forward(AutogradContext *context, const at::Tensor &logits, const at::Tensor &images,
                              const at::Tensor &classes, const at::Tensor &anchors, const at::Tensor &targets,
                              const std::optional<at::Tensor> &weights)
    {
        variable_list saved { logits, images, classes, anchors, targets };
        if (weights)
            saved.push_back(*weights);
        context->save_for_backward(std::move(saved));
        const at::Tensor positive = logits.index({ images, classes, anchors }) * targets;
        if (!weights)
            return at::softplus(logits).sum() - positive.sum();
        return (at::softplus(logits) * *weights).sum() - (positive * weights->select(1, 0).index({ classes })).sum();
    }

    static variable_list backward(AutogradContext *context, const variable_list &gradients)
    {
        const variable_list saved = context->get_saved_variables();
        at::Tensor gradient = at::sigmoid(saved[0]);
        gradient.index_put_({ saved[1], saved[2], saved[3] }, saved[4].neg(), /*accumulate=*/true);
        if (saved.size() > 5)
            gradient.mul_(saved[5]);
        gradient.mul_(gradients[0]);
        return { gradient, {}, {}, {}, {}, {} };
    }
};

/// Gather whose backward writes each column once: plain indexing would accumulate, which is slow on the CPU.
class PickAnchors : public Function<PickAnchors> {
public:
    static at::Tensor forward(AutogradContext *context, const at::Tensor &values, const at::Tensor &images,
                              const at::Tensor &anchors)
    {
        context->save_for_backward({ values, images, anchors });
        return values.permute({ 0, 2, 1 }).index({ images, anchors });
    }

    static variable_list backward(AutogradContext *context, const variable_list &gradients)
    {
        const variable_list saved = context->get_saved_variables();
        at::Tensor gradient = at::zeros_like(saved[0]);
        gradient.permute({ 0, 2, 1 }).index_put_({ saved[1], saved[2] }, gradients[0]);
        return { gradient, {}, {} };
    }
};

Corners corners(const at::Tensor &boxes)
{
    return { boxes.select(-1, 0), boxes.select(-1, 1), boxes.select(-1, 2), boxes.select(-1, 3) };
}

} // namespace

at::Tensor completeIou(const Corners &a, const Corners &b)
{
    const at::Tensor aw = a.x2 - a.x1, ah = a.y2 - a.y1 + kIouEps;
    const at::Tensor bw = b.x2 - b.x1, bh = b.y2 - b.y1 + kIouEps;
    const at::Tensor inter = (at::minimum(a.x2, b.x2) - at::maximum(a.x1, b.x1)).clamp_min(0)
        * (at::minimum(a.y2, b.y2) - at::maximum(a.y1, b.y1)).clamp_min(0);
    const at::Tensor iou = inter / (aw * ah + bw * bh - inter + kIouEps);
    const at::Tensor cw = at::maximum(a.x2, b.x2) - at::minimum(a.x1, b.x1);
    const at::Tensor ch = at::maximum(a.y2, b.y2) - at::minimum(a.y1, b.y1);
    const at::Tensor distance =
        ((b.x1 + b.x2 - a.x1 - a.x2).square() + (b.y1 + b.y2 - a.y1 - a.y2).square()) / 4;
    const at::Tensor v =
        (at::atan(bw / bh) - at::atan(aw / ah)).square() * (4 / (std::numbers::pi * std::numbers::pi));
    const at::Tensor weight = v.detach() / (1 - iou.detach() + v.detach() + kIouEps);
    return iou - (distance / (cw.square() + ch.square() + kIouEps) + v * weight);
}

at::Tensor classificationSum(const at::Tensor &scores, const Assignment &assignment,
                             const at::Tensor &weights)
{
    // No undefined tensor: autograd asks every tensor argument for its device.
    const std::optional<at::Tensor> column =
        weights.defined() ? std::optional(weights.to(scores.scalar_type()).unsqueeze(1)) : std::nullopt;
    return SparseCrossEntropy::apply(scores, assignment.images, assignment.classes, assignment.anchors,
                                     assignment.scores.to(scores.scalar_type()), column);
}

at::Tensor pickAnchors(const at::Tensor &values, const Assignment &assignment)
{
    return PickAnchors::apply(values, assignment.images, assignment.anchors);
}

BoxTerms boxTerms(const at::Tensor &logits, const Assignment &assignment, const at::Tensor &anchors,
                  const at::Tensor &strides, std::int64_t regMax, std::int64_t height, std::int64_t width)
{
    const auto type = logits.scalar_type();
    const at::Tensor weight = assignment.scores.to(type); // [n]
    const at::Tensor stride = strides.index_select(0, assignment.anchors).to(type); // [n, 1]
    const at::Tensor centre = anchors.index_select(0, assignment.anchors).to(type); // [n, 2]
    const at::Tensor target = assignment.boxes.to(type) / stride; // [n, 4], grid units
    at::Tensor goal = at::cat({ centre - target.slice(1, 0, 2), target.slice(1, 2, 4) - centre }, 1);

    at::Tensor distances, perSide; // [n, 4]
    if (regMax > 1) {
        const at::Tensor logProbability = at::log_softmax(logits.view({ -1, 4, regMax }), 2);
        distances = logProbability.exp().matmul(at::arange(regMax, logits.options()));
        goal = goal.clamp(0, static_cast<double>(regMax - 1) - 0.01);
        const at::Tensor left = goal.floor();
        const at::Tensor bin = left.to(at::kLong).unsqueeze(-1);
        const at::Tensor toRight = goal - left;
        perSide = -(logProbability.gather(2, bin).squeeze(-1) * (1 - toRight)
                    + logProbability.gather(2, bin + 1).squeeze(-1) * toRight);
    } else {
        distances = logits;
        const auto w = static_cast<double>(width), h = static_cast<double>(height);
        const at::Tensor unit = stride / toDevice(at::tensor({ w, h, w, h }, type), logits.device());
        perSide = (distances * unit - goal * unit).abs();
    }
    const at::Tensor predicted =
        at::cat({ centre - distances.slice(1, 0, 2), centre + distances.slice(1, 2, 4) }, 1);
    const at::Tensor iou = completeIou(corners(predicted), corners(target));
    return { ((1 - iou) * weight).sum(), (perSide.mean(1) * weight).sum() };
}

} // namespace torchdeck::engine
