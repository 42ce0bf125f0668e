// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/norm_silu_kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define TORCHDECK_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define TORCHDECK_CLONES
#endif
#define TORCHDECK_INLINE inline __attribute__((always_inline))
#define TORCHDECK_LAMBDA __attribute__((always_inline))

namespace torchdeck::engine::ops {

namespace {

constexpr std::size_t block = 32; ///< channels at a time: their sums stay in registers
constexpr std::size_t run = 256; ///< rows whose sums are kept in single precision

/// e^x by a polynomial after taking out the power of two: 2e-7 relative, and loops with it vectorise.
TORCHDECK_INLINE float exponential(float x)
{
    x = std::min(std::max(x, -87.0f), 88.0f);
    const float n = std::nearbyint(x * 1.44269504f);
    const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 1.9875691e-4f;
    p = p * r + 1.3981999e-3f;
    p = p * r + 8.3334519e-3f;
    p = p * r + 4.1665796e-2f;
    p = p * r + 1.6666665e-1f;
    p = p * r + 5.0000001e-1f;
    p = p * r * r + r + 1.0f;
    return p * std::bit_cast<float>((static_cast<std::int32_t>(n) + 127) << 23);
}

TORCHDECK_INLINE double exponential(double x) { return std::exp(x); }

template <typename T>
TORCHDECK_INLINE T sigmoid(T z)
{
    return T(1) / (T(1) + exponential(-z));
}

/// Derivative of z * sigmoid(z).
template <typename T>
TORCHDECK_INLINE T siluSlope(T z)
{
    const T s = sigmoid(z);
    return s * (T(1) + z * (T(1) - s));
}

/// `width` channels from `c0` on; a constant width keeps the sums in registers.
template <typename T>
TORCHDECK_INLINE void momentsOf(const T *x, std::size_t rows, std::size_t channels, const T *origin, double *sum,
                                double *square, std::size_t c0, std::size_t width)
{
    for (std::size_t r0 = 0; r0 < rows; r0 += run) {
        T s[block] = {}, q[block] = {};
        const std::size_t end = std::min(rows, r0 + run);
        for (std::size_t r = r0; r < end; ++r) {
            const T *row = x + r * channels + c0;
            for (std::size_t c = 0; c < width; ++c) {
                const T d = row[c] - origin[c0 + c];
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

template <typename T>
TORCHDECK_INLINE void gradientsOf(const T *x, const T *dy, std::size_t rows, std::size_t channels, const T *scale,
                                  const T *shift, const T *mean, double *sum, double *product, T *g, std::size_t c0,
                                  std::size_t width)
{
    for (std::size_t r0 = 0; r0 < rows; r0 += run) {
        T s[block] = {}, q[block] = {};
        const std::size_t end = std::min(rows, r0 + run);
        for (std::size_t r = r0; r < end; ++r) {
            const std::size_t at = r * channels + c0;
            for (std::size_t c = 0; c < width; ++c) {
                const T value = x[at + c];
                const T slope = dy[at + c] * siluSlope(value * scale[c0 + c] + shift[c0 + c]);
                g[at + c] = slope;
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

template <typename T>
TORCHDECK_INLINE void moments(const T *x, std::size_t rows, std::size_t channels, const T *origin, double *sum,
                              double *square)
{
    overChannels(channels, [=](std::size_t c0, auto width) TORCHDECK_LAMBDA {
        momentsOf(x, rows, channels, origin, sum, square, c0, width);
    });
}

template <typename T>
TORCHDECK_INLINE void gradientSums(const T *x, const T *dy, std::size_t rows, std::size_t channels, const T *scale,
                                   const T *shift, const T *mean, double *sum, double *product, T *g)
{
    overChannels(channels, [=](std::size_t c0, auto width) TORCHDECK_LAMBDA {
        gradientsOf(x, dy, rows, channels, scale, shift, mean, sum, product, g, c0, width);
    });
}

template <typename T>
TORCHDECK_INLINE void output(const T *__restrict x, std::size_t rows, std::size_t channels, const T *__restrict scale,
                             const T *__restrict shift, T *__restrict y)
{
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < channels; ++c) {
            const T z = x[r * channels + c] * scale[c] + shift[c];
            y[r * channels + c] = z * sigmoid(z);
        }
    }
}

template <typename T>
TORCHDECK_INLINE void gradient(const T *__restrict x, std::size_t rows, std::size_t channels, const T *__restrict scale,
                               const T *__restrict offset, const T *__restrict slope, T *__restrict dx)
{
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < channels; ++c) {
            const std::size_t i = r * channels + c;
            dx[i] = scale[c] * dx[i] + (x[i] * slope[c] + offset[c]);
        }
    }
}

} // namespace

template <>
TORCHDECK_CLONES void addMoments<float>(const float *x, std::size_t rows, std::size_t channels, const float *origin,
                                        double *sum, double *square)
{
    moments(x, rows, channels, origin, sum, square);
}

template <>
void addMoments<double>(const double *x, std::size_t rows, std::size_t channels, const double *origin, double *sum,
                        double *square)
{
    moments(x, rows, channels, origin, sum, square);
}

template <>
TORCHDECK_CLONES void normSilu<float>(const float *x, std::size_t rows, std::size_t channels, const float *scale,
                                      const float *shift, float *y)
{
    output(x, rows, channels, scale, shift, y);
}

template <>
void normSilu<double>(const double *x, std::size_t rows, std::size_t channels, const double *scale, const double *shift,
                      double *y)
{
    output(x, rows, channels, scale, shift, y);
}

template <>
TORCHDECK_CLONES void addGradientSums<float>(const float *x, const float *dy, std::size_t rows, std::size_t channels,
                                             const float *scale, const float *shift, const float *mean, double *sum,
                                             double *product, float *g)
{
    gradientSums(x, dy, rows, channels, scale, shift, mean, sum, product, g);
}

template <>
void addGradientSums<double>(const double *x, const double *dy, std::size_t rows, std::size_t channels,
                             const double *scale, const double *shift, const double *mean, double *sum,
                             double *product, double *g)
{
    gradientSums(x, dy, rows, channels, scale, shift, mean, sum, product, g);
}

template <>
TORCHDECK_CLONES void inputGradient<float>(const float *x, std::size_t rows, std::size_t channels, const float *scale,
                                           const float *offset, const float *slope, float *dx)
{
    gradient(x, rows, channels, scale, offset, slope, dx);
}

template <>
void inputGradient<double>(const double *x, std::size_t rows, std::size_t channels, const double *scale,
                           const double *offset, const double *slope, double *dx)
{
    gradient(x, rows, channels, scale, offset, slope, dx);
}

} // namespace torchdeck::engine::ops
