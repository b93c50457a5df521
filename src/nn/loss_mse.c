/* loss_mse.c: squared error of tanh(z) against -1, 0, 1, which are 0, 1/2, 1 in a batch [code
 * train.py]. */
#include "loss.h"

static double apply(const mts_net_spec *spec, const mts_kernels *kernels, size_t n,
                    const mts_real *z, const mts_real *target, const mts_real *weight,
                    mts_real scale, mts_real *dz)
{
    (void)spec;
    return kernels->tanh_squared_error(&(mts_squared_error){.n = n,
                                                            .bound = 1,
                                                            .gain = 2,
                                                            .shift = -1,
                                                            .z = z,
                                                            .y = target,
                                                            .weight = weight,
                                                            .scale = scale,
                                                            .dz = dz});
}

const mts_loss mts_loss_mse = {"mse", (mts_real)0.5, 2, apply};
