/* visited.h: the states that a trained network visits, for the measures that ask for them. */
#ifndef MTSWEEP_RUN_VISITED_H
#define MTSWEEP_RUN_VISITED_H

#include "frozen.h"

/* The set of the measures' trials that these are; no output has it. */
enum { MTS_VISITED_TRIALS = 1 };

/* States at all steps of noise-free trials with latents from the whole cube, h[trials * T][N] trial
 * by trial, and the inputs that bypass the encoder at the last stimulus step, channel[trials][C]. */
typedef struct mts_visited {
    size_t trials, T;
    mts_real *h, *channel;
    mts_arena arena;
} mts_visited;

/* On failure nothing is held. free: also for a zeroed one. */
mts_status mts_run_visit(mts_frozen *frozen, mts_visited *visited);
void mts_run_visited_free(mts_visited *visited);
double mts_run_visit_cost(const mts_run_shape *shape);
double mts_run_visit_memory(const mts_run_shape *shape);
size_t mts_run_visited_states(const mts_run_shape *shape); /* trials * T */

#endif
