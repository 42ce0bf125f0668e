// SPDX-License-Identifier: GPL-3.0-or-later
// Sums over the GPUs of several ranks by NCCL. In the CUDA module, and only where NCCL's headers were there to build it with
// (they come with LibTorch's CUDA wheels): without it GPU tensors go over Gloo, by way of the CPU.
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include <chrono>
#include <cstdlib>

extern "C" __attribute__((visibility("default"))) void
torchdeckMakeNcclGroup(const c10::intrusive_ptr<c10d::Store> &store, int rank, int size, std::chrono::milliseconds patience,
                       c10::intrusive_ptr<c10d::Backend> &made)
{
    // By itself it ends the process when a peer is gone: nothing would be saved. ProcessGroup looks after its ranks.
    setenv("TORCH_NCCL_ASYNC_ERROR_HANDLING", "0", /*overwrite=*/0);
    setenv("TORCH_NCCL_ENABLE_MONITORING", "0", 0);
    auto options = c10d::ProcessGroupNCCL::Options::create(/*is_high_priority_stream=*/true);
    options->timeout = patience;
    made = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, size, options);
}
