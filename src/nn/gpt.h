/* gpt.h: a network of GPT-2 blocks: its parts, and what gpt_memory.c does for gpt.c. */
#ifndef MTSWEEP_NN_GPT_H
#define MTSWEEP_NN_GPT_H

#include "arch.h"

enum {
    MTS_GPT_ROWS = 48,  /* rows that go through a block at a time */
    MTS_GPT_BLOCKS = 16 /* at most */
};

/* y = x W + b, with W[k][n] in rows of ldw. */
typedef struct gpt_linear {
    size_t k, n, ldw, w, b; /* w, b: offsets in theta */
    mts_real *packed;
} gpt_linear;

typedef struct gpt_norm {
    size_t w, b;
    mts_real *unit, *rstd; /* [m][N], [m], training only, as are the next */
    mts_real *dw, *db;     /* [N] each, sums of the way back */
} gpt_norm;

typedef struct gpt_block {
    gpt_linear q, kv, attnproj, fc, mlpproj;
    mts_real *attn_back, *attnproj_back, *fc_back, *mlpproj_back; /* packed transposes, training */
    gpt_norm ln1, ln2;

    /* Of all m = T B rows while training. If not, shared by all blocks, and but for qkv and context of
     * MTS_GPT_ROWS rows. */
    mts_real *n1, *n2;           /* [m][N] what ln1 and ln2 give */
    mts_real *qkv;               /* [m][3N] */
    mts_real *p;                 /* weights of attention, training only */
    mts_real *context;           /* [m][N] */
    mts_real *slope, *gelu;      /* [m][mlp] */
    mts_real *factor3, *factor4; /* [m][N], training only */
} gpt_block;

typedef struct gpt {
    mts_net_spec spec;
    const mts_kernels *kernels;
    bool training;

    const mts_real *theta;
    gpt_linear proj;
    gpt_block block[MTS_GPT_BLOCKS];
    gpt_norm lnf;

    size_t T, B; /* of the last forward */
    const mts_real *x;
    const mts_net_trials *trials;
    bool dropping;
    mts_real *r, *h;       /* [m][N] */
    mts_real *factor1;     /* [m][N], training only, as is dr */
    mts_real *dr;          /* [m][N] */
    mts_real *row, *wide;  /* [MTS_GPT_ROWS][N], and [mlp], the latter training only */
    mts_real *scratch;     /* of attention */
    mts_real *packed_proj; /* its transpose, for the gradient of the inputs; training only */
} gpt;

/* The functions of mts_arch of these names. */
void mts_gpt_layout(const mts_net_spec *spec, mts_layout *list);
void mts_gpt_flops(const mts_net_spec *spec, size_t T, mts_net_work *work);
double mts_gpt_flops_last(const mts_net_spec *spec, size_t T);
mts_status mts_gpt_check_config(const mts_config *config);
mts_status mts_gpt_check(const mts_net_spec *spec);
void mts_gpt_take(void *state, mts_workspace *w);

#endif
