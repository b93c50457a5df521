/* products.h: sums of products, in register tiles.
 *
 * A tile is `rows` rows of the output by `vecs` vectors of its columns, held in registers from the
 * first product to the activation:
 *
 *                      w packed, in panels of up to VECS vectors, zero-padded
 *                      +--------+--------+--------+--------+
 *                  p ->|  b[0]  |  b[1]  |  b[2]  |  b[3]  |   loaded once per p
 *                      +--------+--------+--------+--------+
 *          x               acc: each lane is one output
 *       +-------+      +--------+--------+--------+--------+
 *   row |   a   |      |        |        |        |        |   acc += splat(a) b, fused
 *       |   a   |      |        |        |        |        |
 *       |   a   |      |        |        |        |        |
 *       |   a   |      |        |        |        |        |
 *       +-------+      +--------+--------+--------+--------+
 *           p ->
 *
 * A lane never meets another, and every output takes its products in the order of p, so neither the
 * width of a vector nor the place in a tile shows in a bit.
 */
#ifndef MTSWEEP_VECTOR_PRODUCTS_H
#define MTSWEEP_VECTOR_PRODUCTS_H

#include "functions.h"
#include "mtsweep/num.h"

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

/* The compiler would rather load b again in every row, as an operand of the FMA. */
#if defined(__AVX512F__)
#define HOLD(b) __asm__("" : "+v"(b))
#elif defined(__x86_64__)
#define HOLD(b) __asm__("" : "+x"(b))
#elif defined(__aarch64__)
#define HOLD(b) __asm__("" : "+w"(b))
#else
#define HOLD(b) (void)(b)
#endif

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

static size_t packed_size(size_t k, size_t n)
{
    size_t panels = panels_of(n);
    if (panels == 0)
        return 0;
    panel last = panel_of(n, panels - 1);
    return k * (last.first + last.width);
}

static void pack(size_t k, size_t n, const float *w, size_t ldw, float *packed)
{
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

static void pack_transposed(size_t k, size_t n, const float *w, size_t ldw, float *packed)
{
    for (size_t i = 0; i < panels_of(n); i++) {
        panel columns = panel_of(n, i);
        size_t width = columns.width;
        size_t used = width < n - columns.first ? width : n - columns.first;
        transpose(k, used, w + columns.first * ldw, ldw, packed, width);
        for (size_t p = 0; p < k; p++, packed += width)
            for (size_t j = used; j < width; j++)
                packed[j] = 0;
    }
}

/* ---- tiles ---- */

/* Half vectors of two rows share one accumulator: the lower half is the first row's, the upper half
 * the second's. With an odd number of rows the last one's upper half is its lower half again. */
typedef struct tile {
    vf cell[8][VECS];
    vf pair[4];
} tile;

#define EACH_ROW  UNROLL for (int r = 0; r < rows; r++)
#define EACH_VEC  UNROLL for (int v = 0; v < vecs; v++)
#define EACH_CELL EACH_ROW EACH_VEC
#define EACH_PAIR UNROLL for (int r = 0; r < rows * half; r += 2)

INLINE size_t next_row(int r, int rows)
{
    return (size_t)(r + 1 < rows ? r + 1 : r);
}

INLINE vf load_cell(const float *row, int v, int vecs, int half, part last)
{
    return half || v < vecs - 1 ? load(row + v * LANES) : load_part(row + v * LANES, last);
}

INLINE void tile_load(tile *t, const int rows, const int vecs, const int half, const float *from,
                      size_t ld, part last)
{
    EACH_CELL t->cell[r][v] = load_cell(from + (size_t)r * ld, v, vecs, half, last);
    from += vecs * LANES;
    EACH_PAIR t->pair[r / 2] =
        load_pair(from + (size_t)r * ld, from + next_row(r, rows) * ld, last);
}

INLINE void tile_store(const tile *t, const int rows, const int vecs, const int half, float *to,
                       size_t ld, part last)
{
    EACH_CELL
    {
        float *at = to + (size_t)r * ld + v * LANES;
        if (half || v < vecs - 1)
            store(at, t->cell[r][v]);
        else
            store_part(at, t->cell[r][v], last);
    }
    to += vecs * LANES;
    EACH_PAIR store_pair(to + (size_t)r * ld, to + next_row(r, rows) * ld, t->pair[r / 2], last);
}

/* Adds the products of `rows` numbers, ldx apart, with one row of b. */
INLINE void tile_add(tile *t, const int rows, const int vecs, const int half, const float *x,
                     size_t ldx, vf *b, vf b_half)
{
    EACH_VEC HOLD(b[v]);
    vf a[8];
    EACH_ROW
    {
        a[r] = splat(x[(size_t)r * ldx]);
        EACH_VEC t->cell[r][v] = fma_of(a[r], b[v], t->cell[r][v]);
        if (half && (r % 2 == 1 || r == rows - 1))
            t->pair[r / 2] = fma_of(join(a[r - r % 2], a[r]), b_half, t->pair[r / 2]);
    }
}

/* ---- affine, forward and back ---- */

typedef enum { END, END_RELU, END_SQUARE, END_BACK, END_BACK_RELU, END_BACK_TANH } ending;

INLINE vf finish(const ending end, vf sum, vf gain, vf out)
{
    const vf zero = {0};
    return end == END_RELU        ? max_of(zero, sum)
           : end == END_SQUARE    ? sum * sum
           : end == END_BACK      ? gain * sum
           : end == END_BACK_RELU ? if_less(zero, out, gain * sum, zero)
           : end == END_BACK_TANH ? gain * sum * fma_of(-out, out, splat(1))
                                  : sum;
}

INLINE void tile_finish(const ending end, tile *t, const int rows, const int vecs, const int half,
                        float gain, const float *a, size_t lda, part last)
{
    const bool with_output = end == END_BACK_RELU || end == END_BACK_TANH;
    vf out = {0};
    EACH_CELL
    {
        if (with_output)
            out = load_cell(a + (size_t)r * lda, v, vecs, half, last);
        t->cell[r][v] = finish(end, t->cell[r][v], splat(gain), out);
    }
    a = with_output ? a + vecs * LANES : NULL;
    EACH_PAIR
    {
        if (with_output)
            out = load_pair(a + (size_t)r * lda, a + next_row(r, rows) * lda, last);
        t->pair[r / 2] = finish(end, t->pair[r / 2], splat(gain), out);
    }
}

INLINE void affine_tile(const int rows, const int vecs, const int half, const mts_affine *sum,
                        ending end, size_t row, const panel *columns)
{
    tile t = {0};
    const size_t column = columns->first, width = (size_t)vecs * LANES + (half ? LANES / 2 : 0);
    const part last = columns->last;
    if (sum->init)
        tile_load(&t, rows, vecs, half, sum->init + row * sum->ld_init + column, sum->ld_init,
                  last);

    for (const mts_term *term = sum->term; term < sum->term + 2; term++) {
        if (term->k == 0)
            continue;
        const size_t k = term->k, ldx = term->ldx;
        const float *x = term->x + row * ldx, *packed = term->packed + column * k;
        for (size_t p = 0; p < k; p++, packed += width) {
            vf b[VECS], b_half = {0};
            EACH_VEC b[v] = load(packed + v * LANES);
            if (half)
                b_half = twice(packed + vecs * LANES);
            tile_add(&t, rows, vecs, half, x + p, ldx, b, b_half);
        }
    }

    switch (end) {
#define FINISH(end)                                                                                \
    case end:                                                                                      \
        tile_finish(end, &t, rows, vecs, half, sum->gain, sum->a + row * sum->lda + column,        \
                    sum->lda, last);                                                               \
        break;
        FINISH(END_RELU)
        FINISH(END_SQUARE)
        FINISH(END_BACK)
        FINISH(END_BACK_RELU)
        FINISH(END_BACK_TANH)
    default:
        break;
    }
    tile_store(&t, rows, vecs, half, sum->y + row * sum->ldy + column, sum->ldy, last);
}

static void affine_panels(const mts_affine *sum, ending end)
{
    for (size_t i = 0; i < panels_of(sum->n); i++) {
        panel columns = panel_of(sum->n, i);
        for (size_t row = 0, rows; row < sum->m; row += rows) {
            rows = rows_of(sum->m - row, columns.vecs, columns.half);
            switch (SHAPE_NUMBER((int)rows, columns.vecs, columns.half)) {
#define AFFINE_SHAPE(r, v, h)                                                                      \
    case SHAPE_NUMBER(r, v, h):                                                                    \
        affine_tile(r, v, h, sum, end, row, &columns);                                             \
        break;
                SHAPES(AFFINE_SHAPE)
            }
        }
    }
}

static void affine(const mts_affine *sum)
{
    const mts_act act = sum->act;
    affine_panels(sum, act == MTS_ACT_RELU ? END_RELU : act == MTS_ACT_SQUARE ? END_SQUARE : END);
    if (act != MTS_ACT_TANH)
        return;
    for (size_t i = 0; i < sum->m; i++)
        for (size_t j = 0; j < sum->n; j += LANES) {
            float *y = sum->y + i * sum->ldy + j;
            part which = part_left(sum->n - j);
            store_part(y, tanh_of(load_part(y, which)), which);
        }
}

static void affine_back(const mts_affine *sum)
{
    const mts_act act = sum->act;
    affine_panels(sum, act == MTS_ACT_RELU   ? END_BACK_RELU
                       : act == MTS_ACT_TANH ? END_BACK_TANH
                                             : END_BACK);
}

/* ---- gradients: the same tiles, with the sum running over trials ---- */

/* Rows of x and dy that are taken at a time, so that they are still in the first-level cache when
 * the next tile reads them. A tile writes its sums to dw in between: the order of the sum stays. */
#define CHUNK 96

/* The sums of rows `row` and on of dw, over rows first .. first + m - 1 of x and dy. */
INLINE void outer_tile(const int rows, const int vecs, const int half, const mts_outer *sum,
                       size_t first, size_t m, size_t row, const panel *columns)
{
    const size_t ldx = sum->ldx, lddy = sum->lddy, lddw = sum->lddw;
    const float *x = sum->x + first * ldx + row, *dy = sum->dy + first * lddy + columns->first;
    float *dw = sum->dw + row * lddw + columns->first;
    const part last = columns->last;
    tile t = {0};
    tile_load(&t, rows, vecs, half, dw, lddw, last);
    for (size_t i = 0; i < m; i++, x += ldx, dy += lddy) {
        vf b[VECS], b_half = {0};
        EACH_VEC b[v] = load_cell(dy, v, vecs, half, last);
        if (half)
            b_half = load_pair(dy + vecs * LANES, dy + vecs * LANES, last);
        tile_add(&t, rows, vecs, half, x, 1, b, b_half);
    }
    tile_store(&t, rows, vecs, half, dw, lddw, last);
}

static void outer(const mts_outer *sum)
{
    for (size_t i = 0; i < sum->m; i += CHUNK) {
        size_t chunk = sum->m - i < CHUNK ? sum->m - i : CHUNK;
        for (size_t j = 0; j < panels_of(sum->n); j++) {
            panel columns = panel_of(sum->n, j);
            for (size_t row = 0, rows; row < sum->k; row += rows) {
                rows = rows_of(sum->k - row, columns.vecs, columns.half);
                switch (SHAPE_NUMBER((int)rows, columns.vecs, columns.half)) {
#define OUTER_SHAPE(r, v, h)                                                                       \
    case SHAPE_NUMBER(r, v, h):                                                                    \
        outer_tile(r, v, h, sum, i, chunk, row, &columns);                                         \
        break;
                    SHAPES(OUTER_SHAPE)
                }
            }
        }
    }
}

/* Four vectors of columns at a time: one alone would wait for each addition. */
static void column_sum(size_t m, size_t n, const float *dy, size_t lddy, float *db)
{
    size_t j = 0;
    for (; j + 4 * LANES <= n; j += 4 * LANES) {
        vf sum[4];
        UNROLL for (int v = 0; v < 4; v++) sum[v] = load(db + j + v * LANES);
        for (size_t i = 0; i < m; i++)
            UNROLL for (int v = 0; v < 4; v++) sum[v] += load(dy + i * lddy + j + v * LANES);
        UNROLL for (int v = 0; v < 4; v++) store(db + j + v * LANES, sum[v]);
    }
    for (; j < n; j += LANES) {
        part which = part_left(n - j);
        vf sum = load_part(db + j, which);
        for (size_t i = 0; i < m; i++)
            sum += load_part(dy + i * lddy + j, which);
        store_part(db + j, sum, which);
    }
}

#endif
