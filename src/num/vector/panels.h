/* panels.h: how the columns of a product are cut, and weights in that order.
 *
 * A panel is up to VECS vectors of columns, the last of them perhaps half a vector. A packed matrix is
 * its panels one after another, each row by row and zero-padded, and one number at the end: 1 if all
 * weights are finite, else 0. Only then may a product with a zero be left out.
 */
#ifndef MTSWEEP_VECTOR_PANELS_H
#define MTSWEEP_VECTOR_PANELS_H

#include "vec.h"
#include "zeros.h"

/* The shapes of tiles: rows, whole vectors, and 1 if half a vector follows. A panel has up to VECS
 * vectors, the half counted as one. The accumulators, b and what is made of x fit into the registers
 * (32 with AVX-512 and NEON, else 16), and there are 8 accumulators at least where that is possible,
 * or the latency of FMA would show. Where FMA is emulated the shape hardly matters. most_rows is by
 * the number of vectors. */
#define ROWS8(DO, v, h) DO(8, v, h) DO(4, v, h) DO(2, v, h) DO(1, v, h)
#define ROWS6(DO, v, h) DO(6, v, h) DO(4, v, h) DO(2, v, h) DO(1, v, h)
#define ROWS4(DO, v, h) DO(4, v, h) DO(2, v, h) DO(1, v, h)
#if LANES == 16
#define HALVES 1
#define VECS   4
static const size_t most_rows[VECS] = {8, 8, 8, 6};
#define WHOLE(DO)  ROWS8(DO, 1, 0) ROWS8(DO, 2, 0) ROWS8(DO, 3, 0) ROWS6(DO, 4, 0)
#define SHAPES(DO) WHOLE(DO) ROWS8(DO, 1, 1) ROWS8(DO, 2, 1) ROWS6(DO, 3, 1)
#elif LANES == 8
#define HALVES     1
#define VECS       3
static const size_t most_rows[VECS] = {8, 6, 4};
#define WHOLE(DO)  ROWS8(DO, 1, 0) ROWS6(DO, 2, 0) ROWS4(DO, 3, 0)
#define SHAPES(DO) WHOLE(DO) ROWS6(DO, 1, 1) ROWS4(DO, 2, 1)
#elif defined(__aarch64__)
#define HALVES     0
#define VECS       4
static const size_t most_rows[VECS] = {8, 8, 8, 6};
#define SHAPES(DO) ROWS8(DO, 1, 0) ROWS8(DO, 2, 0) ROWS8(DO, 3, 0) ROWS6(DO, 4, 0)
#else
#define HALVES     0
#define VECS       1
static const size_t most_rows[VECS] = {4};
#define SHAPES(DO) ROWS4(DO, 1, 0)
#endif
#define SHAPE_NUMBER(r, v, h) (((v)*2 + (h)) * 16 + (r))

/* ---- panels: the columns in as few parts as possible, as even as possible ---- */

typedef struct panel {
    size_t first; /* column */
    int vecs, half;
    size_t width; /* columns with padding */
    part last;    /* what is used of the last vector, or of the half */
} panel;

INLINE size_t vectors_of(size_t n)
{
    return (n + LANES - 1) / LANES;
}

INLINE size_t panels_of(size_t n)
{
    return (vectors_of(n) + VECS - 1) / VECS;
}

INLINE panel panel_of(size_t n, size_t i)
{
    size_t vectors = vectors_of(n), panels = panels_of(n);
    size_t least = vectors / panels, more = vectors % panels;
    size_t first = (i * least + (i < more ? i : more)) * LANES, vecs = least + (i < more);
    size_t used = n - first < vecs * LANES ? n - first : vecs * LANES;
    int half = HALVES && vecs > 1 && used <= vecs * LANES - LANES / 2;
    size_t width = vecs * LANES - (half ? LANES / 2 : 0);
    size_t last = used - (width - (half ? LANES / 2 : LANES));
    return (panel){first, (int)vecs - half, half, width, part_of(last)};
}

/* Rows of the next tile, of those left. */
INLINE size_t rows_of(size_t left, int vecs, int half)
{
    size_t most = most_rows[vecs + half - 1];
    return left >= most ? most : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

/* ---- packing ---- */

/* Columns of all panels, with padding. */
static size_t packed_columns(size_t n)
{
    size_t panels = panels_of(n);
    if (panels == 0)
        return 0;
    panel last = panel_of(n, panels - 1);
    return last.first + last.width;
}

static size_t packed_size(size_t k, size_t n)
{
    return k * packed_columns(n) + 1;
}

static void mark_finite(size_t k, size_t n, float *packed)
{
    const size_t size = k * packed_columns(n);
    packed[size] = all_finite(1, size, packed, size);
}

static bool is_finite(size_t k, size_t n, const float *packed)
{
    return packed[k * packed_columns(n)] > 0;
}

static void pack(size_t k, size_t n, const float *w, size_t ldw, float *to)
{
    float *packed = to;
    for (size_t i = 0; i < panels_of(n); i++) {
        panel columns = panel_of(n, i);
        size_t used = columns.width < n - columns.first ? columns.width : n - columns.first;
        const float *from = w + columns.first;
        for (size_t p = 0; p < k; p++, from += ldw, packed += columns.width) {
            size_t j = 0;
            for (; j + LANES <= used; j += LANES)
                store(packed + j, load(from + j));
            for (; j < columns.width; j++)
                packed[j] = j < used ? from[j] : 0;
        }
    }
    mark_finite(k, n, to);
}

#if defined(__x86_64__)
/* Transposes 4 x 4 squares, one in each 128-bit piece of four vectors. */
#define SIDE_BY_SIDE(a, b, c, d, LOW, HIGH, SHUFFLE)                                               \
    {                                                                                              \
        __typeof__(a) t0 = LOW(a, b), t1 = HIGH(a, b), t2 = LOW(c, d), t3 = HIGH(c, d);            \
        a = SHUFFLE(t0, t2, 0x44);                                                                 \
        b = SHUFFLE(t0, t2, 0xee);                                                                 \
        c = SHUFFLE(t1, t3, 0x44);                                                                 \
        d = SHUFFLE(t1, t3, 0xee);                                                                 \
    }

#if defined(__AVX512F__)
/* Four numbers from each of four places, `step` apart. */
INLINE __m512 pieces16(const float *p, size_t step)
{
    __m512 x = _mm512_castps128_ps512(_mm_loadu_ps(p));
    x = _mm512_insertf32x4(x, _mm_loadu_ps(p + step), 1);
    x = _mm512_insertf32x4(x, _mm_loadu_ps(p + 2 * step), 2);
    return _mm512_insertf32x4(x, _mm_loadu_ps(p + 3 * step), 3);
}

/* Columns p .. p + 3 of 16 rows. */
INLINE void transpose16(const float *from, size_t ld_from, float *to, size_t ld_to)
{
    __m512 a = pieces16(from, 4 * ld_from), b = pieces16(from + ld_from, 4 * ld_from);
    __m512 c = pieces16(from + 2 * ld_from, 4 * ld_from);
    __m512 d = pieces16(from + 3 * ld_from, 4 * ld_from);
    SIDE_BY_SIDE(a, b, c, d, _mm512_unpacklo_ps, _mm512_unpackhi_ps, _mm512_shuffle_ps)
    _mm512_storeu_ps(to, a);
    _mm512_storeu_ps(to + ld_to, b);
    _mm512_storeu_ps(to + 2 * ld_to, c);
    _mm512_storeu_ps(to + 3 * ld_to, d);
}
#endif

#if defined(__AVX2__)
/* Four numbers from each of two places. */
INLINE __m256 pieces8(const float *p, size_t step)
{
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + step), 1);
}

/* Columns p .. p + 3 of 8 rows. */
INLINE void transpose8(const float *from, size_t ld_from, float *to, size_t ld_to)
{
    __m256 a = pieces8(from, 4 * ld_from), b = pieces8(from + ld_from, 4 * ld_from);
    __m256 c = pieces8(from + 2 * ld_from, 4 * ld_from);
    __m256 d = pieces8(from + 3 * ld_from, 4 * ld_from);
    SIDE_BY_SIDE(a, b, c, d, _mm256_unpacklo_ps, _mm256_unpackhi_ps, _mm256_shuffle_ps)
    _mm256_storeu_ps(to, a);
    _mm256_storeu_ps(to + ld_to, b);
    _mm256_storeu_ps(to + 2 * ld_to, c);
    _mm256_storeu_ps(to + 3 * ld_to, d);
}
#endif

/* Columns p .. p + 3 of 4 rows. */
INLINE void transpose4(const float *from, size_t ld_from, float *to, size_t ld_to)
{
    __m128 a = _mm_loadu_ps(from), b = _mm_loadu_ps(from + ld_from);
    __m128 c = _mm_loadu_ps(from + 2 * ld_from), d = _mm_loadu_ps(from + 3 * ld_from);
    SIDE_BY_SIDE(a, b, c, d, _mm_unpacklo_ps, _mm_unpackhi_ps, _mm_shuffle_ps)
    _mm_storeu_ps(to, a);
    _mm_storeu_ps(to + ld_to, b);
    _mm_storeu_ps(to + 2 * ld_to, c);
    _mm_storeu_ps(to + 3 * ld_to, d);
}
#endif

/* Rows j .. j + ROWS - 1 by a transpose of this number of rows, while there are as many. */
#define TRANSPOSE_ROWS(ROWS)                                                                       \
    for (; j + ROWS <= n; j += ROWS) {                                                             \
        size_t p = 0;                                                                              \
        for (; p + 4 <= k; p += 4)                                                                 \
            transpose##ROWS(from + j * ld_from + p, ld_from, to + p * ld_to + j, ld_to);           \
        for (; p < k; p++)                                                                         \
            for (size_t i = j; i < j + ROWS; i++)                                                  \
                to[p * ld_to + i] = from[i * ld_from + p];                                         \
    }

/* to[p * ld_to + j] = from[j * ld_from + p] for p < k and j < n. */
INLINE void transpose(size_t k, size_t n, const float *from, size_t ld_from, float *to,
                      size_t ld_to)
{
    size_t j = 0;
#if defined(__AVX512F__)
    TRANSPOSE_ROWS(16)
#endif
#if defined(__AVX2__)
    TRANSPOSE_ROWS(8)
#endif
#if defined(__x86_64__)
    TRANSPOSE_ROWS(4)
#endif
    for (; j < n; j++)
        for (size_t p = 0; p < k; p++)
            to[p * ld_to + j] = from[j * ld_from + p];
}

static void pack_transposed(size_t k, size_t n, const float *w, size_t ldw, float *to)
{
    float *packed = to;
    for (size_t i = 0; i < panels_of(n); i++) {
        panel columns = panel_of(n, i);
        size_t width = columns.width;
        size_t used = width < n - columns.first ? width : n - columns.first;
        transpose(k, used, w + columns.first * ldw, ldw, packed, width);
        for (size_t p = 0; p < k; p++, packed += width)
            for (size_t j = used; j < width; j++)
                packed[j] = 0;
    }
    mark_finite(k, n, to);
}

#endif
