/* interleaved.c: a training batch is linear or multiplicative, by chance and without a cue; each
 * family has outputs of its own, and only those of the drawn one count [code train.py].
 *
 * Outputs 0 .. K/2 - 1 are the linear tasks, K/2 .. K - 1 the multiplicative ones. Trial i belongs
 * to batch i / B, B the config's batch size, so what it asks for is a function of its number alone:
 * number 0 of item i / B of the stream MTS_FOR_FAMILY, below 1/2 linear.
 */
#include "boundaries.h"
#include "check.h"
#include "fixed.h"
#include "ideal.h"
#include "multiplicative.h"

#include <math.h>

/* The linear half has boundaries of any kind. */
static mts_status check(const mts_config *config)
{
    const mts_status st = mts_family_check_latents(config);
    if (st != MTS_OK)
        return st;
    if (config->tasks != 48 && config->tasks != 96)
        return mts_fail(MTS_ERR_SWEEP,
                        "family interleaved needs tasks 48 or 96, half of them linear and half "
                        "multiplicative, not %lld",
                        (long long)config->tasks);
    return MTS_OK;
}

/* The config of one half. */
static mts_config half(const mts_config *config)
{
    mts_config part = *config;
    part.tasks = config->tasks / 2;
    return part;
}

static size_t n_asked(const mts_config *config)
{
    return (size_t)config->tasks / 2;
}

static mts_status create(const mts_config *config, uint64_t identity, const mts_kernels *kernels,
                         void **state)
{
    const mts_config part = half(config);
    return mts_boundaries_create(&part, identity, kernels, state);
}

static void boundaries(const void *state, double *normals, double *offsets)
{
    const mts_boundaries *self = state;
    const size_t K = self->K;
    mts_boundaries_copy(self, normals, offsets);
    for (size_t i = 2 * K; normals && i < 4 * K; i++)
        normals[i] = NAN;
    for (size_t k = K; offsets && k < 2 * K; k++)
        offsets[k] = NAN;
}

static void ideal(const void *state, const mts_config *config, const double *variance,
                  double *accuracy, double *loss)
{
    const mts_boundaries *self = state;
    double right[2], at_decision[2];
    mts_ideal_linear(self, variance, config, &right[0], &at_decision[0]);
    mts_ideal_product(self->K / 4, mts_multiplicative_thresholds(self->K), variance, config,
                      &right[1], &at_decision[1]);
    *accuracy = (right[0] + right[1]) / 2;
    *loss = mts_ideal_loss(config, (at_decision[0] + at_decision[1]) / 2);
}

static void ask(const mts_config *config, uint64_t identity, uint64_t first, mts_batch *batch)
{
    const mts_stream stream = {identity, MTS_FOR_FAMILY};
    const size_t K = batch->K;
    for (size_t b = 0; b < batch->B; b++) {
        mts_real u;
        mts_uniform(stream, (first + b) / (uint64_t)config->batch, 1, &u);
        for (size_t k = 0; k < K; k++)
            batch->asked[b * K + k] = (k < K / 2) == (u < (mts_real)0.5);
    }
}

static void labels(const void *state, const mts_real *x, mts_real *y)
{
    const mts_boundaries *self = state;
    mts_boundaries_labels(self, x, y);
    mts_multiplicative_labels(self->K, x, y + self->K);
}

const mts_family mts_family_interleaved = {
    .check = check,
    .timing = mts_fixed_timing,
    .n_asked = n_asked,
    .create = create,
    .destroy = mts_boundaries_destroy,
    .boundaries = boundaries,
    .ideal = ideal,
    .prepare = mts_fixed_prepare,
    .ask = ask,
    .labels = labels,
};
