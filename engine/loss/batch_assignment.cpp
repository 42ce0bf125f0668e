// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/loss/batch_assignment.h"

#include "engine/loss/device_copy.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

namespace torchdeck::engine {
namespace {

[[noreturn]] void fail(const std::string &sentence)
{
    throw std::invalid_argument("Detection loss: " + sentence);
}

/// Expected boxes [B, 4, A] in pixels, no gradient.
at::Tensor decodeBoxes(const nn::HeadOutput &output, std::int64_t regMax, const at::Tensor &centres)
{
    at::Tensor distances = output.boxes.detach();
    const std::int64_t images = distances.size(0), count = distances.size(2);
    if (regMax > 1) {
        const at::Tensor bins = at::arange(regMax, distances.options()).view({ 1, regMax });
        const at::Tensor probability = distances.reshape({ images * 4, regMax, count }).softmax(1);
        distances = at::matmul(bins, probability).view({ images, 4, count });
    }
    distances = distances * output.strides.to(distances.scalar_type()).view({ 1, 1, count });
    const at::Tensor places = centres.to(distances.scalar_type()).t().unsqueeze(0); // [1, 2, A]
    return at::cat({ places - distances.slice(1, 0, 2), places + distances.slice(1, 2, 4) }, 1);
}

/// The second smallest stride (the smallest if there is but one): the floor of a truth box's sides.
at::Tensor sideFloor(const at::Tensor &strides)
{
    const at::Tensor smallest = strides.min();
    const at::Tensor next =
        at::where(strides.gt(smallest), strides, std::numeric_limits<float>::infinity()).min();
    return at::where(next.isinf(), smallest, next);
}

/// Truth of images [from, to) padded to the fullest of them; tensors on the CPU.
struct PaddedTruth {
    at::Tensor boxes, classes; ///< [images, M, 4] float, [images, M] int64

    PaddedTruth(const TruthByImage &truth, std::int64_t from, std::int64_t to)
    {
        std::int64_t most = 1;
        for (std::int64_t b = from; b < to; ++b)
            most = std::max(most, truth.first[b + 1] - truth.first[b]);
        boxes = at::zeros({ to - from, most, 4 }, at::kFloat);
        classes = at::zeros({ to - from, most }, at::kLong);
        for (std::int64_t b = from; b < to; ++b) {
            for (std::int64_t i = truth.first[b]; i < truth.first[b + 1]; ++i) {
                const AssignerTruth &box = truth.boxes[static_cast<std::size_t>(i)];
                const std::int64_t place = (b - from) * most + i - truth.first[b];
                const float values[] = { box.x1, box.y1, box.x2, box.y2 };
                std::copy_n(values, 4, boxes.mutable_data_ptr<float>() + 4 * place);
                classes.mutable_data_ptr<std::int64_t>()[place] = box.classId;
            }
        }
    }
};

/// A few images at a time where truth boxes times anchors would fill the device's memory.
Assignment assignPadded(const at::Tensor &predicted, const at::Tensor &scores, const at::Tensor &centres,
                        const TruthByImage &truth, const at::Tensor &minSide, const AssignerOptions &options,
                        std::int64_t maxPairs, bool fixedSize)
{
    const std::int64_t images = predicted.size(0);
    std::int64_t most = 1;
    for (std::int64_t b = 0; b < images; ++b)
        most = std::max(most, truth.first[b + 1] - truth.first[b]);
    const std::int64_t step = std::clamp<std::int64_t>(maxPairs / (most * predicted.size(2)), 1, images);
    std::vector<at::Tensor> imageOf, anchors, classes, boxes, targets;
    for (std::int64_t from = 0; from < images; from += step) {
        const std::int64_t to = std::min(from + step, images);
        const PaddedTruth padded(truth, from, to);
        const Assignment part = assignDense(predicted.slice(0, from, to), scores.slice(0, from, to), centres,
                                            toDevice(padded.boxes, predicted.device()),
                                            toDevice(padded.classes, predicted.device()), minSide, options, fixedSize);
        imageOf.push_back(part.images + from);
        anchors.push_back(part.anchors);
        classes.push_back(part.classes);
        boxes.push_back(part.boxes);
        targets.push_back(part.scores);
    }
    return { at::cat(imageOf), at::cat(anchors), at::cat(classes), at::cat(boxes), at::cat(targets) };
}

Assignment noForeground(const at::Tensor &like)
{
    const auto whole = like.options().dtype(at::kLong), real = like.options().dtype(at::kFloat);
    return { at::empty({ 0 }, whole), at::empty({ 0 }, whole), at::empty({ 0 }, whole),
             at::empty({ 0, 4 }, real), at::empty({ 0 }, real) };
}

} // namespace

TruthByImage collectTruth(const DetectionTargets &targets, std::int64_t images, std::int64_t classes,
                          std::int64_t height, std::int64_t width)
{
    const at::Tensor imageIndex = targets.imageIndex.to(at::kCPU, at::kLong).contiguous();
    const at::Tensor classIndex = targets.classes.to(at::kCPU, at::kLong).contiguous();
    const at::Tensor boxes = targets.boxes.to(at::kCPU, at::kFloat).contiguous();
    const std::int64_t count = imageIndex.numel();
    if (classIndex.numel() != count || boxes.numel() != 4 * count)
        fail("truth has " + std::to_string(count) + " image indices, " + std::to_string(classIndex.numel())
             + " classes and " + std::to_string(boxes.numel() / 4) + " boxes; give one of each per object.");

    const auto *image = imageIndex.const_data_ptr<std::int64_t>();
    const auto *label = classIndex.const_data_ptr<std::int64_t>();
    const auto *box = boxes.const_data_ptr<float>();
    const auto w = static_cast<float>(width), h = static_cast<float>(height);
    std::vector<std::vector<AssignerTruth>> perImage(static_cast<std::size_t>(images));
    for (std::int64_t i = 0; i < count; ++i) {
        if (image[i] < 0 || image[i] >= images)
            fail("object " + std::to_string(i) + " belongs to image " + std::to_string(image[i])
                 + " of a batch of " + std::to_string(images) + "; check the batch's image indices.");
        if (label[i] < 0 || label[i] >= classes)
            fail("object " + std::to_string(i) + " has class " + std::to_string(label[i])
                 + " but the model knows 0 to " + std::to_string(classes - 1)
                 + "; check the labels against the data set's names.");
        const float cx = box[4 * i] * w, cy = box[4 * i + 1] * h;
        const float halfWidth = box[4 * i + 2] * w / 2, halfHeight = box[4 * i + 3] * h / 2;
        const AssignerTruth truth { cx - halfWidth, cy - halfHeight, cx + halfWidth, cy + halfHeight,
                                    label[i] };
        if (truth.x1 + truth.y1 + truth.x2 + truth.y2 > 0)
            perImage[static_cast<std::size_t>(image[i])].push_back(truth);
    }

    TruthByImage result;
    result.first.push_back(0);
    for (const auto &group : perImage) {
        result.boxes.insert(result.boxes.end(), group.begin(), group.end());
        result.first.push_back(static_cast<std::int64_t>(result.boxes.size()));
    }
    return result;
}

Assignment assignBatch(const nn::HeadOutput &output, const TruthByImage &truth, std::int64_t regMax,
                       const DetectionLossOptions &options, AssignWith with, std::int64_t maxPairs)
{
    const at::NoGradGuard noGrad;
    if (truth.boxes.empty())
        return noForeground(output.boxes);
    const at::Tensor centres = (output.anchors * output.strides.view({ -1, 1 })).to(at::kFloat).contiguous();
    const at::Tensor predicted = decodeBoxes(output, regMax, centres).to(at::kFloat).contiguous();
    const at::Tensor scores = output.scores.detach().to(at::kFloat).contiguous();
    const at::Tensor minSide = sideFloor(output.strides).to(at::kFloat);
    AssignerOptions assigner {
        .topk = options.topk, .alpha = options.alpha, .beta = options.beta, .keep = options.keep
    };
    if (with != AssignWith::DeviceChoice || !predicted.is_cpu())
        return assignPadded(predicted, scores, centres, truth, minSide, assigner, maxPairs, with != AssignWith::Tensors);
    assigner.minSide = minSide.item<float>();
    return assignOnCpu(predicted, scores, centres, truth, assigner);
}

} // namespace torchdeck::engine
