/* loss_cross_entropy.c: binary cross-entropy of sigmoid(z) against targets in [0, 1] [S1]. */
#include "loss.h"

static double apply(const mts_net_spec *spec, const mts_kernels *kernels, size_t n,
                    const mts_real *z, const mts_real *target, const mts_real *weight,
                    mts_real scale, mts_real *dz)
{
    (void)spec;
    return kernels->cross_entropy(n, z, target, weight, scale, dz);
}

const mts_loss mts_loss_cross_entropy = {"cross_entropy", (mts_real)0.5, 1, apply};
