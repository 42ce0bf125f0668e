// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

namespace torchdeck::engine::nn {

/// Whether fusedNormSilu can take `x` [N, C, H, W]: on the CPU, single or double precision, channels_last.
[[nodiscard]] bool canFuseNormSilu(const at::Tensor &x);

/// silu(batch_norm(x)) of a training step: normalises by the batch, moves the running statistics in place, and is once
/// differentiable in x, weight and bias [C]. Keeps x only and computes the rest again in its backward pass, which spares
/// the two maps that separate operators keep, and two passes over memory in each direction. The sums are split in the
/// same way for any number of threads, so that results are too.
[[nodiscard]] at::Tensor fusedNormSilu(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias,
                                       const at::Tensor &runningMean, const at::Tensor &runningVar, double momentum,
                                       double epsilon);

} // namespace torchdeck::engine::nn
