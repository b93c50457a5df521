/* bench_products.h: the matrix products of a training step alone, for `mtsweep bench`. */
#ifndef MTSWEEP_APP_BENCH_PRODUCTS_H
#define MTSWEEP_APP_BENCH_PRODUCTS_H

#include "mtsweep/run.h"

/* The products of a training step with matrices of weights and nothing else, on buffers of their
 * own: the same shapes and, but for attention, the same number of operations as mts_trainer_flops
 * counts. What it takes is a bound for the whole step with these kernels. MTS_ERR_MEMORY. Destroy accepts NULL. */
typedef struct mts_bench_products mts_bench_products;
mts_status mts_bench_products_create(const mts_config *config, const mts_kernels *kernels,
                                     mts_bench_products **products);
void mts_bench_products_destroy(mts_bench_products *products);
void mts_bench_products_run(mts_bench_products *products);

#endif
