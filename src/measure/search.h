/* search.h: what a way to search for fixed points is to the rest of this module: one const table in a
 * file of its own, search_NAME.c, named in MTS_FIXED_POINT_METHODS of record.h. */
#ifndef MTSWEEP_MEASURE_SEARCH_H
#define MTSWEEP_MEASURE_SEARCH_H

#include "mtsweep/measure.h"
#include "mtsweep/record.h"

typedef struct mts_measure_method {
    size_t steps; /* most, if the caller does not say */

    /* Moves each of the n starts h[n][N] towards a fixed point of its map. Speeds are measured by
     * the caller afterwards. MTS_ERR_MEMORY, or what advance returned. */
    mts_status (*search)(const mts_measure_map *map, const mts_kernels *kernels, size_t steps,
                         double speed, size_t n, double *h);

    /* As mts_measure_search_cost; bytes that search takes. */
    double (*cost)(size_t steps, size_t n, size_t N);
    size_t (*memory)(size_t n, size_t N);
} mts_measure_method;

/* Calls advance, if there is one. */
static inline mts_status mts_measure_advance(const mts_measure_map *map, double work)
{
    return map->advance ? map->advance(map->ctx, work) : MTS_OK;
}

#define MTS_MEASURE_EXTERN(name) extern const mts_measure_method mts_measure_##name;
MTS_FIXED_POINT_METHODS(MTS_MEASURE_EXTERN)

#endif
