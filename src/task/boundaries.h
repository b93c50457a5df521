/* boundaries.h: linear boundaries y = [c . x > b], the part that several families share. */
#ifndef MTSWEEP_TASK_BOUNDARIES_H
#define MTSWEEP_TASK_BOUNDARIES_H

#include "family.h"

typedef struct mts_boundaries {
    size_t K, D;
    double *normal; /* [K][D] */
    double *offset; /* [K] */
} mts_boundaries;

/* The functions take the boundaries as what a family keeps, so that they stand in its table as they
 * are. */

/* Normals of the config's kind and offsets of its range, for config->tasks boundaries.
 * MTS_ERR_MEMORY; *boundaries is NULL then. Destroy accepts NULL. */
mts_status mts_boundaries_create(const mts_config *config, uint64_t identity,
                                 const mts_kernels *kernels, void **boundaries);
void mts_boundaries_destroy(void *boundaries);

/* As mts_task_boundaries. */
void mts_boundaries_copy(const void *boundaries, double *normals, double *offsets);

/* y[K] of latents x[D]. The sums are in double, so that the labels are those of the stored latents
 * and normals. */
void mts_boundaries_labels(const void *boundaries, const mts_real *x, mts_real *y);

#endif
