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
#include "panels.h"
#include "zeros.h"

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

INLINE bool tile_has_minus_zero(const tile *t, const int rows, const int vecs, const int half)
{
    vi least[2] = {{0}};
    EACH_CELL least[v % 2] = least_of(least[v % 2], (vi)t->cell[r][v]);
    EACH_PAIR least[0] = least_of(least[0], (vi)t->pair[r / 2]);
    return has_least(least_of(least[0], least[1]));
}

/* Adds the products of `rows` numbers of x, `step` apart, with one row of b. */
INLINE void tile_add(tile *t, const int rows, const int vecs, const int half, const float *x,
                     size_t step, vf *b, vf b_half)
{
    EACH_VEC HOLD(b[v]);
    vf a[8];
    EACH_ROW
    {
        a[r] = splat(x[(size_t)r * step]);
        EACH_VEC t->cell[r][v] = fma_of(a[r], b[v], t->cell[r][v]);
        if (half && (r % 2 == 1 || r == rows - 1))
            t->pair[r / 2] = fma_of(join(a[r - r % 2], a[r]), b_half, t->pair[r / 2]);
    }
}

/* ---- affine, forward and back ---- */

typedef enum { END, END_RELU, END_SQUARE, END_BACK, END_BACK_RELU, END_BACK_TANH } ending;

typedef struct affine_plan {
    ending end;
    bool sparse[2]; /* a term has zeros that may be left out */
} affine_plan;

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

/* Adds the products of column p of x with row p of w. */
INLINE void affine_add(tile *t, const int rows, const int vecs, const int half, const float *x,
                       size_t ldx, const float *packed, size_t p)
{
    const size_t width = (size_t)vecs * LANES + (half ? LANES / 2 : 0);
    const float *row = packed + p * width;
    vf b[VECS], b_half = {0};
    EACH_VEC b[v] = load(row + v * LANES);
    if (half)
        b_half = twice(row + vecs * LANES);
    tile_add(t, rows, vecs, half, x + p, ldx, b, b_half);
}

/* Of a term with zeros, columns that are zero in all rows of the tile are left out. Returns whether
 * there were any. */
INLINE bool affine_sparse(tile *t, const int rows, const int vecs, const int half, size_t k,
                          const float *x, size_t ldx, const float *packed)
{
    bool skipped = false;
    for (size_t first = 0; first < k; first += MASK) {
        const size_t n = k - first < MASK ? k - first : MASK;
        uint64_t alive = columns_alive((size_t)rows, n, x + first, ldx);
        if (is_sparse(alive, n)) {
            skipped = true;
            for (; alive; alive &= alive - 1)
                affine_add(t, rows, vecs, half, x, ldx, packed,
                           first + (size_t)__builtin_ctzll(alive));
        } else {
            for (size_t p = first; p < first + n; p++)
                affine_add(t, rows, vecs, half, x, ldx, packed, p);
        }
    }
    return skipped;
}

INLINE void affine_tile(const int rows, const int vecs, const int half, const mts_affine *sum,
                        const affine_plan *plan, size_t row, const panel *columns)
{
    const size_t column = columns->first;
    const part last = columns->last;
    tile t;
    bool skipping = true, skipped;
    do {
        t = (tile){0};
        skipped = false;
        if (sum->init)
            tile_load(&t, rows, vecs, half, sum->init + row * sum->ld_init + column, sum->ld_init,
                      last);
        for (size_t i = 0; i < 2; i++) {
            const size_t k = sum->term[i].k, ldx = sum->term[i].ldx;
            if (k == 0)
                continue;
            const float *x = sum->term[i].x + row * ldx, *packed = sum->term[i].packed + column * k;
            if (plan->sparse[i] && skipping)
                skipped |= affine_sparse(&t, rows, vecs, half, k, x, ldx, packed);
            else
                for (size_t p = 0; p < k; p++)
                    affine_add(&t, rows, vecs, half, x, ldx, packed, p);
        }
        skipping = false;
    } while (skipped && tile_has_minus_zero(&t, rows, vecs, half));

    switch (plan->end) {
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
    affine_plan plan = {.end = end};
    for (size_t i = 0; i < 2; i++) {
        const mts_term *term = &sum->term[i];
        plan.sparse[i] = term->sparse && is_finite(term->k, sum->n, term->packed);
    }
    for (size_t i = 0; i < panels_of(sum->n); i++) {
        panel columns = panel_of(sum->n, i);
        for (size_t row = 0, rows; row < sum->m; row += rows) {
            rows = rows_of(sum->m - row, columns.vecs, columns.half);
            switch (SHAPE_NUMBER((int)rows, columns.vecs, columns.half)) {
#define AFFINE_SHAPE(r, v, h)                                                                      \
    case SHAPE_NUMBER(r, v, h):                                                                    \
        affine_tile(r, v, h, sum, &plan, row, &columns);                                           \
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

/* The sums of a tile of rows of dw, over rows first .. first + m - 1 of x and dy. */
INLINE void outer_tile(const int rows, const int vecs, const int half, const mts_outer *sum,
                       size_t first, size_t m, size_t row, const panel *columns)
{
    const size_t ldx = sum->ldx, lddy = sum->lddy;
    const float *x = sum->x + first * ldx + row, *dy = sum->dy + first * lddy + columns->first;
    float *dw = sum->dw + row * sum->lddw + columns->first;
    const part last = columns->last;
    tile t = {0};
    tile_load(&t, rows, vecs, half, dw, sum->lddw, last);
    for (size_t i = 0; i < m; i++, x += ldx, dy += lddy) {
        vf b[VECS], b_half = {0};
        EACH_VEC b[v] = load_cell(dy, v, vecs, half, last);
        if (half)
            b_half = load_pair(dy + vecs * LANES, dy + vecs * LANES, last);
        tile_add(&t, rows, vecs, half, x, 1, b, b_half);
    }
    tile_store(&t, rows, vecs, half, dw, sum->lddw, last);
}

static void outer_chunk(const mts_outer *sum, size_t first, size_t m)
{
    for (size_t j = 0; j < panels_of(sum->n); j++) {
        panel columns = panel_of(sum->n, j);
        for (size_t row = 0, rows; row < sum->k; row += rows) {
            rows = rows_of(sum->k - row, columns.vecs, columns.half);
            switch (SHAPE_NUMBER((int)rows, columns.vecs, columns.half)) {
#define OUTER_SHAPE(r, v, h)                                                                       \
    case SHAPE_NUMBER(r, v, h):                                                                    \
        outer_tile(r, v, h, sum, first, m, row, &columns);                                         \
        break;
                SHAPES(OUTER_SHAPE)
            }
        }
    }
}

static void outer(const mts_outer *sum)
{
    for (size_t i = 0; i < sum->m; i += CHUNK)
        outer_chunk(sum, i, sum->m - i < CHUNK ? sum->m - i : CHUNK);
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
