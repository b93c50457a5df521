/* Statistics in double precision: least squares from sums of products, angles, quantiles. */
#include "tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef MTS_DOUBLE
#include "vector/gram.h"
#endif

void mts_gram_add(const mts_gram *sum)
{
#ifdef MTS_DOUBLE
    gram_add(sum);
#else
    mts_own_vector()->gram_add(sum);
#endif
}

typedef struct decomposition {
    double *vectors, *values; /* of the Gram matrix */
} decomposition;

static void take_decomposition(size_t s, mts_arena *arena, decomposition *of)
{
    of->vectors = mts_take(arena, s * s, sizeof *of->vectors);
    of->values = mts_take(arena, s, sizeof *of->values);
}

size_t mts_least_squares_memory(size_t n)
{
    mts_arena arena = {0};
    decomposition of;
    take_decomposition(n + 1, &arena, &of);
    return arena.used + mts_eigen_symmetric_memory(n + 1);
}

mts_status mts_least_squares(size_t n, size_t d, const double *gram, const double *cross,
                             double cutoff, double *w)
{
    const size_t s = n + 1;
    mts_arena arena = {0};
    decomposition of;
    for (size_t i = 0; i < s * d; i++)
        if (!isfinite(cross[i]))
            return mts_fail(MTS_DIVERGED,
                            "least squares: the sums with the targets are not finite");
    take_decomposition(s, &arena, &of);
    mts_status st = mts_arena_open(&arena);
    if (st != MTS_OK)
        return st;
    take_decomposition(s, &arena, &of);
    st = mts_eigen_symmetric(s, gram, of.values, of.vectors);
    if (st != MTS_OK)
        goto cleanup;

    /* w = sum over the eigenvectors v that count of v (v' cross) / lambda */
    memset(w, 0, s * d * sizeof(double));
    for (size_t e = 0; e < s; e++) {
        const double *v = of.vectors + e * s;
        if (!(of.values[e] > cutoff * of.values[s - 1]))
            continue;
        for (size_t c = 0; c < d; c++) {
            double dot = 0;
            for (size_t a = 0; a < s; a++)
                dot += v[a] * cross[a * d + c];
            for (size_t a = 0; a < s; a++)
                w[a * d + c] += v[a] * dot / of.values[e];
        }
    }
cleanup:
    mts_arena_close(&arena);
    return st;
}

double mts_angle(size_t n, const double *a, const double *b)
{
    double aa = 0, bb = 0, ab = 0;
    for (size_t i = 0; i < n; i++) {
        aa += a[i] * a[i];
        bb += b[i] * b[i];
        ab += a[i] * b[i];
    }
    if (!isfinite(aa + bb) || aa == 0 || bb == 0)
        return NAN;
    double cosine = ab / (sqrt(aa) * sqrt(bb));
    return acos(fmax(-1, fmin(1, cosine))) * (180 / M_PI);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double mts_quantile(size_t n, double *v, double q)
{
    size_t numbers = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(v[i]))
            v[numbers++] = v[i];
    if (numbers == 0)
        return NAN;
    qsort(v, numbers, sizeof *v, ascending);
    double at = q * (double)(numbers - 1);
    size_t below = (size_t)at;
    double part = at - (double)below;
    if (part == 0 || v[below] == v[below + 1])
        return v[below];
    return v[below] + part * (v[below + 1] - v[below]);
}
