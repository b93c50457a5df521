/* family.h: what task families and noise kinds are to the rest of this module: const tables of
 * functions, listed in registry.c in the order of the choices of config fields family and noise.
 * task.c draws the latents, lays out the batch and knows no kind.
 */
#ifndef MTSWEEP_TASK_FAMILY_H
#define MTSWEEP_TASK_FAMILY_H

#include "mtsweep/task.h"

typedef struct mts_family {
    const char *name;

    mts_timing (*timing)(const mts_config *config);

    /* What the family keeps for a run, such as boundaries. MTS_ERR_MEMORY. destroy accepts NULL. */
    mts_status (*create)(const mts_config *config, uint64_t identity, const mts_kernels *kernels,
                         void **state);
    void (*destroy)(void *state);

    /* As mts_task_boundaries and mts_task_ideal. */
    void (*boundaries)(const void *state, double *normals, double *offsets);
    void (*ideal)(const void *state, const mts_config *config, double *accuracy, double *loss);

    /* Writes what is the same in every draw: channels, and targets before the decision. */
    void (*prepare)(const void *state, const mts_config *config, mts_batch *batch);

    /* Writes the rest of the targets, from latents and observations. */
    void (*target)(const void *state, const mts_config *config, mts_batch *batch);
} mts_family;

typedef struct mts_noise {
    const char *name;

    /* obs = latent + noise at the stimulus steps, from the numbers of the noise stream. scratch
     * holds S * D * B. */
    void (*observe)(const mts_config *config, const mts_kernels *kernels, mts_stream stream,
                    uint64_t first, mts_batch *batch);
} mts_noise;

extern const mts_family mts_family_linear;
extern const mts_noise mts_noise_gauss;

/* Choice `number` of config fields family and noise. */
const mts_family *mts_family_at(int64_t number);
const mts_noise *mts_noise_at(int64_t number);

#endif
