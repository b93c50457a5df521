/* family.h: what task families, kinds of boundaries and of noise, and masks are to the rest of this
 * module: const tables of functions, listed in record.h as the choices of config fields family,
 * boundaries, noise and mask. task.c draws the latents, lays out the batch, weighs it, and knows no
 * kind. An entry that is said to be NULL for something may be left out.
 */
#ifndef MTSWEEP_TASK_FAMILY_H
#define MTSWEEP_TASK_FAMILY_H

#include "mtsweep/task.h"

typedef struct mts_family {
    /* What it needs of other fields of the config: MTS_ERR_SWEEP as of mts_config_check. NULL where
     * all are taken. The other functions see only configs that have passed. */
    mts_status (*check)(const mts_config *config);

    /* Name of its loss in mts_loss_names; NULL for that of config field loss. */
    const char *loss;

    mts_timing (*timing)(const mts_config *config);

    /* Tasks that a trial asks for. */
    size_t (*n_asked)(const mts_config *config);

    /* What the family changes in mts_task_evaluation; NULL for nothing. */
    void (*evaluation)(mts_config *config);

    /* What the family keeps for a run, such as boundaries. MTS_ERR_MEMORY. destroy accepts NULL. */
    mts_status (*create)(const mts_config *config, uint64_t identity, const mts_kernels *kernels,
                         void **state);
    void (*destroy)(void *state);

    /* As mts_task_boundaries. */
    void (*boundaries)(const void *state, double *normals, double *offsets);

    /* As mts_task_ideal, with the variance[D] that the observations leave of each latent, for
     * latents from the whole cube. NULL where it is not known: both are NaN. */
    void (*ideal)(const void *state, const mts_config *config, const double *variance,
                  double *accuracy, double *loss);

    /* Writes what is the same in every draw: channels, and targets before the decision. */
    void (*prepare)(const void *state, const mts_config *config, mts_batch *batch);

    /* Writes `asked`, and channels that depend on it, by the number of the trial, first + b. NULL
     * where trials ask for all tasks. */
    void (*ask)(const mts_config *config, uint64_t identity, uint64_t first, mts_batch *batch);
    /* The same in turn; NULL where there is no cue. */
    void (*ask_in_turn)(const mts_config *config, uint64_t first, mts_batch *batch);

    /* The labels y[K] of latents x[D], which are the targets of all decision steps; or, where the
     * targets are more than that (labels is NULL), the rest of them, from latents and observations. */
    void (*labels)(const void *state, const mts_real *x, mts_real *y);
    void (*target)(const void *state, const mts_config *config, mts_batch *batch);
} mts_family;

typedef struct mts_boundary_kind {
    /* As that of a family. */
    mts_status (*check)(const mts_config *config);

    /* Unit normals[K][D] of K = config->tasks boundaries. MTS_ERR_MEMORY. */
    mts_status (*normals)(const mts_config *config, uint64_t identity, const mts_kernels *kernels,
                          double *normals);
} mts_boundary_kind;

typedef struct mts_noise {
    /* obs = latent + noise at the stimulus steps, from the numbers of the noise stream. scratch
     * holds S * D * B. */
    void (*observe)(const mts_config *config, const mts_kernels *kernels, mts_stream stream,
                    uint64_t first, mts_batch *batch);

    /* Variance that S observations leave of latent d, see mts_task_ideal_r2. */
    double (*variance)(const mts_config *config, size_t S, size_t d);
} mts_noise;

typedef struct mts_mask {
    bool uniform; /* weight 1 at every step */
    bool drawn;   /* the weights depend on the trial */

    /* Weight of step t, mean 1 over the T steps. u: the trial's uniform number, if drawn. */
    double (*weight)(const mts_timing *timing, size_t t, double u);

    /* Its mean over trials. */
    double (*mean)(const mts_timing *timing, size_t t);
} mts_mask;

#define MTS_FAMILY_EXTERN(name)   extern const mts_family mts_family_##name;
#define MTS_BOUNDARY_EXTERN(name) extern const mts_boundary_kind mts_boundary_##name;
#define MTS_NOISE_EXTERN(name)    extern const mts_noise mts_noise_##name;
#define MTS_MASK_EXTERN(name)     extern const mts_mask mts_mask_##name;
MTS_FAMILIES(MTS_FAMILY_EXTERN)
MTS_BOUNDARY_KINDS(MTS_BOUNDARY_EXTERN)
MTS_NOISES(MTS_NOISE_EXTERN)
MTS_MASKS(MTS_MASK_EXTERN)

/* Choice `number` of the config field. families.c lists families, and registry.c what they use. */
const mts_family *mts_family_at(int64_t number);
const mts_boundary_kind *mts_boundary_at(int64_t number);
const mts_noise *mts_noise_at(int64_t number);
const mts_mask *mts_mask_at(int64_t number);

#endif
