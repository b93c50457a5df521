/* linear.c: linear decision boundaries, y_k = [c_k . x* > b_k] [code tasks.py]. */
#include "boundaries.h"
#include "fixed.h"
#include "ideal.h"

static mts_status create(const mts_config *config, uint64_t identity, const mts_kernels *kernels,
                         void **state)
{
    mts_boundaries *self;
    const mts_status st = mts_boundaries_create(config, identity, kernels, &self);

    *state = self;
    return st;
}

static void destroy(void *state)
{
    mts_boundaries_destroy(state);
}

static void boundaries(const void *state, double *normals, double *offsets)
{
    mts_boundaries_copy(state, normals, offsets);
}

static void ideal(const void *state, const mts_config *config, const double *variance,
                  double *accuracy, double *loss)
{
    double at_decision;

    mts_ideal_linear(state, variance, config, accuracy, &at_decision);
    *loss = mts_ideal_loss(config, at_decision);
}

static void labels(const void *state, const mts_real *x, mts_real *y)
{
    mts_boundaries_labels(state, x, y);
}

static void target(const void *state, const mts_config *config, mts_batch *batch)
{
    mts_fixed_target(config, labels, state, batch);
}

const mts_family mts_family_linear = {
    .name = "linear",
    .timing = mts_fixed_timing,
    .n_asked = mts_fixed_n_asked,
    .create = create,
    .destroy = destroy,
    .boundaries = boundaries,
    .ideal = ideal,
    .prepare = mts_fixed_prepare,
    .target = target,
};
