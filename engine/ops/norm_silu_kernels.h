// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace torchdeck::engine::ops {

/// Batch normalisation and SiLU over rows of `channels` values (a channels_last map seen as [N*H*W, C]). Plain loops that
/// the compiler vectorises, once for each instruction set; the best one is taken at load time. No torch, no threads:
/// callers split the rows. `double` is for numeric checks.
///
/// With z = scale[c] * x + shift[c] the output is z * sigmoid(z). The backward pass computes z again from x instead of
/// keeping it.

/// sum[c] += (x - origin[c]), square[c] += (x - origin[c])^2.
template <typename T>
void addMoments(const T *x, std::size_t rows, std::size_t channels, const T *origin, double *sum, double *square);

template <typename T>
void normSilu(const T *x, std::size_t rows, std::size_t channels, const T *scale, const T *shift, T *y);

/// g = dy * d(silu)/dz, sum[c] += g, product[c] += g * (x - mean[c]).
template <typename T>
void addGradientSums(const T *x, const T *dy, std::size_t rows, std::size_t channels, const T *scale, const T *shift,
                     const T *mean, double *sum, double *product, T *g);

/// dx = scale[c] * dx + slope[c] * x + offset[c], where dx holds g before.
template <typename T>
void inputGradient(const T *x, std::size_t rows, std::size_t channels, const T *scale, const T *offset, const T *slope,
                   T *dx);

} // namespace torchdeck::engine::ops
