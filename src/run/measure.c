/* measure.c: what is measured of the trained network beside the decoders. Each measure has trials of
 * its own, which the choice of other measures does not change. */
#include "measure.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    STIMULI = 1000,  /* sparsity [code sparsity.py] */
    VISITED = 40,    /* trials of pca and fixed_points [code analyze.py] */
    COMPONENTS = 10, /* [code analyze.py] */
    SIDE = 8,        /* of the raster [code analyze.py] */
    CELLS = SIDE * SIDE
};

/* Which trials: the number in bits 8 and up of the streams' purposes. */
enum { FOR_SPARSITY, FOR_VISIT, FOR_CLOSED_FORM };

static mts_stream stream_of(const mts_frozen *frozen, enum mts_purpose purpose, uint32_t number)
{
    return (mts_stream){frozen->trainer->identity, (uint32_t)purpose | number << 8};
}

/* Trials first ... of the sequence into the batch, noise-free. */
static void draw_exact(mts_frozen *frozen, uint32_t number, size_t first)
{
    mts_task_draw(frozen->task, stream_of(frozen, MTS_FOR_MEASURE_LATENT, number),
                  stream_of(frozen, MTS_FOR_MEASURE_NOISE, number), first, NULL,
                  frozen->feed.batch);
    mts_task_draw_at(frozen->task, NULL, first, frozen->feed.batch);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static mts_status advance(mts_frozen *frozen, size_t trials)
{
    return mts_run_advance(frozen->progress,
                           (double)trials * mts_run_cost_trial(&frozen->trainer->shape));
}

/* Number of the last stimulus step. */
static size_t last_stimulus(const mts_run_shape *shape)
{
    return shape->evaluation.stimulus_first + shape->evaluation.stimulus - 1;
}

/* ---- sparsity ---- */

static mts_status sparsity(mts_frozen *frozen, const mts_visited *visited, mts_result *result)
{
    const mts_run_shape *shape = &frozen->trainer->shape;
    const size_t N = shape->N, B = frozen->feed.batch->B;
    mts_status st = MTS_OK;
    (void)visited;
    mts_real *h = mts_alloc(STIMULI * N, sizeof *h);
    if (!h)
        return MTS_ERR_MEMORY;
    for (size_t first = 0; st == MTS_OK && first < STIMULI; first += B) {
        const size_t n = least(B, STIMULI - first);
        draw_exact(frozen, FOR_SPARSITY, first);
        const mts_real *states = mts_run_frozen_states(frozen, NULL);
        memcpy(h + first * N, states + last_stimulus(shape) * B * N, n * N * sizeof *h);
        st = advance(frozen, n);
    }
    if (st == MTS_OK)
        *result->measure_sparsity =
            mts_run_or_fill(mts_measure_sparsity(STIMULI, N, h, result->measure_unit_sparsity));
    mts_free(h);
    return st;
}

/* ---- states that are visited ---- */

mts_status mts_run_visit(mts_frozen *frozen, mts_visited *visited)
{
    const mts_run_shape *shape = &frozen->trainer->shape;
    const mts_batch *batch = frozen->feed.batch;
    const size_t N = shape->N, T = batch->T, B = batch->B, C = batch->C;
    mts_status st = MTS_OK;
    *visited = (mts_visited){.trials = VISITED, .T = T};
    visited->h = mts_alloc(VISITED * T * N, sizeof *visited->h);
    visited->channel = mts_alloc(VISITED * C, sizeof *visited->channel);
    if (!visited->h || !visited->channel)
        st = MTS_ERR_MEMORY;
    for (size_t first = 0; st == MTS_OK && first < VISITED; first += B) {
        const size_t n = least(B, VISITED - first);
        draw_exact(frozen, FOR_VISIT, first);
        const mts_real *states = mts_run_frozen_states(frozen, NULL);
        for (size_t b = 0; b < n; b++) {
            for (size_t t = 0; t < T; t++)
                memcpy(visited->h + ((first + b) * T + t) * N, states + (t * B + b) * N,
                       N * sizeof *states);
            memcpy(visited->channel + (first + b) * C,
                   batch->channel + (last_stimulus(shape) * B + b) * C, C * sizeof *states);
        }
        st = advance(frozen, n);
    }
    if (st != MTS_OK)
        mts_run_visited_free(visited);
    return st;
}

void mts_run_visited_free(mts_visited *visited)
{
    mts_free(visited->h);
    mts_free(visited->channel);
    *visited = (mts_visited){0};
}

double mts_run_visit_cost(const mts_run_shape *shape)
{
    return VISITED * mts_run_cost_trial(shape);
}

double mts_run_visit_memory(const mts_run_shape *shape)
{
    return VISITED * (double)(shape->evaluation.T * shape->N + shape->evaluation.channels) *
           sizeof(mts_real);
}

static double pca_cost(const mts_run_shape *shape)
{
    double N = (double)shape->N;
    return 4 * VISITED * (double)shape->evaluation.T * N * N + 30 * N * N * N;
}

static mts_status pca(mts_frozen *frozen, const mts_visited *visited, mts_result *result)
{
    const size_t N = frozen->trainer->shape.N, n = least(COMPONENTS, N);
    const size_t units = result->extents.n[MTS_AXIS_unit];
    double *direction = mts_alloc(n * N, sizeof *direction);
    if (!direction)
        return MTS_ERR_MEMORY;
    assert(result->extents.n[MTS_AXIS_component] >= n);
    mts_status st =
        mts_measure_pca(visited->trials * visited->T, N, visited->h, n,
                        result->measure_pca_variance, result->measure_pca_ratio, direction);
    for (size_t c = 0; st == MTS_OK && c < n; c++) {
        result->measure_pca_ratio[c] = mts_run_or_fill(result->measure_pca_ratio[c]);
        memcpy(result->measure_pca_direction + c * units, direction + c * N, N * sizeof *direction);
    }
    mts_free(direction);
    if (st == MTS_DIVERGED) /* states that are not finite have no components */
        st = MTS_OK;
    return st == MTS_OK ? mts_run_advance(frozen->progress, pca_cost(&frozen->trainer->shape)) : st;
}

/* ---- selectivity ---- */

/* Coordinate i of SIDE, ends included. */
static double place(size_t i)
{
    return (double)i / (SIDE - 1) - 0.5;
}

/* States h[CELLS][N] after the stimulus alone, x1 slowest. Where trials are cued, all ask for the
 * first task. */
static mts_status make_raster(mts_frozen *frozen, mts_real *h)
{
    const mts_feed *feed = &frozen->feed;
    mts_batch *batch = feed->batch;
    const size_t N = frozen->trainer->shape.N, D = batch->D, B = batch->B, S = batch->S;
    mts_status st = MTS_OK;
    for (size_t first = 0; st == MTS_OK && first < CELLS; first += B) {
        const size_t n = least(B, CELLS - first), C = batch->C;
        memset(batch->latent, 0, B * D * sizeof *batch->latent);
        for (size_t b = 0; b < n; b++) {
            batch->latent[b * D] = (mts_real)place((first + b) / SIDE);
            batch->latent[b * D + 1] = (mts_real)place((first + b) % SIDE);
        }
        mts_task_draw_at(frozen->task, NULL, first, batch);
        mts_task_cue_in_turn(frozen->task, 0, batch);
        for (size_t t = 0; batch->cued && t < batch->T; t++)
            for (size_t b = 1; b < B; b++)
                memcpy(batch->channel + (t * B + b) * C, batch->channel + t * B * C,
                       C * sizeof *batch->channel);
        mts_run_frozen_feed(frozen, NULL);
        mts_net_forward(frozen->net, S, B, feed->x + feed->timing.stimulus_first * B * feed->I);
        memcpy(h + first * N, mts_net_hidden(frozen->net) + (S - 1) * B * N, n * N * sizeof *h);
        st = advance(frozen, n);
    }
    return st;
}

/* Means of the raster over the other latent, mean[SIDE][N], for x1 (along = SIDE) or x2 (1). */
static void marginal(size_t N, const mts_real *h, size_t along, mts_real *mean)
{
    const size_t across = along == 1 ? SIDE : 1;
    for (size_t i = 0; i < SIDE; i++)
        for (size_t j = 0; j < N; j++) {
            double sum = 0;
            for (size_t k = 0; k < SIDE; k++)
                sum += (double)h[(i * along + k * across) * N + j];
            mean[i * N + j] = (mts_real)(sum / SIDE);
        }
}

static mts_status selectivity(mts_frozen *frozen, const mts_visited *visited, mts_result *result)
{
    const size_t N = frozen->trainer->shape.N, units = result->extents.n[MTS_AXIS_unit];
    mts_status st = MTS_ERR_MEMORY;
    (void)visited;
    mts_real *h = mts_alloc(CELLS * N, sizeof *h), *mean = mts_alloc(SIDE * N, sizeof *mean);
    if (!h || !mean || (st = make_raster(frozen, h)) != MTS_OK)
        goto cleanup;
    assert(result->extents.n[MTS_AXIS_cell] >= CELLS);
    for (size_t c = 0; c < CELLS; c++)
        for (size_t j = 0; j < N; j++)
            result->measure_raster[c * units + j] = (float)mts_run_or_fill((double)h[c * N + j]);
    for (size_t d = 0; d < 2; d++) {
        double x[CELLS], side[SIDE];
        for (size_t c = 0; c < CELLS; c++)
            x[c] = place(d == 0 ? c / SIDE : c % SIDE);
        for (size_t i = 0; i < SIDE; i++)
            side[i] = place(i);
        mts_measure_selectivity(CELLS, N, h, x, result->measure_selectivity + d * units);
        marginal(N, h, d == 0 ? SIDE : 1, mean);
        mts_measure_selectivity(SIDE, N, mean, side,
                                result->measure_marginal_selectivity + d * units);
    }
cleanup:
    mts_free(h);
    mts_free(mean);
    return st;
}

/* ---- closed form ---- */

/* About test_trials for each fold's region. */
static size_t closed_form_trials(const mts_run_shape *shape)
{
    const size_t folds = mts_probe_folds(shape->probe.folds, shape->D);
    return shape->probe.test_trials * (folds > 2 ? folds : 2);
}

/* What the decoding needs of the task. */
typedef struct closed_form {
    size_t K; /* tasks with a linear boundary */
    double gain, deviation;
    double *normal, *offset, *inverse; /* [K][D], [K], [D][K] */
    double *x_hat;                     /* [B][D] */
    mts_real *z;                       /* [B][K] */
    size_t *task;                      /* [K] their numbers */
    double *error;                     /* [folds + 1] sums over the regions and the whole cube */
    size_t *count;
} closed_form;

static void free_closed_form(closed_form *c)
{
    void *arrays[] = {c->normal, c->offset, c->inverse, c->x_hat,
                      c->z,      c->task,   c->error,   c->count};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        mts_free(arrays[i]);
}

/* The observer that the network was trained to be: it sees the sigma of the training. Its variance
 * is sigma^2 / n for gauss. K stays 0 where there is no such observer. */
static mts_status make_closed_form(const mts_frozen *frozen, closed_form *c)
{
    const mts_trainer *trainer = frozen->trainer;
    const mts_batch *batch = frozen->feed.batch;
    const size_t K = trainer->shape.K, D = trainer->shape.D, B = batch->B;
    const size_t folds = mts_probe_folds(trainer->shape.probe.folds, D);
    mts_config all = trainer->config;
    size_t n = 0;
    *c = (closed_form){.gain = mts_net_log_odds(&trainer->shape.net)};
    if (all.tasks < all.latents) /* ideal_r2 then counts what the tasks do not show */
        all.tasks = all.latents;
    c->deviation = sqrt((1 - mts_task_ideal_r2(&all)) / 12);
    if (batch->cued || !(c->gain > 0) || !(c->deviation > 0))
        return MTS_OK;
    c->normal = mts_alloc(K * D, sizeof *c->normal);
    c->offset = mts_alloc(K, sizeof *c->offset);
    c->inverse = mts_alloc(K * D, sizeof *c->inverse);
    c->x_hat = mts_alloc(B * D, sizeof *c->x_hat);
    c->z = mts_alloc(B * K, sizeof *c->z);
    c->task = mts_alloc(K, sizeof *c->task);
    c->error = mts_alloc(folds + 1, sizeof *c->error);
    c->count = mts_alloc(folds + 1, sizeof *c->count);
    if (!c->normal || !c->offset || !c->inverse || !c->x_hat || !c->z || !c->task || !c->error ||
        !c->count)
        return MTS_ERR_MEMORY;
    mts_task_boundaries(frozen->task, c->normal, c->offset);
    for (size_t k = 0; k < K; k++)
        if (isfinite(c->normal[k * D])) {
            memmove(c->normal + n * D, c->normal + k * D, D * sizeof *c->normal);
            c->offset[n] = c->offset[k];
            c->task[n++] = k;
        }
    if (n == 0)
        return MTS_OK;
    c->K = n;
    return mts_measure_pseudoinverse(n, D, c->normal, c->inverse);
}

static bool inside(mts_probe_pattern region, size_t D, const mts_real *x)
{
    for (size_t d = 0; d < D; d++)
        if (region.mask >> d & 1 && (x[d] > 0) != (region.sign >> d & 1))
            return false;
    return true;
}

/* Adds the errors of the first n trials of the batch, whose last states are h[B][N]. */
static void decode(mts_frozen *frozen, const mts_real *h, size_t n, closed_form *c)
{
    const mts_run_shape *shape = &frozen->trainer->shape;
    const mts_batch *batch = frozen->feed.batch;
    const size_t D = shape->D, folds = mts_probe_folds(shape->probe.folds, D);
    mts_net_readout(frozen->net, batch->B, h, frozen->z);
    for (size_t b = 0; b < n; b++)
        for (size_t k = 0; k < c->K; k++)
            c->z[b * c->K + k] = frozen->z[b * shape->K + c->task[k]];
    mts_measure_decode(c->K, D, c->inverse, c->offset, c->deviation, c->gain, n, c->z, c->x_hat);
    for (size_t b = 0; b < n; b++) {
        const mts_real *x = batch->latent + b * D;
        double error = 0;
        for (size_t d = 0; d < D; d++) {
            double e = c->x_hat[b * D + d] - (double)x[d];
            error += e * e;
        }
        for (size_t fold = 0; fold < folds; fold++)
            if (inside(mts_probe_held_out(shape->probe.folds, D, fold), D, x)) {
                c->error[fold] += error;
                c->count[fold]++;
            }
        c->error[folds] += error;
        c->count[folds]++;
    }
}

static double r2_of(double error, size_t count, size_t D)
{
    return mts_run_or_fill(1 - 12 * error / (double)(count * D)); /* NaN where count is 0 */
}

static mts_status closed_form_r2(mts_frozen *frozen, const mts_visited *visited, mts_result *result)
{
    const mts_run_shape *shape = &frozen->trainer->shape;
    mts_batch *batch = frozen->feed.batch;
    const size_t folds = mts_probe_folds(shape->probe.folds, shape->D), B = batch->B;
    const size_t trials = closed_form_trials(shape);
    closed_form c;
    (void)visited;
    mts_status st = make_closed_form(frozen, &c);
    for (size_t first = 0; c.K > 0 && st == MTS_OK && first < trials; first += B) {
        const size_t n = least(B, trials - first);
        const mts_run_streams random = {
            .inputs = stream_of(frozen, MTS_FOR_MEASURE_ENCODER_NOISE, FOR_CLOSED_FORM),
            .network = stream_of(frozen, MTS_FOR_MEASURE_NETWORK_NOISE, FOR_CLOSED_FORM),
            .first = first,
            .noisy = n};
        mts_task_draw(frozen->task, stream_of(frozen, MTS_FOR_MEASURE_LATENT, FOR_CLOSED_FORM),
                      stream_of(frozen, MTS_FOR_MEASURE_NOISE, FOR_CLOSED_FORM), first, NULL,
                      batch);
        decode(frozen, mts_run_frozen_last(frozen, &random), n, &c);
        st = advance(frozen, n);
    }
    if (c.K > 0 && st == MTS_OK) {
        *result->measure_closed_form_r2 = r2_of(c.error[folds], c.count[folds], shape->D);
        for (size_t fold = 0; fold < folds; fold++)
            result->measure_closed_form_fold_r2[fold] =
                r2_of(c.error[fold], c.count[fold], shape->D);
    }
    free_closed_form(&c);
    return st;
}

/* ---- the whole ---- */

mts_status mts_run_measure(mts_frozen *frozen, mts_result *result)
{
    const mts_config *config = &frozen->trainer->config;
    const struct {
        int64_t chosen;
        mts_status (*measure)(mts_frozen *, const mts_visited *, mts_result *);
    } measures[] = {{config->measure_sparsity, sparsity},
                    {config->measure_pca, pca},
                    {config->measure_fixed_points, mts_run_fixed_points},
                    {config->measure_selectivity, selectivity},
                    {config->measure_closed_form, closed_form_r2}};
    mts_visited visited = {0};
    mts_status st = MTS_OK;
    if (config->measure_pca || config->measure_fixed_points)
        st = mts_run_visit(frozen, &visited);
    for (size_t i = 0; st == MTS_OK && i < sizeof measures / sizeof *measures; i++)
        if (measures[i].chosen)
            st = measures[i].measure(frozen, &visited, result);
    mts_run_visited_free(&visited);
    return st;
}

double mts_run_measure_cost(const mts_config *config, const mts_run_shape *shape)
{
    double trials = 0, cost = 0;
    if (config->measure_sparsity)
        trials += STIMULI;
    if (config->measure_selectivity)
        trials += CELLS;
    if (config->measure_closed_form)
        trials += (double)closed_form_trials(shape);
    if (config->measure_pca || config->measure_fixed_points)
        cost += mts_run_visit_cost(shape);
    if (config->measure_pca)
        cost += pca_cost(shape);
    if (config->measure_fixed_points)
        cost += mts_run_fixed_points_cost(config, shape);
    return cost + trials * mts_run_cost_trial(shape);
}

double mts_run_measure_memory(const mts_config *config, const mts_run_shape *shape)
{
    double N = (double)shape->N, visited = 0, most = 0;
    if (config->measure_pca || config->measure_fixed_points)
        visited = mts_run_visit_memory(shape);
    if (config->measure_sparsity)
        most = STIMULI * N * sizeof(mts_real);
    if (config->measure_pca)
        most = fmax(most, (2 * N * N + (COMPONENTS + 37) * N) * sizeof(double));
    if (config->measure_fixed_points)
        most = fmax(most, mts_run_fixed_points_memory(config, shape));
    return visited + most; /* the other measures need little */
}

void mts_run_measure_extents(const mts_config *config, mts_extents *extents)
{
    const mts_run_shape shape = mts_run_shape_of(config);
    const bool points = config->measure_fixed_points && mts_net_can_step(&shape.net);
    const size_t starts = points ? (size_t)config->fixed_point_starts : 0;
    const struct {
        mts_axis axis;
        size_t n;
    } need[] = {{MTS_AXIS_component, config->measure_pca ? COMPONENTS : 0},
                {MTS_AXIS_cell, config->measure_selectivity ? CELLS : 0},
                {MTS_AXIS_start, starts},
                {MTS_AXIS_fixed_point, starts},
                {MTS_AXIS_mode, points ? MODES : 0}};
    for (size_t i = 0; i < sizeof need / sizeof *need; i++)
        if (extents->n[need[i].axis] < need[i].n)
            extents->n[need[i].axis] = need[i].n;
}
