/* tables.h: the tables of kernels that the registry lists. Private to src/num. */
#ifndef MTSWEEP_NUM_TABLES_H
#define MTSWEEP_NUM_TABLES_H

#include "mtsweep/num.h"

extern const mts_kernels mts_naive_kernels;

/* naive_blocks.c: what transformer blocks are made of, for the naive table. */
void mts_naive_layer_norm(const mts_layer_norm *norm);
void mts_naive_layer_norm_back(const mts_layer_norm_back *norm);
void mts_naive_gelu(size_t n, mts_real *s, mts_real *y);
size_t mts_naive_attention_scratch(size_t T, size_t size);
void mts_naive_attention(const mts_attention *a, const mts_real *qkv, mts_real *p,
                         mts_real *context, mts_real *scratch);
void mts_naive_attention_back(const mts_attention *a, const mts_real *qkv, mts_real *p,
                              const mts_real *dcontext, mts_real *dqkv, mts_real *scratch);
void mts_naive_dropout(const mts_dropout *dropout, size_t T, size_t B, size_t n, mts_real *factor);
void mts_naive_scaled_add(size_t n, const mts_real *base, const mts_real *factor, const mts_real *x,
                          mts_real *y);

/* What vector/vector.c makes for one instruction set. */
typedef struct mts_vector {
    mts_kernels kernels;
    void (*gram_add)(const mts_gram *sum); /* as mts_gram_add */
} mts_vector;

#ifndef MTS_DOUBLE
extern const mts_vector mts_vector_generic;
#ifdef __x86_64__
extern const mts_vector mts_vector_x86_64_v3, mts_vector_x86_64_v4;
#endif

/* The fastest of them that this CPU runs. */
const mts_vector *mts_own_vector(void);
#endif

/* own.c: what `auto` gives: the fastest of our own, or naive in the double build, which has none. */
const mts_kernels *mts_own_kernels(void);

/* NULL where this build does not have them or this CPU does not run them. */
const mts_kernels *mts_generic_kernels(void);
const mts_kernels *mts_x86_64_v3_kernels(void);
const mts_kernels *mts_x86_64_v4_kernels(void);

/* Products by OpenBLAS; everything else from mts_own_kernels. */
const mts_kernels *mts_blas_kernels(void);

#endif
