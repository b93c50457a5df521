/* loss_accumulate.c: squared error of bound tanh(z) against a sum that is frozen at +-bound [S1]. */
#include "loss.h"

static double apply(const mts_net_spec *spec, const mts_kernels *kernels, size_t n,
                    const mts_real *z, const mts_real *target, const mts_real *weight,
                    mts_real scale, mts_real *dz)
{
    return kernels->tanh_squared_error(&(mts_squared_error){.n = n,
                                                            .bound = (mts_real)spec->bound,
                                                            .gain = 1,
                                                            .z = z,
                                                            .y = target,
                                                            .weight = weight,
                                                            .scale = scale,
                                                            .dz = dz});
}

const mts_loss mts_loss_accumulate = {"accumulate", 0, 0, apply};
