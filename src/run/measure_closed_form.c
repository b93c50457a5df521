/* measure_closed_form.c: the latents from the readout's probabilities, without a fit. */
#include "output.h"

#include <math.h>
#include <string.h>

#include "mtsweep/measure.h"

enum { TRIALS = 2 }; /* set of trials */

static size_t folds_of(const mts_run_shape *shape)
{
    return mts_probe_folds(shape->probe.folds, shape->D);
}

/* About test_trials for each fold's region. */
static size_t trials_of(const mts_run_shape *shape)
{
    const size_t folds = folds_of(shape);
    return shape->probe.test_trials * (folds > 2 ? folds : 2);
}

static double cost(const mts_run_shape *shape)
{
    return (double)trials_of(shape) * mts_run_cost_trial(shape);
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

static void take_all(const mts_run_shape *shape, closed_form *c, mts_arena *arena)
{
    const size_t K = shape->K, D = shape->D, B = shape->frozen_B, folds = folds_of(shape);
    c->normal = mts_take(arena, K * D, sizeof *c->normal);
    c->offset = mts_take(arena, K, sizeof *c->offset);
    c->inverse = mts_take(arena, K * D, sizeof *c->inverse);
    c->x_hat = mts_take(arena, B * D, sizeof *c->x_hat);
    c->z = mts_take(arena, B * K, sizeof *c->z);
    c->task = mts_take(arena, K, sizeof *c->task);
    c->error = mts_take(arena, folds + 1, sizeof *c->error);
    c->count = mts_take(arena, folds + 1, sizeof *c->count);
}

static double memory(const mts_run_shape *shape)
{
    mts_arena arena = {0};
    take_all(shape, &(closed_form){0}, &arena);
    return (double)arena.used + (double)mts_measure_pseudoinverse_memory(shape->D);
}

/* The observer that the network was trained to be: it sees the sigma of the training. Its variance
 * is sigma^2 / n for gauss. K stays 0 where there is no such observer. */
static mts_status make_observer(const mts_frozen *frozen, closed_form *c)
{
    const mts_run_shape *shape = &frozen->trainer->shape;
    const size_t K = shape->K, D = shape->D;
    mts_config all = shape->config;
    size_t n = 0;
    if (all.tasks < all.latents) /* ideal_r2 then counts what the tasks do not show */
        all.tasks = all.latents;
    c->gain = mts_net_log_odds(&shape->net);
    c->deviation = sqrt((1 - mts_task_ideal_r2(&all)) / 12);
    if (frozen->feed.batch->cued || !(c->gain > 0) || !(c->deviation > 0))
        return MTS_OK;
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

/* Adds the errors of the first n trials of the batch, whose last states are h[B][N]. */
static void decode(mts_frozen *frozen, const mts_real *h, size_t n, closed_form *c)
{
    const mts_run_shape *shape = &frozen->trainer->shape;
    const mts_batch *batch = frozen->feed.batch;
    const size_t D = shape->D, folds = folds_of(shape);
    const mts_measure_observer observer = {c->K, D, c->inverse, c->offset, c->deviation, c->gain};
    mts_net_readout(frozen->net, batch->B, h, frozen->z);
    for (size_t b = 0; b < n; b++)
        for (size_t k = 0; k < c->K; k++)
            c->z[b * c->K + k] = frozen->z[b * shape->K + c->task[k]];
    mts_measure_decode(&observer, n, c->z, c->x_hat);
    for (size_t b = 0; b < n; b++) {
        const mts_real *x = batch->latent + b * D;
        double error = 0;
        for (size_t d = 0; d < D; d++) {
            double e = c->x_hat[b * D + d] - (double)x[d];
            error += e * e;
        }
        for (size_t fold = 0; fold < folds; fold++)
            if (mts_pattern_holds(mts_probe_held_out(shape->probe.folds, D, fold), D, x)) {
                c->error[fold] += error;
                c->count[fold]++;
            }
        c->error[folds] += error;
        c->count[folds]++;
    }
}

static mts_status decode_all(mts_frozen *frozen, closed_form *c)
{
    const size_t trials = trials_of(&frozen->trainer->shape), B = frozen->feed.batch->B;
    mts_status st = MTS_OK;
    for (size_t first = 0; st == MTS_OK && first < trials; first += B) {
        const size_t n = mts_run_least(B, trials - first);
        const mts_run_streams random = {
            .inputs = mts_run_frozen_stream(frozen, MTS_FOR_MEASURE_ENCODER_NOISE, TRIALS),
            .network = mts_run_frozen_stream(frozen, MTS_FOR_MEASURE_NETWORK_NOISE, TRIALS),
            .first = first,
            .noisy = n};
        mts_task_draw(frozen->task, mts_run_frozen_stream(frozen, MTS_FOR_MEASURE_LATENT, TRIALS),
                      mts_run_frozen_stream(frozen, MTS_FOR_MEASURE_NOISE, TRIALS), first, NULL,
                      frozen->feed.batch);
        decode(frozen, mts_run_frozen_last(frozen, &random), n, c);
        st = mts_run_frozen_advance(frozen, n);
    }
    return st;
}

static double r2_of(double error, size_t count, size_t D)
{
    return mts_result_number(1 - 12 * error / (double)(count * D)); /* NaN where count is 0 */
}

static mts_status run(mts_frozen *frozen, const mts_visited *visited, mts_result *result)
{
    const mts_run_shape *shape = &frozen->trainer->shape;
    const size_t folds = folds_of(shape), D = shape->D;
    mts_arena arena = {0};
    closed_form c = {0};
    (void)visited;
    take_all(shape, &c, &arena);
    mts_status st = mts_arena_open(&arena);
    if (st != MTS_OK)
        return st;
    take_all(shape, &c, &arena);
    st = make_observer(frozen, &c);
    if (st != MTS_OK || c.K == 0 || (st = decode_all(frozen, &c)) != MTS_OK)
        goto cleanup;
    *result->measure_closed_form_r2 = r2_of(c.error[folds], c.count[folds], D);
    for (size_t fold = 0; fold < folds; fold++)
        result->measure_closed_form_fold_r2[fold] = r2_of(c.error[fold], c.count[fold], D);
cleanup:
    mts_arena_close(&arena);
    return st;
}

static const size_t columns[] = {MTS_COL_measure_closed_form_r2,
                                 MTS_COL_measure_closed_form_fold_r2, MTS_COL_none};

const mts_output mts_output_closed_form = {.name = "closed_form",
                                           .columns = columns,
                                           .trials = TRIALS,
                                           .cost = cost,
                                           .memory = memory,
                                           .run = run};
