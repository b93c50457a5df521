/* method.h: what a way to search for fixed points is to the rest of this module: one const table,
 * listed in fixed_point.c in the order of the choices of config field fixed_point_method. */
#ifndef MTSWEEP_MEASURE_METHOD_H
#define MTSWEEP_MEASURE_METHOD_H

#include "mtsweep/measure.h"

typedef struct mts_measure_method {
    const char *name;
    size_t steps; /* most, if the caller does not say */

    /* Moves each of the n starts h[n][N] towards a fixed point of its map. Speeds are measured by
     * the caller afterwards. MTS_ERR_MEMORY, or what advance returned. */
    mts_status (*search)(const mts_measure_map *map, const mts_kernels *kernels, size_t steps,
                         double speed, size_t n, double *h);

    /* As mts_measure_search_cost. */
    double (*cost)(size_t steps, size_t n, size_t N);
} mts_measure_method;

/* Calls advance, if there is one. */
static inline mts_status mts_measure_advance(const mts_measure_map *map, double work)
{
    return map->advance ? map->advance(map->ctx, work) : MTS_OK;
}

extern const mts_measure_method mts_measure_newton, mts_measure_adam;

#endif
