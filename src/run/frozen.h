/* frozen.h: the trained network on trials that it does not learn from. */
#ifndef MTSWEEP_RUN_FROZEN_H
#define MTSWEEP_RUN_FROZEN_H

#include "advance.h"
#include "trainer.h"

/* The trials are those of `task`, not of the trainer's (see mts_task_evaluation). */
typedef struct mts_frozen {
    const mts_trainer *trainer;
    mts_progress *progress;
    mts_task *task;
    mts_feed feed;
    mts_net *net;
    mts_arena arena; /* of z */
    mts_real *z;     /* [B][K] for the readout of a step */
} mts_frozen;

/* Keeps both pointers. MTS_ERR_MEMORY; nothing is held then. free: also for a zeroed one. */
mts_status mts_run_frozen_create(const mts_trainer *trainer, mts_progress *progress,
                                 mts_frozen *frozen);
void mts_run_frozen_free(mts_frozen *frozen);
double mts_run_frozen_memory(const mts_run_shape *shape); /* bytes that create allocates */

/* What is random behind the task: the noise on the network's inputs, which the first `noisy` trials
 * of a batch have, and the noise in the network. The batch's first trial is item `first`. */
typedef struct mts_run_streams {
    mts_stream inputs, network;
    uint64_t first;
    size_t noisy;
} mts_run_streams;

/* Stream `number` of a purpose, with the run's identity as key. */
mts_stream mts_run_frozen_stream(const mts_frozen *frozen, enum mts_purpose purpose,
                                 uint32_t number);

/* Draws trials first ... of set `number` of the measures into the batch, noise-free. */
void mts_run_frozen_draw_exact(mts_frozen *frozen, uint32_t number, size_t first);

/* Brings the trials of the batch into feed.x; random NULL: without such noise. */
void mts_run_frozen_feed(mts_frozen *frozen, const mts_run_streams *random);

/* That, and their states: h[B][N] of the last step; h[T][B][N] of all. */
const mts_real *mts_run_frozen_last(mts_frozen *frozen, const mts_run_streams *random);
const mts_real *mts_run_frozen_states(mts_frozen *frozen, const mts_run_streams *random);

/* mts_run_advance by the work of so many evaluation trials. */
mts_status mts_run_frozen_advance(mts_frozen *frozen, size_t trials);

/* Number of the last stimulus step. */
size_t mts_run_frozen_last_stimulus(const mts_frozen *frozen);

#endif
