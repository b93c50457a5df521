/* noise.h: the loop that all kinds of noise share. */
#ifndef MTSWEEP_TASK_NOISE_H
#define MTSWEEP_TASK_NOISE_H

#include "family.h"

/* The observation of latent d, of value x, with number n of scratch. */
typedef mts_real mts_noise_seen(const mts_config *config, size_t d, mts_real x, mts_real n);

/* obs[S][B][D] from latent[B][D] and numbers scratch[S][D][B]. Stands here to be compiled together
 * with `seen`, which is called for every number. */
static inline void mts_noise_observe(const mts_config *config, mts_noise_seen *seen,
                                     mts_batch *batch)
{
    const size_t B = batch->B, D = batch->D;
    for (size_t s = 0; s < batch->S; s++) {
        const mts_real *n = batch->scratch + s * D * B;
        mts_real *obs = batch->obs + s * B * D;
        for (size_t d = 0; d < D; d++)
            for (size_t b = 0; b < B; b++)
                obs[b * D + d] = seen(config, d, batch->latent[b * D + d], n[d * B + b]);
    }
}

#endif
