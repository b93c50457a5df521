/* noise_gauss.c: independent normal noise, sigma at every stimulus step and latent [S1].
 *
 * Numbers s D + d of the item's stream: step s, latent d. */
#include "noise.h"

static mts_real seen(const mts_config *config, size_t d, mts_real x, mts_real n)
{
    (void)d;
    return x + (mts_real)config->sigma * n;
}

static void observe(const mts_config *config, const mts_kernels *kernels, mts_stream stream,
                    uint64_t first, mts_batch *batch)
{
    kernels->normal(stream, first, batch->B, batch->S * batch->D, batch->scratch);
    mts_noise_observe(config, seen, batch);
}

static double variance(const mts_config *config, size_t S, size_t d)
{
    (void)d;
    return config->sigma * config->sigma / (double)S;
}

const mts_noise mts_noise_gauss = {.observe = observe, .variance = variance};
