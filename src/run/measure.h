/* measure.h: what the files of the measures share. */
#ifndef MTSWEEP_RUN_MEASURE_H
#define MTSWEEP_RUN_MEASURE_H

#include <math.h>

#include "internal.h"
#include "mtsweep/measure.h"

#define MODES 2 /* eigenvalues whose time constants are stored */

/* States at all steps of noise-free trials with latents from the whole cube, h[trials * T][N] trial
 * by trial, and the inputs that bypass the encoder at the last stimulus step, channel[trials][C]. */
typedef struct mts_visited {
    size_t trials, T;
    mts_real *h, *channel;
} mts_visited;

/* On failure nothing is held. free: also for a zeroed one. */
mts_status mts_run_visit(mts_frozen *frozen, mts_visited *visited);
void mts_run_visited_free(mts_visited *visited);
double mts_run_visit_cost(const mts_run_shape *shape);
double mts_run_visit_memory(const mts_run_shape *shape);

/* The measure fixed_points, from states that were visited. */
mts_status mts_run_fixed_points(mts_frozen *frozen, const mts_visited *visited, mts_result *result);
double mts_run_fixed_points_cost(const mts_config *config, const mts_run_shape *shape);
double mts_run_fixed_points_memory(const mts_config *config, const mts_run_shape *shape);

#endif
