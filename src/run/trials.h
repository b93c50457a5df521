/* trials.h: what the evaluation trials take. */
#ifndef MTSWEEP_RUN_TRIALS_H
#define MTSWEEP_RUN_TRIALS_H

#include "mtsweep/run.h"

/* Bytes that mts_run_trials allocates. */
double mts_run_trials_memory(const mts_config *config);

#endif
