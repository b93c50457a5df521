/* vec.h: one vector of float lanes per instruction set, and the few operations that GCC's vector
 * extensions do not say: fused multiply-add, loads and stores of a part, minimum and maximum, and
 * the wide product of 32-bit integers. Everything else in this folder is written once, with + - * /
 * and these.
 *
 * Bits: each operation here is exact or rounded once, as IEEE 754 says, on every instruction set.
 * x86-64 without FMA emulates it. Nothing may be left to the compiler's contraction
 * (-ffp-contract=off).
 */
#ifndef MTSWEEP_VECTOR_VEC_H
#define MTSWEEP_VECTOR_VEC_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#define LANES 16
#include <immintrin.h>
#elif defined(__AVX2__)
#define LANES 8
#include <immintrin.h>
#else
#define LANES 4
#if defined(__x86_64__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif
#endif

#ifdef __clang__
#define UNROLL             _Pragma("clang loop unroll(full)")
#define UNROLL_IF_CONSTANT /* clang does, and warns where it is told and cannot */
#else
#define UNROLL             _Pragma("GCC unroll 8")
#define UNROLL_IF_CONSTANT UNROLL
#endif
#define INLINE static inline __attribute__((always_inline))

typedef float vf __attribute__((vector_size(4 * LANES)));
typedef int32_t vi __attribute__((vector_size(4 * LANES)));
typedef uint32_t vu __attribute__((vector_size(4 * LANES)));
typedef double vd __attribute__((vector_size(4 * LANES)));
typedef vf vf_any __attribute__((aligned(4), may_alias)); /* in memory, at any float */

INLINE vf splat(float x)
{
    return x - (vf){0};
}

INLINE vi splat_int(int32_t x)
{
    return x - (vi){0};
}

INLINE vf load(const float *p)
{
    return *(const vf_any *)p;
}

INLINE void store(float *p, vf x)
{
    *(vf_any *)p = x;
}

/* ---- a part of a vector: lanes 0 .. n-1 of the part, n <= LANES; the others load as zero ---- */

#if defined(__AVX512F__)
typedef __mmask16 part;

INLINE part part_of(size_t n)
{
    return (part)((1u << n) - 1);
}

INLINE vf load_part(const float *p, part which)
{
    return (vf)_mm512_maskz_loadu_ps(which, p);
}

INLINE vf keep_part(vf x, part which)
{
    return (vf)_mm512_maskz_mov_ps(which, (__m512)x);
}

/* A masked store takes several times as long as a plain one. */
INLINE void store_part(float *p, vf x, part which)
{
    if (which == 0xffff)
        store(p, x);
    else
        _mm512_mask_storeu_ps(p, which, (__m512)x);
}

/* The lower half from one row and the upper half from another; the part is of the half. */
INLINE vf load_pair(const float *p, const float *q, part which)
{
    __m256 x = _mm256_maskz_loadu_ps((__mmask8)which, p);
    return (vf)_mm512_insertf32x8(_mm512_castps256_ps512(x),
                                  _mm256_maskz_loadu_ps((__mmask8)which, q), 1);
}

/* The empty asm keeps the compiler from merging the extraction with the store: unlike a masked store
 * that instruction faults on lanes that are masked out. */
INLINE void store_pair(float *p, float *q, vf x, part which)
{
    __m256 upper = _mm512_extractf32x8_ps((__m512)x, 1);
    __asm__("" : "+v"(upper));
    _mm256_mask_storeu_ps(p, (__mmask8)which, _mm512_castps512_ps256((__m512)x));
    _mm256_mask_storeu_ps(q, (__mmask8)which, upper);
}

INLINE vf twice(const float *half)
{
    return (vf)_mm512_broadcast_f32x8(_mm256_loadu_ps(half));
}

INLINE vf join(vf lower, vf upper)
{
    return (vf)_mm512_mask_blend_ps(0xff00, (__m512)lower, (__m512)upper);
}

#elif defined(__AVX2__)
typedef struct part {
    __m256i mask;
    size_t n;
} part;

INLINE part part_of(size_t n)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return (part){_mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lane), n};
}

INLINE vf load_part(const float *p, part which)
{
    return which.n == 8 ? load(p) : (vf)_mm256_maskload_ps(p, which.mask);
}

INLINE vf keep_part(vf x, part which)
{
    return (vf)_mm256_and_ps((__m256)x, (__m256)which.mask);
}

/* In pieces: a masked store is microcode on many AMD cores. */
INLINE void store_part(float *p, vf x, part which)
{
    if (which.n == 8) {
        store(p, x);
        return;
    }
    __m128 rest = _mm256_castps256_ps128((__m256)x);
    if (which.n & 4) {
        _mm_storeu_ps(p, rest);
        rest = _mm256_extractf128_ps((__m256)x, 1);
        p += 4;
    }
    if (which.n & 2) {
        _mm_storel_pi((__m64 *)(void *)p, rest);
        rest = _mm_movehl_ps(rest, rest);
        p += 2;
    }
    if (which.n & 1)
        _mm_store_ss(p, rest);
}

INLINE vf load_pair(const float *p, const float *q, part which)
{
    __m128i mask = _mm256_castsi256_si128(which.mask);
    return (vf)_mm256_set_m128(_mm_maskload_ps(q, mask), _mm_maskload_ps(p, mask));
}

INLINE void store_pair(float *p, float *q, vf x, part which)
{
    __m128 lower = _mm256_castps256_ps128((__m256)x), upper = _mm256_extractf128_ps((__m256)x, 1);
    if (which.n == 4) {
        _mm_storeu_ps(p, lower);
        _mm_storeu_ps(q, upper);
        return;
    }
    if (which.n & 2) {
        _mm_storel_pi((__m64 *)(void *)p, lower);
        _mm_storel_pi((__m64 *)(void *)q, upper);
        lower = _mm_movehl_ps(lower, lower);
        upper = _mm_movehl_ps(upper, upper);
    }
    if (which.n & 1) {
        _mm_store_ss(p + (which.n & 2), lower);
        _mm_store_ss(q + (which.n & 2), upper);
    }
}

INLINE vf twice(const float *half)
{
    return (vf)_mm256_broadcast_ps((const __m128 *)(const void *)half);
}

INLINE vf join(vf lower, vf upper)
{
    return (vf)_mm256_blend_ps((__m256)lower, (__m256)upper, 0xf0);
}

#else
typedef size_t part;

INLINE part part_of(size_t n)
{
    return n;
}

INLINE vf load_part(const float *p, part which)
{
    vf x = {0};
    if (which == LANES)
        return load(p);
    for (size_t i = 0; i < which; i++)
        x[i] = p[i];
    return x;
}

INLINE vf keep_part(vf x, part which)
{
    for (size_t i = which; i < LANES; i++)
        x[i] = 0;
    return x;
}

INLINE void store_part(float *p, vf x, part which)
{
    if (which == LANES) {
        store(p, x);
        return;
    }
    for (size_t i = 0; i < which; i++)
        p[i] = x[i];
}

INLINE vf load_pair(const float *p, const float *q, part which)
{
    vf x = {0};
    for (size_t i = 0; i < which; i++) {
        x[i] = p[i];
        x[LANES / 2 + i] = q[i];
    }
    return x;
}

INLINE void store_pair(float *p, float *q, vf x, part which)
{
    for (size_t i = 0; i < which; i++) {
        p[i] = x[i];
        q[i] = x[LANES / 2 + i];
    }
}

INLINE vf twice(const float *half)
{
    return (vf){half[0], half[1], half[0], half[1]};
}

INLINE vf join(vf lower, vf upper)
{
    return (vf){lower[0], lower[1], upper[2], upper[3]};
}
#endif

/* The part for what is left of a row. */
INLINE part part_left(size_t left)
{
    return part_of(left < LANES ? left : LANES);
}

/* ---- a b + c, rounded once ---- */

#if defined(__AVX512F__)
INLINE vf fma_of(vf a, vf b, vf c)
{
    return (vf)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
#elif defined(__FMA__)
INLINE vf fma_of(vf a, vf b, vf c)
{
    return (vf)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
#elif defined(__aarch64__)
INLINE vf fma_of(vf a, vf b, vf c)
{
    return (vf)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
#elif defined(__x86_64__)
/* The product is exact in double; the sum s is rounded to 53 bits, then to 24. Rounding twice is
 * wrong only if s lies just between two floats: its last 29 bits are then 2^28. Floats below
 * 2^-126 have fewer bits and their betweens lie elsewhere. Both are rare, and go to fmaf. */
static __attribute__((noinline)) vf fma_by_lane(vf a, vf b, vf c)
{
    for (int i = 0; i < LANES; i++)
        c[i] = fmaf(a[i], b[i], c[i]);
    return c;
}

INLINE vf fma_of(vf a, vf b, vf c)
{
    const __m128 fa = (__m128)a, fb = (__m128)b, fc = (__m128)c;
    __m128d low = _mm_add_pd(_mm_mul_pd(_mm_cvtps_pd(fa), _mm_cvtps_pd(fb)), _mm_cvtps_pd(fc));
    __m128d high = _mm_add_pd(
        _mm_mul_pd(_mm_cvtps_pd(_mm_movehl_ps(fa, fa)), _mm_cvtps_pd(_mm_movehl_ps(fb, fb))),
        _mm_cvtps_pd(_mm_movehl_ps(fc, fc)));
    __m128 words0 = _mm_castpd_ps(low), words1 = _mm_castpd_ps(high);
    __m128i last = _mm_castps_si128(_mm_shuffle_ps(words0, words1, _MM_SHUFFLE(2, 0, 2, 0)));
    __m128i first = _mm_castps_si128(_mm_shuffle_ps(words0, words1, _MM_SHUFFLE(3, 1, 3, 1)));
    __m128i size = _mm_and_si128(first, _mm_set1_epi32(0x7fffffff));
    __m128i between = _mm_cmpeq_epi32(_mm_slli_epi32(last, 3), _mm_set1_epi32(INT32_MIN));
    __m128i tiny = _mm_and_si128(_mm_cmpgt_epi32(size, _mm_setzero_si128()),
                                 _mm_cmplt_epi32(size, _mm_set1_epi32((1023 - 126) << 20)));
    if (__builtin_expect(_mm_movemask_epi8(_mm_or_si128(between, tiny)) != 0, 0))
        return fma_by_lane(a, b, c);
    return (vf)_mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
}
#else
INLINE vf fma_of(vf a, vf b, vf c)
{
    for (int i = 0; i < LANES; i++)
        c[i] = fmaf(a[i], b[i], c[i]);
    return c;
}
#endif

/* ---- comparison: each gives y where it is unordered ---- */

INLINE vf where(vi mask, vf x, vf y)
{
    return (vf)(((vi)x & mask) | ((vi)y & ~mask));
}

/* a < b ? x : y */
INLINE vf if_less(vf a, vf b, vf x, vf y)
{
#if defined(__AVX512F__)
    return (vf)_mm512_mask_mov_ps((__m512)y, _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_LT_OQ),
                                  (__m512)x);
#elif defined(__AVX2__)
    return (vf)_mm256_blendv_ps((__m256)y, (__m256)x,
                                _mm256_cmp_ps((__m256)a, (__m256)b, _CMP_LT_OQ));
#else
    return where((vi)(a < b), x, y);
#endif
}

/* x < y ? x : y */
INLINE vf min_of(vf x, vf y)
{
#if defined(__AVX512F__)
    return (vf)_mm512_min_ps((__m512)x, (__m512)y);
#elif defined(__AVX2__)
    return (vf)_mm256_min_ps((__m256)x, (__m256)y);
#elif defined(__x86_64__)
    return (vf)_mm_min_ps((__m128)x, (__m128)y);
#else
    return if_less(x, y, x, y);
#endif
}

/* x > y ? x : y */
INLINE vf max_of(vf x, vf y)
{
#if defined(__AVX512F__)
    return (vf)_mm512_max_ps((__m512)x, (__m512)y);
#elif defined(__AVX2__)
    return (vf)_mm256_max_ps((__m256)x, (__m256)y);
#elif defined(__x86_64__)
    return (vf)_mm_max_ps((__m128)x, (__m128)y);
#else
    return if_less(y, x, x, y);
#endif
}

INLINE vf abs_of(vf x)
{
    return (vf)((vi)x & splat_int(INT32_MAX));
}

INLINE vf sqrt_of(vf x)
{
#if defined(__AVX512F__)
    return (vf)_mm512_sqrt_ps((__m512)x);
#elif defined(__AVX2__)
    return (vf)_mm256_sqrt_ps((__m256)x);
#elif defined(__x86_64__)
    return (vf)_mm_sqrt_ps((__m128)x);
#elif defined(__aarch64__)
    return (vf)vsqrtq_f32((float32x4_t)x);
#else
    for (int i = 0; i < LANES; i++)
        x[i] = sqrtf(x[i]);
    return x;
#endif
}

/* Lane i of the result is lane at[i] of x. */
INLINE vf permute_of(vf x, vi at)
{
#if defined(__AVX512F__)
    return (vf)_mm512_permutexvar_ps((__m512i)at, (__m512)x);
#elif defined(__AVX2__)
    return (vf)_mm256_permutevar8x32_ps((__m256)x, (__m256i)at);
#else
    vf y = {0};
    for (int i = 0; i < LANES; i++)
        y[i] = x[at[i]];
    return y;
#endif
}

/* ---- the halves of a vector as doubles ---- */

INLINE vd widen_low(vf x)
{
#if defined(__AVX512F__)
    return (vd)_mm512_cvtps_pd(_mm512_castps512_ps256((__m512)x));
#elif defined(__AVX2__)
    return (vd)_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)x));
#else
    return (vd){(double)x[0], (double)x[1]};
#endif
}

INLINE vd widen_high(vf x)
{
#if defined(__AVX512F__)
    return (vd)_mm512_cvtps_pd(_mm512_extractf32x8_ps((__m512)x, 1));
#elif defined(__AVX2__)
    return (vd)_mm256_cvtps_pd(_mm256_extractf128_ps((__m256)x, 1));
#else
    return (vd){(double)x[2], (double)x[3]};
#endif
}

/* ---- the sum of 16 numbers in 16 / LANES vectors, number i in lane i mod LANES of vector i / LANES:
 * always as a tree of i with i + 8, then i + 4, i + 2, i + 1 ---- */

typedef float four __attribute__((vector_size(16)));

INLINE four fold(const vf *x)
{
#if defined(__AVX512F__)
    __m256 eight = _mm256_add_ps(_mm512_castps512_ps256((__m512)x[0]),
                                 _mm512_extractf32x8_ps((__m512)x[0], 1));
    return (four)_mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
#elif defined(__AVX2__)
    __m256 eight = _mm256_add_ps((__m256)x[0], (__m256)x[1]);
    return (four)_mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
#else
    return (four)((x[0] + x[2]) + (x[1] + x[3]));
#endif
}

/* The end of that tree for four sums at once. */
INLINE four sum_each(four x, four y, four z, four w)
{
#if defined(__x86_64__)
    __m128 a = (__m128)x, b = (__m128)y, c = (__m128)z, d = (__m128)w;
    _MM_TRANSPOSE4_PS(a, b, c, d);
    return (four)_mm_add_ps(_mm_add_ps(a, c), _mm_add_ps(b, d));
#else
    return (four){(x[0] + x[2]) + (x[1] + x[3]), (y[0] + y[2]) + (y[1] + y[3]),
                  (z[0] + z[2]) + (z[1] + z[3]), (w[0] + w[2]) + (w[1] + w[3])};
#endif
}

INLINE four root_of(four x)
{
#if defined(__x86_64__)
    return (four)_mm_sqrt_ps((__m128)x);
#else
    for (int i = 0; i < 4; i++)
        x[i] = sqrtf(x[i]);
    return x;
#endif
}

/* ---- 32-bit integers in the lower halves of 64-bit lanes, LANES / 2 of them; what the upper halves
 * hold does not matter ---- */

typedef uint64_t vh __attribute__((vector_size(4 * LANES)));

/* All 64 bits of the product of the lower halves with b. */
INLINE vh multiply_wide(vh a, uint32_t b)
{
#if defined(__AVX512F__)
    return (vh)_mm512_mul_epu32((__m512i)a, _mm512_set1_epi32((int)b));
#elif defined(__AVX2__)
    return (vh)_mm256_mul_epu32((__m256i)a, _mm256_set1_epi32((int)b));
#elif defined(__x86_64__)
    return (vh)_mm_mul_epu32((__m128i)a, _mm_set1_epi32((int)b));
#else
    return (a & UINT32_MAX) * b;
#endif
}

/* The even lanes of x; the odd ones; and the vector that has them. */
INLINE vh even_of(vu x)
{
    return (vh)x;
}

INLINE vh odd_of(vu x)
{
    return (vh)x >> 32;
}

INLINE vu from_halves(vh even, vh odd)
{
    return (vu)((even & UINT32_MAX) | odd << 32);
}

#endif
