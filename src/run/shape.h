/* shape.h: sizes and specs that follow from a config, and the work that they make. */
#ifndef MTSWEEP_RUN_SHAPE_H
#define MTSWEEP_RUN_SHAPE_H

#include "mtsweep/probe.h"
#include "mtsweep/run.h"
#include "mtsweep/task.h"

typedef struct mts_run_shape {
    mts_config config,
        trials; /* of the run; of the trials on which the frozen network is looked at */
    const mts_kernels *kernels; /* those of the config, or any where these do not run here */
    mts_timing timing;          /* of training */
    mts_timing evaluation;      /* of `trials` */
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

/* As mts_run_layouts. */
mts_status mts_run_shape_layouts(const mts_run_shape *shape, mts_layout *net, mts_layout *encoder);

/* Work in the unit of mts_run_cost. */
double mts_run_cost_batch(const mts_run_shape *shape); /* one training batch */
double mts_run_cost_draw(const mts_run_shape *shape);  /* one trial of the probe */
double mts_run_cost_trial(const mts_run_shape *shape); /* one evaluation trial */

static inline size_t mts_run_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Raises the extent of an axis to n. */
static inline void mts_run_widen(mts_extents *extents, mts_axis axis, size_t n)
{
    if (extents->n[axis] < n)
        extents->n[axis] = n;
}

#endif
