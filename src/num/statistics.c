/* Statistics in double precision: sums of products, angles, quantiles. */
#include "tables.h"

#include <math.h>
#include <stdlib.h>

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
