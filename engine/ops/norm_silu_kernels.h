// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace torchdeck::engine::ops {

/// The upper half of a float's bits: a bfloat16 value as it stands in memory.
struct Bf16 {
    std::uint16_t bits;
};

/// What values stored as S are computed and summed up in.
template <typename S> struct ComputedAs {
    using Type = S;
};
template <> struct ComputedAs<Bf16> {
    using Type = float;
};
template <typename S> using Computed = typename ComputedAs<S>::Type;

/// Batch normalisation and SiLU over rows of `channels` values (a channels_last map seen as [N*H*W, C]). Plain loops that
/// the compiler vectorises, once for each instruction set; the best one is taken at load time. No torch, no threads:
/// callers split the rows. S is float, Bf16 (read and written rounded to nearest, computed in float), or double for
/// numeric checks.
///
/// With z = scale[c] * x + shift[c] the output is z * sigmoid(z). The backward pass computes z again from x instead of
/// keeping it.

/// sum[c] += (x - origin[c]), square[c] += (x - origin[c])^2.
template <typename S>
void addMoments(const S *x, std::size_t rows, std::size_t channels, const Computed<S> *origin, double *sum, double *square);

template <typename S>
void normSilu(const S *x, std::size_t rows, std::size_t channels, const Computed<S> *scale, const Computed<S> *shift, S *y);

/// g = dy * d(silu)/dz, sum[c] += g, product[c] += g * (x - mean[c]).
template <typename S>
void addGradientSums(const S *x, const S *dy, std::size_t rows, std::size_t channels, const Computed<S> *scale,
                     const Computed<S> *shift, const Computed<S> *mean, double *sum, double *product, S *g);

/// dx = scale[c] * dx + slope[c] * x + offset[c], where dx holds g before.
template <typename S>
void inputGradient(const S *x, std::size_t rows, std::size_t channels, const Computed<S> *scale, const Computed<S> *offset,
                   const Computed<S> *slope, S *dx);

} // namespace torchdeck::engine::ops
