/* feed.h: trials on their way into a network. */
#ifndef MTSWEEP_RUN_FEED_H
#define MTSWEEP_RUN_FEED_H

#include "shape.h"

/* A batch, and the input x[T][B][I] made of it. The channels that bypass the encoder, unless they
 * are a cue, and the steps outside the stimulus, where the input is f(0), are the same for all trials
 * and are written at creation. */
typedef struct mts_feed {
    mts_batch *batch;
    mts_encoder *encoder;
    const mts_kernels *kernels;
    mts_arena arena; /* of the arrays */
    mts_real *x;
    mts_real *exact, *draw; /* [T][B][I] x without noise, and its noise; NULL without input noise */
    mts_real *zero, *silence; /* [D] an observation of 0; [F] the encoder's f(0) */
    mts_real noise;
    size_t I, F;
    mts_timing timing;
} mts_feed;

/* For B trials of `timing`, which is the task's. MTS_ERR_MEMORY; nothing is held then. free: also for
 * a zeroed feed. */
mts_status mts_run_feed_create(const mts_run_shape *shape, const mts_timing *timing,
                               const mts_task *task, const mts_real *encoder_theta, size_t B,
                               mts_feed *feed);
void mts_run_feed_free(mts_feed *feed);

/* Bytes that create allocates for trials of this config. */
double mts_run_feed_memory(const mts_run_shape *shape, const mts_config *trials, size_t B);

/* x from the observations and channels of the batch, without input noise. */
void mts_run_feed_encode(mts_feed *feed);

/* Adds the input noise to the first n trials of the batch, which are trials first .. first + n - 1 of
 * the stream: number t I + i for step t, input i. Nothing unless noise_at is encoder. */
void mts_run_feed_noise(mts_feed *feed, mts_stream noise, uint64_t first, size_t n);

#endif
