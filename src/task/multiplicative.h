/* multiplicative.h: the part of the multiplicative family that interleaved shares. */
#ifndef MTSWEEP_TASK_MULTIPLICATIVE_H
#define MTSWEEP_TASK_MULTIPLICATIVE_H

#include "family.h"

/* The K / 4 thresholds of a quadrant's tasks, ascending. K is 24 or 48. */
const double *mts_multiplicative_thresholds(size_t K);

/* y[K] of latents x[2]. */
void mts_multiplicative_labels(size_t K, const mts_real *x, mts_real *y);

#endif
