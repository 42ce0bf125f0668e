// SPDX-License-Identifier: GPL-3.0-or-later
// One train step on the CPU, phase by phase, against this machine's own rate in fp32 matrix products.
//
//     bench_train_step [model=yolov8n.yaml] [imgsz=320] [batch=16] [nc=3] [steps=12] [objects=12] [bf16=1]
//
// Random pixels and boxes: the work is that of real ones. Wall time, medians of the steps after two for warming up; the matrix
// products are timed before, between and after the steps, and their best counts, so that `of_peak` is never flattered. "of_peak" counts the
// convolutions' multiply-adds alone: forward once, backward twice. Needs a quiet machine. Prints one JSON object.
#include "bench/timing.h"
#include "engine/core/autocast.h"
#include "engine/core/devices.h"
#include "engine/core/ema.h"
#include "engine/core/evaluation.h"
#include "engine/core/optimizer.h"
#include "engine/core/training_session.h"
#include "engine/loss/detection_loss.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <sys/resource.h>

using namespace torchdeck::engine;
using torchdeck::bench::median;

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Multiply-adds of the convolutions that ran while it lives, times two.
class ConvolutionCount {
public:
    ConvolutionCount()
    {
        s_flops = 0;
        m_handle = at::addThreadLocalCallback(
            at::RecordFunctionCallback([](const at::RecordFunction &call) -> std::unique_ptr<at::ObserverContext> {
                if (std::string_view(call.name()) == "aten::convolution" && call.inputs().size() > 8)
                    s_flops += flops(call.inputs());
                return nullptr;
            })
                .needsInputs(true)
                .scopes({ at::RecordScope::FUNCTION }));
    }
    ~ConvolutionCount() { at::removeCallback(m_handle); }
    ConvolutionCount(const ConvolutionCount &) = delete;
    ConvolutionCount &operator=(const ConvolutionCount &) = delete;
    [[nodiscard]] static double total() { return s_flops; }

private:
    static double flops(c10::ArrayRef<const c10::IValue> inputs)
    {
        const at::Tensor &x = inputs[0].toTensor(), &weight = inputs[1].toTensor();
        const auto stride = inputs[3].toIntVector(), padding = inputs[4].toIntVector(), dilation = inputs[5].toIntVector();
        double result = 2.0 * double(x.size(0)) * double(weight.numel());
        for (std::size_t i = 0; i < stride.size(); ++i) {
            const auto dim = std::int64_t(i) + 2;
            result *= double((x.size(dim) + 2 * padding[i] - dilation[i] * (weight.size(dim) - 1) - 1) / stride[i] + 1);
        }
        return result;
    }
    static inline double s_flops = 0;
    at::CallbackHandle m_handle = 0;
};

/// Seconds that maps are concatenated in while it lives: what writing them into one map at once could save, at most, in a
/// forward pass.
class ConcatTime {
public:
    ConcatTime()
    {
        m_handle = at::addThreadLocalCallback(
            at::RecordFunctionCallback(
                [](const at::RecordFunction &call) -> std::unique_ptr<at::ObserverContext> {
                    if (std::string_view(call.name()) != "aten::cat")
                        return nullptr;
                    auto begun = std::make_unique<Begun>();
                    begun->at = Clock::now();
                    return begun;
                },
                [](const at::RecordFunction &, at::ObserverContext *context) {
                    if (context)
                        s_seconds += since(static_cast<Begun *>(context)->at);
                })
                .scopes({ at::RecordScope::FUNCTION }));
        s_seconds = 0;
    }
    ~ConcatTime() { at::removeCallback(m_handle); }
    ConcatTime(const ConcatTime &) = delete;
    ConcatTime &operator=(const ConcatTime &) = delete;
    [[nodiscard]] static double total() { return s_seconds; }

private:
    struct Begun : at::ObserverContext {
        Clock::time_point at;
    };
    static inline double s_seconds = 0;
    at::CallbackHandle m_handle = 0;
};

/// fp32 matrix products of a size that fits no cache, in flops a second; the best of a few.
double matrixRate()
{
    constexpr std::int64_t kSide = 1536;
    const at::Tensor a = at::rand({ kSide, kSide }), b = at::rand({ kSide, kSide });
    at::Tensor c = at::mm(a, b);
    double best = 0;
    for (int i = 0; i < 8; ++i) {
        const auto start = Clock::now();
        at::mm_out(c, a, b);
        best = std::max(best, 2.0 * kSide * kSide * kSide / since(start));
    }
    return best;
}

struct Settings {
    std::string model = "yolov8n.yaml";
    std::map<std::string, int> number { { "imgsz", 320 }, { "batch", 16 }, { "nc", 3 }, { "steps", 12 }, { "objects", 12 }, { "bf16", 0 } };
};

Settings read(int count, char **words)
{
    Settings settings;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        const auto at = word.find('=');
        const std::string key = word.substr(0, at), value = at == std::string::npos ? "" : word.substr(at + 1);
        if (key == "model")
            settings.model = value;
        else if (settings.number.count(key) != 0 && std::atoi(value.c_str()) > 0)
            settings.number[key] = std::atoi(value.c_str());
        else {
            std::fprintf(stderr, "bench_train_step: '%s' is not understood: model=, imgsz=, batch=, nc=, steps=, objects= or bf16=.\n",
                         word.c_str());
            std::exit(2);
        }
    }
    return settings;
}

Batch randomBatch(const Settings &settings)
{
    std::mt19937 random(1);
    Batch batch;
    batch.size = settings.number.at("batch");
    batch.width = batch.height = settings.number.at("imgsz");
    batch.pixels.resize(std::size_t(batch.size) * std::size_t(batch.width) * std::size_t(batch.height) * 3);
    for (auto &value : batch.pixels)
        value = std::uint8_t(random());
    std::uniform_real_distribution<float> side(0.03F, 0.3F), place(0.15F, 0.85F);
    for (int i = 0; i < batch.size * settings.number.at("objects"); ++i) {
        batch.labelImage.push_back(i % batch.size);
        batch.labels.push_back({ int(random() % unsigned(settings.number.at("nc"))), place(random), place(random), side(random), side(random) });
    }
    return batch;
}

const char *const kPhases[] = { "pixels", "forward", "loss", "backward", "optimizer", "ema" };

/// Seconds of each phase of one step.
std::vector<double> step(const Batch &batch, nn::DetectionModel &model, DetectionLoss &loss, Optimizer &optimizer, Ema &ema, bool bf16)
{
    std::vector<double> times;
    auto start = Clock::now();
    const auto lap = [&] {
        times.push_back(since(start));
        start = Clock::now();
    };
    const at::Tensor images = imagesToTensor(batch, c10::kCPU);
    const DetectionTargets targets = targetsToTensor(batch);
    lap();
    LossOutput result;
    {
        const Autocast autocast(c10::kCPU, bf16);
        const nn::HeadOutput output = model.forward(images);
        lap();
        result = loss(output, targets, batch.height, batch.width);
        lap();
    }
    result.total.backward();
    lap();
    optimizer.step();
    lap();
    ema.update();
    lap();
    return times;
}

rusage usage()
{
    rusage result {};
    getrusage(RUSAGE_SELF, &result);
    return result;
}

} // namespace

int main(int count, char **words)
try {
    const Settings settings = read(count, words);
    tuneProcessMemory();
    torch::manual_seed(0);
    const auto kept = std::make_shared<nn::DetectionModel>(nn::loadModelSpec(settings.model), settings.number.at("nc"));
    nn::DetectionModel &model = *kept;
    setLayout(model, true);
    model.train();
    DetectionLoss loss(settings.number.at("nc"), model.regMax(), {});
    Optimizer optimizer(model, { "AdamW", 1e-4, 0.9, false }, 5e-4);
    for (auto &group : optimizer.groups())
        group.learningRate = 1e-4;
    Ema ema(model);
    const Batch batch = randomBatch(settings);
    const double before = double(usage().ru_maxrss) / 1024;
    double forwardFlops = 0;
    {
        const ConvolutionCount counting;
        (void)model.forward(imagesToTensor(batch, c10::kCPU));
        forwardFlops = ConvolutionCount::total();
    }
    double peak = matrixRate();
    std::vector<std::vector<double>> phases(std::size(kPhases));
    std::vector<double> whole;
    const int steps = settings.number.at("steps");
    const bool bf16 = settings.number.at("bf16") != 0;
    double faultsBefore = 0;
    for (int i = -2; i < steps; ++i) {
        if (i == steps / 2)
            peak = std::max(peak, matrixRate());
        if (i == 0)
            faultsBefore = double(usage().ru_minflt);
        const std::vector<double> times = step(batch, model, loss, optimizer, ema, bf16);
        if (i < 0)
            continue;
        double sum = 0;
        for (std::size_t p = 0; p < times.size(); ++p) {
            phases[p].push_back(times[p]);
            sum += times[p];
        }
        whole.push_back(sum);
    }
    const double faultsAStep = (double(usage().ru_minflt) - faultsBefore) / steps;
    peak = std::max(peak, matrixRate());
    {
        const ConcatTime counting;
        (void)step(batch, model, loss, optimizer, ema, bf16);
    }
    const double seconds = median(whole);
    std::printf("{\"model\": \"%s\", \"imgsz\": %d, \"batch\": %d, \"threads\": %d, \"bf16\": %d, \"step_ms\": %.1f, \"convolution_gflop\": %.1f, "
                "\"matrix_product_gflops\": %.1f, \"of_peak\": %.3f,\n \"phases_ms\": {",
                settings.model.c_str(), batch.width, batch.size, at::get_num_threads(), int(bf16), seconds * 1e3, 3 * forwardFlops / 1e9,
                peak / 1e9, 3 * forwardFlops / seconds / peak);
    for (std::size_t p = 0; p < std::size(kPhases); ++p)
        std::printf("%s\"%s\": %.1f", p == 0 ? "" : ", ", kPhases[p], median(phases[p]) * 1e3);
    std::printf("},\n \"concat_ms\": %.1f, \"forward_of_peak\": %.3f, \"backward_of_peak\": %.3f, \"page_faults_a_step\": %.0f, "
                "\"peak_rss_mib\": %.0f, \"of_it_before_the_first_step\": %.0f}\n",
                ConcatTime::total() * 1e3, forwardFlops / median(phases[1]) / peak, 2 * forwardFlops / median(phases[3]) / peak, faultsAStep,
                double(usage().ru_maxrss) / 1024, before);
    return 0;
} catch (const std::exception &error) {
    std::fprintf(stderr, "bench_train_step: %s\n", error.what());
    return 2;
}
