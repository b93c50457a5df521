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
 * observation is X = x* + noise; outside the stimulus it is exactly 0, so a batch has observations
 * at stimulus steps only. Fixation input is 1 until the decision, 0 there. Targets are y_k in
 * {0, 1} at the decision steps and 1/2 at every earlier one, whatever the loss.
 *
 *     step        0 .. fixation-1 | S stimulus steps | delay | decision
 *     fixation    1                 1                  1       0
 *     rule        one-hot, family context only: 1 in the channel of the cued task, at every step
 *     X           0                 x* + noise         0       0
 *     target      1/2               1/2                1/2     y
 *
 * Families, all but linear with D = 2:
 *
 *     linear          y_k = [c_k . x* > b_k], see mts_task_boundaries
 *     multiplicative  K / 4 tasks a quadrant, quadrants in the order (+,+) (-,+) (-,-) (+,-):
 *                     y = 1 in that quadrant where |x1 x2| is above the task's threshold, and
 *                     thresholds ascend [code tasks.py, MultiplyClassificationFull]
 *     interleaved     K / 2 linear tasks, then K / 2 multiplicative ones; a training batch (trials
 *                     i with the same i / B, B of the config) asks for one half or the other
 *     context         y = [x2 > x1], [x1 + x2 > 0]; a trial asks for the cued one
 *     accumulate      free reaction time [code tasks.py, LinearClassificationBound]: S stimulus
 *                     steps and no others, no fixation input; the target of task k is the running
 *                     sum of X2 - tan(phi_k) X1, frozen at +-bound once it gets beyond
 *
 * Trial i is a function of (task, streams, i) alone: a batch equals its trials one by one. Words of
 * item i of the latent stream: 0 .. D-1 the latents (with rho: normal numbers 0 and 1), D the
 * pattern of the region, read only where there is a region. Numbers of item i of the noise stream:
 * s D + d for stimulus step s, latent d (normal numbers; gumbel: uniform ones). What a trial asks
 * for is drawn by its number with the task's identity as key, so it is the same in every stream.
 *
 * A family is one file with one const table of functions, and so are a kind of boundaries, of noise
 * and a mask (src/task/family.h); all are listed in record.h.
 *
 * Letters: B trials in a batch, T steps of a trial, S stimulus steps, D latents, K tasks, C input
 * channels that bypass the encoder.
 */
#ifndef MTSWEEP_TASK_H
#define MTSWEEP_TASK_H

#include "mtsweep/base.h"
#include "mtsweep/num.h"
#include "mtsweep/record.h"

/* Names of the registries, NULL-terminated: the choices of config fields family, boundaries, noise
 * and mask, in the same order. */
extern const char *const mts_family_names[];
extern const char *const mts_boundaries_names[];
extern const char *const mts_noise_names[];
extern const char *const mts_mask_names[];

/* What the config's family and kind of boundaries need of other fields: fan only with D = 2, family
 * context only with K = 2. MTS_ERR_SWEEP with a message that has no place in it, as of
 * mts_config_check. */
mts_status mts_task_check(const mts_config *config);

/* Name of the loss that the config's networks train on, of mts_loss_names: config field loss, unless
 * the family has one of its own. */
const char *mts_task_loss(const mts_config *config);

typedef struct mts_task mts_task;

/* Draws with the run's identity as key; keeps `kernels` and a copy of the config, which
 * mts_config_check and mts_task_check have accepted. MTS_ERR_MEMORY. Destroy accepts NULL. */
mts_status mts_task_create(const mts_config *config, uint64_t identity, const mts_kernels *kernels,
                           mts_task **task);
void mts_task_destroy(mts_task *task);

/* The config of the trials on which a trained network is looked at, by decoders, traces and
 * measures: probe_sigma for sigma, probe_noise for noise, latents without correlation, no mask;
 * accumulate has one step more, S + 1, with the stimulus on throughout [code generalize.py]. A task
 * made of it with the run's identity has the run's boundaries. */
mts_config mts_task_evaluation(const mts_config *config);

/* Unit normals c[K][D] and offsets b[K] of the boundaries: y_k = [c_k . x > b_k], in double, holds
 * exactly for every trial; either pointer may be NULL. NaN for tasks whose boundary is no line
 * (multiplicative, and the second half of interleaved).
 *
 *     fan     the line at phi_k = (k + 1/2) pi / K with the sides of y_k = [x2 > tan(phi_k) x1]:
 *             c_k = (-sin phi_k, cos phi_k) up to 90 degrees, (sin phi_k, -cos phi_k) beyond, and
 *             exactly (-1, 0) at 90 degrees
 *     random  normalised normal draws
 *     cone    at an angle U(0, cone) from the axis (1, ..., 1), in a random direction [open]
 *     auto    fan for D = 2, else random
 *
 * Offsets are U(-offset, offset), 0 by default. accumulate: the boundaries on which the sum does
 * not drift, those of the fan. */
void mts_task_boundaries(const mts_task *task, double *normals, double *offsets);

/* Steps and channels. accumulate: decision_first is the last step, the one whose sign is scored. */
typedef struct mts_timing {
    size_t T;              /* steps of a trial */
    size_t stimulus_first; /* first stimulus step */
    size_t stimulus;       /* stimulus steps S */
    size_t decision_first; /* first decision step */
    size_t channels;       /* inputs that bypass the encoder: 1, the fixation input; context: 3,
                            * with the rule; accumulate: 0 */
} mts_timing;
mts_timing mts_task_timing(const mts_config *config);

/* A batch; time is the slowest axis. Owned by the caller. mts_batch_create writes what is the same
 * in every draw. MTS_ERR_MEMORY. mts_batch_destroy accepts NULL.
 *
 * The weights of a trial have mean 1 over its T steps and K tasks, so that the loss, a mean over B,
 * T and K, is the mean over what counts: the steps of the mask and the tasks that the trial asks
 * for. (The authors' mean squared error does the same; their weighted cross-entropy divides by T K
 * whatever the mask, a factor that Adam does not feel.) */
typedef struct mts_batch {
    size_t B, T, S, D, K, C;
    size_t n_asked;    /* tasks that a trial asks for: K, interleaved K / 2, context 1 */
    bool cued;         /* the channels change from draw to draw */
    mts_real *latent;  /* [B][D] x* */
    mts_real *obs;     /* [S][B][D] observations at the stimulus steps */
    mts_real *channel; /* [T][B][C] inputs that bypass the encoder */
    mts_real *target;  /* [T][B][K] */
    mts_real *weight;  /* [T][B][K] weight in the loss, or NULL for 1 everywhere */
    bool *asked;       /* [B][K] whether the trial asks for the task, or NULL where all do */
    mts_real *scratch; /* for the module */
} mts_batch;
mts_status mts_batch_create(const mts_task *task, size_t B, mts_batch **batch);
void mts_batch_destroy(mts_batch *batch);

/* Bytes that mts_batch_create allocates for a task of this config. What mts_task_create does is
 * little beside: of the order of K D numbers. */
double mts_batch_memory(const mts_config *config, size_t B);

/* Trials first .. first + B - 1 of the two streams. region NULL: latents anywhere in the cube, with
 * the config's correlation; else in the region, where the size |x_d| is U(0, 1/2) all the same, and
 * there must be no correlation (see mts_task_evaluation). */
void mts_task_draw(const mts_task *task, mts_stream latent, mts_stream noise, uint64_t first,
                   const mts_region *region, mts_batch *batch);

/* The same with latents given by the caller in batch->latent; noise NULL: sigma = 0. */
void mts_task_draw_at(const mts_task *task, const mts_stream *noise, uint64_t first,
                      mts_batch *batch);

/* Asks for the tasks in turn instead of by chance: trial i for the task i mod 2 of context. Writes
 * channels, weights and `asked` of trials first .. first + B - 1; other families have no cue, and
 * nothing changes. */
void mts_task_cue_in_turn(const mts_task *task, uint64_t first, mts_batch *batch);

/* What an observer reaches who knows the task, the kind of noise and its size, and has the S
 * observations [calc]: accuracy at the decision over the tasks that trials ask for, and the mean
 * loss, masked as in training. The loss where the target is 1/2 is ln 2 (mse: 0). What is left of
 * the S observations is one look with normal noise, whose variance mts_task_ideal_r2 states (with
 * gumbel it is nearly normal: 5 steps put the accuracy off by 0.001). For linear boundaries the
 * observer takes any latents to be equally likely, also beyond the cube; one who knows the cube is
 * better by less than 0.001 at the defaults, and by more where the noise is large. Latents from the
 * whole cube, no draws; errors below 0.001.
 *
 * accumulate: 1 and 0, as the target is a function of what is observed. Both are NaN where an ideal
 * observer is not known: of a family that has none, with noise on the encoder's outputs, correlated
 * latents; the loss also where config field loss is one for which none is worked out. */
void mts_task_ideal(const mts_task *task, double *accuracy, double *loss);

/* r2 of the latents for that observer: 1 - 12 times the variance left, mean over latents; times
 * K / D where K < D, as K directions are all that the tasks teach. For a config of
 * mts_task_evaluation it bounds the decoders. The variance left of one latent:
 *
 *     gauss        sigma^2 / S
 *     anisotropic  the same with the latent's own sigma
 *     ar1          sigma^2 (1 + a) / (S - (S - 2) a), generalised least squares, coefficient a
 *     gumbel       sigma^2 psi1(S), psi1 the trigamma function: the exponentials exp(-X / sigma)
 *                  have all the information, and their sum is gamma-distributed; their mean alone
 *                  would leave 1.645 sigma^2 / S
 *
 * NaN for noise on the outputs of an encoder. */
double mts_task_ideal_r2(const mts_config *config);

/* The same for an observer who knows that latents are uniform in the cube, and answers with the
 * posterior mean: the most that a decoder can reach, on average over the cube. It is .978 where
 * mts_task_ideal_r2 is .976, and .88 for .85. (With gumbel the look is taken to be normal.) */
double mts_task_bayes_r2(const mts_config *config);

#endif
