/* internal.h: what the files of this module share. */
#ifndef MTSWEEP_RUN_INTERNAL_H
#define MTSWEEP_RUN_INTERNAL_H

#include "mtsweep/optim.h"
#include "mtsweep/probe.h"
#include "mtsweep/run.h"
#include "mtsweep/task.h"

/* Sizes and specs that follow from a config. */
typedef struct mts_run_shape {
    mts_timing timing;     /* of training */
    mts_timing evaluation; /* of the trials on which the frozen network is looked at */
    mts_net_spec net;
    mts_encoder_spec encoder;
    size_t D, F, I, N, K;
    bool features;        /* decoders read features, not states */
    size_t probed;        /* numbers that they read: F or N */
    double input_noise;   /* sd of the noise on all network inputs; 0 unless noise_at encoder */
    size_t frozen_B;      /* trials in a forward pass of the frozen network */
    mts_probe_spec probe; /* without the identity */
} mts_run_shape;
mts_run_shape mts_run_shape_of(const mts_config *config);

/* Trials on their way into a network: a batch, and the input x[T][B][I] made of it. The channels
 * that bypass the encoder, unless they are a cue, and the steps outside the stimulus, where the
 * input is f(0), are the same for all trials and are written at creation. */
typedef struct mts_feed {
    mts_batch *batch;
    mts_encoder *encoder;
    const mts_kernels *kernels;
    mts_real *x;
    mts_real *exact, *draw; /* [T][B][I] x without noise, and its noise; NULL without input noise */
    mts_real noise;
    size_t I;
    mts_timing timing;
} mts_feed;

/* For trials of `timing`, which is the task's. On failure nothing is held. free: also for a zeroed
 * feed. */
mts_status mts_run_feed_create(const mts_run_shape *shape, const mts_timing *timing,
                               const mts_task *task, const mts_kernels *kernels,
                               const mts_real *encoder_theta, size_t B, mts_feed *feed);
void mts_run_feed_free(mts_feed *feed);

/* x from the observations and channels of the batch, without input noise. */
void mts_run_feed_encode(mts_feed *feed);

/* Adds the input noise to the first n trials of the batch, which are trials first .. first + n - 1 of
 * the stream: number t I + i for step t, input i. Nothing unless noise_at is encoder. */
void mts_run_feed_noise(mts_feed *feed, mts_stream noise, uint64_t first, size_t n);

struct mts_trainer {
    mts_config config;
    mts_run_shape shape;
    uint64_t identity;
    const mts_kernels *kernels;
    mts_task *task;
    mts_real *encoder_theta;
    mts_feed feed;
    mts_net *net;
    mts_adam *adam;
    size_t P;
    mts_real *theta, *gradient;
    uint64_t batch; /* next one */
};

/* Tells the caller how far the run is, and asks whether to go on. */
typedef struct mts_progress {
    const mts_run_hooks *hooks;
    double done, total, loss;
    double unreported; /* work since the hooks were called */
} mts_progress;

/* Adds work, and calls the hooks where enough of it has come together; MTS_STOPPED with a message
 * if asked to stop. */
mts_status mts_run_advance(mts_progress *progress, double work);

/* Parts of mts_run_cost. */
double mts_run_cost_batch(const mts_run_shape *shape, size_t B); /* one training batch */
double mts_run_cost_draw(const mts_run_shape *shape);            /* one trial of the probe */
double mts_run_cost_trial(const mts_run_shape *shape);           /* one evaluation trial */

/* The trained network on trials of the probe and of evaluation: those of `task`, not of the trainer's
 * (see mts_task_evaluation). */
typedef struct mts_frozen {
    const mts_trainer *trainer;
    mts_progress *progress;
    mts_task *task;
    mts_feed feed;
    mts_net *net;
    mts_real *z; /* [B][K] */
} mts_frozen;

mts_status mts_run_frozen_create(const mts_trainer *trainer, mts_progress *progress,
                                 mts_frozen *frozen);
void mts_run_frozen_free(mts_frozen *frozen);

/* What is random behind the task: the noise on the network's inputs, which the first `noisy` trials
 * of a batch have, and the noise in the network. The batch's first trial is item `first`. */
typedef struct mts_run_streams {
    mts_stream inputs, network;
    uint64_t first;
    size_t noisy;
} mts_run_streams;

/* Brings the trials of the batch into feed.x; random NULL: without such noise. */
void mts_run_frozen_feed(mts_frozen *frozen, const mts_run_streams *random);

/* That, and their states: h[B][N] of the last step; h[T][B][N] of all. */
const mts_real *mts_run_frozen_last(mts_frozen *frozen, const mts_run_streams *random);
const mts_real *mts_run_frozen_states(mts_frozen *frozen, const mts_run_streams *random);

/* Fills score_* and trace_*. */
mts_status mts_run_probe(mts_frozen *frozen, mts_result *result);
mts_status mts_run_trace(mts_frozen *frozen, mts_result *result);

/* Fills measure_*, as far as the config chooses; what it costs, what it allocates at most at a time,
 * and the extents of its axes, which are 0 where nothing needs them. */
mts_status mts_run_measure(mts_frozen *frozen, mts_result *result);
double mts_run_measure_cost(const mts_config *config, const mts_run_shape *shape);
double mts_run_measure_memory(const mts_config *config, const mts_run_shape *shape);
void mts_run_measure_extents(const mts_config *config, mts_extents *extents);

#endif
