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
    mts_arena arena; /* holds this struct and the moments */
};

static const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;

typedef struct pieces {
    mts_adam *adam;
    mts_real *m, *v; /* [n] */
} pieces;

static void take_all(pieces *p, size_t n, mts_arena *arena)
{
    p->adam = mts_take(arena, 1, sizeof *p->adam);
    p->m = mts_take(arena, n, sizeof *p->m);
    p->v = mts_take(arena, n, sizeof *p->v);
}

size_t mts_adam_memory(size_t n)
{
    mts_arena arena = {0};
    take_all(&(pieces){0}, n, &arena);
    return arena.used;
}

mts_status mts_adam_create(size_t n, double learning_rate, const mts_kernels *kernels,
                           mts_adam **adam)
{
    mts_arena arena = {.used = mts_adam_memory(n)};
    pieces p;
    *adam = NULL;
    mts_status st = mts_arena_open(&arena);
    if (st != MTS_OK)
        return st;
    take_all(&p, n, &arena);
    *p.adam = (mts_adam){.n = n,
                         .learning_rate = learning_rate,
                         .kernels = kernels,
                         .power1 = 1,
                         .power2 = 1,
                         .m = p.m,
                         .v = p.v,
                         .arena = arena};
    *adam = p.adam;
    return MTS_OK;
}

void mts_adam_destroy(mts_adam *adam)
{
    if (!adam)
        return;
    mts_arena arena = adam->arena; /* which holds the struct itself */
    mts_arena_close(&arena);
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
