/* accumulate.c: free reaction time: the target is the evidence so far [code tasks.py,
 * LinearClassificationBound].
 *
 *     sum_k(t) = sum over s <= t of X2(s) - tan(phi_k) X1(s)      on the noisy observations
 *     target   = sum_k(t), from the step on at which it leaves [-bound, bound] the nearer end
 *
 * phi_k as for the fan; tan(90 degrees) is the 1.6e16 of floating-point arithmetic, so the target
 * of a vertical line is at a bound from the first step on. Sums are in double, in the order of the
 * steps. accumulate_truncate cuts targets to whole numbers towards zero, which the authors' integer
 * target array does.
 *
 * There are stimulus steps only. What is evaluated has one more, S + 1 with the stimulus on
 * throughout [code generalize.py, DenoiseQuadsFreeRT: 21].
 */
#include "boundaries.h"
#include "check.h"
#include "fixed.h"

#include <math.h>

typedef struct accumulate {
    void *boundaries;
    double *slope; /* [K] tan(phi_k) */
} accumulate;

/* Of the fan are the boundaries on which the sum does not drift. */
static mts_status check(const mts_config *config)
{
    const mts_status st = mts_family_check_latents(config);
    return st == MTS_OK ? mts_family_check_boundaries(config, &mts_boundary_fan) : st;
}

static mts_timing timing(const mts_config *config)
{
    const size_t S = (size_t)config->stimulus;
    return (mts_timing){.T = S, .stimulus = S, .decision_first = S - 1};
}

static void evaluation(mts_config *config)
{
    config->stimulus++;
}

static void destroy(void *state)
{
    accumulate *self = state;
    if (!self)
        return;
    mts_boundaries_destroy(self->boundaries);
    mts_free(self->slope);
    mts_free(self);
}

static mts_status create(const mts_config *config, uint64_t identity, const mts_kernels *kernels,
                         void **state)
{
    const double pi = 3.14159265358979323846;
    const size_t K = (size_t)config->tasks;
    mts_status st = MTS_ERR_MEMORY;
    accumulate *self = mts_alloc(1, sizeof *self);
    *state = NULL;
    if (!self)
        return st;
    self->slope = mts_alloc(K, sizeof *self->slope);
    if (self->slope)
        st = mts_boundaries_create(config, identity, kernels, &self->boundaries);
    if (st != MTS_OK) {
        destroy(self);
        return st;
    }
    for (size_t k = 0; k < K; k++)
        self->slope[k] = tan(((double)k + 0.5) * pi / (double)K);
    *state = self;
    return MTS_OK;
}

static void boundaries(const void *state, double *normals, double *offsets)
{
    const accumulate *self = state;
    mts_boundaries_copy(self->boundaries, normals, offsets);
}

/* The target is a function of what is observed: an ideal observer has it without error, unless the
 * observations are exact and the noise is added behind them. */
static void ideal(const void *state, const mts_config *config, const double *variance,
                  double *accuracy, double *loss)
{
    const bool observed = config->noise_at == MTS_NOISE_AT_observation;
    (void)state;
    (void)variance;
    *accuracy = observed ? 1 : NAN;
    *loss = observed ? 0 : NAN;
}

static void prepare(const void *state, const mts_config *config, mts_batch *batch)
{
    (void)state;
    (void)config;
    (void)batch;
}

static void target(const void *state, const mts_config *config, mts_batch *batch)
{
    const accumulate *self = state;
    const size_t B = batch->B, K = batch->K;
    const double bound = config->bound;
    for (size_t b = 0; b < B; b++)
        for (size_t k = 0; k < K; k++) {
            double sum = 0;
            for (size_t s = 0; s < batch->S; s++) {
                const mts_real *x = batch->obs + (s * B + b) * 2;
                if (fabs(sum) < bound)
                    sum += (double)x[1] - self->slope[k] * (double)x[0];
                if (sum > bound)
                    sum = bound;
                else if (sum < -bound)
                    sum = -bound;
                batch->target[(s * B + b) * K + k] =
                    (mts_real)(config->accumulate_truncate ? trunc(sum) : sum);
            }
        }
}

const mts_family mts_family_accumulate = {
    .check = check,
    .loss = "accumulate",
    .timing = timing,
    .n_asked = mts_fixed_n_asked,
    .evaluation = evaluation,
    .create = create,
    .destroy = destroy,
    .boundaries = boundaries,
    .ideal = ideal,
    .prepare = prepare,
    .target = target,
};
