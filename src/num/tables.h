/* tables.h: the kernel tables that the registry lists. Private to src/num. */
#ifndef MTSWEEP_NUM_TABLES_H
#define MTSWEEP_NUM_TABLES_H

#include "mtsweep/num.h"

extern const mts_kernels mts_naive_kernels;

/* What vector/vector.c makes for one instruction set. */
typedef struct mts_vector {
    mts_kernels kernels;
    void (*gram_add)(size_t m, size_t n, size_t d, const mts_real *x, size_t ldx, const mts_real *y,
                     size_t ldy, double *gram, double *cross); /* as mts_gram_add */
} mts_vector;

#ifndef MTS_DOUBLE
extern const mts_vector mts_vector_generic;
#ifdef __x86_64__
extern const mts_vector mts_vector_x86_64_v3, mts_vector_x86_64_v4;
#endif

/* The fastest of them that this CPU runs. */
const mts_vector *mts_own_vector(void);
#endif

/* What `auto` gives: the fastest of our own, or naive in the double build, which has none. */
const mts_kernels *mts_own_kernels(void);

/* Products by OpenBLAS; everything else from mts_own_kernels. */
const mts_kernels *mts_blas_kernels(void);

#endif
