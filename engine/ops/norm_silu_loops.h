// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The loops of norm_silu_kernels.h, for the compiler to vectorise. Each file that includes this is compiled for another
// instruction set, so everything has internal linkage and nothing here calls the standard library's inline functions.
#include "engine/ops/norm_silu_kernels.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#define TORCHDECK_INLINE inline __attribute__((always_inline))
#define TORCHDECK_LAMBDA __attribute__((always_inline))

namespace torchdeck::engine::ops {

/// The kernels of values stored as S, computed in float, for one instruction set.
template <typename S> struct StoredKernels {
    void (*moments)(const S *x, std::size_t rows, std::size_t channels, const float *origin, double *sum, double *square);
    void (*output)(const S *x, std::size_t rows, std::size_t channels, const float *scale, const float *shift, S *y);
    void (*gradientSums)(const S *x, const S *dy, std::size_t rows, std::size_t channels, const float *scale,
                         const float *shift, const float *mean, double *sum, double *product, S *g);
    void (*gradient)(const S *x, std::size_t rows, std::size_t channels, const float *scale, const float *offset,
                     const float *slope, S *dx);
};

struct NormSiluKernels {
    StoredKernels<float> single;
    StoredKernels<Bf16> brain;
};

#ifdef TORCHDECK_X86_KERNELS
extern const NormSiluKernels fmaKernels; ///< AVX2 and FMA
extern const NormSiluKernels avx512Kernels;
#endif

namespace {

constexpr std::size_t block = 32; ///< channels at a time: their sums stay in registers
constexpr std::size_t run = 256; ///< rows whose sums are kept in single precision

TORCHDECK_INLINE std::size_t smaller(std::size_t a, std::size_t b) { return a < b ? a : b; }

/// e^x for x in -85..85: a degree 5 polynomial (1.1e-7, minimax) after taking out the power of two. Adding 1.5 * 2^23
/// rounds to a whole number and leaves it in the low bits, where the exponent is then made of it: no conversion.
/// Where products are not rounded one constant for ln 2 is enough: its error times n stays below 3e-7.
TORCHDECK_INLINE float exponential(float x)
{
    constexpr float shifter = 12582912.0f;
    const float shifted = x * 1.44269504f + shifter;
    const float n = shifted - shifter;
#ifdef __FMA__
    const float r = x - n * 0.693147181f;
#else
    const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f; // the first product is exact
#endif
    float p = 8.312501656e-3f;
    p = p * r + 4.1890333e-2f;
    p = p * r + 1.666711539e-1f;
    p = p * r + 4.99992303e-1f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    return p * std::bit_cast<float>((std::bit_cast<std::uint32_t>(shifted) << 23) + 0x3f800000u);
}

TORCHDECK_INLINE float wide(float value) { return value; }
TORCHDECK_INLINE double wide(double value) { return value; }
TORCHDECK_INLINE float wide(Bf16 value) { return std::bit_cast<float>(std::uint32_t(value.bits) << 16); }

TORCHDECK_INLINE void store(float *to, float value) { *to = value; }
TORCHDECK_INLINE void store(double *to, double value) { *to = value; }
/// To nearest, ties to even. The NaN that arithmetic makes stays one.
TORCHDECK_INLINE void store(Bf16 *to, float value)
{
    const auto bits = std::bit_cast<std::uint32_t>(value);
    to->bits = static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

/// `width` channels of one row, with the sigmoids of `Set`.
template <typename Set, typename S, typename T>
TORCHDECK_INLINE void outputByParts(const S *__restrict x, const T *__restrict scale, const T *__restrict shift,
                                    S *__restrict y, std::size_t width)
{
    T sigmoid[block];
    for (std::size_t c = 0; c < width; ++c)
        sigmoid[c] = wide(x[c]) * scale[c] + shift[c];
    Set::sigmoids(sigmoid, width);
    for (std::size_t c = 0; c < width; ++c)
        store(y + c, (wide(x[c]) * scale[c] + shift[c]) * sigmoid[c]);
}

/// Sigmoids the compiler vectorises; what costs most is the division.
struct PlainSigmoids {
    template <typename S, typename T>
    static TORCHDECK_INLINE void outputs(const S *x, const T *scale, const T *shift, S *y, std::size_t width)
    {
        outputByParts<PlainSigmoids>(x, scale, shift, y, width);
    }

    /// values[i] = sigmoid(values[i])
    static TORCHDECK_INLINE void sigmoids(float *values, std::size_t count)
    {
        for (std::size_t i = 0; i < count; ++i) {
            const float low = values[i] < -85.0f ? -85.0f : values[i]; // beyond, all that counts is zero or one
            values[i] = 1.0f / (1.0f + exponential(-(low > 85.0f ? 85.0f : low)));
        }
    }
};

/// `width` channels from `c0` on; a constant width keeps the sums in registers.
template <typename S, typename T>
TORCHDECK_INLINE void momentsOf(const S *x, std::size_t rows, std::size_t channels, const T *origin, double *sum,
                                double *square, std::size_t c0, std::size_t width)
{
    for (std::size_t r0 = 0; r0 < rows; r0 += run) {
        T s[block] = {}, q[block] = {};
        const std::size_t end = smaller(rows, r0 + run);
        for (std::size_t r = r0; r < end; ++r) {
            const S *row = x + r * channels + c0;
            for (std::size_t c = 0; c < width; ++c) {
                const T d = wide(row[c]) - origin[c0 + c];
                s[c] += d;
                q[c] += d * d;
            }
        }
        for (std::size_t c = 0; c < width; ++c) {
            sum[c0 + c] += double(s[c]);
            square[c0 + c] += double(q[c]);
        }
    }
}

template <typename Set, typename S, typename T>
TORCHDECK_INLINE void gradientsOf(const S *x, const S *dy, std::size_t rows, std::size_t channels, const T *scale,
                                  const T *shift, const T *mean, double *sum, double *product, S *g, std::size_t c0,
                                  std::size_t width)
{
    for (std::size_t r0 = 0; r0 < rows; r0 += run) {
        T s[block] = {}, q[block] = {};
        const std::size_t end = smaller(rows, r0 + run);
        for (std::size_t r = r0; r < end; ++r) {
            const std::size_t at = r * channels + c0;
            T sigmoid[block];
            for (std::size_t c = 0; c < width; ++c)
                sigmoid[c] = wide(x[at + c]) * scale[c0 + c] + shift[c0 + c];
            Set::sigmoids(sigmoid, width);
            for (std::size_t c = 0; c < width; ++c) {
                const T value = wide(x[at + c]), z = value * scale[c0 + c] + shift[c0 + c];
                // d(z * sigmoid(z))/dz
                const T slope = wide(dy[at + c]) * (sigmoid[c] * (T(1) + z * (T(1) - sigmoid[c])));
                store(g + at + c, slope);
                s[c] += slope;
                q[c] += slope * (value - mean[c0 + c]);
            }
        }
        for (std::size_t c = 0; c < width; ++c) {
            sum[c0 + c] += double(s[c]);
            product[c0 + c] += double(q[c]);
        }
    }
}

/// Calls work(c0, width) for all channels, in widths that are constants but for the last.
template <typename Work>
TORCHDECK_INLINE void overChannels(std::size_t channels, const Work &work)
{
    std::size_t c = 0;
    for (; c + 32 <= channels; c += 32)
        work(c, std::integral_constant<std::size_t, 32>());
    for (; c + 16 <= channels; c += 16)
        work(c, std::integral_constant<std::size_t, 16>());
    if (c < channels)
        work(c, channels - c);
}

template <typename Set, typename S, typename T>
void moments(const S *x, std::size_t rows, std::size_t channels, const T *origin, double *sum, double *square)
{
    overChannels(channels, [=](std::size_t c0, auto width) TORCHDECK_LAMBDA {
        momentsOf(x, rows, channels, origin, sum, square, c0, width);
    });
}

template <typename Set, typename S, typename T>
void gradientSums(const S *x, const S *dy, std::size_t rows, std::size_t channels, const T *scale, const T *shift,
                  const T *mean, double *sum, double *product, S *g)
{
    overChannels(channels, [=](std::size_t c0, auto width) TORCHDECK_LAMBDA {
        gradientsOf<Set>(x, dy, rows, channels, scale, shift, mean, sum, product, g, c0, width);
    });
}

template <typename Set, typename S, typename T>
void output(const S *x, std::size_t rows, std::size_t channels, const T *scale, const T *shift, S *y)
{
    for (std::size_t r = 0; r < rows; ++r) {
        overChannels(channels, [=](std::size_t c0, auto width) TORCHDECK_LAMBDA {
            Set::outputs(x + r * channels + c0, scale + c0, shift + c0, y + r * channels + c0, width);
        });
    }
}

template <typename Set, typename S, typename T>
void gradient(const S *__restrict x, std::size_t rows, std::size_t channels, const T *__restrict scale,
              const T *__restrict offset, const T *__restrict slope, S *__restrict dx)
{
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < channels; ++c) {
            const std::size_t i = r * channels + c;
            store(dx + i, scale[c] * wide(dx[i]) + (wide(x[i]) * slope[c] + offset[c]));
        }
    }
}

template <typename Set, typename S>
constexpr StoredKernels<S> storedKernels { moments<Set, S, float>, output<Set, S, float>, gradientSums<Set, S, float>,
                                           gradient<Set, S, float> };

template <typename Set> constexpr NormSiluKernels kernelsOf { storedKernels<Set, float>, storedKernels<Set, Bf16> };

} // namespace

} // namespace torchdeck::engine::ops
