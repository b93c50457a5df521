/* adam.c: the state of Adam; the arithmetic is the kernels'. */
#include "mtsweep/optim.h"

struct mts_adam {
    size_t n;
    double learning_rate;
    const mts_kernels *kernels;
    mts_adam_state state;
    mts_real *m, *v;
    mts_arena arena; /* holds this struct and the moments */
};

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
                         .state = MTS_ADAM_START,
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

void mts_adam_update(mts_adam *adam, mts_real *theta, const mts_real *gradient)
{
    const mts_adam_step step = mts_adam_next(&adam->state, adam->learning_rate);
    adam->kernels->adam(adam->n, &step, theta, gradient, adam->m, adam->v);
}
