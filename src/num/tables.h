/* tables.h: the kernel tables that the registry lists. Private to src/num. */
#ifndef MTSWEEP_NUM_TABLES_H
#define MTSWEEP_NUM_TABLES_H

#include "mtsweep/num.h"

extern const mts_kernels mts_naive_kernels;

#ifndef MTS_DOUBLE
/* Each is vector/vector.c, compiled for that instruction set. */
extern const mts_kernels mts_vector_generic;
#ifdef __x86_64__
extern const mts_kernels mts_vector_x86_64_v3, mts_vector_x86_64_v4;
#endif
#endif

/* What `auto` gives on this CPU: the fastest of our own, or naive where there are none. */
const mts_kernels *mts_own_kernels(void);

/* Products by OpenBLAS; everything else from the table that `auto` gives on this CPU. */
const mts_kernels *mts_blas_kernels(void);

#endif
