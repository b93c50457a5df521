/* measure_pca.c: principal components of the states that are visited. */
#include "output.h"

#include <assert.h>
#include <string.h>

#include "mtsweep/measure.h"

enum { COMPONENTS = 10 }; /* [code analyze.py] */

static size_t components(const mts_run_shape *shape)
{
    return mts_run_least(COMPONENTS, shape->N);
}

static double *take_directions(const mts_run_shape *shape, mts_arena *arena)
{
    return mts_take(arena, components(shape) * shape->N, sizeof(double));
}

static double memory(const mts_run_shape *shape)
{
    mts_arena arena = {0};
    take_directions(shape, &arena);
    return (double)arena.used + (double)mts_measure_pca_memory(shape->N);
}

static double cost(const mts_run_shape *shape)
{
    double N = (double)shape->N, states = (double)mts_run_visited_states(shape);
    return 4 * states * N * N + 30 * N * N * N;
}

static void extents(const mts_run_shape *shape, mts_extents *extents)
{
    (void)shape; /* a network of fewer units leaves the rest at the fill value */
    mts_run_widen(extents, MTS_AXIS_component, COMPONENTS);
}

static mts_status run(mts_frozen *frozen, const mts_visited *visited, mts_result *result)
{
    const mts_run_shape *shape = &frozen->trainer->shape;
    const size_t N = shape->N, n = components(shape), units = result->extents.n[MTS_AXIS_unit];
    mts_arena arena = {0};
    assert(result->extents.n[MTS_AXIS_component] >= n);
    take_directions(shape, &arena);
    mts_status st = mts_arena_open(&arena);
    if (st != MTS_OK)
        return st;
    double *direction = take_directions(shape, &arena);
    st = mts_measure_pca(visited->trials * visited->T, N, visited->h, n,
                         result->measure_pca_variance, result->measure_pca_ratio, direction);
    for (size_t c = 0; st == MTS_OK && c < n; c++) {
        result->measure_pca_ratio[c] = mts_result_number(result->measure_pca_ratio[c]);
        memcpy(result->measure_pca_direction + c * units, direction + c * N, N * sizeof *direction);
    }
    mts_arena_close(&arena);
    if (st != MTS_OK && st != MTS_DIVERGED) /* states that are not finite have no components */
        return st;
    return mts_run_advance(frozen->progress, cost(shape));
}

static const size_t columns[] = {MTS_COL_measure_pca_variance, MTS_COL_measure_pca_ratio,
                                 MTS_COL_measure_pca_direction, MTS_COL_none};

const mts_output mts_output_pca = {.name = "pca",
                                   .columns = columns,
                                   .trials = MTS_NO_TRIALS,
                                   .visited = true,
                                   .extents = extents,
                                   .cost = cost,
                                   .memory = memory,
                                   .run = run};
