/* noise_ar1.c: normal noise that remembers, stationary with sd sigma and anew in each trial [code
 * tasks.py]:
 *
 *     n(0) = sigma e(0),   n(s) = a n(s - 1) + sigma sqrt(1 - a^2) e(s)
 *
 * a: noise_coefficient, the correlation of successive steps; e: the numbers of gauss. */
#include "noise.h"

#include <math.h>

static mts_real seen(const mts_config *config, size_t d, mts_real x, mts_real n)
{
    (void)config;
    (void)d;
    return x + n;
}

static void observe(const mts_config *config, const mts_kernels *kernels, mts_stream stream,
                    uint64_t first, mts_batch *batch)
{
    const size_t B = batch->B, S = batch->S, D = batch->D;
    const mts_real a = (mts_real)config->noise_coefficient;
    const mts_real sigma = (mts_real)config->sigma;
    const mts_real fresh =
        (mts_real)(config->sigma * sqrt(1 - config->noise_coefficient * config->noise_coefficient));
    kernels->normal(stream, first, B, S * D, batch->scratch);
    for (size_t i = 0; i < D * B; i++)
        batch->scratch[i] *= sigma;
    for (size_t i = D * B; i < S * D * B; i++) /* the step before is D * B behind */
        batch->scratch[i] = a * batch->scratch[i - D * B] + fresh * batch->scratch[i];
    mts_noise_observe(config, seen, batch);
}

/* 1 / (1' V^-1 1) of generalised least squares, V the covariance of the S noises; the inverse of a
 * stationary first-order autoregression is tridiagonal and sums to (S - (S - 2) a) / (1 + a). */
static double variance(const mts_config *config, size_t S, size_t d)
{
    const double a = config->noise_coefficient, steps = (double)S;
    (void)d;
    return config->sigma * config->sigma * (1 + a) / (steps - (steps - 2) * a);
}

const mts_noise mts_noise_ar1 = {.observe = observe, .variance = variance};
