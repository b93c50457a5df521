/* concentric.c: spheres around the origin, y_k = [|x*|^2 > s_k], s_k = (k + 1) / (K + 1) / 4: the radii
 * are below 1/2, so that all lie in the cube, and for D = 2 their areas grow evenly.
 *
 * A control: the tasks tell how far out the latents are and nothing of their direction, so a network
 * that learns them has no need to represent the latents themselves. What an ideal observer reaches is
 * not known.
 */
#include "check.h"
#include "fixed.h"

#include <math.h>

static mts_status check(const mts_config *config)
{
    return mts_family_check_boundaries(config, NULL);
}

typedef struct concentric {
    size_t K, D;
} concentric;

static mts_status create(const mts_config *config, uint64_t identity, const mts_kernels *kernels,
                         void **state)
{
    concentric *self = mts_alloc(1, sizeof *self);
    (void)identity;
    (void)kernels;
    *state = self;
    if (!self)
        return MTS_ERR_MEMORY;
    self->K = (size_t)config->tasks;
    self->D = (size_t)config->latents;
    return MTS_OK;
}

/* None is a line. */
static void boundaries(const void *state, double *normals, double *offsets)
{
    const concentric *self = state;
    for (size_t i = 0; normals && i < self->K * self->D; i++)
        normals[i] = NAN;
    for (size_t k = 0; offsets && k < self->K; k++)
        offsets[k] = NAN;
}

static void labels(const void *state, const mts_real *x, mts_real *y)
{
    const concentric *self = state;
    double square = 0;
    for (size_t d = 0; d < self->D; d++)
        square += (double)x[d] * (double)x[d];
    for (size_t k = 0; k < self->K; k++)
        y[k] = square > (double)(k + 1) / (double)(self->K + 1) / 4 ? 1 : 0;
}

const mts_family mts_family_concentric = {
    .check = check,
    .timing = mts_fixed_timing,
    .n_asked = mts_fixed_n_asked,
    .create = create,
    .destroy = mts_free,
    .boundaries = boundaries,
    .prepare = mts_fixed_prepare,
    .labels = labels,
};
