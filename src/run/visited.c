/* visited.c: states of 40 trials [code analyze.py]. */
#include "visited.h"

#include <string.h>

enum { TRIALS = 40 };

static void take_all(const mts_run_shape *shape, mts_visited *visited, mts_arena *arena)
{
    visited->h = mts_take(arena, TRIALS * shape->evaluation.T * shape->N, sizeof *visited->h);
    visited->channel =
        mts_take(arena, TRIALS * shape->evaluation.channels, sizeof *visited->channel);
}

double mts_run_visit_memory(const mts_run_shape *shape)
{
    mts_arena arena = {0};
    take_all(shape, &(mts_visited){0}, &arena);
    return (double)arena.used;
}

double mts_run_visit_cost(const mts_run_shape *shape)
{
    return TRIALS * mts_run_cost_trial(shape);
}

size_t mts_run_visited_states(const mts_run_shape *shape)
{
    return TRIALS * shape->evaluation.T;
}

mts_status mts_run_visit(mts_frozen *frozen, mts_visited *visited)
{
    const mts_run_shape *shape = &frozen->trainer->shape;
    const mts_batch *batch = frozen->feed.batch;
    const size_t N = shape->N, T = batch->T, B = batch->B, C = batch->C;
    *visited = (mts_visited){.trials = TRIALS, .T = T};
    take_all(shape, visited, &visited->arena);
    mts_status st = mts_arena_open(&visited->arena);
    if (st != MTS_OK)
        return st;
    take_all(shape, visited, &visited->arena);
    for (size_t first = 0; st == MTS_OK && first < TRIALS; first += B) {
        const size_t n = mts_run_least(B, TRIALS - first);
        mts_run_frozen_draw_exact(frozen, MTS_VISITED_TRIALS, first);
        const mts_real *states = mts_run_frozen_states(frozen, NULL);
        for (size_t b = 0; b < n; b++) {
            for (size_t t = 0; t < T; t++)
                memcpy(visited->h + ((first + b) * T + t) * N, states + (t * B + b) * N,
                       N * sizeof *states);
            memcpy(visited->channel + (first + b) * C,
                   batch->channel + (mts_run_frozen_last_stimulus(frozen) * B + b) * C,
                   C * sizeof *states);
        }
        st = mts_run_frozen_advance(frozen, n);
    }
    if (st != MTS_OK)
        mts_run_visited_free(visited);
    return st;
}

void mts_run_visited_free(mts_visited *visited)
{
    mts_arena_close(&visited->arena);
    *visited = (mts_visited){0};
}
