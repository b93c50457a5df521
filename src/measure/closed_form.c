/* closed_form.c: the latents from the readout's probabilities, without a fit. */
#include "mtsweep/measure.h"

#include <math.h>

static const double cutoff = 1e-10; /* eigenvalues of C'C below this part of the largest are 0 */
static const double most_log_odds = 600; /* erfc leaves the normal numbers beyond */

/* Solves ln Phi(u) = ln p for u <= 0 by Newton's method. ln Phi is concave and rises, so that a step
 * from the left never passes the solution: from u = -sqrt(-2 ln p), where Phi(u) <= p because
 * Phi(u) <= exp(-u^2 / 2) / 2 for u <= 0, the steps rise to it. */
static double lower_probit(double log_p)
{
    double u = -sqrt(-2 * log_p);
    for (int step = 0; step < 50; step++) {
        double tail = erfc(-u * M_SQRT1_2) / 2;
        double rise = exp(-u * u / 2) / (sqrt(2 * M_PI) * tail);
        double next = fmin(u + (log_p - log(tail)) / rise, 0);
        if (!(next > u)) /* rounding is reached */
            break;
        u = next;
    }
    return u;
}

double mts_measure_probit(double z)
{
    if (isnan(z))
        return z;
    double size = fmin(fabs(z), most_log_odds);
    double u = lower_probit(-size - log1p(exp(-size)));
    return z < 0 ? u : -u;
}

typedef struct eigen {
    double *square, *vector, *value; /* [D][D], [D][D], [D] */
} eigen;

static void take_eigen(eigen *s, size_t D, mts_arena *arena)
{
    s->square = mts_take(arena, D * D, sizeof(double));
    s->vector = mts_take(arena, D * D, sizeof(double));
    s->value = mts_take(arena, D, sizeof(double));
}

size_t mts_measure_pseudoinverse_memory(size_t D)
{
    mts_arena arena = {0};
    take_eigen(&(eigen){0}, D, &arena);
    return arena.used + mts_eigen_symmetric_memory(D);
}

mts_status mts_measure_pseudoinverse(size_t K, size_t D, const double *normal, double *inverse)
{
    eigen s;
    mts_arena arena = {0};
    take_eigen(&s, D, &arena);
    mts_status st = mts_arena_open(&arena);
    if (st != MTS_OK)
        return st;
    take_eigen(&s, D, &arena);
    for (size_t a = 0; a < D; a++)
        for (size_t b = 0; b < D; b++)
            for (size_t k = 0; k < K; k++)
                s.square[a * D + b] += normal[k * D + a] * normal[k * D + b];
    st = mts_eigen_symmetric(D, s.square, s.value, s.vector);
    if (st != MTS_OK)
        goto cleanup;
    for (size_t i = 0; i < D * K; i++)
        inverse[i] = 0;
    /* C^+ = sum over the eigenvectors v that count of v (C v)' / lambda */
    for (size_t e = 0; e < D; e++) {
        const double *v = s.vector + e * D;
        if (!(s.value[e] > cutoff * s.value[D - 1]))
            continue;
        for (size_t k = 0; k < K; k++) {
            double dot = 0;
            for (size_t d = 0; d < D; d++)
                dot += normal[k * D + d] * v[d];
            for (size_t d = 0; d < D; d++)
                inverse[d * K + k] += v[d] * dot / s.value[e];
        }
    }
cleanup:
    mts_arena_close(&arena);
    return st;
}

void mts_measure_decode(const mts_measure_observer *observer, size_t n, const mts_real *z,
                        double *x_hat)
{
    const size_t K = observer->K, D = observer->D;
    for (size_t i = 0; i < n; i++) {
        double *x = x_hat + i * D;
        for (size_t d = 0; d < D; d++)
            x[d] = 0;
        for (size_t k = 0; k < K; k++) {
            double probit = mts_measure_probit(observer->gain * (double)z[i * K + k]);
            double s = observer->offset[k] + observer->deviation * probit;
            for (size_t d = 0; d < D; d++)
                x[d] += observer->inverse[d * K + k] * s;
        }
    }
}
