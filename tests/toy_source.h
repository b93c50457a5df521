/* toy_source.h: sources of states whose best decoders are known, for tests of the decoder protocol. */
#ifndef MTSWEEP_TESTS_TOY_SOURCE_H
#define MTSWEEP_TESTS_TOY_SOURCE_H

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mtsweep/probe.h"

enum { N_MAX = 32, DRAWS_MAX = 8192, SEQUENCES_MAX = 2048 };

typedef struct toy {
    size_t N, D;
    /* Writes the state h[N] of a trial with latents x[D]; u holds 32 uniforms of the trial. */
    void (*state)(const struct toy *toy, const mts_real *x, const mts_real *u, mts_real *h);
    size_t stop_after; /* draws; 0 = never */
    /* What was asked for. */
    size_t n_draws;
    struct {
        uint32_t sequence;
        uint64_t first;
        size_t n, n_patterns;
        mts_pattern pattern[MTS_PROBE_PATTERNS];
    } draw[DRAWS_MAX];
    size_t n_sequences; /* tests only: those drawn with patterns, in order */
    struct {
        uint32_t sequence;
        size_t trials, in_quadrant[4]; /* of the last two latents, paper's numbers */
    } tested[SEQUENCES_MAX];
} toy;

static inline size_t quadrant_of(const mts_real *x, size_t D)
{
    static const size_t number[4] = {2, 3, 1, 0}; /* (-,-) (+,-) (-,+) (+,+) */
    return number[(x[D - 2] > 0) + 2 * (x[D - 1] > 0)];
}

static inline mts_status toy_draw(void *ctx, uint32_t sequence, uint64_t first, size_t n,
                                  const mts_region *region, mts_real *h, mts_real *x)
{
    const size_t n_patterns = region ? region->n : 0;
    const mts_pattern *pattern = region ? region->pattern : NULL;
    toy *t = ctx;
    ck_assert_uint_le(n, MTS_PROBE_CHUNK);
    ck_assert_uint_lt(sequence, 1u << 24);
    ck_assert_uint_lt(t->n_draws, DRAWS_MAX);
    t->draw[t->n_draws].sequence = sequence;
    t->draw[t->n_draws].first = first;
    t->draw[t->n_draws].n = n;
    t->draw[t->n_draws].n_patterns = n_patterns;
    for (size_t i = 0; i < n_patterns; i++)
        t->draw[t->n_draws].pattern[i] = pattern[i];
    if (++t->n_draws == t->stop_after)
        return mts_fail(MTS_STOPPED, "asked to stop");
    if (n_patterns > 0 && first == 0) {
        ck_assert_uint_lt(t->n_sequences, SEQUENCES_MAX);
        t->tested[t->n_sequences++].sequence = sequence;
    }
    for (size_t i = 0; i < n; i++, x += t->D, h += t->N) {
        mts_real u[32];
        mts_uniform((mts_stream){77, 1000 + sequence}, first + i, 32, u);
        mts_pattern p = {0, 0};
        if (n_patterns > 0)
            p = pattern[(size_t)(u[16] * (mts_real)n_patterns)];
        for (size_t d = 0; d < t->D; d++) {
            x[d] = u[d] - (mts_real)0.5;
            if (p.mask >> d & 1)
                x[d] =
                    p.sign >> d & 1 ? (mts_real)fabs((double)x[d]) : -(mts_real)fabs((double)x[d]);
        }
        t->state(t, x, u, h);
        if (n_patterns > 0) {
            t->tested[t->n_sequences - 1].trials++;
            t->tested[t->n_sequences - 1].in_quadrant[quadrant_of(x, t->D)]++;
        }
    }
    return MTS_OK;
}

/* A fixed matrix with entries in (-1, 1). */
static inline double mixing(size_t d, size_t j)
{
    return 2 * fmod(0.754877666 * (double)(d + 1) + 0.569840291 * (double)(j + 1) +
                        0.31 * (double)((d + 2) * (j + 1) % 7),
                    1) -
           1;
}

/* h = A x + 1/4, noise-free. */
static inline void linear_state(const toy *t, const mts_real *x, const mts_real *u, mts_real *h)
{
    (void)u;
    for (size_t j = 0; j < t->N; j++) {
        double sum = 0.25;
        for (size_t d = 0; d < t->D; d++)
            sum += mixing(d, j) * (double)x[d];
        h[j] = (mts_real)sum;
    }
}

/* The mean of 20 observations of sd .2, mixed into N units. */
static inline void ideal_state(const toy *t, const mts_real *x, const mts_real *u, mts_real *h)
{
    mts_real mean[MTS_PROBE_PATTERNS];
    for (size_t d = 0; d < t->D; d++) {
        double radius = sqrt(-2 * log((double)u[17 + 2 * (d / 2)]));
        double angle = 2 * M_PI * (double)u[18 + 2 * (d / 2)];
        mean[d] =
            x[d] + (mts_real)(0.2 / sqrt(20) * radius * (d % 2 == 0 ? cos(angle) : sin(angle)));
    }
    linear_state(t, mean, u, h);
}

/* Unit q is 1 in quadrant q: nothing that holds of the other quadrants tells of this one. */
static inline void quadrant_state(const toy *t, const mts_real *x, const mts_real *u, mts_real *h)
{
    (void)u;
    for (size_t j = 0; j < t->N; j++)
        h[j] = 0;
    h[quadrant_of(x, t->D)] = 1;
}

static inline void silent_state(const toy *t, const mts_real *x, const mts_real *u, mts_real *h)
{
    (void)x;
    (void)u;
    for (size_t j = 0; j < t->N; j++)
        h[j] = 0;
}

static inline void broken_state(const toy *t, const mts_real *x, const mts_real *u, mts_real *h)
{
    linear_state(t, x, u, h);
    h[0] = (mts_real)NAN;
}

static inline mts_result *new_result(size_t folds, size_t fits, size_t D)
{
    mts_extents extents;
    for (size_t a = 0; a < MTS_N_AXES; a++)
        extents.n[a] = 1;
    extents.n[MTS_AXIS_split] = MTS_N_SPLITS;
    extents.n[MTS_AXIS_fold] = folds;
    extents.n[MTS_AXIS_fit] = fits;
    extents.n[MTS_AXIS_pair] = D * (D - 1) / 2;
    mts_result *result;
    ck_assert_int_eq(mts_result_create(&extents, &result), MTS_OK);
    return result;
}

static inline toy *new_toy(size_t N, size_t D,
                           void (*state)(const toy *, const mts_real *, const mts_real *,
                                         mts_real *))
{
    toy *t = calloc(1, sizeof *t);
    ck_assert_ptr_nonnull(t);
    t->N = N;
    t->D = D;
    t->state = state;
    return t;
}

static inline mts_probe_spec usual(void)
{
    return (mts_probe_spec){.folds = MTS_FOLDS_last_two,
                            .fits = 2,
                            .batches = 300,
                            .test_trials = 640,
                            .learning_rate = 0.003,
                            .identity = 42};
}

static inline const mts_kernels *kernels_of(const char *name)
{
    const mts_kernels *kernels;
    ck_assert_int_eq(mts_kernels_find(name, &kernels), MTS_OK);
    return kernels;
}

static inline mts_result *probe_toy(toy *t, const mts_probe_spec *spec)
{
    mts_result *result = new_result(mts_probe_folds(spec->folds, t->D), spec->fits, t->D);
    mts_probe_source source = {.ctx = t, .N = t->N, .D = t->D, .draw = toy_draw};
    ck_assert_int_eq(mts_probe(spec, &source, kernels_of("auto"), result), MTS_OK);
    return result;
}

static inline size_t at(const mts_result *r, size_t split, size_t fold, size_t fit)
{
    return (split * r->extents.n[MTS_AXIS_fold] + fold) * r->extents.n[MTS_AXIS_fit] + fit;
}

#endif
