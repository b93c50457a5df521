/* fixed_points.c: fixed points of the trained network's dynamics, without noise and with the input
 * that there is while the stimulus shows nothing: [1, f(0)]. Where trials are cued, a start keeps the
 * cue of the trial that it comes from. */
#include "measure.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double spread = 6; /* starts are visited states + U[0, 6)^N [code analyze.py] */

/* The map of the search: a network that can be stepped both ways, and the starts' inputs. */
typedef struct dynamics {
    mts_progress *progress;
    mts_net *net;
    size_t N, I;
    mts_real *x; /* [starts][I] */
    size_t *end; /* [starts] the first start after i with another input than it */
} dynamics;

/* mts_net_can_step has told that the network can; so no call fails. */
static void step(void *ctx, size_t n, const mts_real *h, mts_real *next)
{
    const dynamics *d = ctx;
    for (size_t i = 0, end; i < n; i = end) {
        end = d->end[i] < n ? d->end[i] : n;
        (void)mts_net_step(d->net, end - i, d->x + i * d->I, h + i * d->N, next + i * d->N);
    }
}

static void step_back(void *ctx, size_t n, const mts_real *h, const mts_real *dnext, mts_real *dh)
{
    const dynamics *d = ctx;
    for (size_t i = 0, end; i < n; i = end) {
        end = d->end[i] < n ? d->end[i] : n;
        (void)mts_net_step_back(d->net, end - i, d->x + i * d->I, h + i * d->N, dnext + i * d->N,
                                dh + i * d->N);
    }
}

static void linearise(void *ctx, size_t i, const double *h, double *next, double *J)
{
    const dynamics *d = ctx;
    (void)mts_net_jacobian(d->net, d->x + i * d->I, h, next, J);
}

static mts_status advance(void *ctx, double work)
{
    const dynamics *d = ctx;
    return mts_run_advance(d->progress, work);
}

/* Draws the starts h[n][N] and their inputs. Numbers of item i of the stream: the trial, the step,
 * and what is added to the state. */
static mts_status draw_starts(const mts_frozen *frozen, const mts_visited *visited, size_t n,
                              double *h, dynamics *d)
{
    const mts_trainer *trainer = frozen->trainer;
    const mts_stream stream = {trainer->identity, MTS_FOR_MEASURE_START};
    const size_t N = d->N, C = frozen->feed.batch->C, F = trainer->shape.F, D = trainer->shape.D;
    mts_real *u = mts_alloc(N + 2, sizeof *u), *zero = mts_alloc(D + F, sizeof *zero);
    mts_status st = u && zero ? MTS_OK : MTS_ERR_MEMORY;
    if (st != MTS_OK)
        goto cleanup;
    mts_encoder_apply(frozen->feed.encoder, 1, zero, zero + D, F);
    for (size_t i = 0; i < n; i++) {
        mts_uniform(stream, i, N + 2, u);
        size_t trial = (size_t)((double)u[0] * (double)visited->trials);
        size_t t = (size_t)((double)u[1] * (double)visited->T);
        const mts_real *state = visited->h + (trial * visited->T + t) * N;
        for (size_t j = 0; j < N; j++)
            h[i * N + j] = (double)state[j] + spread * (double)u[2 + j];
        memcpy(d->x + i * d->I, visited->channel + trial * C, C * sizeof *d->x);
        memcpy(d->x + i * d->I + C, zero + D, F * sizeof *d->x);
    }
    for (size_t i = n; i-- > 0;) {
        bool same =
            i + 1 < n && memcmp(d->x + i * d->I, d->x + (i + 1) * d->I, d->I * sizeof *d->x) == 0;
        d->end[i] = same ? d->end[i + 1] : i + 1;
    }
cleanup:
    mts_free(u);
    mts_free(zero);
    return st;
}

static double spectrum_cost(size_t N)
{
    double n = (double)N;
    return 1500 * n * n * n; /* LAPACK's is slow on such small matrices */
}

/* A guess. */
static size_t expected_points(const mts_config *config)
{
    return (size_t)config->fixed_point_starts / 8;
}

/* Eigenvalues and amplifications of all fixed points. */
static mts_status put_spectra(const mts_frozen *frozen, const mts_measure_map *map, const double *h,
                              const int64_t *start, size_t points, mts_result *result)
{
    const mts_config *config = &frozen->trainer->config;
    const size_t N = map->N, units = result->extents.n[MTS_AXIS_unit];
    const size_t extent = result->extents.n[MTS_AXIS_mode];
    mts_status st = MTS_OK;
    double *real = mts_alloc(2 * N, sizeof *real), *all = mts_alloc(MODES * points, sizeof *all);
    size_t n = 0;
    if (!real || !all)
        st = MTS_ERR_MEMORY;
    for (size_t p = 0; st == MTS_OK && p < points; p++) {
        const size_t i = (size_t)start[p];
        double *imaginary = real + N;
        st = mts_measure_spectrum(map, i, h + i * N, real, imaginary);
        if (st == MTS_DIVERGED) { /* LAPACK gave up on this one */
            st = MTS_OK;
            continue;
        }
        for (size_t j = 0; st == MTS_OK && j < N; j++) {
            result->measure_eigenvalue_real[p * units + j] = (float)real[j];
            result->measure_eigenvalue_imaginary[p * units + j] = (float)imaginary[j];
        }
        for (size_t m = 0; st == MTS_OK && m < MODES && m < N; m++) {
            double a = mts_measure_amplification(real[m], imaginary[m], config->dt, config->tau);
            result->measure_fixed_point_amplification[p * extent + m] = all[m * points + n] = a;
        }
        n++;
        if (st == MTS_OK)
            st = mts_run_advance(frozen->progress, spectrum_cost(N));
    }
    for (size_t m = 0; st == MTS_OK && m < MODES && m < N; m++)
        result->measure_amplification[m] = mts_quantile(n, all + m * points, 0.5);
    if (st == MTS_OK && points < expected_points(config)) /* what the cost has counted */
        st = mts_run_advance(frozen->progress,
                             (double)(expected_points(config) - points) * spectrum_cost(N));
    mts_free(real);
    mts_free(all);
    return st;
}

static void put_state(size_t N, const double *h, float *row)
{
    for (size_t j = 0; j < N; j++)
        row[j] = (float)mts_run_or_fill(h[j]);
}

mts_status mts_run_fixed_points(mts_frozen *frozen, const mts_visited *visited, mts_result *result)
{
    const mts_trainer *trainer = frozen->trainer;
    const mts_config *config = &trainer->config;
    const size_t n = (size_t)config->fixed_point_starts, N = trainer->shape.N;
    const size_t units = result->extents.n[MTS_AXIS_unit];
    const mts_measure_search search = {.method = config->fixed_point_method,
                                       .steps = (size_t)config->fixed_point_steps,
                                       .speed = config->fixed_point_speed,
                                       .merge = config->fixed_point_merge};
    mts_measure_found found;
    if (!mts_net_can_step(
            &trainer->shape.net)) /* lstm's state is (h, c); gpt's is all it has seen */
        return MTS_OK;
    assert(result->extents.n[MTS_AXIS_start] >= n && result->extents.n[MTS_AXIS_mode] >= MODES);

    dynamics d = {.progress = frozen->progress, .N = N, .I = trainer->shape.I};
    const mts_measure_map map = {&d, N, step, step_back, linearise, advance};
    double *h = mts_alloc(n * N, sizeof *h);
    d.x = mts_alloc(n * d.I, sizeof *d.x);
    d.end = mts_alloc(n, sizeof *d.end);
    mts_status st = h && d.x && d.end
                        ? mts_net_create(&trainer->shape.net, trainer->kernels, 1, 1, true, &d.net)
                        : MTS_ERR_MEMORY;
    if (st != MTS_OK || (st = draw_starts(frozen, visited, n, h, &d)) != MTS_OK)
        goto cleanup;
    mts_net_pack(d.net, trainer->theta);
    st = mts_measure_fixed_points(&search, &map, trainer->kernels, n, h,
                                  result->measure_start_speed, result->measure_start_fixed_point,
                                  result->measure_fixed_point_start, &found);
    if (st != MTS_OK)
        goto cleanup;
    *result->measure_fixed_point_converged = (int64_t)found.converged;
    *result->measure_fixed_points = (int64_t)found.points;
    for (size_t i = 0; i < n; i++)
        put_state(N, h + i * N, result->measure_start_state + i * units);
    for (size_t p = 0; p < found.points; p++)
        put_state(N, h + (size_t)result->measure_fixed_point_start[p] * N,
                  result->measure_fixed_point_state + p * units);
    st = put_spectra(frozen, &map, h, result->measure_fixed_point_start, found.points, result);
cleanup:
    mts_net_destroy(d.net);
    mts_free(h);
    mts_free(d.x);
    mts_free(d.end);
    return st;
}

double mts_run_fixed_points_cost(const mts_config *config, const mts_run_shape *shape)
{
    const size_t n = (size_t)config->fixed_point_starts;
    const mts_measure_search search = {.method = config->fixed_point_method,
                                       .steps = (size_t)config->fixed_point_steps};
    if (!mts_net_can_step(&shape->net))
        return 0;
    return mts_measure_search_cost(&search, n, shape->N) +
           (double)expected_points(config) * spectrum_cost(shape->N);
}

double mts_run_fixed_points_memory(const mts_config *config, const mts_run_shape *shape)
{
    double n = (double)config->fixed_point_starts, N = (double)shape->N, I = (double)shape->I;
    if (!mts_net_can_step(&shape->net))
        return 0;
    double starts = n * (N * sizeof(double) + I * sizeof(mts_real));
    double search = config->fixed_point_method == MTS_FIXED_POINT_adam
                        ? 5 * n * N * sizeof(mts_real)
                        : (3 * N * N + 5 * N) * sizeof(double);
    double net = (double)mts_net_memory(&shape->net, mts_kernels_at(0), 1, 1, true);
    return starts + net + fmax(search, (2 * N * N + 40 * N) * sizeof(double));
}
