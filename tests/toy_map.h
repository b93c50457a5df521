/* toy_map.h: affine maps as dynamics, and searches for fixed points on them. */
#ifndef MTSWEEP_TESTS_TOY_MAP_H
#define MTSWEEP_TESTS_TOY_MAP_H

#include "mtsweep/measure.h"
#include "network.h"

enum { N_MOST = 12, STARTS_MOST = 64 };
enum { NEWTON, ADAM, N_METHODS };

/* ---- affine maps: F(h) = M h + c ---- */

typedef struct toy {
    size_t N;
    double M[N_MOST][N_MOST], c[N_MOST];
    double work;
    size_t calls, stop_at; /* calls of advance; 0: never stop */
    size_t looks;          /* derivatives asked for */
} toy;

static inline double toy_next(const toy *t, size_t i, const double *h)
{
    double sum = t->c[i];
    for (size_t j = 0; j < t->N; j++)
        sum += t->M[i][j] * h[j];
    return sum;
}

static inline void toy_step(void *ctx, size_t n, const mts_real *h, mts_real *next)
{
    const toy *t = ctx;
    for (size_t r = 0; r < n; r++) {
        double row[N_MOST];
        for (size_t i = 0; i < t->N; i++)
            row[i] = (double)h[r * t->N + i];
        for (size_t i = 0; i < t->N; i++)
            next[r * t->N + i] = (mts_real)toy_next(t, i, row);
    }
}

static inline void toy_back(void *ctx, size_t n, const mts_real *h, const mts_real *dnext,
                            mts_real *dh)
{
    const toy *t = ctx;
    (void)h;
    for (size_t r = 0; r < n; r++)
        for (size_t j = 0; j < t->N; j++) {
            double sum = 0;
            for (size_t i = 0; i < t->N; i++)
                sum += t->M[i][j] * (double)dnext[r * t->N + i];
            dh[r * t->N + j] = (mts_real)sum;
        }
}

static inline void toy_linearise(void *ctx, size_t start, const double *h, double *next, double *J)
{
    toy *t = ctx;
    (void)start;
    t->looks += J != NULL;
    for (size_t i = 0; i < t->N; i++) {
        next[i] = toy_next(t, i, h);
        for (size_t j = 0; J && j < t->N; j++)
            J[i * t->N + j] = t->M[i][j];
    }
}

static inline mts_status toy_advance(void *ctx, double work)
{
    toy *t = ctx;
    ck_assert(work > 0);
    t->work += work;
    return ++t->calls == t->stop_at ? mts_fail(MTS_STOPPED, "asked to stop") : MTS_OK;
}

static inline mts_measure_map toy_map(toy *t)
{
    return (mts_measure_map){.ctx = t,
                             .N = t->N,
                             .step = toy_step,
                             .step_back = toy_back,
                             .linearise = toy_linearise,
                             .advance = toy_advance};
}

/* ---- a search and what it found ---- */

typedef struct finding {
    mts_measure_search search;
    size_t n, N;
    double h[STARTS_MOST * N_MOST], from[STARTS_MOST * N_MOST], speed[STARTS_MOST];
    int64_t point[STARTS_MOST], start[STARTS_MOST];
    mts_measure_found found;
} finding;

/* Starts U(low, high)^N, a function of `seed`. */
static inline finding starts(int method, double speed, size_t n, size_t N, double low, double high,
                             uint64_t seed)
{
    finding f = {.search = {.method = method, .speed = speed, .merge = 0.5}, .n = n, .N = N};
    mts_real *random = random_reals(n * N, low, high, seed);
    for (size_t i = 0; i < n * N; i++)
        f.h[i] = f.from[i] = (double)random[i];
    mts_free(random);
    return f;
}

static inline mts_status find(finding *f, const mts_measure_map *map)
{
    f->found = (mts_measure_found){.speed = f->speed, .point = f->point, .start = f->start};
    return mts_measure_fixed_points(&f->search, map, kernels_of("auto"), f->n, f->h, &f->found);
}

static inline void found(finding *f, const mts_measure_map *map)
{
    const mts_status st = find(f, map);
    ck_assert_msg(st == MTS_OK, "%s", mts_message());
}

/* What must hold of every finding. */
static inline void check_finding(const finding *f)
{
    size_t converged = 0;
    for (size_t i = 0; i < f->n; i++) {
        const bool slow = f->speed[i] <= f->search.speed;
        converged += slow;
        ck_assert_int_eq(f->point[i] >= 0, slow);
        ck_assert_int_lt(f->point[i], (int64_t)f->found.points);
        ck_assert_int_eq(f->start[i] >= 0, i < f->found.points);
    }
    ck_assert_uint_eq(converged, f->found.converged);
    for (size_t p = 0; p < f->found.points; p++) {
        const size_t best = (size_t)f->start[p];
        ck_assert_int_eq(f->point[best], (int64_t)p);
        for (size_t i = 0; i < f->n; i++)
            if (f->point[i] == (int64_t)p)
                ck_assert_double_ge(f->speed[i], f->speed[best]);
    }
}

#endif
