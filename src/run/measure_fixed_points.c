/* measure_fixed_points.c: fixed points of the trained network's dynamics, without noise and with the input
 * that there is while the stimulus shows nothing: [1, f(0)]. Where trials are cued, a start keeps the
 * cue of the trial that it comes from. */
#include "output.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "mtsweep/measure.h"

enum { MODES = 3 };        /* leading eigenvalues that are summed up */
enum { USUAL_ROUNDS = 3 }; /* that a search of many rounds takes, which the cost counts */

static const double spread = 6; /* starts are visited states + U[0, 6)^N [code analyze.py] */

static size_t starts_of(const mts_run_shape *shape)
{
    return (size_t)shape->config.fixed_point_starts;
}

static mts_measure_search search_of(const mts_run_shape *shape)
{
    return (mts_measure_search){.method = shape->config.fixed_point_method,
                                .steps = (size_t)shape->config.fixed_point_steps,
                                .speed = shape->config.fixed_point_speed,
                                .merge = shape->config.fixed_point_merge};
}

static size_t rounds_of(const mts_run_shape *shape)
{
    const bool newton = shape->config.fixed_point_method == MTS_FIXED_POINT_newton;
    return newton ? (size_t)shape->config.fixed_point_rounds : 1;
}

static size_t usual_rounds(const mts_run_shape *shape)
{
    return mts_run_least(rounds_of(shape), USUAL_ROUNDS);
}

/* The map of the search: a network that can be stepped both ways, and the starts' inputs. */
typedef struct dynamics {
    mts_arena arena; /* of the arrays */
    mts_progress *progress;
    mts_net *net;
    size_t N, I;
    double *h;                /* [starts][N] */
    mts_real *x;              /* [starts][I] */
    size_t *end;              /* [starts] the first start after i with another input than it */
    bool *kept;               /* [starts] stands for a fixed point: not drawn again */
    mts_real *u;              /* [N + 2] for the draw of a start */
    double *real, *imaginary; /* [N] eigenvalues */
    double *slow, *leading;   /* [MODES][starts] amplifications, real parts */
} dynamics;

static void take_all(const mts_run_shape *shape, dynamics *d, mts_arena *arena)
{
    const size_t n = starts_of(shape), N = shape->N;
    d->h = mts_take(arena, n * N, sizeof *d->h);
    d->x = mts_take(arena, n * shape->I, sizeof *d->x);
    d->end = mts_take(arena, n, sizeof *d->end);
    d->kept = mts_take(arena, n, sizeof *d->kept);
    d->u = mts_take(arena, N + 2, sizeof *d->u);
    d->real = mts_take(arena, N, sizeof *d->real);
    d->imaginary = mts_take(arena, N, sizeof *d->imaginary);
    d->slow = mts_take(arena, MODES * n, sizeof *d->slow);
    d->leading = mts_take(arena, MODES * n, sizeof *d->leading);
}

static double memory(const mts_run_shape *shape)
{
    const mts_measure_search search = search_of(shape);
    mts_arena arena = {0};
    if (!mts_net_can_step(&shape->net))
        return 0;
    take_all(shape, &(dynamics){0}, &arena);
    return (double)arena.used + (double)mts_net_memory(&shape->net, shape->kernels, 1, 1, true) +
           fmax((double)mts_measure_search_memory(&search, starts_of(shape), shape->N),
                (double)mts_measure_spectrum_memory(shape->N));
}

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

/* Draws the starts h[n][N] of a round and their inputs, but for those that are kept. Numbers of item
 * `round n + i` of the stream, for start i: the trial, the step, and what is added to the state. */
static void draw_starts(const mts_frozen *frozen, const mts_visited *visited, size_t n,
                        size_t round, dynamics *d)
{
    const mts_stream stream = {frozen->trainer->identity, MTS_FOR_MEASURE_START};
    const size_t N = d->N, I = d->I, C = frozen->feed.batch->C, F = frozen->feed.F;
    for (size_t i = 0; i < n; i++) {
        if (d->kept[i])
            continue;
        mts_uniform(stream, round * n + i, N + 2, d->u);
        size_t trial = (size_t)((double)d->u[0] * (double)visited->trials);
        size_t t = (size_t)((double)d->u[1] * (double)visited->T);
        const mts_real *state = visited->h + (trial * visited->T + t) * N;
        for (size_t j = 0; j < N; j++)
            d->h[i * N + j] = (double)state[j] + spread * (double)d->u[2 + j];
        memcpy(d->x + i * I, visited->channel + trial * C, C * sizeof *d->x);
        memcpy(d->x + i * I + C, frozen->feed.silence, F * sizeof *d->x);
    }
    for (size_t i = n; i-- > 0;) {
        bool same = i + 1 < n && memcmp(d->x + i * I, d->x + (i + 1) * I, I * sizeof *d->x) == 0;
        d->end[i] = same ? d->end[i + 1] : i + 1;
    }
}

/* Marks the starts that stand for fixed points; whether there are others. */
static bool keep(const mts_measure_found *found, size_t n, bool *kept)
{
    for (size_t i = 0; i < n; i++)
        kept[i] = false;
    for (size_t p = 0; p < found->points; p++)
        kept[found->start[p]] = true;
    return found->points < n;
}

/* Round after round until one finds nothing new. */
static mts_status search_all(const mts_frozen *frozen, const mts_visited *visited,
                             const mts_measure_map *map, mts_measure_found *found, int64_t *rounds)
{
    const mts_run_shape *shape = &frozen->trainer->shape;
    const mts_measure_search search = search_of(shape);
    const size_t n = starts_of(shape), most = rounds_of(shape), usual = usual_rounds(shape);
    dynamics *d = map->ctx;
    size_t round = 0, before;
    mts_status st;
    *found =
        (mts_measure_found){.speed = found->speed, .point = found->point, .start = found->start};
    do {
        before = found->points;
        if (!keep(found, n, d->kept))
            break;
        draw_starts(frozen, visited, n, round, d);
        st = mts_measure_fixed_points(&search, map, shape->kernels, n, d->h, found);
        if (st != MTS_OK)
            return st;
    } while (++round < most && (round == 1 || found->points > before));
    *rounds = (int64_t)round;
    if (round >= usual)
        return MTS_OK;
    /* what the cost has counted */
    return mts_run_advance(d->progress,
                           (double)(usual - round) * mts_measure_search_cost(&search, n, shape->N));
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

static double cost(const mts_run_shape *shape)
{
    const mts_measure_search search = search_of(shape);
    if (!mts_net_can_step(&shape->net))
        return 0;
    return (double)usual_rounds(shape) *
               mts_measure_search_cost(&search, starts_of(shape), shape->N) +
           (double)expected_points(&shape->config) * spectrum_cost(shape->N);
}

/* Eigenvalues of fixed point p into its rows; its amplifications into those, and as number n of all
 * that have them. */
static void put_spectrum(const mts_config *config, const dynamics *d, size_t p, size_t n,
                         mts_result *result)
{
    const size_t starts = (size_t)config->fixed_point_starts, N = d->N;
    const size_t units = result->extents.n[MTS_AXIS_unit];
    const size_t modes = result->extents.n[MTS_AXIS_mode];
    for (size_t j = 0; j < N; j++) {
        result->measure_eigenvalue_real[p * units + j] = (float)d->real[j];
        result->measure_eigenvalue_imaginary[p * units + j] = (float)d->imaginary[j];
    }
    for (size_t m = 0; m < MODES && m < N; m++) {
        result->measure_fixed_point_amplification[p * modes + m] = d->slow[m * starts + n] =
            mts_measure_amplification(d->real[m], d->imaginary[m], config->dt, config->tau);
        d->leading[m * starts + n] = d->real[m];
    }
    *result->measure_fixed_points_unstable += d->real[0] > 0;
}

/* Eigenvalues and amplifications of all fixed points. */
static mts_status put_spectra(const mts_run_shape *shape, const mts_measure_map *map,
                              const mts_measure_found *found, mts_result *result)
{
    const dynamics *d = map->ctx;
    const size_t N = d->N, expected = expected_points(&shape->config);
    size_t n = 0;
    *result->measure_fixed_points_unstable = 0;
    for (size_t p = 0; p < found->points; p++) {
        const size_t i = (size_t)found->start[p];
        mts_status st = mts_measure_spectrum(map, i, d->h + i * N, d->real, d->imaginary);
        if (st == MTS_DIVERGED) /* LAPACK gave up on this one */
            continue;
        if (st != MTS_OK)
            return st;
        put_spectrum(&shape->config, d, p, n++, result);
        if ((st = mts_run_advance(d->progress, spectrum_cost(N))) != MTS_OK)
            return st;
    }
    for (size_t m = 0; m < MODES && m < N; m++) {
        result->measure_amplification[m] = mts_quantile(n, d->slow + m * starts_of(shape), 0.5);
        result->measure_leading_real[m] = mts_quantile(n, d->leading + m * starts_of(shape), 0.5);
    }
    if (found->points >= expected)
        return MTS_OK;
    /* what the cost has counted */
    return mts_run_advance(d->progress, (double)(expected - found->points) * spectrum_cost(N));
}

static void put_state(size_t N, const double *h, float *row)
{
    for (size_t j = 0; j < N; j++)
        row[j] = (float)mts_result_number(h[j]);
}

static void put_states(const dynamics *d, size_t n, const mts_measure_found *found,
                       mts_result *result)
{
    const size_t N = d->N, units = result->extents.n[MTS_AXIS_unit];
    *result->measure_fixed_point_converged = (int64_t)found->converged;
    *result->measure_fixed_points = (int64_t)found->points;
    for (size_t i = 0; i < n; i++)
        put_state(N, d->h + i * N, result->measure_start_state + i * units);
    for (size_t p = 0; p < found->points; p++)
        put_state(N, d->h + (size_t)found->start[p] * N,
                  result->measure_fixed_point_state + p * units);
}

static mts_status run(mts_frozen *frozen, const mts_visited *visited, mts_position *at)
{
    mts_result *result = at->result;
    const mts_trainer *trainer = frozen->trainer;
    const mts_run_shape *shape = &trainer->shape;
    const size_t n = starts_of(shape);
    mts_measure_found found = {.speed = result->measure_start_speed,
                               .point = result->measure_start_fixed_point,
                               .start = result->measure_fixed_point_start};
    dynamics d = {.progress = frozen->progress, .N = shape->N, .I = shape->I};
    const mts_measure_map map = {&d, shape->N, step, step_back, linearise, advance};
    mts_status st;
    if (!mts_net_can_step(&shape->net)) /* lstm's state is (h, c); gpt's is all it has seen */
        return MTS_OK;
    assert(result->extents.n[MTS_AXIS_start] >= n && result->extents.n[MTS_AXIS_mode] >= MODES);
    take_all(shape, &d, &d.arena);
    if ((st = mts_arena_open(&d.arena)) != MTS_OK)
        return st;
    take_all(shape, &d, &d.arena);
    if ((st = mts_net_create(&shape->net, shape->kernels, 1, 1, true, &d.net)) != MTS_OK)
        goto cleanup;
    mts_net_pack(d.net, trainer->theta);
    st = search_all(frozen, visited, &map, &found, result->measure_fixed_point_searches);
    if (st != MTS_OK)
        goto cleanup;
    put_states(&d, n, &found, result);
    st = put_spectra(shape, &map, &found, result);
cleanup:
    mts_net_destroy(d.net);
    mts_arena_close(&d.arena);
    return st;
}

static void extents(const mts_run_shape *shape, mts_extents *extents)
{
    if (!mts_net_can_step(&shape->net))
        return;
    mts_run_widen(extents, MTS_AXIS_start, starts_of(shape));
    mts_run_widen(extents, MTS_AXIS_fixed_point, starts_of(shape));
    mts_run_widen(extents, MTS_AXIS_mode, MODES);
}

static const size_t columns[] = {MTS_COL_measure_fixed_point_converged,
                                 MTS_COL_measure_fixed_point_searches,
                                 MTS_COL_measure_fixed_points,
                                 MTS_COL_measure_fixed_points_unstable,
                                 MTS_COL_measure_leading_real,
                                 MTS_COL_measure_amplification,
                                 MTS_COL_measure_start_state,
                                 MTS_COL_measure_start_speed,
                                 MTS_COL_measure_start_fixed_point,
                                 MTS_COL_measure_fixed_point_start,
                                 MTS_COL_measure_fixed_point_state,
                                 MTS_COL_measure_eigenvalue_real,
                                 MTS_COL_measure_eigenvalue_imaginary,
                                 MTS_COL_measure_fixed_point_amplification,
                                 MTS_COL_none};

const mts_output mts_output_fixed_points = {.name = "fixed_points",
                                            .columns = columns,
                                            .trials = MTS_NO_TRIALS,
                                            .visited = true,
                                            .extents = extents,
                                            .cost = cost,
                                            .memory = memory,
                                            .run = run};
