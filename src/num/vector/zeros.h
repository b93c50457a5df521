/* zeros.h: which products may be left out, to the bit.
 *
 * A sum s takes fma(a, b, s). Where a is 0 or -0 and b is finite, that is s again, unless s is -0 and
 * a b is 0, which gives 0. So a sum without such products has the bits of the sum with all of them, or it
 * is -0 where the other is 0: what follows treats both alike. A sum of -0 is rare: it takes a product
 * below the subnormal numbers, or a start at -0. Hence products with zeros are left out where all their
 * other factors are finite, and what ends at -0 is summed once more in full.
 */
#ifndef MTSWEEP_VECTOR_ZEROS_H
#define MTSWEEP_VECTOR_ZEROS_H

#include "vec.h"

#include <stdbool.h>

/* Bit i: lane i is neither 0 nor -0, as a float. */
INLINE uint64_t nonzero_of(vi x)
{
#if defined(__AVX512F__)
    return _mm512_test_epi32_mask((__m512i)x, _mm512_set1_epi32(INT32_MAX));
#elif defined(__AVX2__)
    __m256i is_zero = _mm256_cmpeq_epi32(_mm256_slli_epi32((__m256i)x, 1), _mm256_setzero_si256());
    return 0xff ^ (uint64_t)_mm256_movemask_ps((__m256)is_zero);
#elif defined(__x86_64__)
    __m128i is_zero = _mm_cmpeq_epi32(_mm_slli_epi32((__m128i)x, 1), _mm_setzero_si128());
    return 0xf ^ (uint64_t)_mm_movemask_ps((__m128)is_zero);
#else
    uint64_t mask = 0;
    for (int i = 0; i < LANES; i++)
        mask |= (uint64_t)((x[i] & INT32_MAX) != 0) << i;
    return mask;
#endif
}

/* The smaller of two integers: -0 is the smallest of all, read as one. */
INLINE vi least_of(vi x, vi y)
{
#if defined(__AVX512F__)
    return (vi)_mm512_min_epi32((__m512i)x, (__m512i)y);
#elif defined(__AVX2__)
    return (vi)_mm256_min_epi32((__m256i)x, (__m256i)y);
#else
    vi mask = (vi)(x < y);
    return (x & mask) | (y & ~mask);
#endif
}

INLINE bool has_least(vi x)
{
    return nonzero_of((vi)(x == splat_int(INT32_MIN))) != 0;
}

/* x 0 is 0 or -0, or a NaN where x is not finite. */
INLINE bool all_finite(size_t m, size_t n, const float *x, size_t ld)
{
    const vf zero = {0};
    vf sum[4] = {{0}};
    for (size_t i = 0; i < m; i++, x += ld) {
        size_t j = 0;
        for (; j + 4 * LANES <= n; j += 4 * LANES)
            UNROLL for (int u = 0; u < 4; u++) sum[u] += zero * load(x + j + u * LANES);
        for (; j < n; j += LANES)
            sum[0] += zero * load_part(x + j, part_left(n - j));
    }
    return nonzero_of((vi)((sum[0] + sum[1]) + (sum[2] + sum[3]))) == 0;
}

#define MASK 64 /* columns of a mask */

/* Bit j: column j of x is not zero in all rows. n is at most MASK. */
INLINE uint64_t columns_alive(size_t rows, size_t n, const float *x, size_t ld)
{
    uint64_t mask = 0;
    size_t j = 0;
    for (; j + LANES <= n; j += LANES) {
        vi any = {0};
        UNROLL_IF_CONSTANT for (size_t r = 0; r < rows; r++) any |= (vi)load(x + r * ld + j);
        mask |= nonzero_of(any) << j;
    }
    if (j < n) {
        const part last = part_of(n - j);
        vi any = {0};
        UNROLL_IF_CONSTANT for (size_t r = 0; r < rows; r++) any |=
            (vi)load_part(x + r * ld + j, last);
        mask |= nonzero_of(any) << j;
    }
    return mask;
}

/* Whether it pays to leave out the others: below, a loop over all of n columns is as fast. */
INLINE bool is_sparse(uint64_t alive, size_t n)
{
    return 8 * (size_t)__builtin_popcountll(alive) < 7 * n;
}

#endif
