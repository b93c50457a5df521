/* noise_gumbel.c: independent Gumbel(0, sigma) noise, n = -sigma ln(-ln u): mean .577 sigma, sd
 * 1.283 sigma, not centred [code tasks.py].
 *
 * u: uniform numbers s D + d of the item's stream. */
#include "functions.h"
#include "noise.h"

static mts_real seen(const mts_config *config, size_t d, mts_real x, mts_real u)
{
    (void)d;
    return (mts_real)((double)x - config->sigma * mts_task_log(-mts_task_log((double)u)));
}

static void observe(const mts_config *config, const mts_kernels *kernels, mts_stream stream,
                    uint64_t first, mts_batch *batch)
{
    kernels->uniform(stream, first, batch->B, batch->S * batch->D, batch->scratch);
    mts_noise_observe(config, seen, batch);
}

/* exp(-X / sigma) exp(x* / sigma) is exponentially distributed; the sum of S of them is gamma(S),
 * and the variance of its logarithm is psi1(S) = pi^2 / 6 - sum of 1 / j^2 over j < S. */
static double variance(const mts_config *config, size_t S, size_t d)
{
    double trigamma = 3.14159265358979323846 * 3.14159265358979323846 / 6;
    (void)d;
    for (size_t j = 1; j < S; j++)
        trigamma -= 1 / ((double)j * (double)j);
    return config->sigma * config->sigma * trigamma;
}

const mts_noise mts_noise_gumbel = {.observe = observe, .variance = variance};
