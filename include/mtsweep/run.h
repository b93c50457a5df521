/* run.h: one whole experiment, config -> result. Pure: no files, no MPI, no clock, no globals; what
 * it needs from outside comes as hooks.
 *
 *     mts_result_create(&extents, &result);
 *     st = mts_run(&config, &hooks, result);
 *
 * The result is a function of the config alone: the same bits whoever calls, in whatever order, as
 * long as the kernels are of one family (column result/kernels excepted: it names them).
 *
 *     config --> trainer: task, encoder, network, Adam --> parameters
 *                                                              |
 *                 frozen network <-----------------------------+
 *                   |
 *                   `-- outputs, each one file with one const table (src/run/output.h):
 *                         probe ----------> score_*
 *                         trace ----------> trace_*
 *                         each measure ---> its columns of measure_*
 *
 * Configs are ones that mts_config_check, mts_task_check and mts_net_check have accepted.
 */
#ifndef MTSWEEP_RUN_H
#define MTSWEEP_RUN_H

#include "mtsweep/base.h"
#include "mtsweep/nn.h"
#include "mtsweep/num.h"
#include "mtsweep/record.h"

/* Any hook may be NULL. `done` and `total` count work in the unit of mts_run_cost; done rises to
 * total. loss: mean since the last report, while decoding that of the end of training; NaN if there
 * is none. */
typedef struct mts_run_hooks {
    void *ctx;
    void (*report)(void *ctx, double done, double total, double loss); /* every few milliseconds */
    bool (*asked_to_stop)(void *ctx);                                  /* asked as often */

    /* A run that is cut short can go on from where it was saved, bit for bit, elsewhere and with
     * other kernels of the family. save is called when asked_to_save (asked as often) says so, and
     * when the run stops, with the part of the work that is done, 0 to 1, and bytes that live until
     * it returns. state: bytes that save was given, for the same config; NULL: from the start. What
     * is no state of this run is refused by refused(), and the run starts anew. */
    bool (*asked_to_save)(void *ctx);
    void (*save)(void *ctx, double done, const void *state, size_t bytes);
    void (*refused)(void *ctx);
    const void *state;
    size_t state_bytes;

    /* The finished row of a run with the same identity, of the same extents, or NULL: the network is
     * then the one that was trained there, to the bit, and what differs is how it is looked at. Used
     * where the state does not say more. */
    const mts_result *trained;
} mts_run_hooks;

/* Trains, probes, traces, measures. Fills every column of the result that this run has, after
 * mts_result_fill; what lies beyond the run's extents stays at its fill value. hooks may be NULL.
 *
 * MTS_OK, or MTS_DIVERGED: diverged_at (counted from 1) and the history up to it are set, weights
 * are those at that point, the scores, traces and measures are at their fill values, and the message
 * says where. MTS_STOPPED: the result is not to be used. Errors: MTS_ERR_MEMORY; MTS_ERR_USAGE (the
 * kernels asked for do not run here). */
mts_status mts_run(const mts_config *config, const mts_run_hooks *hooks, mts_result *result);

/* ---- what a run needs; none of it depends on the seed ---- */

/* Work of a run in FLOP: the matrix products of training, probe and traces, those in double counted
 * twice; what measures do beside such products counts as the products that take as long. Orders runs
 * and estimates times. */
double mts_run_cost(const mts_config *config);
double mts_run_cost_step(const mts_config *config);     /* of one training batch of it */
double mts_run_cost_training(const mts_config *config); /* of all */

/* Bytes that mts_run holds at most at a time, beside the result: counted by the code that takes them,
 * with the kernels of the config, or any where this machine has none of these. Left out are the tasks
 * (K D numbers of double each) and what libraries take for themselves. */
double mts_run_memory(const mts_config *config);

/* Name of the output that fills the column: probe, trace, or that of a measure; NULL where the run
 * itself does. */
const char *mts_run_output_of(size_t column);

/* Raises each extent to what this run needs, and at least to 1: an axis without elements troubles
 * readers. Those of the measures alone (component, cell, start, fixed_point, mode) stay 0 where no
 * run is measured, and their datasets are left out. Axes run, set, layout, tensor, session are the
 * caller's. */
void mts_run_extents(const mts_config *config, mts_extents *extents);

/* Parameter layout of the run's network, and of its encoder. */
mts_status mts_run_layouts(const mts_config *config, mts_layout *net, mts_layout *encoder);

/* Evaluation trials. Runs with equal sets (all fields that define a trial are alike, the identity
 * is not among them) share them: `set` is the hash of these fields. There are
 * mts_run_trial_count(config) of them (0 if trace is none), and mts_run_trials writes
 * latent[trial][D] and obs[trial][S][D] in the order of axis trial: first n = trace_trials noisy
 * ones, trial i in quadrant floor(4 i / n) of the last two latents, in fold order; then the
 * trace_grid^2 noise-free points ((i + 1/2) / g - 1/2, row by row, x1 slowest; latents beyond the
 * second are 0). They are trials of mts_task_evaluation, so S is one more for accumulate. What is
 * no part of the observation is not among them: noise on the network's inputs (noise_at encoder),
 * and the cue of context, whose trial i asks for task i mod 2. MTS_ERR_MEMORY. mts_run_trials_memory:
 * bytes that mts_run_trials allocates, as mts_run_memory counts. */
uint64_t mts_run_trial_set(const mts_config *config);
size_t mts_run_trial_count(const mts_config *config);
mts_status mts_run_trials(const mts_config *config, mts_real *latent, mts_real *obs);
double mts_run_trials_memory(const mts_config *config);

/* ---- training, step by step (the run, the benchmark and the tests share it) ---- */

/* The parts of a step, in their order. Packing of the weights counts to forward. */
#define MTS_PARTS(X)                                                                               \
    X(DATA, "data")                                                                                \
    X(ENCODER, "encoder")                                                                          \
    X(FORWARD, "forward")                                                                          \
    X(LOSS, "readout_loss")                                                                        \
    X(BACKWARD, "backward")                                                                        \
    X(GRADIENT, "weight_gradients")                                                                \
    X(ADAM, "adam")
#define MTS_PART_ENUM(id, name) MTS_PART_##id,
enum { MTS_PARTS(MTS_PART_ENUM) MTS_N_PARTS };
extern const char *const mts_part_name[MTS_N_PARTS];

/* Keeps `kernels` and a copy of the config. MTS_ERR_MEMORY, MTS_ERR_USAGE; *trainer is NULL then.
 * Destroy accepts NULL. */
typedef struct mts_trainer mts_trainer;
mts_status mts_trainer_create(const mts_config *config, const mts_kernels *kernels,
                              mts_trainer **trainer);
void mts_trainer_destroy(mts_trainer *trainer);

/* One batch: draws trials batch * B ..., forward, loss, backward, Adam. Allocates nothing. correct:
 * as mts_net_loss, may be NULL. clock and part_seconds[MTS_N_PARTS], both or neither: adds the time
 * of each part (clock is mts_seconds; the module itself reads none). Returns the loss; where that
 * is not finite the parameters are left as they were. */
double mts_trainer_step(mts_trainer *trainer, size_t *correct, double (*clock)(void),
                        double *part_seconds);

size_t mts_trainer_size(const mts_trainer *trainer);                /* P */
const mts_real *mts_trainer_parameters(const mts_trainer *trainer); /* theta[P] */
const mts_real *mts_trainer_gradient(const mts_trainer *trainer);   /* [P] of the last step */

/* From now on with these parameters, theta[P]. */
void mts_trainer_set_parameters(mts_trainer *trainer, const mts_real *theta);

/* Of the states of the last batch, counted by step and unit, the share that is not 0 in all trials: what
 * is 0 in all is left out of products. */
double mts_trainer_alive(const mts_trainer *trainer);

/* FLOP of the matrix products of one training step, by part (data and Adam have none). */
void mts_trainer_flops(const mts_trainer *trainer, double part_flops[MTS_N_PARTS]);

#endif
