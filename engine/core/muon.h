// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/optimizer.h"

namespace torchdeck::engine {

/// The nearest half-orthogonal matrix to each of `updates` (2-D, or convolution weights as [out, the rest]),
/// by five Newton-Schulz steps of the quintic of Muon (K. Jordan, 2024): singular values end between about
/// 0.7 and 1.2. In single precision on the CPU, in bfloat16 elsewhere. Shapes, types and layouts stay.
[[nodiscard]] std::vector<at::Tensor> orthogonalised(const std::vector<at::Tensor> &updates);

/// Muon's half of a MuSGD step on all parameters of a group: momentum in `group.first`, orthogonalised, at a
/// fifth of the learning rate.
void stepMuon(Optimizer::Group &group, const std::vector<at::Tensor> &gradients);

} // namespace torchdeck::engine
