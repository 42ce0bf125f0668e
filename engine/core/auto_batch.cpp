// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/auto_batch.h"

#include "engine/core/autocast.h"
#include "engine/core/devices.h"
#include "engine/data/image_store.h"
#include "torchdeck/engine/error.h"

#include <ATen/DeviceAccelerator.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>

namespace torchdeck::engine {

namespace {

constexpr double gibibyte = 1 << 30;
constexpr int largestTried = 64, largestTriedSmallGpu = 16;
constexpr double smallGpu = 16 * gibibyte;
constexpr int largestBatch = 1024;
constexpr double longestPass = 4; ///< seconds; the next size would take twice as long
constexpr double fastEnough = 0.95;

/// Images of a batch at their largest under multi_scale.
int largestSide(const TrainConfig &config, int stride)
{
    const double side = config.imgsz * (1 + config.multiScale) / stride;
    return static_cast<int>(std::ceil(side)) * stride;
}

double deviceMemory(const c10::Device &device)
{
    if (device.is_cpu())
        return anonymousMemory();
    at::accelerator::synchronizeDevice(device.index());
    const auto stats = at::accelerator::getDeviceStats(device.index());
    return double(stats.reserved_bytes[0].peak);
}

/// Forward and backward of one batch. Its memory is read between the two, when the activations are all there.
BatchProbe probe(nn::DetectionModel &model, int batch, int side, const TrainConfig &config,
                 const c10::Device &device, double before)
{
    if (!device.is_cpu()) {
        at::accelerator::emptyCache();
        at::accelerator::resetPeakStats(device.index());
    }
    const auto start = std::chrono::steady_clock::now();
    BatchProbe result { batch, 0, 0 };
    {
        const at::Tensor images =
            at::zeros({ batch, 3, side, side }, at::TensorOptions(device).dtype(at::kFloat))
                .contiguous(at::MemoryFormat::ChannelsLast);
        const Autocast autocast(device, config.amp && device.is_cuda());
        const nn::HeadOutput output = model.forward(images);
        if (device.is_cpu())
            result.memory = deviceMemory(device) - before;
        at::Tensor sum = output.boxes.to(at::kFloat).sum() + output.scores.to(at::kFloat).sum();
        if (output.hasOneToOne())
            sum =
                sum + output.oneToOneBoxes.to(at::kFloat).sum() + output.oneToOneScores.to(at::kFloat).sum();
        sum.backward();
    }
    if (!device.is_cpu())
        result.memory = deviceMemory(device);
    for (at::Tensor parameter : model.parameters())
        parameter.mutable_grad().reset();
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
}

struct Measured {
    std::vector<BatchProbe> probes;
    int tooLarge = 0; ///< first size that did not fit, 0 = all did
};

Measured measure(const nn::DetectionModel &model, const TrainConfig &config, const c10::Device &device,
                 int most)
{
    const auto copy = nn::cloneModel(model);
    copy->train();
    const int side = largestSide(config, static_cast<int>(model.strides().back()));
    const double before = deviceMemory(device);
    Measured measured;
    try {
        (void)probe(*copy, 1, side, config, device, before); // kernels are chosen in the first pass
        for (int batch = 1; batch <= most; batch *= 2) {
            measured.tooLarge = batch;
            measured.probes.push_back(probe(*copy, batch, side, config, device, before));
            measured.tooLarge = 0;
            if (device.is_cpu() && measured.probes.back().seconds > longestPass)
                break;
        }
    } catch (const c10::OutOfMemoryError &) {
        for (at::Tensor parameter : copy->parameters())
            parameter.mutable_grad().reset();
        at::accelerator::emptyCache();
    }
    return measured;
}

std::string describe(const std::vector<BatchProbe> &probes, double budget, int batch, bool slower)
{
    char text[200];
    std::snprintf(text, sizeof text,
                  "batch=%d chosen: %.2f GiB may be used, %d images in one step took %.2f%s.", batch,
                  budget / gibibyte, probes.back().batch, probes.back().memory / gibibyte,
                  slower ? "; larger batches are not faster here" : "");
    return text;
}

} // namespace

namespace {

/// Memory over batch size.
struct Line {
    double base = 0, slope = 0;
    int smallest = 0; ///< size measured; 0 = there is no line
};

Line fitted(const std::vector<BatchProbe> &probes)
{
    // Sizes that took no more than the one before say nothing about the slope.
    std::vector<BatchProbe> rising;
    for (const BatchProbe &p : probes) {
        if (p.memory > 0 && (rising.empty() || p.memory > rising.back().memory))
            rising.push_back(p);
    }
    if (rising.empty())
        return {};
    if (rising.size() == 1)
        return { 0, rising[0].memory / rising[0].batch, 1 };
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    for (const BatchProbe &p : rising) {
        n += 1;
        x += p.batch;
        y += p.memory;
        xx += double(p.batch) * p.batch;
        xy += p.batch * p.memory;
    }
    const double slope = (n * xy - x * y) / (n * xx - x * x);
    return { (y - slope * x) / n, slope, rising[0].batch };
}

} // namespace

double anonymousMemory()
{
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);) {
        if (line.rfind("RssAnon:", 0) == 0)
            return std::stod(line.substr(8)) * 1024;
    }
    return memoryMiB() * 1024 * 1024;
}

int batchForMemory(const std::vector<BatchProbe> &probes, double budget, int most)
{
    const Line line = fitted(probes);
    if (line.smallest == 0)
        return 0;
    const double fits = (budget - line.base) / line.slope;
    return static_cast<int>(std::clamp(fits, double(line.smallest), double(most)));
}

double memoryForBatch(const std::vector<BatchProbe> &probes, int batch)
{
    const Line line = fitted(probes);
    return std::max(0.0, line.base + line.slope * batch);
}

std::vector<BatchProbe> probeBatches(const nn::DetectionModel &model, const TrainConfig &config,
                                     const c10::Device &device, const std::vector<int> &sizes,
                                     const std::stop_token &stop)
{
    const auto copy = nn::cloneModel(model);
    copy->train();
    const int side = largestSide(config, static_cast<int>(model.strides().back()));
    const double before = deviceMemory(device);
    std::vector<BatchProbe> probes;
    try {
        (void)probe(*copy, 1, side, config, device, before);
        for (const int size : sizes) {
            if (stop.stop_requested())
                break;
            probes.push_back(probe(*copy, size, side, config, device, before));
        }
    } catch (const c10::OutOfMemoryError &) {
        for (at::Tensor parameter : copy->parameters())
            parameter.mutable_grad().reset();
        at::accelerator::emptyCache();
    }
    return probes;
}

DeviceMemory memoryOf(const c10::Device &device)
{
    if (device.is_cpu()) {
        const auto free = double(availableMemory());
        return { free, free };
    }
    const auto [unused, all] = at::accelerator::getMemoryInfo(device.index());
    return { double(unused) + double(at::accelerator::getDeviceStats(device.index()).reserved_bytes[0].current),
             double(all) };
}

int fastEnoughBatch(const std::vector<BatchProbe> &probes)
{
    const auto pace = [](const BatchProbe &p) { return p.batch / std::max(p.seconds, 1e-9); };
    double best = 0;
    for (const BatchProbe &p : probes)
        best = std::max(best, pace(p));
    for (const BatchProbe &p : probes) {
        if (pace(p) >= fastEnough * best)
            return p.batch;
    }
    return 0;
}

AutoBatch chooseBatch(const nn::DetectionModel &model, const TrainConfig &config, const c10::Device &device,
                      std::int64_t images)
{
    const auto [available, total] = memoryOf(device);
    const double budget = available * config.batchMemory;
    int tried = device.is_cpu() || total >= smallGpu ? largestTried : largestTriedSmallGpu;
    const int most = static_cast<int>(
        std::min<std::int64_t>(images, device.is_cpu() ? std::max(config.nbs, 1) : largestBatch));
    tried = std::min(tried, most);
    const Measured measured = measure(model, config, device, tried);
    int batch = batchForMemory(measured.probes, budget, most);
    if (batch == 0)
        throw EngineError(ErrorKind::Resources,
                          "batch=-1: not even one image of " + std::to_string(config.imgsz)
                              + " pixels fits into the memory: use a smaller imgsz= or model.",
                          "batch");
    if (measured.tooLarge > 0 && batch >= measured.tooLarge)
        batch = std::max(measured.tooLarge / 2, 1);
    const int fast =
        device.is_cpu() ? std::max(fastEnoughBatch(measured.probes), TrainConfig {}.batch) : batch;
    const bool slower = fast < batch;
    batch = std::min(batch, fast);
    return { batch, describe(measured.probes, budget, batch, slower) };
}

} // namespace torchdeck::engine
