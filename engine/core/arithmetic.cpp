// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/arithmetic.h"

#include "engine/core/atomic_file.h"
#include "engine/core/autocast.h"
#include "engine/core/devices.h"
#include "engine/data/disk_cache.h"
#include "engine/nn/model.h"
#include "engine/nn/model_state.h"

#include <ATen/Parallel.h>
#include <ATen/ops/linspace.h>
#include <torch/version.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <sstream>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

constexpr int measuredSide = 320, turns = 2;

bool hasBf16Instructions()
{
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

double threadSeconds()
{
    timespec time {};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return double(time.tv_sec) + double(time.tv_nsec) * 1e-9;
}

std::string keyOf(const nn::DetectionModel &model)
{
    std::string key = describeDevice(c10::kCPU) + "; " + TORCH_VERSION "; " + model.spec().name + ", " + std::to_string(model.summary().parameters);
    std::ranges::replace_if(key, [](char c) { return c == '\t' || c == '\n'; }, ' ');
    return key;
}

/// Lines of "key, bf16, channels_last, gain" with tabs between; the last one of a key counts. A file that is not to be
/// read says nothing: it is measured again.
Arithmetic remembered(const fs::path &file, const std::string &key, std::string &others)
{
    Arithmetic found;
    std::error_code none;
    if (file.empty() || !fs::is_regular_file(file, none))
        return found;
    try {
        std::istringstream lines(readFile(file));
        for (std::string line; std::getline(lines, line);) {
            if (line.rfind(key + '\t', 0) != 0) {
                others += line + '\n';
                continue;
            }
            std::istringstream values(line.substr(key.size() + 1));
            found.known = bool(values >> found.bf16 >> found.channelsLast >> found.gain);
        }
    } catch (const std::exception &) {
        others.clear();
    }
    return found.known ? found : Arithmetic {};
}

void remember(const fs::path &file, const std::string &key, const Arithmetic &found, const std::string &others)
{
    if (file.empty())
        return;
    std::ostringstream line;
    line << key << '\t' << found.bf16 << '\t' << found.channelsLast << '\t' << found.gain << '\n';
    try {
        fs::create_directories(file.parent_path());
        writeFileAtomically(file, others + line.str());
    } catch (const std::exception &) { // the next run measures again
    }
}

class Passes {
public:
    explicit Passes(const nn::DetectionModel &model)
        : m_model(nn::cloneModel(model))
        , m_image(at::linspace(0, 1, 3 * measuredSide * measuredSide) // no random number is drawn
                      .view({ 1, 3, measuredSide, measuredSide }))
        , m_threads(at::get_num_threads())
    {
        m_model->train();
        at::set_num_threads(1);
    }
    ~Passes() { at::set_num_threads(m_threads); }
    Passes(const Passes &) = delete;
    Passes &operator=(const Passes &) = delete;

    /// Of this thread, which does all the work: other programs cannot change who wins.
    double operator()(const Arithmetic &arithmetic)
    {
        setLayout(*m_model, arithmetic.channelsLast);
        const at::Tensor images = m_image.contiguous(arithmetic.channelsLast ? at::MemoryFormat::ChannelsLast
                                                                              : at::MemoryFormat::Contiguous);
        const double start = threadSeconds();
        at::Tensor sum;
        {
            const Autocast autocast(c10::kCPU, arithmetic.bf16);
            const nn::HeadOutput output = m_model->forward(images);
            sum = output.boxes.to(at::kFloat).sum() + output.scores.to(at::kFloat).sum();
        }
        sum.backward();
        const double seconds = threadSeconds() - start;
        for (at::Tensor parameter : m_model->parameters())
            parameter.mutable_grad().reset();
        return seconds;
    }

private:
    std::shared_ptr<nn::DetectionModel> m_model;
    at::Tensor m_image;
    int m_threads;
};

} // namespace

Arithmetic fastest(const std::vector<Arithmetic> &candidates, const std::function<double(const Arithmetic &)> &seconds)
{
    std::vector<double> best(candidates.size(), 1e30);
    for (int turn = 0; turn <= turns; ++turn) {
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            const double took = seconds(candidates[i]);
            if (turn > 0) // kernels are chosen in the first
                best[i] = std::min(best[i], took);
        }
    }
    std::size_t winner = 0;
    for (std::size_t i = 1; i < candidates.size(); ++i) {
        if (best[0] / best[i] >= leastGain && best[i] < best[winner])
            winner = i;
    }
    Arithmetic result = candidates[winner];
    result.gain = best[0] / best[winner];
    result.known = true;
    return result;
}

Arithmetic chooseArithmetic(const nn::DetectionModel &model, const TrainConfig &config, const c10::Device &device,
                            const fs::path &file)
{
    if (!device.is_cpu())
        return { .bf16 = config.amp };
    if (!config.amp || config.imgsz < smallestMeasured || !hasBf16Instructions())
        return {};
    const std::string key = keyOf(model);
    std::string others;
    Arithmetic found = remembered(file, key, others);
    if (!found.known) {
        Passes passes(model);
        found = fastest({ {}, { .bf16 = true }, { .channelsLast = false } }, std::ref(passes));
        remember(file, key, found, others);
    }
    return found;
}

fs::path arithmeticFile()
{
    const fs::path folder = cacheFolder();
    return folder.empty() ? folder : folder / "arithmetic.tsv";
}

std::string describe(const Arithmetic &arithmetic)
{
    if (!arithmetic.known || (!arithmetic.bf16 && arithmetic.channelsLast))
        return {};
    char gain[32];
    std::snprintf(gain, sizeof gain, "%.2f", arithmetic.gain);
    return arithmetic.bf16 ? std::string("Trains in bf16 with fp32 weights: ") + gain
            + " times as fast as fp32 on this processor (amp=False: fp32 throughout)."
                           : std::string("Maps are kept channel by channel: ") + gain + " times as fast on this processor.";
}

void setLayout(torch::nn::Module &module, bool channelsLast)
{
    const auto format = channelsLast ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
    at::NoGradGuard noGrad;
    for (at::Tensor parameter : module.parameters()) {
        if (parameter.dim() == 4)
            parameter.set_data(parameter.contiguous(format));
    }
}

} // namespace torchdeck::engine
