/* noise_gauss.c: independent normal noise, sigma at every stimulus step and latent [S1].
 *
 * Numbers s D + d of the item's stream: step s, latent d. */
#include "family.h"

static void observe(const mts_config *config, const mts_kernels *kernels, mts_stream stream,
                    uint64_t first, mts_batch *batch)
{
    const size_t B = batch->B, S = batch->S, D = batch->D;
    const mts_real sigma = (mts_real)config->sigma;
    kernels->normal(stream, first, B, S * D, batch->scratch);
    for (size_t s = 0; s < S; s++) {
        const mts_real *n = batch->scratch + s * D * B;
        mts_real *obs = batch->obs + s * B * D;
        for (size_t d = 0; d < D; d++)
            for (size_t b = 0; b < B; b++)
                obs[b * D + d] = batch->latent[b * D + d] + sigma * n[d * B + b];
    }
}

static double variance(const mts_config *config, size_t S, size_t d)
{
    (void)d;
    return config->sigma * config->sigma / (double)S;
}

const mts_noise mts_noise_gauss = {.observe = observe, .variance = variance};
