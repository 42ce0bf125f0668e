// SPDX-License-Identifier: GPL-3.0-or-later
#include "torchdeck/engine/batch_preview.h"

#include "engine/core/training_loaders.h"
#include "engine/nn/layer_plan.h"
#include "torchdeck/engine/error.h"

#include <algorithm>

namespace torchdeck::engine {

namespace {

constexpr int usualStride = 32;
constexpr int usualBatch = 16; ///< stands in for batch=auto

/// Largest stride of the model; of one that cannot be read without torch, or not at all, the usual one.
int strideOf(const TrainConfig &config, std::size_t classes)
{
    try {
        const nn::ModelSpec spec = nn::loadModelSpec(config.model);
        return static_cast<int>(nn::planNetwork(spec, static_cast<std::int64_t>(classes)).strides.back());
    } catch (const EngineError &) {
        return usualStride;
    }
}

/// Everything the index of the training images depends on.
std::string indexKey(const TrainConfig &config)
{
    std::string key;
    for (const std::string_view name : { "data", "single_cls", "classes", "fraction" })
        key += trainArgumentText(config, name) + '\n';
    return key;
}

/// The training images as a run would index them.
std::shared_ptr<const Dataset> indexed(const TrainConfig &config, const std::stop_token &stop)
{
    DataYaml yaml = readDataYaml(config.data);
    const DatasetOptions options = indexOptions(config, yaml);
    return indexSplit(yaml, "train", options, stop);
}

PreviewImage imageOf(const Batch &batch, int index, int number, const Dataset &dataset)
{
    PreviewImage image;
    image.number = number;
    image.width = batch.width;
    image.height = batch.height;
    const std::size_t bytes =
        std::size_t { 3 } * static_cast<std::size_t>(batch.width) * static_cast<std::size_t>(batch.height);
    const auto begin = batch.pixels.begin() + static_cast<std::ptrdiff_t>(bytes * static_cast<std::size_t>(index));
    image.rgb = std::make_shared<const std::vector<std::uint8_t>>(begin,
                                                                  begin + static_cast<std::ptrdiff_t>(bytes));
    for (std::size_t i = 0; i < batch.labels.size(); ++i) {
        if (batch.labelImage[i] != index)
            continue;
        const BoxLabel &box = batch.labels[i];
        const auto width = static_cast<float>(batch.width), height = static_cast<float>(batch.height);
        image.boxes.push_back({ box.classId, (box.x - box.w / 2) * width, (box.y - box.h / 2) * height,
                                (box.x + box.w / 2) * width, (box.y + box.h / 2) * height });
    }
    image.source = dataset.samples[static_cast<std::size_t>(
                                       batch.geometry[static_cast<std::size_t>(index)].index)]
                       .image;
    return image;
}

} // namespace

struct BatchPreviewer::Impl {
    std::string key;
    std::shared_ptr<const Dataset> dataset;
};

BatchPreviewer::BatchPreviewer()
    : m_impl(std::make_unique<Impl>())
{
}

BatchPreviewer::~BatchPreviewer() = default;

void BatchPreviewer::forget() { m_impl->dataset.reset(); }

PreviewFacts BatchPreviewer::make(const TrainConfig &config, int epoch, int count,
                                  const std::function<void(PreviewImage)> &show, const std::stop_token &stop)
{
    const std::vector<ArgumentError> errors = checkTrainConfig(config);
    if (!errors.empty())
        throw EngineError(ErrorKind::Argument, errors.front().sentence, errors.front().argument);
    if (const std::string key = indexKey(config); !m_impl->dataset || m_impl->key != key) {
        m_impl->dataset.reset();
        const auto dataset = indexed(config, stop);
        if (stop.stop_requested()) // what was read so far is not the set
            return {};
        m_impl->dataset = dataset;
        m_impl->key = key;
    }
    const Dataset &dataset = *m_impl->dataset;

    PreviewFacts facts;
    facts.classNames = dataset.names;
    facts.trainImages = static_cast<std::int64_t>(dataset.samples.size());
    facts.epoch = epoch;
    facts.mosaicClosed = config.closeMosaic > 0 && epoch >= config.epochs - config.closeMosaic;
    const int stride = strideOf(config, dataset.names.size());
    facts.imgsz = (config.imgsz + stride - 1) / stride * stride;
    if (config.multiScale > 0) {
        TrainConfig rounded = config;
        rounded.imgsz = facts.imgsz;
        const auto range = batchSizeRange(rounded, stride);
        facts.smallest = range.first;
        facts.largest = range.second;
    }

    LoaderOptions options = loaderOptions(config, true, stride, false);
    options.imgsz = facts.imgsz;
    options.keepImages = false;
    const int batch = config.batch >= 1 ? config.batch : usualBatch;
    options.neighbourBatch = batch;
    // An image depends on its place in the epoch, not on its batch, except for the shape of rectangular ones:
    // batches of one can be shown, and stopped, one by one.
    options.batch = config.rect ? batch : 1;
    options.prefetch = config.rect ? 1 : std::max(count, 1);
    Loader loader(m_impl->dataset, options);
    loader.startEpoch(epoch, !facts.mosaicClosed);
    for (int number = 0; number < count && !stop.stop_requested();) {
        const auto made = loader.next();
        if (!made)
            break;
        for (int i = 0; i < made->size && number < count; ++i, ++number)
            show(imageOf(*made, i, number, dataset));
    }
    facts.problems = loader.problems();
    return facts;
}

} // namespace torchdeck::engine
