// SPDX-License-Identifier: GPL-3.0-or-later
#include "torchdeck/engine/run_probe.h"

#include "engine/core/auto_batch.h"
#include "engine/core/checkpoint.h"
#include "engine/core/devices.h"
#include "engine/core/memory_budget.h"
#include "engine/core/training_session.h"
#include "engine/data/image_store.h"
#include "engine/nn/start_weights.h"
#include "torchdeck/engine/disk_need.h"
#include "torchdeck/engine/error.h"
#include "torchdeck/engine/trainer.h"

#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <optional>

#include <stdlib.h>
#include <sys/resource.h>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

constexpr double wantedSeconds = 20; ///< of training steps
constexpr double longestSeconds = 60;
constexpr int leastSteps = 5, mostSteps = 17; ///< with the first, which only warms up
constexpr int largestSmallBatch = 4;
/// A whole step over what the small passes hold: on the CPU they are read between forward and backward (measured:
/// 1.9 to 2.0 for YOLOv8n at 160 and 320 px); on a GPU only loss and targets are missing.
constexpr double backwardOnCpu = 2.0, lossOnGpu = 1.15;
constexpr int usualClasses = 80;
constexpr double headroom = 0.95; ///< share of the free memory that a real try may be expected to fill

/// A folder that goes away with everything in it.
class ScratchFolder {
public:
    ScratchFolder()
    {
        std::string name = (fs::temp_directory_path() / "torchdeck-probe-XXXXXX").string();
        if (!mkdtemp(name.data()))
            throw EngineError(ErrorKind::Storage,
                              "No temporary folder can be made in " + fs::temp_directory_path().string()
                                  + ": free some space or set TMPDIR.");
        m_path = name;
    }
    ~ScratchFolder()
    {
        std::error_code ignored;
        fs::remove_all(m_path, ignored);
    }
    ScratchFolder(const ScratchFolder &) = delete;
    ScratchFolder &operator=(const ScratchFolder &) = delete;
    [[nodiscard]] const fs::path &path() const { return m_path; }

private:
    fs::path m_path;
};

/// Times the steps of the probe's training and ends it when it takes too long.
class StepTimer : public TrainObserver {
public:
    StepTimer(RunProbe &probe, int accumulate, const ProbeProgress &progress, std::stop_token stop)
        : m_probe(probe)
        , m_accumulate(accumulate)
        , m_progress(progress)
        , m_outer(std::move(stop))
        , m_forward(m_outer, [this] { m_end.request_stop(); })
    {
    }

    std::stop_token token() { return m_end.get_token(); }
    const std::optional<Failed> &failure() const { return m_failure; }

    void onTrainStart(const TrainStart &) override { m_last = m_begin = Clock::now(); }
    void onBatchEnd(const BatchEnd &event) override
    {
        const auto now = Clock::now();
        const double seconds = std::chrono::duration<double>(now - m_last).count();
        m_last = now;
        if (event.batch > 0) { // the first chooses kernels and fills caches
            const bool stepped = (event.batch + 1) % m_accumulate == 0;
            (stepped ? m_probe.optimizerStepSeconds : m_probe.stepSeconds).push_back(seconds);
        }
        m_progress("training", static_cast<int>(event.batch) + 1, static_cast<int>(event.batches));
        const double all = std::chrono::duration<double>(now - m_begin).count();
        if (all > longestSeconds && event.batch + 1 >= leastSteps)
            m_end.request_stop();
    }
    void onValStart(const ValStart &) override
    {
        m_valStart = Clock::now();
    }
    void onValProgress(const ValProgress &) override
    {
        valSeconds = std::chrono::duration<double>(Clock::now() - m_valStart).count();
    }
    void onLog(const LogLine &line) override
    {
        // The run would go on with half the batch: then this one does not fit.
        if (line.text.find("ran out of memory") == std::string::npos)
            return;
        outOfMemory = true;
        m_end.request_stop();
    }
    void onFailed(const Failed &event) override { m_failure = event; }

    double valSeconds = 0;
    bool outOfMemory = false;

private:
    using Clock = std::chrono::steady_clock;
    RunProbe &m_probe;
    int m_accumulate;
    const ProbeProgress &m_progress;
    std::stop_token m_outer;
    std::stop_source m_end;
    std::stop_callback<std::function<void()>> m_forward;
    std::optional<Failed> m_failure;
    Clock::time_point m_begin, m_last, m_valStart;
};

double largestResidentSet()
{
    rusage usage {};
    getrusage(RUSAGE_SELF, &usage);
    return double(usage.ru_maxrss) * 1024;
}

double peakOf(const c10::Device &device)
{
    if (device.is_cpu())
        return largestResidentSet();
    return double(at::accelerator::getDeviceStats(device.index()).reserved_bytes[0].peak);
}

/// Gradients, EMA, up to two optimizer states: 4 bytes a parameter each, beside the model itself.
double stateBytes(const nn::DetectionModel &model) { return 4 * 4 * double(model.summary().parameters); }

/// Batches that the loader keeps ready, and the images it keeps decoded.
double loaderBytes(const TrainConfig &config, const Dataset &train)
{
    const double image = 3.0 * config.imgsz * config.imgsz;
    return 4 * image * config.batch + std::min(double(storedBytes(train, config.imgsz)), 256 * image);
}

struct SmallPasses {
    double memory = 0; ///< bytes for the whole batch
    double secondsPerImage = 0;
};

SmallPasses trySmallBatches(RunInputs &inputs, RunProbe &probe, const std::stop_token &stop)
{
    TrainConfig &config = inputs.config;
    const auto model = [&inputs] {
        const nn::StartWeights unused;
        return std::make_shared<nn::DetectionModel>(inputs.spec, static_cast<std::int64_t>(inputs.train->names.size()));
    }();
    const int stride = static_cast<int>(model->strides().back());
    config.imgsz = (config.imgsz + stride - 1) / stride * stride;
    model->to(inputs.device);
    setLayout(*model, true);
    if (config.batch < 1)
        config.batch = chooseBatch(*model, config, inputs.device, probe.trainImages).batch;
    std::vector<int> sizes;
    for (int size = 1; size <= std::min(config.batch, largestSmallBatch); size *= 2)
        sizes.push_back(size);
    const double before = inputs.device.is_cpu() ? largestResidentSet() : 0;
    const std::vector<BatchProbe> probes = probeBatches(*model, config, inputs.device, sizes, stop);
    if (probes.empty() && !stop.stop_requested())
        throw EngineError(ErrorKind::Resources,
                          "Not even one image of " + std::to_string(config.imgsz)
                              + " pixels fits into the memory: use a smaller imgsz= or model.",
                          "imgsz");
    SmallPasses result;
    if (!probes.empty()) {
        const double whole = inputs.device.is_cpu() ? backwardOnCpu : lossOnGpu;
        result.memory = before + whole * memoryForBatch(probes, config.batch) + stateBytes(*model)
            + (inputs.device.is_cpu() ? loaderBytes(config, *inputs.train) : 0);
        result.secondsPerImage = probes.back().seconds / probes.back().batch;
    }
    return result;
}

/// The same run, but short: some batches of one epoch, some validation images, no files kept.
TrainConfig shortened(const TrainConfig &config, const RunProbe &probe, const std::string &optimizer,
                      double secondsPerImage, const fs::path &folder)
{
    TrainConfig c = config;
    const double step = std::max(secondsPerImage * c.batch, 1e-3);
    const int steps = static_cast<int>(std::clamp(wantedSeconds / step, double(leastSteps), double(mostSteps)));
    const bool mosaicMostly = c.closeMosaic < (c.epochs + 1) / 2;
    c.epochs = 1;
    c.closeMosaic = mosaicMostly ? 0 : 1;
    c.optimizer = optimizer;
    // Every second batch steps, so that both kinds are measured.
    c.warmupEpochs = 0;
    c.nbs = c.batch * std::min(probe.accumulate, 2);
    c.fraction = double(std::clamp<std::int64_t>(std::int64_t { steps } * c.batch, std::min<std::int64_t>(2, probe.trainImages),
                                                 probe.trainImages));
    c.split = "val";
    const double validated = std::clamp(wantedSeconds / 4 / std::max(secondsPerImage / 3, 1e-4), 4.0, 4.0 * c.batch);
    c.valFraction = std::min(double(std::max<std::int64_t>(probe.valImages, 1)), std::floor(validated));
    if (c.fraction <= 1) // a number up to one is a part of the set
        c.fraction = 1;
    if (c.valFraction <= 1)
        c.valFraction = 1;
    c.val = true;
    c.save = c.plots = c.hub = c.resume = false;
    c.savePeriod = -1;
    c.time = 0;
    c.project = folder.string();
    c.name = "probe";
    c.verbose = false;
    return c;
}

std::int64_t validatedImages(const TrainConfig &shortened, const RunProbe &probe)
{
    return shortened.valFraction > 1 ? static_cast<std::int64_t>(shortened.valFraction) : probe.valImages;
}

} // namespace

std::int64_t modelParameters(const TrainConfig &config, int classes)
{
    if (isCheckpoint(config.model)) {
        std::int64_t sum = 0;
        for (const auto &[name, tensor] : loadCheckpoint(config.model, "model").ema) {
            if (tensor.is_floating_point() && name.find(".running_") == std::string::npos)
                sum += tensor.numel();
        }
        return sum;
    }
    const nn::ModelSpec spec = nn::loadModelSpec(config.model);
    constexpr std::int64_t most = std::int64_t { 2 } << 30;
    const MemoryBudget budget(most, EngineError(ErrorKind::Resources,
                                                config.model + " takes more than 2 GiB: its parameters were not counted.", "model"));
    const nn::StartWeights untouched;
    return nn::DetectionModel(spec, classes > 0 ? classes : usualClasses).summary().parameters;
}

DeviceFacts deviceFacts(const std::string &device)
{
    const c10::Device chosen = chooseDevice(device);
    // Asking a GPU that this process does not use yet would take hundreds of megabytes of its memory.
    const bool known = chosen.is_cpu() || at::detail::getCUDAHooks().hasPrimaryContext(chosen.index());
    return { describeDevice(chosen), known ? memoryOf(chosen).available : 0 };
}

RunProbe probeRun(const TrainConfig &config, const ProbeProgress &progress, const std::stop_token &stop)
{
    tuneProcessMemory();
    RunProbe probe;
    progress("data set", 0, 0);
    RunInputs inputs = settleInputs(config, stop);
    if (stop.stop_requested()) {
        probe.stopped = true;
        return probe;
    }
    const c10::Device device = inputs.device;
    if (!device.is_cpu())
        at::globalContext().lazyInitDevice(device.type());
    probe.device = describeDevice(device);
    probe.freeMemory = memoryOf(device).available;
    probe.trainImages = static_cast<std::int64_t>(inputs.train->samples.size());
    probe.valImages = static_cast<std::int64_t>(inputs.val->samples.size());
    const auto classes = static_cast<int>(inputs.train->names.size());
    progress("small batches", 0, 0);
    const SmallPasses small = trySmallBatches(inputs, probe, stop);
    const TrainConfig settled = inputs.config;
    probe.batch = settled.batch;
    probe.predictedMemory = small.memory;
    probe.accumulate = std::max(static_cast<int>(std::nearbyint(double(settled.nbs) / settled.batch)), 1);
    const std::string optimizer = chooseOptimizer(settled, probe.trainImages, classes, {}).name;
    inputs = RunInputs(); // the short run reads its own
    if (stop.stop_requested() || small.memory > headroom * probe.freeMemory) {
        probe.stopped = stop.stop_requested();
        return probe;
    }

    const ScratchFolder folder;
    const TrainConfig shortRun = shortened(settled, probe, optimizer, small.secondsPerImage, folder.path());
    if (!device.is_cpu()) {
        at::accelerator::emptyCache();
        at::accelerator::resetPeakStats(device.index());
    }
    StepTimer timer(probe, std::min(probe.accumulate, 2), progress, stop);
    RunControl control;
    control.skipFinalValidation();
    Trainer(shortRun, 0).run(timer, timer.token(), control);
    probe.stopped = stop.stop_requested();
    if (probe.stopped)
        return probe;
    if (timer.outOfMemory
        || (timer.failure() && timer.failure()->sentence.find("ran out of memory") != std::string::npos)) {
        probe.predictedMemory = std::max(probe.predictedMemory, probe.freeMemory); // it said so itself
        return probe;
    }
    if (timer.failure())
        throw EngineError(ErrorKind::Internal, timer.failure()->sentence, timer.failure()->field);
    probe.peakMemory = peakOf(device);
    if (timer.valSeconds > 0)
        probe.valSecondsPerImage = timer.valSeconds / double(validatedImages(shortRun, probe));
    return probe;
}

} // namespace torchdeck::engine
