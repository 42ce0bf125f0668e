// SPDX-License-Identifier: GPL-3.0-or-later
// Fused BatchNorm + SiLU against LibTorch's two operators, forward and backward, on the maps of yolov8n at batch 16 and 320 px.
// Prints a JSON object of the ratios; the two take turns, and the median of the turns counts. Processor time of all threads
// is compared, which a busy machine disturbs less than wall time; run it with OMP_NUM_THREADS=1, for waiting threads spin.
#include "bench/timing.h"
#include "engine/nn/norm_silu.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdio>
#include <vector>

using torchdeck::bench::median;
using torchdeck::bench::processorSeconds;

int main()
{
    const std::int64_t shapes[][4] = { { 16, 16, 160, 160 }, { 16, 32, 80, 80 }, { 16, 64, 80, 80 },
                                       { 16, 64, 40, 40 },   { 16, 128, 20, 20 }, { 16, 256, 10, 10 } };
    std::printf("{\"norm_silu\": [");
    bool first = true;
    for (const auto &shape : shapes) {
        const at::Tensor map = at::randn(at::IntArrayRef(shape, 4)).contiguous(at::MemoryFormat::ChannelsLast);
        const at::Tensor dy = at::randn_like(map);
        const at::Tensor weight = at::ones({ shape[1] }).requires_grad_(), bias = at::zeros({ shape[1] }).requires_grad_();
        const at::Tensor mean = at::zeros({ shape[1] }), variance = at::ones({ shape[1] });
        std::vector<double> times[2][2];
        for (int turn = 0; turn < 15; ++turn) {
            for (int fused = 0; fused < 2; ++fused) {
                const at::Tensor x = map.detach().requires_grad_();
                at::Tensor y;
                const double forward = processorSeconds([&] {
                    y = fused ? torchdeck::engine::nn::fusedNormSilu(x, weight, bias, mean, variance, 0.03, 1e-3)
                              : at::silu(at::batch_norm(x, weight, bias, mean, variance, true, 0.03, 1e-3, false));
                });
                const double backward = processorSeconds([&] { y.backward(dy); });
                times[fused][0].push_back(forward);
                times[fused][1].push_back(backward);
            }
        }
        std::printf("%s\n  {\"shape\": [%lld, %lld, %lld, %lld], \"forward\": %.2f, \"backward\": %.2f}", first ? "" : ",",
                    static_cast<long long>(shape[0]), static_cast<long long>(shape[1]), static_cast<long long>(shape[2]),
                    static_cast<long long>(shape[3]), median(times[0][0]) / median(times[1][0]),
                    median(times[0][1]) / median(times[1][1]));
        first = false;
    }
    std::printf("],\n \"threads\": %d, \"unit\": \"times faster than batch_norm + silu, processor time\"}\n", at::get_num_threads());
    return 0;
}
