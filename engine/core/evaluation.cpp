// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/evaluation.h"

#include "engine/core/autocast.h"
#include "engine/ops/nms.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <chrono>

namespace torchdeck::engine {

namespace {

using Clock = std::chrono::steady_clock;

std::vector<std::vector<TruthBox>> truthOf(const Batch &batch)
{
    std::vector<std::vector<TruthBox>> truth(static_cast<std::size_t>(batch.size));
    const auto width = static_cast<float>(batch.width), height = static_cast<float>(batch.height);
    for (std::size_t i = 0; i < batch.labels.size(); ++i) {
        const BoxLabel &label = batch.labels[i];
        const float x = label.x * width, y = label.y * height;
        const float halfW = label.w * width / 2, halfH = label.h * height / 2;
        truth[static_cast<std::size_t>(batch.labelImage[i])].push_back(
            { x - halfW, y - halfH, x + halfW, y + halfH, label.classId });
    }
    return truth;
}

Metrics metricsOf(const DetectionScores &scores)
{
    return { { "metrics/precision(B)", scores.precision },
             { "metrics/recall(B)", scores.recall },
             { "metrics/mAP50(B)", scores.map50 },
             { "metrics/mAP50-95(B)", scores.map5095 } };
}

} // namespace

at::Tensor imagesToTensor(const Batch &batch, const c10::Device &device)
{
    const std::vector<std::int64_t> shape { batch.size, batch.height, batch.width, 3 };
    const at::Tensor bytes =
        at::from_blob(const_cast<std::uint8_t *>(batch.pixels.data()), shape, at::TensorOptions(at::kByte));
    const at::Tensor onDevice = device.is_cpu() ? bytes : bytes.to(device);
    return onDevice.permute({ 0, 3, 1, 2 }).to(at::kFloat).div_(255.0);
}

DetectionTargets targetsToTensor(const Batch &batch, const c10::Device &device)
{
    const auto count = static_cast<std::int64_t>(batch.labels.size());
    DetectionTargets targets;
    targets.imageIndex = at::empty({ count }, at::kLong);
    targets.classes = at::empty({ count }, at::kLong);
    targets.boxes = at::empty({ count, 4 }, at::kFloat);
    auto *images = targets.imageIndex.mutable_data_ptr<std::int64_t>();
    auto *classes = targets.classes.mutable_data_ptr<std::int64_t>();
    auto *boxes = targets.boxes.mutable_data_ptr<float>();
    for (std::size_t i = 0; i < batch.labels.size(); ++i) {
        const BoxLabel &label = batch.labels[i];
        images[i] = batch.labelImage[i];
        classes[i] = label.classId;
        const float values[] { label.x, label.y, label.w, label.h };
        std::copy(std::begin(values), std::end(values), boxes + 4 * i);
    }
    if (!device.is_cpu()) {
        targets.imageIndex = targets.imageIndex.to(device);
        targets.classes = targets.classes.to(device);
        targets.boxes = targets.boxes.to(device);
    }
    return targets;
}

Evaluation evaluate(nn::DetectionModel &model, Loader &loader, const Dataset &dataset,
                    const DetectionLoss *loss, const c10::Device &device, const EvaluationOptions &options,
                    const std::function<void(std::int64_t, std::int64_t)> &progress,
                    const std::stop_token &stop)
{
    at::NoGradGuard noGrad;
    model.eval();
    NmsOptions nms;
    nms.conf = static_cast<float>(options.conf);
    nms.iou = static_cast<float>(options.iou);
    nms.maxDet = options.maxDet;
    nms.agnostic = options.agnostic;
    nms.multiLabel = true;

    Evaluation result;
    DetectionMetrics metrics(dataset.names);
    at::Tensor lossSum;
    Clock::duration inference {};
    std::int64_t done = 0;
    loader.startEpoch(0, false);
    while (auto batch = loader.next()) {
        if (stop.stop_requested()) {
            result.stopped = true;
            break;
        }
        const at::Tensor images = imagesToTensor(*batch, device);
        const auto before = Clock::now();
        at::Tensor decoded;
        nn::HeadOutput output;
        {
            const Autocast autocast(device, options.halfPrecision);
            output = model.forward(images);
        }
        decoded = model.decode(output).to(at::kFloat).to(at::kCPU).contiguous();
        inference += Clock::now() - before;
        if (loss) {
            const at::Tensor items =
                (*loss)(output, targetsToTensor(*batch, device), batch->height, batch->width).items;
            lossSum = lossSum.defined() ? lossSum + items : items;
        }
        const auto truth = truthOf(*batch);
        const auto anchors = static_cast<int>(decoded.size(2));
        const auto classes = static_cast<int>(decoded.size(1)) - 4;
        const float *values = decoded.const_data_ptr<float>();
        for (int i = 0; i < batch->size; ++i) {
            const float *prediction = values + std::int64_t(i) * (4 + classes) * anchors;
            metrics.addImage(nonMaxSuppression(prediction, classes, anchors, nms),
                             truth[static_cast<std::size_t>(i)]);
        }
        result.images += batch->size;
        ++done;
        if (progress)
            progress(done - 1, loader.batches());
    }
    result.scores = metrics.compute();
    result.metrics = metricsOf(result.scores);
    if (lossSum.defined()) {
        const at::Tensor mean = (lossSum / double(done)).to(at::kCPU, at::kDouble).contiguous();
        const double *items = mean.const_data_ptr<double>();
        result.metrics.emplace_back("val/box_loss", items[0]);
        result.metrics.emplace_back("val/cls_loss", items[1]);
        result.metrics.emplace_back("val/dfl_loss", items[2]);
    }
    if (result.images > 0)
        result.millisecondsPerImage =
            std::chrono::duration<double, std::milli>(inference).count() / double(result.images);
    return result;
}

} // namespace torchdeck::engine
