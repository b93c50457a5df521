/* task.h: what the networks are trained on. A task family turns random streams into trials:
 * latents, noisy observations, targets.
 *
 * Typical use:
 *
 *     mts_task_create(&config, identity, kernels, &task);   // draws the run's boundary normals
 *     mts_batch_create(task, B, &batch);                    // writes the constant parts, once
 *     mts_task_draw(task, latent, noise, first, NULL, batch);    // trials first .. first + B - 1
 *
 * A trial [S1; code tasks.py]: latents x* ~ U[-1/2, 1/2]^D, constant; at a stimulus step the
 * observation is X = x* + sigma n; outside the stimulus it is exactly 0, so a batch has
 * observations at stimulus steps only. Fixation input is 1 until the decision, 0 there. Targets are
 * y_k in {0, 1} at the decision steps and 1/2 at every earlier one.
 *
 *     step        0 .. fixation-1 | S stimulus steps | delay | decision
 *     fixation    1                 1                  1       0
 *     X           0                 x* + sigma n       0       0
 *     target      1/2               1/2                1/2     y
 *
 * Trial i is a function of (streams, i) alone: a batch equals its trials one by one. Words of item
 * i of the latent stream: 0 .. D-1 the latents, D the pattern of the region, read only where there
 * is a region. Numbers of item i of the noise stream (kind gauss): s D + d for stimulus step s,
 * latent d.
 *
 * A family is one file with one const table of functions, a noise kind as well (src/task/family.h);
 * both are listed in src/task/registry.c.
 *
 * Letters: B trials in a batch, T steps of a trial, S stimulus steps, D latents, K tasks, C input
 * channels that bypass the encoder.
 */
#ifndef MTSWEEP_TASK_H
#define MTSWEEP_TASK_H

#include "mtsweep/base.h"
#include "mtsweep/num.h"
#include "mtsweep/record.h"

/* Names of the registries, NULL-terminated: the choices of config fields family and noise, in the
 * same order. */
extern const char *const mts_family_names[];
extern const char *const mts_noise_names[];

typedef struct mts_task mts_task;

/* Draws with the run's identity as key; keeps `kernels` and a copy of the config, which
 * mts_config_check has accepted. MTS_ERR_MEMORY. Destroy accepts NULL. */
mts_status mts_task_create(const mts_config *config, uint64_t identity, const mts_kernels *kernels,
                           mts_task **task);
void mts_task_destroy(mts_task *task);

/* Unit normals c[K][D] and offsets b[K] of the boundaries: y_k = [c_k . x > b_k], in double, holds
 * exactly for every trial; either pointer may be NULL. Fan: the line at phi_k = (k + 1/2) pi / K
 * with the sides of y_k = [x2 > tan(phi_k) x1]: c_k = (-sin phi_k, cos phi_k) up to 90 degrees,
 * (sin phi_k, -cos phi_k) beyond, and exactly (-1, 0) at 90 degrees. Random: normalised normal
 * draws. */
void mts_task_boundaries(const mts_task *task, double *normals, double *offsets);

/* Steps and channels. */
typedef struct mts_timing {
    size_t T;              /* steps of a trial */
    size_t stimulus_first; /* first stimulus step */
    size_t stimulus;       /* stimulus steps S */
    size_t decision_first; /* first decision step */
    size_t channels;       /* inputs that bypass the encoder: 1, the fixation input */
} mts_timing;
mts_timing mts_task_timing(const mts_config *config);

/* Where latents may lie: a list of sign patterns, one of which is drawn for each trial with equal
 * chance. A pattern fixes the signs of the latents in `mask` (bit d = latent d): positive where
 * `sign` has the bit. Latents outside the mask have either sign. The size |x_d| is U(0, 1/2)
 * always. */
typedef struct mts_pattern {
    uint32_t mask, sign;
} mts_pattern;
typedef struct mts_region {
    size_t n; /* at least 1 */
    const mts_pattern *pattern;
} mts_region;

/* A batch; time is the slowest axis. Owned by the caller. mts_batch_create writes what is the same
 * in every draw. MTS_ERR_MEMORY. mts_batch_destroy accepts NULL. */
typedef struct mts_batch {
    size_t B, T, S, D, K, C;
    mts_real *latent;  /* [B][D] x* */
    mts_real *obs;     /* [S][B][D] observations at the stimulus steps */
    mts_real *channel; /* [T][B][C] inputs that bypass the encoder */
    mts_real *target;  /* [T][B][K] */
    mts_real *weight;  /* [T][B][K] weight in the loss, or NULL for 1 everywhere */
    mts_real *scratch; /* for the module */
} mts_batch;
mts_status mts_batch_create(const mts_task *task, size_t B, mts_batch **batch);
void mts_batch_destroy(mts_batch *batch);

/* Trials first .. first + B - 1 of the two streams. region NULL: latents anywhere in the cube. */
void mts_task_draw(const mts_task *task, mts_stream latent, mts_stream noise, uint64_t first,
                   const mts_region *region, mts_batch *batch);

/* The same with latents given by the caller in batch->latent; noise NULL: sigma = 0. */
void mts_task_draw_at(const mts_task *task, const mts_stream *noise, uint64_t first,
                      mts_batch *batch);

/* What an observer reaches who knows the boundaries and averages the S observations [calc]:
 * posterior N(mean, sigma^2 / S). accuracy: at the decision; loss: mean over all T steps (ln 2
 * wherever the target is 1/2). Latents from the whole cube, no draws; errors below 0.001. */
void mts_task_ideal(const mts_task *task, double *accuracy, double *loss);

#endif
