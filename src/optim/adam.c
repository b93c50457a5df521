/* adam.c: the state of Adam; the arithmetic is the kernels'. */
#include "mtsweep/optim.h"

struct mts_adam {
    size_t n;
    double learning_rate;
    const mts_kernels *kernels;
    mts_adam_state state;
    mts_real *m, *v;
};

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
    self->state = MTS_ADAM_START;
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

void mts_adam_update(mts_adam *adam, mts_real *theta, const mts_real *gradient)
{
    const mts_adam_step step = mts_adam_next(&adam->state, adam->learning_rate);
    adam->kernels->adam(adam->n, &step, theta, gradient, adam->m, adam->v);
}
