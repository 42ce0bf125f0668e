// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/training_loaders.h"

#include "engine/data/rng.h"

#include <algorithm>
#include <cmath>
#include <thread>

namespace torchdeck::engine {

namespace {

constexpr std::uint64_t sizeStream = 0x6d756c7469736361ull; ///< apart from the streams of images

/// The CPU trains on all cores itself; more than a thread or two for loading would only take them away again.
int loaderThreads(const TrainConfig &config, bool onCpu)
{
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    const int useful = onCpu ? std::max(1, cores / 4) : std::max(1, cores - 1);
    return std::clamp(config.workers, 1, useful);
}

AugmentOptions augmentOptions(const TrainConfig &config)
{
    AugmentOptions a;
    a.hsvH = config.hsvH;
    a.hsvS = config.hsvS;
    a.hsvV = config.hsvV;
    a.degrees = config.degrees;
    a.translate = config.translate;
    a.scale = config.scale;
    if (config.scaleRange.size() == 2) {
        a.scaleLow = config.scaleRange[0];
        a.scaleHigh = config.scaleRange[1];
    }
    a.shear = config.shear;
    a.perspective = config.perspective;
    a.flipud = config.flipud;
    a.fliplr = config.fliplr;
    a.bgr = config.bgr;
    a.mosaic = config.mosaic;
    a.mixup = config.mixup;
    a.cutmix = config.cutmix;
    a.copyPaste = config.copyPaste;
    a.copyPasteMixup = config.copyPasteMode == "mixup";
    return a;
}

} // namespace

DatasetOptions indexOptions(const TrainConfig &config, DataYaml &yaml)
{
    if (config.singleCls)
        yaml.names = { "item" };
    DatasetOptions options;
    options.singleCls = config.singleCls;
    options.classes = config.classes;
    options.fraction = config.fraction;
    return options;
}

LoaderOptions loaderOptions(const TrainConfig &config, bool training, int stride, bool onCpu,
                            const Ranks &ranks)
{
    LoaderOptions options;
    options.batch = training ? config.batch : config.batch * 2;
    options.imgsz = config.imgsz;
    options.stride = stride;
    options.threads = loaderThreads(config, onCpu);
    options.training = training;
    options.rectTraining = config.rect;
    options.cache = config.cache;
    options.seed = static_cast<std::uint64_t>(config.seed);
    options.augment = augmentOptions(config);
    if (training) {
        options.rank = ranks.rank;
        options.ranks = ranks.size;
    }
    return options;
}

std::unique_ptr<Loader> makeLoader(const TrainConfig &config, const std::shared_ptr<const Dataset> &dataset,
                                   bool training, int stride, bool onCpu, const Ranks &ranks)
{
    LoaderOptions options = loaderOptions(config, training, stride, onCpu, ranks);
    options.composeLater = !onCpu;
    return std::make_unique<Loader>(dataset, std::move(options));
}

namespace {

/// Pixels before rounding down to the stride.
std::pair<int, int> drawnRange(const TrainConfig &config, int stride)
{
    const int low = std::max(stride, static_cast<int>(config.imgsz * (1 - config.multiScale)));
    const int end = static_cast<int>(config.imgsz * (1 + config.multiScale) + stride);
    return { low, std::max(low, end - 1) };
}

} // namespace

std::pair<int, int> batchSizeRange(const TrainConfig &config, int stride)
{
    const auto [low, high] = drawnRange(config, stride);
    return { low / stride * stride, high / stride * stride };
}

int drawBatchSize(const TrainConfig &config, int stride, std::int64_t iteration)
{
    const auto [low, high] = drawnRange(config, stride);
    Rng rng(static_cast<std::uint64_t>(config.seed), static_cast<std::uint64_t>(iteration), sizeStream);
    return rng.between(low, high) / stride * stride;
}

int mostObjects(const Dataset &train, const Dataset &val)
{
    std::size_t most = 0;
    for (const Dataset *dataset : { &train, &val }) {
        for (const Sample &sample : dataset->samples)
            most = std::max(most, sample.labels.size());
    }
    return static_cast<int>(most);
}

std::vector<float> classWeights(const Dataset &train, double power)
{
    if (power == 0)
        return {};
    std::vector<double> counts(train.names.size(), 0);
    for (const Sample &sample : train.samples) {
        for (const BoxLabel &label : sample.labels)
            ++counts[static_cast<std::size_t>(label.classId)];
    }
    double sum = 0;
    int present = 0;
    std::vector<double> weights;
    for (const double count : counts) {
        weights.push_back(count > 0 ? std::pow(1 / count, power) : 0);
        sum += weights.back();
        present += count > 0 ? 1 : 0;
    }
    const double mean = sum / std::max(present, 1); // of the present, so it stays the mean of all
    std::vector<float> result;
    for (const double weight : weights)
        result.push_back(weight > 0 ? static_cast<float>(weight / mean) : 1.f);
    return result;
}

} // namespace torchdeck::engine
