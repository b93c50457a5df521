/* loss_mse_linear.c: squared error of z itself against -1, 0, 1, which are 0, 1/2, 1 in a batch, as in
 * the delay runs of the authors. One multiplication per output, too little for a kernel: the order of the
 * sum is that of the outputs. */
#include "loss.h"

static double apply(const mts_net_spec *spec, const mts_kernels *kernels, size_t n,
                    const mts_real *z, const mts_real *target, const mts_real *weight,
                    mts_real scale, mts_real *dz)
{
    double sum = 0;
    (void)spec;
    (void)kernels;
    for (size_t i = 0; i < n; i++) {
        const mts_real w = weight ? weight[i] : 1, e = z[i] - (2 * target[i] - 1);
        sum += (double)(w * e * e);
        dz[i] = 2 * scale * w * e;
    }
    return sum;
}

const mts_loss mts_loss_mse_linear = {"mse_linear", (mts_real)0.5, 0, apply};
