/* fixed_point.c: the ways to search, merging of what they find, and the spectrum there. */
#include "method.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static const mts_measure_method *const methods[] = {&mts_measure_newton, &mts_measure_adam};

const char *const mts_measure_method_names[] = {"newton", "adam", NULL};

_Static_assert(sizeof mts_measure_method_names / sizeof *mts_measure_method_names ==
                   sizeof methods / sizeof *methods + 1,
               "one name per method");

static const mts_measure_method *method_of(const mts_measure_search *search)
{
    assert(search->method >= 0 && (size_t)search->method < sizeof methods / sizeof *methods);
    return methods[search->method];
}

static size_t steps_of(const mts_measure_search *search)
{
    return search->steps > 0 ? search->steps : method_of(search)->steps;
}

static double distance2(size_t N, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < N; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

double mts_measure_search_cost(const mts_measure_search *search, size_t n, size_t N)
{
    return method_of(search)->cost(steps_of(search), n, N);
}

mts_status mts_measure_fixed_points(const mts_measure_search *search, const mts_measure_map *map,
                                    const mts_kernels *kernels, size_t n, double *h, double *speed,
                                    int64_t *point, int64_t *start, mts_measure_found *found)
{
    const size_t N = map->N;
    *found = (mts_measure_found){0};
    double *next = mts_alloc(N, sizeof *next);
    if (!next)
        return MTS_ERR_MEMORY;
    mts_status st = method_of(search)->search(map, kernels, steps_of(search), search->speed, n, h);
    if (st != MTS_OK)
        goto cleanup;
    for (size_t i = 0; i < n; i++) {
        map->linearise(map->ctx, i, h + i * N, next, NULL);
        double square = distance2(N, next, h + i * N);
        speed[i] = isfinite(square) ? sqrt(square / (double)N) : (double)NAN;
        found->converged += speed[i] <= search->speed;
    }
    found->points = mts_measure_merge(search, n, N, h, speed, point, start);
cleanup:
    mts_free(next);
    return st;
}

/* ---- merging ---- */

size_t mts_measure_merge(const mts_measure_search *search, size_t n, size_t N, const double *h,
                         const double *speed, int64_t *point, int64_t *start)
{
    const double merge2 = search->merge * search->merge;
    size_t points = 0;
    for (size_t i = 0; i < n; i++)
        point[i] = -1;
    for (size_t first = 0; first < n; first++) {
        if (point[first] >= 0 || !(speed[first] <= search->speed))
            continue;
        /* start[] is the list of members; each brings in its neighbours. */
        const int64_t number = (int64_t)points++;
        size_t members = 0;
        point[first] = number;
        start[members++] = (int64_t)first;
        for (size_t m = 0; m < members; m++)
            for (size_t i = first + 1; i < n; i++)
                if (point[i] < 0 && speed[i] <= search->speed &&
                    distance2(N, h + (size_t)start[m] * N, h + i * N) <= merge2) {
                    point[i] = number;
                    start[members++] = (int64_t)i;
                }
    }
    for (size_t i = 0; i < n; i++)
        start[i] = -1;
    for (size_t i = 0; i < n; i++)
        if (point[i] >= 0 && (start[point[i]] < 0 || speed[i] < speed[start[point[i]]]))
            start[point[i]] = (int64_t)i;
    return points;
}

/* ---- spectrum ---- */

typedef struct eigenvalue {
    double real, imaginary;
} eigenvalue;

static int falling(const void *a, const void *b)
{
    const eigenvalue *s = a, *t = b;
    if (s->real != t->real)
        return s->real < t->real ? 1 : -1;
    return (s->imaginary < t->imaginary) - (s->imaginary > t->imaginary);
}

mts_status mts_measure_spectrum(const mts_measure_map *map, size_t i, const double *h, double *real,
                                double *imaginary)
{
    const size_t N = map->N;
    mts_status st = MTS_ERR_MEMORY;
    double *J = mts_alloc(N * N + N, sizeof *J);
    eigenvalue *list = mts_alloc(N, sizeof *list);
    if (!J || !list)
        goto cleanup;
    map->linearise(map->ctx, i, h, J + N * N, J);
    for (size_t j = 0; j < N; j++)
        J[j * N + j] -= 1;
    st = mts_eigen_general(N, J, real, imaginary);
    if (st != MTS_OK)
        goto cleanup;
    for (size_t j = 0; j < N; j++)
        list[j] = (eigenvalue){real[j], imaginary[j]};
    qsort(list, N, sizeof *list, falling);
    for (size_t j = 0; j < N; j++) {
        real[j] = list[j].real;
        imaginary[j] = list[j].imaginary;
    }
cleanup:
    mts_free(J);
    mts_free(list);
    return st;
}

double mts_measure_amplification(double real, double imaginary, double dt, double tau)
{
    /* |mu|^2 - 1, without the loss of digits that 1 + lambda has where lambda is near 0 */
    double excess = fmax(real * (2 + real) + imaginary * imaginary, -1);
    return dt / fabs(log1p(excess) / 2) / tau;
}
