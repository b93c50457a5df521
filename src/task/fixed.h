/* fixed.h: trials whose periods have fixed lengths, the part that all families but accumulate
 * share. */
#ifndef MTSWEEP_TASK_FIXED_H
#define MTSWEEP_TASK_FIXED_H

#include "family.h"

/* Fixation, stimulus, delay, decision as in the config; channel 0 is the fixation input. */
mts_timing mts_fixed_timing(const mts_config *config);

size_t mts_fixed_n_asked(const mts_config *config); /* K */

/* Fixation input; 1/2 as target of every step before the decision. */
void mts_fixed_prepare(const void *state, const mts_config *config, mts_batch *batch);

/* The labels y[K] of each trial's latents x[D] as target of all decision steps. */
void mts_fixed_target(const mts_timing *timing,
                      void (*labels)(const void *state, const mts_real *x, mts_real *y),
                      const void *state, mts_batch *batch);

#endif
