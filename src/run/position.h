/* position.h: where a run stands, so that it can go on from there. */
#ifndef MTSWEEP_RUN_POSITION_H
#define MTSWEEP_RUN_POSITION_H

#include "advance.h"
#include "trainer.h"

/* Sums over an interval of batches. */
typedef struct mts_interval {
    double loss, correct, batches;
} mts_interval;

/* What is behind the run, in units that are repeated as a whole: a batch, a fit of the decoders, an
 * output. */
typedef struct mts_position {
    mts_trainer *trainer;    /* batches: trainer->batch */
    mts_interval point, end; /* since the last point of the curves; in the last tenth */
    uint64_t fits;           /* of decoders */
    uint64_t outputs;        /* bit i: output i of outputs.c */
    mts_progress *progress;
    mts_result *result;
} mts_position;

/* Hands the position to the hook `save`, if there is one and it is time to, or `now`. */
void mts_run_save(mts_position *position, bool now);

/* Takes the position that the hooks bring, if there is one; false if it is not one of this run, which
 * then starts anew. */
bool mts_run_restore(mts_position *position);

#endif
