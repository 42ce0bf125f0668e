// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled with -mavx512f.
#include "engine/ops/norm_silu_loops.h"

#include <immintrin.h>

namespace torchdeck::engine::ops {

namespace {

/// The polynomial of exponential(); instead of a division the processor's guess of the reciprocal (14 bits) and a Newton
/// step. The limits keep infinities out of the differences; a NaN passes, being the second operand of max and min.
TORCHDECK_INLINE __m512 sigmoidOf(__m512 z)
{
    const __m512 one = _mm512_set1_ps(1.0f);
    const __m512 low = _mm512_maskz_max_ps(0xffff, _mm512_set1_ps(-85.0f), z);
    const __m512 x = _mm512_maskz_min_ps(0xffff, _mm512_set1_ps(85.0f), low);
    const __m512 n = _mm512_maskz_roundscale_ps(0xffff, _mm512_mul_ps(x, _mm512_set1_ps(-1.44269504f)), 8);
    const __m512 r = _mm512_fnmsub_ps(n, _mm512_set1_ps(0.693147181f), x);
    __m512 p = _mm512_set1_ps(8.312501656e-3f);
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(4.1890333e-2f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.666711539e-1f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(4.99992303e-1f));
    p = _mm512_fmadd_ps(p, r, one);
    p = _mm512_fmadd_ps(p, r, one);
    const __m512 d = _mm512_add_ps(one, _mm512_maskz_scalef_ps(0xffff, p, n));
    const __m512 y = _mm512_maskz_rcp14_ps(0xffff, d);
    return _mm512_fmadd_ps(y, _mm512_fnmadd_ps(d, y, one), y);
}

TORCHDECK_INLINE __m512 load16(const float *from) { return _mm512_loadu_ps(from); }
TORCHDECK_INLINE void store16(float *to, __m512 values) { _mm512_storeu_ps(to, values); }

TORCHDECK_INLINE __m512 load16(const Bf16 *from)
{
    const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from));
    return _mm512_castsi512_ps(_mm512_maskz_slli_epi32(0xffff, _mm512_maskz_cvtepu16_epi32(0xffff, halves), 16));
}
/// Rounded as store() does.
TORCHDECK_INLINE void store16(Bf16 *to, __m512 values)
{
    const __m512i bits = _mm512_castps_si512(values);
    const __m512i odd = _mm512_and_si512(_mm512_maskz_srli_epi32(0xffff, bits, 16), _mm512_set1_epi32(1));
    const __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
    const __m256i halves = _mm512_maskz_cvtepi32_epi16(0xffff, _mm512_maskz_srli_epi32(0xffff, rounded, 16));
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(to), halves);
}

struct WideSigmoids {
    /// Without the way through memory between the parts.
    template <typename S>
    static TORCHDECK_INLINE void outputs(const S *x, const float *scale, const float *shift, S *y, std::size_t width)
    {
        std::size_t c = 0;
        for (; c + 16 <= width; c += 16) {
            const __m512 z = _mm512_fmadd_ps(load16(x + c), _mm512_loadu_ps(scale + c), _mm512_loadu_ps(shift + c));
            store16(y + c, _mm512_mul_ps(z, sigmoidOf(z)));
        }
        if (c < width)
            outputByParts<WideSigmoids>(x + c, scale + c, shift + c, y + c, width - c);
    }
    static TORCHDECK_INLINE void sigmoids(float *values, std::size_t count)
    {
        std::size_t i = 0;
        for (; i + 16 <= count; i += 16)
            _mm512_storeu_ps(values + i, sigmoidOf(_mm512_loadu_ps(values + i)));
        if (i < count) {
            const auto mask = static_cast<__mmask16>((1u << (count - i)) - 1);
            _mm512_mask_storeu_ps(values + i, mask, sigmoidOf(_mm512_maskz_loadu_ps(mask, values + i)));
        }
    }
};

} // namespace

extern const NormSiluKernels avx512Kernels = kernelsOf<WideSigmoids>;

} // namespace torchdeck::engine::ops
