// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/norm_silu_kernels.h"

#include "engine/ops/norm_silu_loops.h"

#include <cmath>

namespace torchdeck::engine::ops {

namespace {

struct ExactSigmoids {
    static void outputs(const double *x, const double *scale, const double *shift, double *y, std::size_t width)
    {
        outputByParts<ExactSigmoids>(x, scale, shift, y, width);
    }
    static void sigmoids(double *values, std::size_t count)
    {
        for (std::size_t i = 0; i < count; ++i)
            values[i] = 1 / (1 + std::exp(-values[i]));
    }
};

constexpr NormSiluKernels plainKernels = kernelsOf<PlainSigmoids>;

const NormSiluKernels &chosen()
{
#ifdef TORCHDECK_X86_KERNELS
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f"))
        return avx512Kernels;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return fmaKernels;
#endif
    return plainKernels;
}

const NormSiluKernels &best()
{
    static const NormSiluKernels &kernels = chosen();
    return kernels;
}

} // namespace

template <>
void addMoments(const float *x, std::size_t rows, std::size_t channels, const float *origin, double *sum, double *square)
{
    best().single.moments(x, rows, channels, origin, sum, square);
}

template <>
void addMoments(const Bf16 *x, std::size_t rows, std::size_t channels, const float *origin, double *sum, double *square)
{
    best().brain.moments(x, rows, channels, origin, sum, square);
}

template <>
void addMoments(const double *x, std::size_t rows, std::size_t channels, const double *origin, double *sum, double *square)
{
    moments<ExactSigmoids>(x, rows, channels, origin, sum, square);
}

template <>
void normSilu(const float *x, std::size_t rows, std::size_t channels, const float *scale, const float *shift, float *y)
{
    best().single.output(x, rows, channels, scale, shift, y);
}

template <>
void normSilu(const Bf16 *x, std::size_t rows, std::size_t channels, const float *scale, const float *shift, Bf16 *y)
{
    best().brain.output(x, rows, channels, scale, shift, y);
}

template <>
void normSilu(const double *x, std::size_t rows, std::size_t channels, const double *scale, const double *shift, double *y)
{
    output<ExactSigmoids>(x, rows, channels, scale, shift, y);
}

template <>
void addGradientSums(const float *x, const float *dy, std::size_t rows, std::size_t channels, const float *scale,
                     const float *shift, const float *mean, double *sum, double *product, float *g)
{
    best().single.gradientSums(x, dy, rows, channels, scale, shift, mean, sum, product, g);
}

template <>
void addGradientSums(const Bf16 *x, const Bf16 *dy, std::size_t rows, std::size_t channels, const float *scale,
                     const float *shift, const float *mean, double *sum, double *product, Bf16 *g)
{
    best().brain.gradientSums(x, dy, rows, channels, scale, shift, mean, sum, product, g);
}

template <>
void addGradientSums(const double *x, const double *dy, std::size_t rows, std::size_t channels, const double *scale,
                     const double *shift, const double *mean, double *sum, double *product, double *g)
{
    gradientSums<ExactSigmoids>(x, dy, rows, channels, scale, shift, mean, sum, product, g);
}

template <>
void inputGradient(const float *x, std::size_t rows, std::size_t channels, const float *scale, const float *offset,
                   const float *slope, float *dx)
{
    best().single.gradient(x, rows, channels, scale, offset, slope, dx);
}

template <>
void inputGradient(const Bf16 *x, std::size_t rows, std::size_t channels, const float *scale, const float *offset,
                   const float *slope, Bf16 *dx)
{
    best().brain.gradient(x, rows, channels, scale, offset, slope, dx);
}

template <>
void inputGradient(const double *x, std::size_t rows, std::size_t channels, const double *scale, const double *offset,
                   const double *slope, double *dx)
{
    gradient<ExactSigmoids>(x, rows, channels, scale, offset, slope, dx);
}

} // namespace torchdeck::engine::ops
