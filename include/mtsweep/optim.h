/* optim.h: Adam (Kingma and Ba 2015, in the form PyTorch computes it). State only; the arithmetic
 * is the kernels'.
 *
 *     mts_adam_create(n, learning_rate, kernels, &adam);
 *     mts_adam_update(adam, theta, gradient);            // once per batch
 */
#ifndef MTSWEEP_OPTIM_H
#define MTSWEEP_OPTIM_H

#include "mtsweep/num.h"

typedef struct mts_adam mts_adam;

/* Moments of n parameters, all zero. MTS_ERR_MEMORY. Destroy accepts NULL. */
mts_status mts_adam_create(size_t n, double learning_rate, const mts_kernels *kernels,
                           mts_adam **adam);
void mts_adam_destroy(mts_adam *adam);
size_t mts_adam_memory(size_t n); /* bytes that create allocates */

/* One step: theta[n] moves against gradient[n]. */
void mts_adam_update(mts_adam *adam, mts_real *theta, const mts_real *gradient);

#endif
