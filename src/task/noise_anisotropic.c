/* noise_anisotropic.c: independent normal noise of sd sigma for odd latents (the first, the third),
 * 2 sigma for even ones [code tasks.py]. The numbers are those of gauss. */
#include "noise.h"

static double own_sigma(const mts_config *config, size_t d)
{
    return d % 2 == 0 ? config->sigma : 2 * config->sigma;
}

static mts_real seen(const mts_config *config, size_t d, mts_real x, mts_real n)
{
    return x + (mts_real)own_sigma(config, d) * n;
}

static void observe(const mts_config *config, const mts_kernels *kernels, mts_stream stream,
                    uint64_t first, mts_batch *batch)
{
    kernels->normal(stream, first, batch->B, batch->S * batch->D, batch->scratch);
    mts_noise_observe(config, seen, batch);
}

static double variance(const mts_config *config, size_t S, size_t d)
{
    const double sigma = own_sigma(config, d);
    return sigma * sigma / (double)S;
}

const mts_noise mts_noise_anisotropic = {.observe = observe, .variance = variance};
