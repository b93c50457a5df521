/* linear.c: linear decision boundaries, y_k = [c_k . x* > b_k] [code tasks.py]. */
#include "boundaries.h"
#include "fixed.h"
#include "ideal.h"

const mts_family mts_family_linear = {
    .timing = mts_fixed_timing,
    .n_asked = mts_fixed_n_asked,
    .create = mts_boundaries_create,
    .destroy = mts_boundaries_destroy,
    .boundaries = mts_boundaries_copy,
    .ideal = mts_ideal_boundaries,
    .prepare = mts_fixed_prepare,
    .labels = mts_boundaries_labels,
};
