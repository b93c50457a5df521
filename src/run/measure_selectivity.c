/* measure_selectivity.c: what each unit does after the stimulus, over a grid of latents. */
#include "output.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "mtsweep/measure.h"

enum { SIDE = 8, CELLS = SIDE * SIDE }; /* of the raster [code analyze.py] */

typedef struct raster {
    mts_real *h, *mean; /* [CELLS][N]; [SIDE][N] means over the other latent */
} raster;

static void take_all(const mts_run_shape *shape, raster *r, mts_arena *arena)
{
    r->h = mts_take(arena, CELLS * shape->N, sizeof *r->h);
    r->mean = mts_take(arena, SIDE * shape->N, sizeof *r->mean);
}

static double memory(const mts_run_shape *shape)
{
    mts_arena arena = {0};
    take_all(shape, &(raster){0}, &arena);
    return (double)arena.used;
}

static double cost(const mts_run_shape *shape)
{
    return CELLS * mts_run_cost_trial(shape);
}

static void extents(const mts_run_shape *shape, mts_extents *extents)
{
    (void)shape;
    mts_run_widen(extents, MTS_AXIS_cell, CELLS);
}

/* Coordinate i of SIDE, ends included. */
static double place(size_t i)
{
    return (double)i / (SIDE - 1) - 0.5;
}

/* Cells first ... into the batch, x1 slowest. Where trials are cued, all ask for the first task. */
static void show_cells(mts_frozen *frozen, size_t first, size_t n)
{
    mts_batch *batch = frozen->feed.batch;
    const size_t D = batch->D, B = batch->B, C = batch->C;
    memset(batch->latent, 0, B * D * sizeof *batch->latent);
    for (size_t b = 0; b < n; b++) {
        batch->latent[b * D] = (mts_real)place((first + b) / SIDE);
        batch->latent[b * D + 1] = (mts_real)place((first + b) % SIDE);
    }
    mts_task_draw_at(frozen->task, NULL, first, batch);
    mts_task_cue_in_turn(frozen->task, 0, batch);
    for (size_t t = 0; batch->cued && t < batch->T; t++)
        for (size_t b = 1; b < B; b++)
            memcpy(batch->channel + (t * B + b) * C, batch->channel + t * B * C,
                   C * sizeof *batch->channel);
}

/* States h[CELLS][N] after the stimulus alone. */
static mts_status make_raster(mts_frozen *frozen, mts_real *h)
{
    const mts_feed *feed = &frozen->feed;
    const size_t N = frozen->trainer->shape.N, B = feed->batch->B, S = feed->batch->S;
    mts_status st = MTS_OK;
    for (size_t first = 0; st == MTS_OK && first < CELLS; first += B) {
        const size_t n = mts_run_least(B, CELLS - first);
        show_cells(frozen, first, n);
        mts_run_frozen_feed(frozen, NULL);
        mts_net_forward(frozen->net, S, B, feed->x + feed->timing.stimulus_first * B * feed->I);
        memcpy(h + first * N, mts_net_hidden(frozen->net) + (S - 1) * B * N, n * N * sizeof *h);
        st = mts_run_frozen_advance(frozen, n);
    }
    return st;
}

/* Means of the raster over the other latent, mean[SIDE][N], for x1 (along = SIDE) or x2 (1). */
static void marginal(size_t N, const mts_real *h, size_t along, mts_real *mean)
{
    const size_t across = along == 1 ? SIDE : 1;
    for (size_t i = 0; i < SIDE; i++)
        for (size_t j = 0; j < N; j++) {
            double sum = 0;
            for (size_t k = 0; k < SIDE; k++)
                sum += (double)h[(i * along + k * across) * N + j];
            mean[i * N + j] = (mts_real)(sum / SIDE);
        }
}

/* In percent: units without a correlation, as they are the same in all cells, and of the others those
 * that correlate with both latents. correlation[2][units]. */
static void count_units(size_t N, size_t units, const double *correlation, mts_result *result)
{
    const double clear = 0.3;
    size_t silent = 0, mixed = 0;
    for (size_t j = 0; j < N; j++) {
        silent += isnan(correlation[j]);
        mixed += fabs(correlation[j]) > clear && fabs(correlation[units + j]) > clear;
    }
    *result->measure_silent_units = 100.0 * (double)silent / (double)N;
    *result->measure_mixed_units = mts_result_number(100.0 * (double)mixed / (double)(N - silent));
}

static void put(size_t N, const raster *r, mts_result *result)
{
    const size_t units = result->extents.n[MTS_AXIS_unit];
    assert(result->extents.n[MTS_AXIS_cell] >= CELLS);
    for (size_t c = 0; c < CELLS; c++)
        for (size_t j = 0; j < N; j++)
            result->measure_raster[c * units + j] =
                (float)mts_result_number((double)r->h[c * N + j]);
    for (size_t d = 0; d < 2; d++) {
        double x[CELLS], side[SIDE];
        for (size_t c = 0; c < CELLS; c++)
            x[c] = place(d == 0 ? c / SIDE : c % SIDE);
        for (size_t i = 0; i < SIDE; i++)
            side[i] = place(i);
        mts_measure_selectivity(CELLS, N, r->h, x, result->measure_selectivity + d * units);
        marginal(N, r->h, d == 0 ? SIDE : 1, r->mean);
        mts_measure_selectivity(SIDE, N, r->mean, side,
                                result->measure_marginal_selectivity + d * units);
    }
    count_units(N, units, result->measure_selectivity, result);
}

static mts_status run(mts_frozen *frozen, const mts_visited *visited, mts_position *at)
{
    mts_result *result = at->result;
    const mts_run_shape *shape = &frozen->trainer->shape;
    mts_arena arena = {0};
    raster r;
    (void)visited;
    take_all(shape, &r, &arena);
    mts_status st = mts_arena_open(&arena);
    if (st != MTS_OK)
        return st;
    take_all(shape, &r, &arena);
    st = make_raster(frozen, r.h);
    if (st == MTS_OK)
        put(shape->N, &r, result);
    mts_arena_close(&arena);
    return st;
}

static const size_t columns[] = {
    MTS_COL_measure_raster,       MTS_COL_measure_selectivity, MTS_COL_measure_marginal_selectivity,
    MTS_COL_measure_silent_units, MTS_COL_measure_mixed_units, MTS_COL_none};

const mts_output mts_output_selectivity = {.name = "selectivity",
                                           .columns = columns,
                                           .trials = MTS_NO_TRIALS,
                                           .extents = extents,
                                           .cost = cost,
                                           .memory = memory,
                                           .run = run};
