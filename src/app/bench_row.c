/* bench_row.c: what `run` spends on a row besides training and decoders. */
#include "bench.h"
#include "mtsweep/run.h"
#include "verb_run.h"

#include <math.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char sweep[] = "name: bench\ngrid: {seed: 0..11}\n";

/* A row as a worker makes it, of a network that is not trained. */
static mts_status make_row(const mts_grid *grid, mts_store *store, size_t index, mts_result *result,
                           mts_bench_row *row)
{
    mts_stamp stamp = {.state = MTS_STATE_DONE, .finished = mts_now()};
    mts_config config;
    mts_grid_config(grid, index, &config);
    config.batches = 0;
    config.probe_fits = 0;
    const double start = mts_seconds(), start_cpu = mts_thread_seconds();
    mts_status st = mts_run(&config, NULL, result);
    const double made = mts_seconds(), made_cpu = mts_thread_seconds();
    if (st == MTS_OK)
        st = mts_store_begin(store, index, stamp.finished, "bench");
    if (st == MTS_OK)
        st = mts_store_put(store, index, result, &stamp);
    row->run = fmin(row->run, made - start);
    row->run_cpu = fmin(row->run_cpu, made_cpu - start_cpu);
    row->write = fmin(row->write, mts_seconds() - made);
    row->write_cpu = fmin(row->write_cpu, mts_thread_seconds() - made_cpu);
    return st;
}

static mts_status make_rows(const mts_grid *grid, const char *path, mts_bench_row *row)
{
    const mts_app_origin origin = {.path = path, .text = sweep};
    mts_result *result = NULL;
    mts_store *store = NULL;
    mts_status st = mts_app_create(&origin, grid), closed;
    if (st == MTS_OK)
        st = mts_store_open(path, MTS_STORE_WRITE, &store);
    if (st == MTS_OK)
        st = mts_result_create(mts_store_extents(store), &result);
    for (size_t i = 0; st == MTS_OK && i < mts_grid_size(grid); i++)
        st = make_row(grid, store, i, result, row);
    mts_result_destroy(result);
    closed = mts_store_close(store);
    return st == MTS_OK ? closed : st;
}

mts_status mts_bench_measure_row(const char *const *sets, size_t n_sets, mts_bench_row *row)
{
    const char *folder = getenv("TMPDIR");
    char made[sizeof row->folder + 32], path[sizeof made + 16];
    mts_grid *grid = NULL;
    mts_status st = mts_grid_parse(sweep, strlen(sweep), "bench", sets, n_sets, &grid);
    if (st != MTS_OK)
        return st;
    *row = (mts_bench_row){INFINITY, INFINITY, INFINITY, INFINITY, ""};
    snprintf(row->folder, sizeof row->folder, "%s", folder && *folder ? folder : "/tmp");
    snprintf(made, sizeof made, "%s/mtsweep-bench-XXXXXX", row->folder);
    if (mkdtemp(made)) {
        snprintf(path, sizeof path, "%s/bench.h5", made);
        MPI_Init(NULL, NULL);
        st = make_rows(grid, path, row);
        MPI_Finalize();
        unlink(path);
        rmdir(made);
    } else {
        st = mts_fail(MTS_ERR_IO, "%s: no folder can be made there; set TMPDIR to one that is free",
                      row->folder);
    }
    mts_grid_destroy(grid);
    return st;
}
