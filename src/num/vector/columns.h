/* columns.h: columns of a matrix that are not zero in all rows: which they are, and a matrix of them
 * alone. */
#ifndef MTSWEEP_VECTOR_COLUMNS_H
#define MTSWEEP_VECTOR_COLUMNS_H

#include "vec.h"
#include "zeros.h"

static size_t alive_columns(size_t m, size_t n, const float *x, size_t ldx, size_t *at)
{
    size_t found = 0;
    for (size_t j = 0; j < n; j += 4 * LANES) {
        const size_t width = n - j < 4 * LANES ? n - j : 4 * LANES;
        vi any[4] = {{0}};
        if (width == 4 * LANES)
            for (size_t i = 0; i < m; i++)
                UNROLL for (int v = 0; v < 4; v++) any[v] |= (vi)load(x + i * ldx + j + v * LANES);
        else
            for (size_t i = 0; i < m; i++)
                for (size_t v = 0; v * LANES < width; v++)
                    any[v] |=
                        (vi)load_part(x + i * ldx + j + v * LANES, part_left(width - v * LANES));
        for (size_t v = 0; v < 4; v++)
            for (uint64_t mask = nonzero_of(any[v]); mask; mask &= mask - 1)
                at[found++] = j + v * LANES + (size_t)__builtin_ctzll(mask);
    }
    return found;
}

/* One vector of x at a time, its columns moved to the beginning. What is stored behind them the next
 * vector overwrites; at the end of a row only a part is stored. */
static void gather_columns(size_t m, size_t n, const size_t *at, const float *x, size_t ldx,
                           float *y, size_t ldy)
{
    for (size_t j = 0, count; j < n; j += count) {
        const float *from = x + at[j];
        float *to = y + j;
        vi lane = {0};
        for (count = 0; count < LANES && j + count < n && at[j + count] < at[j] + LANES; count++)
            lane[count] = (int32_t)(at[j + count] - at[j]);
        const part used = part_of((size_t)lane[count - 1] + 1), kept = part_left(n - j);
        for (size_t i = 0; i < m; i++)
            store_part(to + i * ldy, permute_of(load_part(from + i * ldx, used), lane), kept);
    }
}

static bool finite_numbers(size_t n, const float *x)
{
    return all_finite(1, n, x, n);
}

#endif
