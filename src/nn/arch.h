/* arch.h: what an architecture is to the rest of this module: one const table of functions. The
 * network around it (net.c) adds the readout and the loss and knows no kind.
 *
 * Sizes come from the spec; arrays are as in nn.h. An architecture's tensors are the first of the
 * network's layout, so its offsets are the same in theta and in dtheta. It allocates nothing and frees
 * nothing: all its memory comes from the workspace that it is given.
 */
#ifndef MTSWEEP_NN_ARCH_H
#define MTSWEEP_NN_ARCH_H

#include "mtsweep/nn.h"

/* What a network is made for, and the arena that its memory comes from. */
typedef struct mts_workspace {
    mts_net_spec spec;
    const mts_layout *layout;
    const mts_kernels *kernels;
    size_t T, B;
    bool training;
    mts_arena arena;
} mts_workspace;

/* n numbers, and room for a packed k x n matrix; NULL while the arena only counts. */
static inline mts_real *mts_take_reals(mts_workspace *w, size_t n)
{
    return mts_take(&w->arena, n, sizeof(mts_real));
}

static inline mts_real *mts_take_packed(mts_workspace *w, size_t k, size_t n)
{
    return mts_take_reals(w, w->kernels->packed_size(k, n));
}

/* The units that a way back is about. */
typedef struct mts_units {
    size_t n;
    const size_t *at;  /* [n], ascending; NULL: all */
    const mts_real *h; /* [T][B][n], their states in the last forward */
} mts_units;

typedef struct mts_arch {
    const char *name;      /* a choice of config field arch */
    const char *recurrent; /* mts_arch_recurrent */
    bool silent;           /* states are 0 where a relu unit is silent */

    /* Appends the tensors to a layout that is still empty. */
    void (*layout)(const mts_net_spec *spec, mts_layout *layout);

    /* Floating-point operations of one trial step, without the readout (loss is left alone): the
     * mean over a trial of T steps. */
    void (*flops)(const mts_net_spec *spec, size_t T, mts_net_work *work);

    /* Those of forward for a whole trial of which only the last step is wanted. NULL: as many as for
     * all steps. */
    double (*flops_last)(const mts_net_spec *spec, size_t T);

    /* As mts_net_check, for what it needs of config fields. NULL: nothing. */
    mts_status (*check_config)(const mts_config *config);

    /* MTS_ERR_USAGE for a spec that it cannot do. NULL: it can do all. */
    mts_status (*check)(const mts_net_spec *spec);

    /* `size` bytes hold its state. take fills them in, with all arrays taken from the workspace, for a
     * spec that check has accepted; state is NULL while the arena only counts. */
    size_t size;
    void (*take)(void *state, mts_workspace *w);

    void (*pack)(void *state, const mts_real *theta);

    /* Returns the states h[T][B][N], which the architecture owns; only steps from .. T-1 are wanted
     * (from = 0 where it was created for training). trials: as mts_net_set_trials, may be NULL. */
    const mts_real *(*forward)(void *state, size_t T, size_t B, const mts_real *x, size_t from,
                               const mts_net_trials *trials);

    /* Chooses the units of the way back: those that were not silent in all of the last forward, if
     * they are few, or `all`. backward and gradient are then about these only: all gradients of the
     * others are 0. With all numbers finite that changes no bit, but the sign of a zero; so where
     * parameters, inputs or states are not, all units are chosen, and where backward leaves in dh
     * what is not, the caller starts again with all. NULL: all units always. */
    const mts_units *(*choose)(void *state, bool all);

    /* dh[T][B][n] is the gradient of the states of the chosen units through the readout. It may be
     * overwritten, and lives until gradient. dx may be NULL. */
    void (*backward)(void *state, mts_real *dh, mts_real *dx);

    void (*gradient)(void *state, mts_real *dtheta);

    /* mts_net_inner. NULL: it has nothing. */
    size_t (*inner)(void *state, const char *name, size_t block, mts_real *values);

    /* mts_net_step, mts_net_step_back and mts_net_jacobian. All NULL where the state is more than
     * the representation. */
    void (*step)(void *state, size_t n, const mts_real *x, const mts_real *h, mts_real *next);
    void (*step_back)(void *state, size_t n, const mts_real *x, const mts_real *h,
                      const mts_real *dnext, mts_real *dh);
    void (*jacobian)(void *state, const mts_real *x, const double *h, double *next, double *J);
} mts_arch;

#define MTS_ARCH_EXTERN(name) extern const mts_arch mts_arch_##name;
MTS_ARCHS(MTS_ARCH_EXTERN)

/* The architecture of this name, or NULL with the message set. */
const mts_arch *mts_arch_find(const char *name);

#endif
