// SPDX-License-Identifier: GPL-3.0-or-later
// Fused BatchNorm + SiLU against LibTorch's two operators, forward and backward, on the maps of yolov8n at batch 16 and 320 px,
// in fp32 and in bf16. In bf16 both sides get what a convolution under autocast hands on: a bf16 map beside fp32 weights and
// statistics; LibTorch's side runs under autocast as the unfused graph would (which leaves both operators in bf16).
// Prints a JSON object of the ratios; the two take turns, and the median of the turns counts. Processor time of all threads
// is compared, which a busy machine disturbs less than wall time; run it with OMP_NUM_THREADS=1, for waiting threads spin.
// "bf16_by_fp32": how many times faster the fused operator is in bf16 than in fp32.
#include "bench/timing.h"
#include "engine/core/autocast.h"
#include "engine/nn/norm_silu.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

using torchdeck::bench::median;
using torchdeck::bench::processorSeconds;

namespace {

constexpr int turns = 15;

/// Median seconds.
struct Both {
    double forward = 0, backward = 0;
};

/// Of LibTorch's operators, then of ours.
struct Times {
    Both separate, fused;
};

Times timesOf(at::IntArrayRef shape, at::ScalarType type)
{
    const bool bf16 = type == at::kBFloat16;
    const at::Tensor map = at::randn(shape).contiguous(at::MemoryFormat::ChannelsLast).to(type);
    const at::Tensor dy = at::randn_like(map);
    const at::Tensor weight = at::ones({ shape[1] }).requires_grad_(), bias = at::zeros({ shape[1] }).requires_grad_();
    const at::Tensor mean = at::zeros({ shape[1] }), variance = at::ones({ shape[1] });
    std::vector<double> times[2][2];
    for (int turn = 0; turn < turns; ++turn) {
        for (int fused = 0; fused < 2; ++fused) {
            const at::Tensor x = map.detach().requires_grad_();
            at::Tensor y;
            times[fused][0].push_back(processorSeconds([&] {
                const torchdeck::engine::Autocast autocast(c10::kCPU, bf16);
                y = fused ? torchdeck::engine::nn::fusedNormSilu(x, weight, bias, mean, variance, 0.03, 1e-3)
                          : at::silu(at::batch_norm(x, weight, bias, mean, variance, true, 0.03, 1e-3, false));
            }));
            if (y.scalar_type() != type) {
                std::fputs("the two sides do not compute in the same type\n", stderr);
                std::exit(1);
            }
            times[fused][1].push_back(processorSeconds([&] { y.backward(dy); }));
        }
    }
    return { { median(times[0][0]), median(times[0][1]) }, { median(times[1][0]), median(times[1][1]) } };
}

} // namespace

int main()
{
    const std::int64_t shapes[][4] = { { 16, 16, 160, 160 }, { 16, 32, 80, 80 }, { 16, 64, 80, 80 },
                                       { 16, 64, 40, 40 },   { 16, 128, 20, 20 }, { 16, 256, 10, 10 } };
    double load = -1;
    (void)::getloadavg(&load, 1);
    std::printf("{\"norm_silu\": [");
    const char *comma = "";
    for (const auto &shape : shapes) {
        const Times single = timesOf(at::IntArrayRef(shape, 4), at::kFloat), half = timesOf(at::IntArrayRef(shape, 4), at::kBFloat16);
        const auto ratios = [](const Both &slower, const Both &faster) {
            char text[80];
            std::snprintf(text, sizeof text, "\"forward\": %.2f, \"backward\": %.2f", slower.forward / faster.forward,
                          slower.backward / faster.backward);
            return std::string(text);
        };
        std::printf("%s\n  {\"shape\": [%lld, %lld, %lld, %lld], %s, \"bf16\": {%s}, \"bf16_by_fp32\": {%s}}", comma,
                    static_cast<long long>(shape[0]), static_cast<long long>(shape[1]), static_cast<long long>(shape[2]),
                    static_cast<long long>(shape[3]), ratios(single.separate, single.fused).c_str(),
                    ratios(half.separate, half.fused).c_str(), ratios(single.fused, half.fused).c_str());
        comma = ",";
    }
    std::printf("],\n \"threads\": %d, \"load_average\": %.2f, \"unit\": \"times faster than batch_norm + silu, processor time\"}\n",
                at::get_num_threads(), load);
    return 0;
}
