/* blocks.h: what transformer blocks are made of beside products and attention: layer normalisation,
 * gelu, dropout. */
#ifndef MTSWEEP_VECTOR_BLOCKS_H
#define MTSWEEP_VECTOR_BLOCKS_H

#include "cells.h"
#include "noise.h"

/* ---- layer normalisation ---- */

/* Rows are taken GROUP at a time, so that their sums are finished together. Sums over a row are kept in
 * 16 parts on every instruction set, element j in part j mod 16. */
#define GROUP 4
typedef struct row_sum {
    vf part[SUMS / LANES];
} row_sum;

#define EACH_OF(rows) for (size_t r = 0; r < (rows); r++)

INLINE four mean_of(const row_sum *sum, size_t n)
{
    four x = fold(sum[0].part), y = fold(sum[1].part), z = fold(sum[2].part), w = fold(sum[3].part);
    return sum_each(x, y, z, w) / ((float)n - (four){0});
}

/* rows is at most GROUP, and a constant where it is GROUP. */
INLINE void layer_norm_rows(const size_t rows, size_t row, const mts_layer_norm *norm)
{
    const size_t n = norm->n;
    const float *x = norm->x + row * n;
    float *y = norm->y + row * n, *unit = norm->unit ? norm->unit + row * n : NULL;
    row_sum sum[GROUP] = {0}, square[GROUP] = {0};
    EACH_PART(n)
    {
        part which = part_left(n - i);
        EACH_OF(rows) sum[r].part[u] += load_part(x + r * n + i, which);
    }
    const four mean = mean_of(sum, n);
    EACH_PART(n)
    {
        part which = part_left(n - i);
        EACH_OF(rows)
        {
            vf d = keep_part(load_part(x + r * n + i, which) - mean[r], which);
            square[r].part[u] = fma_of(d, d, square[r].part[u]);
        }
    }
    const four scale = 1 / root_of(mean_of(square, n) + norm->epsilon);
    EACH_PART(n)
    {
        part which = part_left(n - i);
        vf weight = load_part(norm->w + i, which), bias = load_part(norm->b + i, which);
        EACH_OF(rows)
        {
            vf d = scale[r] * (load_part(x + r * n + i, which) - mean[r]);
            if (unit)
                store_part(unit + r * n + i, d, which);
            store_part(y + r * n + i, fma_of(d, weight, bias), which);
        }
    }
    EACH_OF(norm->rstd ? rows : 0) norm->rstd[row + r] = scale[r];
}

static void layer_norm(const mts_layer_norm *norm)
{
    size_t row = 0;
    for (; row + GROUP <= norm->m; row += GROUP)
        layer_norm_rows(GROUP, row, norm);
    if (row < norm->m)
        layer_norm_rows(norm->m - row, row, norm);
}

/* With g = dy w: dx += rstd (g - mean(g) - unit mean(g unit)). */
INLINE void layer_norm_back_rows(const size_t rows, size_t row, const mts_layer_norm_back *norm)
{
    const size_t n = norm->n;
    const float *w = norm->w, *unit = norm->unit + row * n, *dy = norm->dy + row * n;
    float *dx = norm->dx + row * n, *dw = norm->dw, *db = norm->db;
    row_sum sum[GROUP] = {0}, along[GROUP] = {0};
    EACH_PART(n)
    {
        part which = part_left(n - i);
        vf weight = load_part(w + i, which);
        vf d_weight = load_part(dw + i, which), d_bias = load_part(db + i, which);
        EACH_OF(rows)
        {
            vf d = load_part(dy + r * n + i, which), x = load_part(unit + r * n + i, which);
            vf g = d * weight;
            sum[r].part[u] += g;
            along[r].part[u] = fma_of(g, x, along[r].part[u]);
            d_weight = fma_of(d, x, d_weight);
            d_bias += d;
        }
        store_part(dw + i, d_weight, which);
        store_part(db + i, d_bias, which);
    }
    const four mean = mean_of(sum, n), slope = mean_of(along, n);
    EACH_PART(n)
    {
        part which = part_left(n - i);
        vf weight = load_part(w + i, which);
        EACH_OF(rows)
        {
            vf g = load_part(dy + r * n + i, which) * weight;
            vf d = fma_of(splat(-slope[r]), load_part(unit + r * n + i, which), g - mean[r]);
            float *to = dx + r * n + i;
            store_part(to, fma_of(splat(norm->rstd[row + r]), d, load_part(to, which)), which);
        }
    }
}

static void layer_norm_back(const mts_layer_norm_back *norm)
{
    size_t row = 0;
    for (; row + GROUP <= norm->m; row += GROUP)
        layer_norm_back_rows(GROUP, row, norm);
    if (row < norm->m)
        layer_norm_back_rows(norm->m - row, row, norm);
}

/* ---- gelu: s sigmoid(2 u), which is s / 2 (1 + tanh(u)) ---- */

#define GELU_TWICE 0x1.988454p+0f /* 2 sqrt(2 / pi) */
#define GELU_CUBIC 0.044715f

static void gelu(size_t n, float *s, float *y)
{
    const vf linear = splat(GELU_TWICE), cubic = splat(GELU_TWICE * GELU_CUBIC);
    const vf slope = splat(3 * GELU_TWICE * GELU_CUBIC);
    for (size_t i = 0; i < n; i += LANES) {
        part which = part_left(n - i);
        vf x = load_part(s + i, which), square = x * x;
        vf e = exp_of(-x * fma_of(cubic, square, linear));
        vf gate = 1 / (1 + e), rest = e * gate; /* rest is 1 - gate */
        vf out = x * gate;
        store_part(y + i, out, which);
        store_part(s + i, fma_of(out * rest, fma_of(slope, square, linear), gate), which);
    }
}

/* ---- dropout ---- */

INLINE uint32_t limit_of(const mts_dropout *drop)
{
    return (uint32_t)(drop->rate * 65536 + 0.5);
}

INLINE float kept_of(const mts_dropout *drop)
{
    return 65536 / (float)(65536 - limit_of(drop));
}

/* Half a word, moved to the upper 16 bits, below the limit there. */
INLINE vi is_dropped(vu word, size_t half, uint32_t limit)
{
    vu upper = half == 0 ? word << 16 : word;
    return (vi)(upper < (limit << 16) - (vu){0});
}

/* A row is padded to a multiple of 16; a piece is 128 elements of all padded rows of an item, which 16
 * blocks of words decide: 16 elements for each half of the four words. */
static void dropout(const mts_dropout *drop, size_t T, size_t B, size_t n, float *factor)
{
    const uint32_t limit = limit_of(drop);
    const vf kept = splat(kept_of(drop)), zero = {0};
    for (size_t b = 0; b < B; b++) {
        float *row = factor + b * n; /* of step t; the next 16 elements start at j */
        uint32_t block = 0;
        for (size_t t = 0, j = 0; t < T && n > 0; block += 16) {
            vu word[16 / LANES][4];
            for (size_t l = 0; l < 16 / LANES; l++)
                blocks_of(drop->stream, drop->first + b, block + (uint32_t)(l * LANES), word[l]);
            for (size_t i = 0; i < 8 && t < T; i++) {
                UNROLL for (size_t l = 0; l < 16 / LANES; l++)
                {
                    const size_t at = j + l * LANES;
                    if (at < n)
                        store_part(row + at,
                                   where(is_dropped(word[l][i / 2], i % 2, limit), zero, kept),
                                   part_left(n - at));
                }
                j += 16;
                if (j >= n) {
                    j = 0;
                    t++;
                    row += B * n;
                }
            }
        }
    }
}

static void scaled_add(size_t n, const float *base, const float *factor, const float *x, float *y)
{
    for (size_t i = 0; i < n; i += LANES) {
        part which = part_left(n - i);
        vf b = base ? load_part(base + i, which) : (vf){0};
        vf f = factor ? load_part(factor + i, which) : splat(1);
        store_part(y + i, fma_of(f, load_part(x + i, which), b), which);
    }
}

#endif
