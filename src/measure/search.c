/* search.c: the ways to search, merging of what they find, and the spectrum there. */
#include "search.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

#define METHOD(name) &mts_measure_##name,
static const mts_measure_method *const methods[] = {MTS_FIXED_POINT_METHODS(METHOD)};

static const mts_measure_method *method_of(const mts_measure_search *search)
{
    assert(search->method >= 0 && (size_t)search->method < sizeof methods / sizeof *methods);
    return methods[search->method];
}

static size_t steps_of(const mts_measure_search *search)
{
    return search->steps > 0 ? search->steps : method_of(search)->steps;
}

/* The speed up to which states count, and that at which a search ends. */
static double limit_of(const mts_measure_search *search)
{
    return search->speed < 0 ? DBL_MAX : search->speed;
}

static double goal_of(const mts_measure_search *search)
{
    return search->speed < 0 ? 0 : search->speed;
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

static double *take_next(size_t N, mts_arena *arena)
{
    return mts_take(arena, N, sizeof(double));
}

size_t mts_measure_search_memory(const mts_measure_search *search, size_t n, size_t N)
{
    mts_arena arena = {0};
    take_next(N, &arena);
    return arena.used + method_of(search)->memory(n, N);
}

mts_status mts_measure_fixed_points(const mts_measure_search *search, const mts_measure_map *map,
                                    const mts_kernels *kernels, size_t n, double *h,
                                    mts_measure_found *found)
{
    const size_t N = map->N;
    double *speed = found->speed, *next;
    mts_arena arena = {0};
    take_next(N, &arena);
    mts_status st = mts_arena_open(&arena);
    if (st != MTS_OK)
        return st;
    next = take_next(N, &arena);
    st = method_of(search)->search(map, kernels, steps_of(search), goal_of(search), n, h);
    if (st != MTS_OK)
        goto cleanup;
    found->converged = 0;
    for (size_t i = 0; i < n; i++) {
        map->linearise(map->ctx, i, h + i * N, next, NULL);
        double square = distance2(N, next, h + i * N);
        speed[i] = isfinite(square) ? sqrt(square / (double)N) : (double)NAN;
        found->converged += speed[i] <= limit_of(search);
    }
    found->points = mts_measure_merge(search, n, N, h, speed, found->point, found->start);
cleanup:
    mts_arena_close(&arena);
    return st;
}

/* ---- merging ---- */

size_t mts_measure_merge(const mts_measure_search *search, size_t n, size_t N, const double *h,
                         const double *speed, int64_t *point, int64_t *start)
{
    const double merge2 = search->merge * search->merge, limit = limit_of(search);
    size_t points = 0;
    for (size_t i = 0; i < n; i++)
        point[i] = -1;
    for (size_t first = 0; first < n; first++) {
        if (point[first] >= 0 || !(speed[first] <= limit))
            continue;
        /* start[] is the list of members; each brings in its neighbours. */
        const int64_t number = (int64_t)points++;
        size_t members = 0;
        point[first] = number;
        start[members++] = (int64_t)first;
        for (size_t m = 0; m < members; m++)
            for (size_t i = first + 1; i < n; i++)
                if (point[i] < 0 && speed[i] <= limit &&
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

/* The derivative, what follows the state, and the eigenvalues for sorting. */
typedef struct spectrum {
    double *J, *next; /* [N][N], [N] */
    eigenvalue *list; /* [N] */
} spectrum;

static void take_spectrum(spectrum *s, size_t N, mts_arena *arena)
{
    s->J = mts_take(arena, N * N, sizeof *s->J);
    s->next = mts_take(arena, N, sizeof *s->next);
    s->list = mts_take(arena, N, sizeof *s->list);
}

size_t mts_measure_spectrum_memory(size_t N)
{
    mts_arena arena = {0};
    take_spectrum(&(spectrum){0}, N, &arena);
    return arena.used + mts_eigen_general_memory(N);
}

mts_status mts_measure_spectrum(const mts_measure_map *map, size_t i, const double *h, double *real,
                                double *imaginary)
{
    const size_t N = map->N;
    spectrum s;
    mts_arena arena = {0};
    take_spectrum(&s, N, &arena);
    mts_status st = mts_arena_open(&arena);
    if (st != MTS_OK)
        return st;
    take_spectrum(&s, N, &arena);
    map->linearise(map->ctx, i, h, s.next, s.J);
    for (size_t j = 0; j < N; j++)
        s.J[j * N + j] -= 1;
    st = mts_eigen_general(N, s.J, real, imaginary);
    if (st != MTS_OK)
        goto cleanup;
    for (size_t j = 0; j < N; j++)
        s.list[j] = (eigenvalue){real[j], imaginary[j]};
    qsort(s.list, N, sizeof *s.list, falling);
    for (size_t j = 0; j < N; j++) {
        real[j] = s.list[j].real;
        imaginary[j] = s.list[j].imaginary;
    }
cleanup:
    mts_arena_close(&arena);
    return st;
}

double mts_measure_amplification(double real, double imaginary, double dt, double tau)
{
    /* |mu|^2 - 1, without the loss of digits that 1 + lambda has where lambda is near 0 */
    double excess = fmax(real * (2 + real) + imaginary * imaginary, -1);
    return dt / fabs(log1p(excess) / 2) / tau;
}
