/* multiplicative.c: y = 1 in one quadrant, where |x1 x2| is above a threshold: boundaries that are
 * no lines [code tasks.py, MultiplyClassificationFull]. Tasks j K/4 .. (j + 1) K/4 - 1 are those of
 * quadrant j, quadrants in the order (+,+) (-,+) (-,-) (+,-), thresholds ascending in each. The
 * product of two floats is exact in double. */
#include "multiplicative.h"
#include "check.h"
#include "fixed.h"
#include "ideal.h"

#include <assert.h>
#include <math.h>

/* [code train.py] */
static const double six[] = {.005, .02, .04, .07, .11, .15};
static const double twelve[] = {.005, .01, .018, .027, .04, .052, .07, .085, .105, .125, .15, .18};

const double *mts_multiplicative_thresholds(size_t K)
{
    assert(K == 24 || K == 48);
    return K == 24 ? six : twelve;
}

void mts_multiplicative_labels(size_t K, const mts_real *x, mts_real *y)
{
    static const bool right[] = {true, false, false, true}, upper[] = {true, true, false, false};
    const double *threshold = mts_multiplicative_thresholds(K);
    const double x1 = (double)x[0], x2 = (double)x[1], size = fabs(x1 * x2);
    for (size_t quadrant = 0; quadrant < 4; quadrant++) {
        const bool inside =
            (right[quadrant] ? x1 > 0 : x1 < 0) && (upper[quadrant] ? x2 > 0 : x2 < 0);
        for (size_t j = 0; j < K / 4; j++)
            y[quadrant * (K / 4) + j] = inside && size > threshold[j] ? 1 : 0;
    }
}

static mts_status check(const mts_config *config)
{
    const mts_status st = mts_family_check_latents(config);
    if (st != MTS_OK)
        return st;
    if (config->tasks != 24 && config->tasks != 48)
        return mts_fail(MTS_ERR_SWEEP,
                        "family multiplicative needs tasks 24 or 48, for which thresholds are "
                        "known, not %lld",
                        (long long)config->tasks);
    return mts_family_check_boundaries(config, NULL);
}

/* The number of tasks is all there is to keep. */
typedef struct multiplicative {
    size_t K;
} multiplicative;

static mts_status create(const mts_config *config, uint64_t identity, const mts_kernels *kernels,
                         void **state)
{
    multiplicative *self = mts_alloc(1, sizeof *self);
    (void)identity;
    (void)kernels;
    *state = self;
    if (!self)
        return MTS_ERR_MEMORY;
    self->K = (size_t)config->tasks;
    return MTS_OK;
}

static void boundaries(const void *state, double *normals, double *offsets)
{
    const multiplicative *self = state;
    for (size_t i = 0; normals && i < 2 * self->K; i++)
        normals[i] = NAN;
    for (size_t k = 0; offsets && k < self->K; k++)
        offsets[k] = NAN;
}

static void ideal(const void *state, const mts_config *config, const double *variance,
                  double *accuracy, double *loss)
{
    const multiplicative *self = state;
    double at_decision;
    mts_ideal_product(self->K / 4, mts_multiplicative_thresholds(self->K), variance, config,
                      accuracy, &at_decision);
    *loss = mts_ideal_loss(config, at_decision);
}

static void labels(const void *state, const mts_real *x, mts_real *y)
{
    const multiplicative *self = state;
    mts_multiplicative_labels(self->K, x, y);
}

const mts_family mts_family_multiplicative = {
    .check = check,
    .timing = mts_fixed_timing,
    .n_asked = mts_fixed_n_asked,
    .create = create,
    .destroy = mts_free,
    .boundaries = boundaries,
    .ideal = ideal,
    .prepare = mts_fixed_prepare,
    .labels = labels,
};
