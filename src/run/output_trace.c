/* output_trace.c: hidden states and readout on the evaluation trials. */
#include "output.h"

#include <assert.h>
#include <string.h>

static void copy_row(size_t n, const mts_real *from, float *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (float)from[i];
}

/* Stores the stored steps of the first n trials of the batch, which are `first` ... of the file. */
static void store(mts_frozen *frozen, const mts_real *h, size_t first, size_t n, mts_result *r)
{
    const mts_run_shape *shape = &frozen->trainer->shape;
    const size_t *extent = r->extents.n;
    const size_t B = frozen->feed.batch->B, T = frozen->feed.batch->T;
    const size_t N = shape->N, K = shape->K;
    const size_t skipped = shape->config.trace == MTS_TRACE_last ? T - 1 : 0;
    assert(extent[MTS_AXIS_trial] >= first + n && extent[MTS_AXIS_step] >= T - skipped);
    for (size_t t = skipped; t < T; t++) {
        mts_net_readout(frozen->net, B, h + t * B * N, frozen->z);
        for (size_t b = 0; b < n; b++) {
            size_t row = (first + b) * extent[MTS_AXIS_step] + t - skipped;
            copy_row(N, h + (t * B + b) * N, r->trace_hidden + row * extent[MTS_AXIS_unit]);
            copy_row(K, frozen->z + b * K, r->trace_readout + row * extent[MTS_AXIS_task]);
        }
    }
}

/* All evaluation trials. */
typedef struct trials {
    mts_real *latent, *obs; /* [trials][D], [trials][S][D] */
} trials;

static void take_all(const mts_run_shape *shape, trials *all, mts_arena *arena)
{
    const size_t n = mts_run_trial_count(&shape->config);
    all->latent = mts_take(arena, n * shape->D, sizeof *all->latent);
    all->obs = mts_take(arena, n * shape->evaluation.stimulus * shape->D, sizeof *all->obs);
}

static double memory(const mts_run_shape *shape)
{
    mts_arena arena = {0};
    take_all(shape, &(trials){0}, &arena);
    return (double)arena.used + mts_run_trials_memory(&shape->config);
}

static mts_status run(mts_frozen *frozen, const mts_visited *visited, mts_position *at)
{
    mts_result *result = at->result;
    const mts_trainer *trainer = frozen->trainer;
    const mts_config *config = &trainer->shape.config;
    mts_batch *batch = frozen->feed.batch;
    const size_t B = batch->B, S = batch->S, D = batch->D;
    const size_t n_trials = mts_run_trial_count(config);
    const size_t noisy = (size_t)config->trace_trials; /* the first ones */
    mts_arena arena = {0};
    trials all;
    (void)visited;
    take_all(&trainer->shape, &all, &arena);
    mts_status st = mts_arena_open(&arena);
    if (st != MTS_OK)
        return st;
    take_all(&trainer->shape, &all, &arena);
    st = mts_run_trials(config, all.latent, all.obs);
    for (size_t first = 0; st == MTS_OK && first < n_trials; first += B) {
        size_t n = mts_run_least(B, n_trials - first), left = noisy > first ? noisy - first : 0;
        mts_run_streams random = {.inputs = {0, MTS_FOR_TRACE_ENCODER_NOISE},
                                  .network = {trainer->identity, MTS_FOR_TRACE_NETWORK_NOISE},
                                  .first = first,
                                  .noisy = mts_run_least(left, n)};
        mts_task_cue_in_turn(frozen->task, first, batch);
        for (size_t b = 0; b < n; b++)
            for (size_t s = 0; s < S; s++)
                memcpy(batch->obs + (s * B + b) * D, all.obs + ((first + b) * S + s) * D,
                       D * sizeof *all.obs);
        store(frozen, mts_run_frozen_states(frozen, &random), first, n, result);
        st = mts_run_frozen_advance(frozen, n);
    }
    mts_arena_close(&arena);
    return st;
}

static void extents(const mts_run_shape *shape, mts_extents *extents)
{
    mts_run_widen(extents, MTS_AXIS_trial, mts_run_trial_count(&shape->config));
    mts_run_widen(extents, MTS_AXIS_step,
                  shape->config.trace == MTS_TRACE_last ? 1 : shape->evaluation.T);
}

static double cost(const mts_run_shape *shape)
{
    return (double)mts_run_trial_count(&shape->config) * mts_run_cost_trial(shape);
}

static const size_t columns[] = {MTS_COL_trace_hidden, MTS_COL_trace_readout, MTS_COL_none};

const mts_output mts_output_trace = {.name = "trace",
                                     .columns = columns,
                                     .trials = MTS_NO_TRIALS,
                                     .extents = extents,
                                     .cost = cost,
                                     .memory = memory,
                                     .run = run};
