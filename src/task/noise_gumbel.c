/* noise_gumbel.c: independent Gumbel(0, sigma) noise, n = -sigma ln(-ln u): mean .577 sigma, sd
 * 1.283 sigma, not centred [code tasks.py].
 *
 * u: uniform numbers s D + d of the item's stream. */
#include "family.h"
#include "functions.h"

static void observe(const mts_config *config, const mts_kernels *kernels, mts_stream stream,
                    uint64_t first, mts_batch *batch)
{
    const size_t B = batch->B, S = batch->S, D = batch->D;
    kernels->uniform(stream, first, B, S * D, batch->scratch);
    for (size_t s = 0; s < S; s++) {
        const mts_real *u = batch->scratch + s * D * B;
        mts_real *obs = batch->obs + s * B * D;
        for (size_t d = 0; d < D; d++)
            for (size_t b = 0; b < B; b++) {
                const double noise =
                    -config->sigma * mts_task_log(-mts_task_log((double)u[d * B + b]));
                obs[b * D + d] = (mts_real)((double)batch->latent[b * D + d] + noise);
            }
    }
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
