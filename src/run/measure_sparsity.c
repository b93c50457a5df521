/* measure_sparsity.c: how few units are active at the last stimulus step. */
#include "output.h"

#include <string.h>

#include "mtsweep/measure.h"

enum { STIMULI = 1000, TRIALS = 0 }; /* [code sparsity.py]; set of trials */

static mts_real *take_states(const mts_run_shape *shape, mts_arena *arena)
{
    return mts_take(arena, STIMULI * shape->N, sizeof(mts_real));
}

static double memory(const mts_run_shape *shape)
{
    mts_arena arena = {0};
    take_states(shape, &arena);
    return (double)arena.used;
}

static double cost(const mts_run_shape *shape)
{
    return STIMULI * mts_run_cost_trial(shape);
}

static mts_status run(mts_frozen *frozen, const mts_visited *visited, mts_position *at)
{
    mts_result *result = at->result;
    const mts_run_shape *shape = &frozen->trainer->shape;
    const size_t N = shape->N, B = frozen->feed.batch->B;
    mts_arena arena = {0};
    (void)visited;
    take_states(shape, &arena);
    mts_status st = mts_arena_open(&arena);
    if (st != MTS_OK)
        return st;
    mts_real *h = take_states(shape, &arena);
    for (size_t first = 0; st == MTS_OK && first < STIMULI; first += B) {
        const size_t n = mts_run_least(B, STIMULI - first);
        mts_run_frozen_draw_exact(frozen, TRIALS, first);
        const mts_real *states = mts_run_frozen_states(frozen, NULL);
        memcpy(h + first * N, states + mts_run_frozen_last_stimulus(frozen) * B * N,
               n * N * sizeof *h);
        st = mts_run_frozen_advance(frozen, n);
    }
    if (st == MTS_OK) {
        double *unit = result->measure_unit_sparsity;
        *result->measure_absolute_sparsity =
            mts_result_number(mts_measure_sparsity(STIMULI, N, h, true, unit));
        *result->measure_sparsity =
            mts_result_number(mts_measure_sparsity(STIMULI, N, h, false, unit));
        for (size_t j = 0; j < N; j++)
            unit[j] = mts_result_number(unit[j]);
    }
    mts_arena_close(&arena);
    return st;
}

static const size_t columns[] = {MTS_COL_measure_sparsity, MTS_COL_measure_unit_sparsity,
                                 MTS_COL_measure_absolute_sparsity, MTS_COL_none};

const mts_output mts_output_sparsity = {.name = "sparsity",
                                        .columns = columns,
                                        .trials = TRIALS,
                                        .cost = cost,
                                        .memory = memory,
                                        .run = run};
