/* adam.c: the state of Adam; the arithmetic is the kernels'. */
#include "mtsweep/optim.h"

#include <math.h>
#include <string.h>

struct mts_adam {
    size_t n;
    double learning_rate;
    const mts_kernels *kernels;
    double power1, power2; /* beta1^t, beta2^t: running products, the same bits with every libm */
    mts_real *m, *v;
};

static const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;

mts_status mts_adam_create(size_t n, double learning_rate, const mts_kernels *kernels,
                           mts_adam **adam)
{
    mts_adam *self = mts_alloc(1, sizeof *self);
    *adam = NULL;
    if (!self)
        return MTS_ERR_MEMORY;
    self->n = n;
    self->learning_rate = learning_rate;
    self->kernels = kernels;
    self->m = mts_alloc(n, sizeof(mts_real));
    self->v = mts_alloc(n, sizeof(mts_real));
    if (!self->m || !self->v) {
        mts_adam_destroy(self);
        return MTS_ERR_MEMORY;
    }
    self->power1 = self->power2 = 1;
    *adam = self;
    return MTS_OK;
}

void mts_adam_destroy(mts_adam *adam)
{
    if (!adam)
        return;
    mts_free(adam->m);
    mts_free(adam->v);
    mts_free(adam);
}

void mts_adam_reset(mts_adam *adam)
{
    memset(adam->m, 0, adam->n * sizeof(mts_real));
    memset(adam->v, 0, adam->n * sizeof(mts_real));
    adam->power1 = adam->power2 = 1;
}

void mts_adam_update(mts_adam *adam, mts_real *theta, const mts_real *gradient)
{
    mts_adam_step step = {(mts_real)beta1, (mts_real)beta2, (mts_real)epsilon, 0, 0};
    adam->power1 *= beta1;
    adam->power2 *= beta2;
    step.step = (mts_real)(adam->learning_rate / (1 - adam->power1));
    step.root = (mts_real)(1 / sqrt(1 - adam->power2));
    adam->kernels->adam(adam->n, &step, theta, gradient, adam->m, adam->v);
}
