/* noise_anisotropic.c: independent normal noise of sd sigma for odd latents (the first, the third),
 * 2 sigma for even ones [code tasks.py]. The numbers are those of gauss. */
#include "family.h"

static double own_sigma(const mts_config *config, size_t d)
{
    return d % 2 == 0 ? config->sigma : 2 * config->sigma;
}

static void observe(const mts_config *config, const mts_kernels *kernels, mts_stream stream,
                    uint64_t first, mts_batch *batch)
{
    const size_t B = batch->B, S = batch->S, D = batch->D;
    kernels->normal(stream, first, B, S * D, batch->scratch);
    for (size_t s = 0; s < S; s++) {
        const mts_real *n = batch->scratch + s * D * B;
        mts_real *obs = batch->obs + s * B * D;
        for (size_t d = 0; d < D; d++) {
            const mts_real sigma = (mts_real)own_sigma(config, d);
            for (size_t b = 0; b < B; b++)
                obs[b * D + d] = batch->latent[b * D + d] + sigma * n[d * B + b];
        }
    }
}

static double variance(const mts_config *config, size_t S, size_t d)
{
    const double sigma = own_sigma(config, d);
    return sigma * sigma / (double)S;
}

const mts_noise mts_noise_anisotropic = {.observe = observe, .variance = variance};
