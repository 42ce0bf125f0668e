// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/evaluation.h"

#include "engine/core/autocast.h"
#include "engine/core/device_images.h"
#include "engine/loss/device_copy.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
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
        const float halfW = label.w / 2, halfH = label.h / 2;
        truth[static_cast<std::size_t>(batch.labelImage[i])].push_back(
            { (label.x - halfW) * width, (label.y - halfH) * height, (label.x + halfW) * width,
              (label.y + halfH) * height, label.classId });
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
    at::Tensor bytes;
    if (!batch.unfinished.empty()) {
        bytes = composeOnDevice(batch, device);
    } else {
        const std::vector<std::int64_t> shape { batch.size, batch.height, batch.width, 3 };
        bytes = toDevice(at::from_blob(const_cast<std::uint8_t *>(batch.pixels.data()), shape, at::TensorOptions(at::kByte)), device);
    }
    return bytes.permute({ 0, 3, 1, 2 }).to(at::kFloat).div_(255.0);
}

DetectionTargets targetsToTensor(const Batch &batch)
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
    return targets;
}

std::vector<std::vector<Detection>> detectionsOf(const at::Tensor &decoded, const NmsOptions &options,
                                                 int considered)
{
    const at::Tensor host = decoded.to(at::kCPU, at::kFloat).contiguous();
    const std::int64_t images = host.size(0);
    const auto anchors = static_cast<int>(host.size(2)), classes = static_cast<int>(host.size(1)) - 4;
    const float *values = host.const_data_ptr<float>();
    std::vector<std::vector<Detection>> found(static_cast<std::size_t>(images));
    at::parallel_for(0, images, 1, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) {
            const float *prediction = values + i * (4 + classes) * anchors;
            found[static_cast<std::size_t>(i)] = considered > 0
                ? topDetections(prediction, classes, anchors, considered, options)
                : nonMaxSuppression(prediction, classes, anchors, options);
        }
    });
    return found;
}

namespace {

/// Adds up what the batches say.
class Scoring {
public:
    Scoring(const std::vector<std::string> &names, const EvaluationOptions &options)
        : m_metrics(names)
        , m_confusion(emptyConfusion(static_cast<int>(names.size())))
        , m_options(options)
    {
    }

    void add(const Batch &batch, std::vector<std::vector<Detection>> &detections)
    {
        const auto truth = truthOf(batch);
        std::vector<MatchedImage> matched(detections.size());
        std::vector<std::vector<std::pair<int, int>>> cells(detections.size());
        const auto count = static_cast<std::int64_t>(detections.size());
        at::parallel_for(0, count, 1, [&](std::int64_t first, std::int64_t last) {
            for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(last); ++i) {
                if (m_options.singleCls) {
                    for (Detection &detection : detections[i])
                        detection.classId = 0;
                }
                matched[i] = matchImage(detections[i], truth[i]);
                cells[i] = confusionCells(detections[i], truth[i], m_confusion.classes,
                                          static_cast<float>(m_options.conf));
            }
        });
        for (std::size_t i = 0; i < detections.size(); ++i) {
            m_metrics.add(matched[i]);
            addCells(m_confusion, cells[i]);
        }
    }

    void finish(Evaluation &result)
    {
        result.scores = m_metrics.compute();
        result.metrics = metricsOf(result.scores);
        result.confusion = std::move(m_confusion);
    }

private:
    DetectionMetrics m_metrics;
    ConfusionMatrix m_confusion;
    const EvaluationOptions &m_options;
};

/// Wall time of one phase, summed.
class Stopwatch {
public:
    /// Adds what passed since the last call.
    void lap(double &milliseconds)
    {
        const auto now = Clock::now();
        milliseconds += std::chrono::duration<double, std::milli>(now - m_last).count();
        m_last = now;
    }

private:
    Clock::time_point m_last = Clock::now();
};

void addMeanLosses(const at::Tensor &sum, std::int64_t batches, const DetectionLoss &loss, Metrics &metrics)
{
    const at::Tensor mean = (sum / double(batches)).to(at::kCPU, at::kDouble).contiguous();
    const double *items = mean.const_data_ptr<double>();
    metrics.emplace_back("val/box_loss", items[0]);
    metrics.emplace_back("val/cls_loss", items[1]);
    metrics.emplace_back(std::string("val/") + loss.distanceName(), items[2]);
}

NmsOptions nmsOptions(const EvaluationOptions &options)
{
    NmsOptions nms;
    nms.conf = static_cast<float>(options.conf);
    nms.iou = static_cast<float>(options.iou);
    nms.maxDet = options.maxDet;
    nms.agnostic = options.agnostic || options.singleCls;
    nms.multiLabel = true;
    return nms;
}

} // namespace

Evaluation evaluate(nn::DetectionModel &model, Loader &loader, const Dataset &dataset,
                    const DetectionLoss *loss, const c10::Device &device, const EvaluationOptions &options,
                    const std::function<void(std::int64_t, std::int64_t)> &progress,
                    const std::stop_token &stop, EvaluationListener *listener)
{
    at::NoGradGuard noGrad;
    model.eval();
    const NmsOptions nms = nmsOptions(options);
    const bool oneToOne = options.endToEnd && model.heads() != nn::Heads::OneToMany;
    const nn::Heads heads = loss ? nn::Heads::All // the loss is that of both
        : oneToOne               ? nn::Heads::OneToOne
                                 : nn::Heads::OneToMany;
    Evaluation result;
    Scoring scoring(options.names.empty() ? dataset.names : options.names, options);
    at::Tensor lossSum;
    std::int64_t done = 0;
    Stopwatch watch;
    double ignored = 0;
    loader.startEpoch(0, false);
    while (auto batch = loader.next()) {
        if (stop.stop_requested()) {
            result.stopped = true;
            break;
        }
        watch.lap(ignored);
        const at::Tensor images = imagesToTensor(*batch, device);
        watch.lap(result.speed.preprocess);
        nn::HeadOutput output;
        {
            const Autocast autocast(device, options.halfPrecision && device.is_cuda());
            output = model.forward(images, heads);
        }
        const nn::HeadOutput &used = oneToOne && output.hasOneToOne() ? output.oneToOne() : output;
        const at::Tensor decoded = model.decode(used).to(at::kCPU, at::kFloat).contiguous();
        watch.lap(result.speed.inference);
        if (loss) {
            const at::Tensor items =
                (*loss)(output, targetsToTensor(*batch), batch->height, batch->width).items;
            lossSum = lossSum.defined() ? lossSum + items : items;
        }
        watch.lap(ignored);
        auto detections = detectionsOf(decoded, nms, oneToOne ? options.maxDet : 0);
        watch.lap(result.speed.postprocess);
        scoring.add(*batch, detections);
        if (listener)
            listener->onBatch(*batch, done, detections);
        result.images += batch->size;
        ++done;
        if (progress)
            progress(done - 1, loader.batches());
    }
    scoring.finish(result);
    if (lossSum.defined())
        addMeanLosses(lossSum, done, *loss, result.metrics);
    for (double *phase : { &result.speed.preprocess, &result.speed.inference, &result.speed.postprocess })
        *phase /= std::max<double>(1, static_cast<double>(result.images));
    result.millisecondsPerImage = result.speed.inference;
    return result;
}

} // namespace torchdeck::engine
