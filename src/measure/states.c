/* states.c: statistics of states: sparsity, principal components, selectivity. */
#include "mtsweep/measure.h"

#include <assert.h>
#include <math.h>
#include <string.h>

double mts_measure_sparsity(size_t m, size_t N, const mts_real *h, bool absolute, double *unit)
{
    double mean = 0;
    assert(m >= 2);
    for (size_t j = 0; j < N; j++) {
        double sum = 0, square = 0, count = (double)m;
        bool rate = true;
        for (size_t i = 0; i < m; i++) {
            double r = absolute ? fabs((double)h[i * N + j]) : (double)h[i * N + j];
            rate = rate && !(r < 0);
            sum += r;
            square += r * r;
        }
        double even = sum / count * (sum / count) / (square / count);
        unit[j] = square == 0                ? 100
                  : isfinite(square) && rate ? 100 * (1 - even) / (1 - 1 / count)
                                             : (double)NAN;
        mean += unit[j] / (double)N;
    }
    return mean;
}

/* Covariance of the m states, divisor m - 1. */
static void covariance(size_t m, size_t N, const mts_real *h, double *mean, double *row,
                       double *product)
{
    memset(mean, 0, N * sizeof *mean);
    memset(product, 0, N * N * sizeof *product);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < N; j++)
            mean[j] += (double)h[i * N + j];
    for (size_t j = 0; j < N; j++)
        mean[j] /= (double)m;
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < N; j++)
            row[j] = (double)h[i * N + j] - mean[j];
        for (size_t j = 0; j < N; j++)
            for (size_t k = 0; k <= j; k++)
                product[j * N + k] += row[j] * row[k];
    }
    for (size_t j = 0; j < N; j++)
        for (size_t k = 0; k <= j; k++)
            product[k * N + j] = product[j * N + k] /= (double)(m - 1);
}

/* Copies a direction with the sign that makes its largest entry positive. */
static void copy_direction(size_t N, const double *from, double *to)
{
    size_t largest = 0;
    for (size_t j = 1; j < N; j++)
        if (fabs(from[j]) > fabs(from[largest]))
            largest = j;
    for (size_t j = 0; j < N; j++)
        to[j] = from[largest] < 0 ? -from[j] : from[j];
}

typedef struct components {
    double *product, *vector;   /* [N][N] */
    double *value, *mean, *row; /* [N] */
} components;

static void take_components(components *c, size_t N, mts_arena *arena)
{
    c->product = mts_take(arena, N * N, sizeof(double));
    c->vector = mts_take(arena, N * N, sizeof(double));
    c->value = mts_take(arena, N, sizeof(double));
    c->mean = mts_take(arena, N, sizeof(double));
    c->row = mts_take(arena, N, sizeof(double));
}

size_t mts_measure_pca_memory(size_t N)
{
    mts_arena arena = {0};
    take_components(&(components){0}, N, &arena);
    return arena.used + mts_eigen_symmetric_memory(N);
}

mts_status mts_measure_pca(size_t m, size_t N, const mts_real *h, size_t n, double *variance,
                           double *ratio, double *direction)
{
    double total = 0;
    components s;
    mts_arena arena = {0};
    assert(m >= 2 && n <= N);
    take_components(&s, N, &arena);
    mts_status st = mts_arena_open(&arena);
    if (st != MTS_OK)
        return st;
    take_components(&s, N, &arena);
    covariance(m, N, h, s.mean, s.row, s.product);
    st = mts_eigen_symmetric(N, s.product, s.value, s.vector);
    if (st != MTS_OK)
        goto cleanup;
    for (size_t j = 0; j < N; j++)
        total += s.product[j * N + j];
    for (size_t c = 0; c < n; c++) {
        const size_t e = N - 1 - c;        /* LAPACK's are ascending */
        variance[c] = fmax(s.value[e], 0); /* rounding makes some of the zeros negative */
        ratio[c] = total > 0 ? variance[c] / total : (double)NAN;
        copy_direction(N, s.vector + e * N, direction + c * N);
    }
cleanup:
    mts_arena_close(&arena);
    return st;
}

void mts_measure_selectivity(size_t m, size_t N, const mts_real *h, const double *x, double *r)
{
    double x_mean = 0, xx = 0;
    for (size_t i = 0; i < m; i++)
        x_mean += x[i] / (double)m;
    for (size_t i = 0; i < m; i++)
        xx += (x[i] - x_mean) * (x[i] - x_mean);
    for (size_t j = 0; j < N; j++) {
        double h_mean = 0, hh = 0, xh = 0, first = (double)h[j];
        bool constant = true;
        for (size_t i = 0; i < m; i++) {
            h_mean += (double)h[i * N + j] / (double)m;
            constant = constant && (double)h[i * N + j] == first;
        }
        for (size_t i = 0; i < m; i++) {
            double d = (double)h[i * N + j] - h_mean;
            hh += d * d;
            xh += d * (x[i] - x_mean);
        }
        bool defined = !constant && isfinite(hh) && hh > 0 && xx > 0;
        r[j] = defined ? xh / (sqrt(hh) * sqrt(xx)) : (double)NAN;
    }
}

/* psi'(s) by psi'(s) = 1/s^2 + psi'(s + 1) and, for large s, its asymptotic series. */
static double trigamma(double s)
{
    double sum = 0;
    for (; s < 20; s++)
        sum += 1 / (s * s);
    double i = 1 / s, i2 = i * i;
    return sum + i + i2 / 2 + i * i2 * (1.0 / 6 - i2 * (1.0 / 30 - i2 * (1.0 / 42 - i2 / 30)));
}

double mts_measure_random_angle(size_t N)
{
    assert(N >= 2);
    return sqrt(trigamma((double)N / 2) / 2) * (180 / M_PI);
}
