/* ridge.c: least squares with a penalty that generalised cross-validation chooses. */
#include "mtsweep/num.h"

#include <math.h>
#include <string.h>

/* Penalties that are tried, as parts of the largest eigenvalue: a quarter of a decade apart. The
 * least is where single precision ends: a direction with 3e-5 of the largest spread holds the
 * rounding errors of float states, which no two implementations share. */
enum { PENALTIES = 49 };
static double penalty_of(size_t k)
{
    return pow(10, -9 + 0.25 * (double)k);
}

/* The centred problem in the axes of the states' covariance. */
typedef struct ridge {
    size_t n, d;
    double m;               /* rows */
    double *mean, *target;  /* [n], [d] */
    double *matrix;         /* [n][n] sums of products about the means */
    double *value, *vector; /* its eigenvalues [n] and eigenvectors [n][n], rows */
    double *along;          /* [n][d] sums with the targets along each eigenvector */
    double *square;         /* [d] sums of squares of the targets about their means */
} ridge;

static void take(ridge *r, mts_arena *arena)
{
    r->mean = mts_take(arena, r->n, sizeof(double));
    r->target = mts_take(arena, r->d, sizeof(double));
    r->matrix = mts_take(arena, r->n * r->n, sizeof(double));
    r->value = mts_take(arena, r->n, sizeof(double));
    r->vector = mts_take(arena, r->n * r->n, sizeof(double));
    r->along = mts_take(arena, r->n * r->d, sizeof(double));
    r->square = mts_take(arena, r->d, sizeof(double));
}

size_t mts_ridge_memory(size_t n, size_t d)
{
    mts_arena arena = {0};
    ridge r = {.n = n, .d = d};
    take(&r, &arena);
    return arena.used + mts_eigen_symmetric_memory(n);
}

static void centre(ridge *r, const double *gram, const double *cross, const double *square)
{
    const size_t n = r->n, d = r->d, s = n + 1;
    for (size_t i = 0; i < n; i++)
        r->mean[i] = gram[n * s + i] / r->m;
    for (size_t c = 0; c < d; c++) {
        r->target[c] = cross[n * d + c] / r->m;
        r->square[c] = square[c] - r->m * r->target[c] * r->target[c];
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            r->matrix[i * n + j] = gram[i * s + j] - r->m * r->mean[i] * r->mean[j];
}

/* Turns to the eigenvectors. */
static mts_status turn(ridge *r, const double *cross)
{
    const size_t n = r->n, d = r->d;
    const mts_status st = mts_eigen_symmetric(n, r->matrix, r->value, r->vector);
    if (st != MTS_OK)
        return st;
    memset(r->along, 0, n * d * sizeof(double));
    for (size_t e = 0; e < n; e++) {
        r->value[e] = fmax(r->value[e], 0);
        for (size_t c = 0; c < d; c++)
            for (size_t i = 0; i < n; i++)
                r->along[e * d + c] +=
                    r->vector[e * n + i] * (cross[i * d + c] - r->m * r->mean[i] * r->target[c]);
    }
    return MTS_OK;
}

/* m RSS / (m - degrees of freedom)^2; infinite where no freedom is left. */
static double validation(const ridge *r, double penalty)
{
    double left = 0, freedom = r->m - 1;
    for (size_t c = 0; c < r->d; c++)
        left += r->square[c];
    for (size_t e = 0; e < r->n; e++) {
        const double sum = r->value[e] + penalty;
        freedom -= r->value[e] / sum;
        for (size_t c = 0; c < r->d; c++) {
            const double z = r->along[e * r->d + c];
            left -= z * z * (r->value[e] + 2 * penalty) / (sum * sum);
        }
    }
    return freedom > 0 ? r->m * fmax(left, 0) / (freedom * freedom) : INFINITY;
}

static double choose(const ridge *r)
{
    const double largest = r->value[r->n - 1];
    double best = INFINITY, penalty = largest * penalty_of(PENALTIES - 1);
    for (size_t k = 0; k < PENALTIES; k++) {
        const double score = validation(r, largest * penalty_of(k));
        if (score < best) {
            best = score;
            penalty = largest * penalty_of(k);
        }
    }
    return penalty;
}

static void solve(const ridge *r, double penalty, double *w)
{
    const size_t n = r->n, d = r->d;
    memcpy(w + n * d, r->target, d * sizeof(double));
    for (size_t e = 0; e < n; e++)
        for (size_t c = 0; c < d; c++) {
            const double part = r->along[e * d + c] / (r->value[e] + penalty);
            for (size_t i = 0; i < n; i++)
                w[i * d + c] += r->vector[e * n + i] * part;
        }
    for (size_t c = 0; c < d; c++)
        for (size_t i = 0; i < n; i++)
            w[n * d + c] -= r->mean[i] * w[i * d + c];
}

mts_status mts_ridge(size_t n, size_t d, const double *gram, const double *cross,
                     const double *square, double *w, double *penalty)
{
    mts_arena arena = {0};
    ridge r = {.n = n, .d = d, .m = gram[(n + 1) * (n + 1) - 1]};
    *penalty = 0;
    memset(w, 0, (n + 1) * d * sizeof(double));
    for (size_t i = 0; i < (n + 1) * d; i++)
        if (!isfinite(cross[i]) || !isfinite(square[i % d]))
            return mts_fail(MTS_DIVERGED, "ridge: the sums with the targets are not finite");
    if (r.m == 0)
        return MTS_OK;
    take(&r, &arena);
    mts_status st = mts_arena_open(&arena);
    if (st != MTS_OK)
        return st;
    take(&r, &arena);
    centre(&r, gram, cross, square);
    st = turn(&r, cross);
    if (st == MTS_OK && r.value[n - 1] > 0) { /* else states are constant: the mean target */
        *penalty = choose(&r);
        solve(&r, *penalty, w);
    } else if (st == MTS_OK) {
        memcpy(w + n * d, r.target, d * sizeof(double));
    }
    mts_arena_close(&arena);
    return st;
}
