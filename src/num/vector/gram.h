/* gram.h: sums of products in double, as plain loops that the compiler turns into vectors.
 *
 * The product of two floats is exact in double, so a fused and an unfused addition give the same
 * bits, and every sum runs over the rows in order: all instruction sets agree here too.
 */
#ifndef MTSWEEP_VECTOR_GRAM_H
#define MTSWEEP_VECTOR_GRAM_H

#include <stddef.h>

#include "mtsweep/num.h"

/* sum[b] += a[r] * x[r * ldx + b] for the rows r in order, b from `from` to n - 1. Four rows at a time
 * read and write `sum` once. */
static inline void add_rows(size_t rows, const double a[4], const mts_real *restrict x, size_t ldx,
                            size_t from, size_t n, double *restrict sum)
{
    if (rows == 4)
        for (size_t b = from; b < n; b++)
            sum[b] = sum[b] + a[0] * (double)x[b] + a[1] * (double)x[ldx + b] +
                     a[2] * (double)x[2 * ldx + b] + a[3] * (double)x[3 * ldx + b];
    else
        for (size_t r = 0; r < rows; r++)
            for (size_t b = from; b < n; b++)
                sum[b] += a[r] * (double)x[r * ldx + b];
}

/* As mts_gram_add. The upper triangle is summed and then copied. */
static void gram_add(const mts_gram *sum)
{
    const size_t n = sum->n, s = n + 1, d = sum->d, ldx = sum->ldx, ldy = sum->ldy;
    double *gram = sum->gram, *cross = sum->cross;
    for (size_t i = 0; i < sum->m; i += 4) {
        const size_t rows = sum->m - i < 4 ? sum->m - i : 4;
        const mts_real *xi = sum->x + i * ldx, *yi = sum->y + i * ldy;
        for (size_t a = 0; a < s; a++) {
            double z[4] = {1, 1, 1, 1};
            for (size_t r = 0; r < rows && a < n; r++)
                z[r] = (double)xi[r * ldx + a];
            add_rows(rows, z, xi, ldx, a, n, gram + a * s);
            for (size_t r = 0; r < rows; r++)
                gram[a * s + n] += z[r];
            add_rows(rows, z, yi, ldy, 0, d, cross + a * d);
        }
    }
    for (size_t a = 1; a < s; a++)
        for (size_t b = 0; b < a; b++)
            gram[a * s + b] = gram[b * s + a];
}

#endif
