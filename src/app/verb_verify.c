/* verb_verify.c: `mtsweep verify`: is the file whole, and does a run come out the same again? */
#include "app.h"
#include "mtsweep/num.h"
#include "mtsweep/run.h"
#include "mtsweep/task.h"
#include "verb_run.h"

#include <math.h>
#include <mpi.h>
#include <string.h>

static const mts_app_option options[] = {
    {"rerun", 0, "ID", "train this run again and compare every bit of its row", 0},
    {"repair", 0, NULL,
     "make rows pending whose checksum disagrees, and write anew what follows from the sweep", 0},
    {"sweep", 0, "SWEEP", "the file must be one of this sweep file", 0},
    {"set", 's', "KEY=VALUE", "as for run, with --sweep", MTS_APP_MANY},
    {NULL, 0, NULL, NULL, 0}};

static mts_status check_sweep(const mts_app_args *args, const char *path, mts_store *store)
{
    const char *sweep = mts_app_text(args, "sweep"), *set[MTS_APP_HAVE_MAX];
    const size_t n_sets = mts_app_texts(args, "set", set);
    mts_grid *grid = NULL;
    char *text;
    size_t length;
    mts_status st = mts_app_read(sweep, &text, &length);
    if (st == MTS_OK)
        st = mts_grid_parse(text, length, sweep, set, n_sets, &grid);
    if (st == MTS_OK)
        st = mts_app_same_sweep(path, store, grid);
    mts_grid_destroy(grid);
    mts_free(text);
    return st;
}

/* What a run of the file has: where the file lacks groups (slim), with the axes that only these have. */
static mts_status whole_extents(const char *path, mts_store *store, mts_extents *extents)
{
    mts_grid *grid = NULL;
    mts_extents whole;
    mts_status st = mts_app_own_grid(path, store, &grid);
    if (st == MTS_OK)
        st = mts_app_extents(grid, &whole);
    *extents = *mts_store_extents(store);
    for (size_t a = 0; a < MTS_N_AXES && st == MTS_OK; a++)
        if (extents->n[a] == 0)
            extents->n[a] = whole.n[a];
    mts_grid_destroy(grid);
    return st;
}

/* Compares two rows, column by column of those that the file has; names the first that differs and
 * how. */
static mts_status compare(const char *path, size_t run, const char *dropped,
                          const mts_result *there, const mts_result *here)
{
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        const mts_column *column = &mts_columns[c];
        const size_t size = mts_column_size(column->type),
                     n = mts_column_count(column, &there->extents);
        const char *a = there->column[c], *b = here->column[c];
        double old = NAN, new = NAN;
        size_t i = 0;
        /* Of the groups' names none is a part of another. */
        if (strstr(dropped, column->group) || memcmp(a, b, n * size) == 0)
            continue;
        while (memcmp(a + i * size, b + i * size, size) == 0)
            i++;
        switch (column->type) {
        case MTS_F64:
            old = ((const double *)there->column[c])[i];
            new = ((const double *)here->column[c])[i];
            break;
        case MTS_F32:
            old = (double)((const float *)there->column[c])[i];
            new = (double)((const float *)here->column[c])[i];
            break;
        case MTS_I64:
            old = (double)((const int64_t *)there->column[c])[i];
            new = (double)((const int64_t *)here->column[c])[i];
            break;
        case MTS_U8:
            old = ((const uint8_t *)there->column[c])[i];
            new = ((const uint8_t *)here->column[c])[i];
            break;
        }
        return mts_fail(MTS_ERR_IO,
                        "%s: run %zu trained again differs, first in %s/%s, element %zu of %zu: "
                        "%.17g in the file, %.17g now",
                        path, run, column->group, column->name, i, n, old, new);
    }
    return MTS_OK;
}

static mts_status rerun(const char *path, mts_store *store, size_t number)
{
    const size_t run = mts_store_row(store, number);
    mts_result *there = NULL, *here = NULL;
    const mts_run_hooks hooks = {0};
    mts_extents extents;
    mts_config config;
    mts_stamp stamp;
    char seconds[MTS_DURATION_TEXT];
    double start;
    mts_status st = mts_store_stamps(store, run, 1, &stamp);
    if (st != MTS_OK)
        return st;
    if (stamp.state != MTS_STATE_DONE && stamp.state != MTS_STATE_DIVERGED)
        return mts_fail(MTS_ERR_USAGE, "run %zu is %s: only finished runs can be compared", number,
                        mts_state_name[stamp.state]);
    st = mts_result_create(mts_store_extents(store), &there);
    if (st == MTS_OK)
        st = whole_extents(path, store, &extents);
    if (st == MTS_OK)
        st = mts_result_create(&extents, &here);
    if (st == MTS_OK)
        st = mts_store_get(store, run, there);
    if (st == MTS_OK)
        st = mts_store_config(store, run, &config);
    if (st == MTS_OK) {
        /* "auto" may choose otherwise on another machine: take what the run took. */
        if (*there->result_kernels != UINT8_MAX)
            config.kernels = *there->result_kernels;
        start = mts_seconds();
        st = mts_run(&config, &hooks, here);
        if (st == MTS_DIVERGED)
            st = MTS_OK;
    }
    if (st == MTS_OK)
        st = compare(path, number, mts_store_dropped(store), there, here);
    if (st == MTS_OK) {
        mts_duration_text(mts_seconds() - start, seconds);
        printf("run %zu: trained again in %s, every bit is the same\n", number, seconds);
    }
    mts_result_destroy(there);
    mts_result_destroy(here);
    return st;
}

/* ---- the sweep in the file ---- */

static void say_differs(void *ctx, const char *dataset, size_t row)
{
    printf("%s: %s", (const char *)ctx, dataset);
    if (row != SIZE_MAX)
        printf(", row %zu", row);
    printf(", is not what follows from the sweep in the file\n");
}

/* Holds coordinates, configs, evaluation trials, sets and layouts to the sweep in the file. */
static mts_status check_contents(const char *path, mts_store *store, bool repair)
{
    mts_app_schema *schema = NULL;
    mts_grid *grid = NULL;
    size_t differing = 0;
    mts_status st = mts_app_own_grid(path, store, &grid);
    if (st == MTS_OK)
        st = mts_app_schema_create(grid, &schema);
    if (st == MTS_OK)
        st = mts_app_schema_hold(schema, store, repair, (void *)(uintptr_t)path, say_differs,
                                 &differing);
    if (st == MTS_OK && differing > 0 && repair)
        printf("%s: %zu %s written anew from the sweep\n", path, differing,
               differing == 1 ? "dataset or attribute was" : "datasets and attributes were");
    else if (st == MTS_OK && differing > 0)
        st = mts_fail(MTS_ERR_IO,
                      "%s is damaged: %zu %s not agree with the sweep in the file; 'mtsweep verify "
                      "--repair %s' writes %s anew",
                      path, differing,
                      differing == 1 ? "dataset or attribute does" : "datasets and attributes do",
                      path, differing == 1 ? "it" : "them");
    mts_app_schema_destroy(schema);
    mts_grid_destroy(grid);
    return st;
}

/* ---- rows ---- */

enum { STAMPS = 1024 }; /* that are read at once */

#define OTHER_BOUNDARIES "has other boundaries of its tasks than its config draws"

/* Boundaries of the tasks as the config draws them, [K][D] and [K]. The caller frees. */
static mts_status draw_boundaries(const mts_config *config, double **boundary)
{
    const size_t K = (size_t)config->tasks, D = (size_t)config->latents;
    char name[MTS_VALUE_TEXT];
    const mts_kernels *kernels;
    mts_task *task = NULL;
    mts_config_text(config, mts_field_find("kernels"), name);
    /* All kernels but blas draw the same, and those of the run may need another machine. */
    mts_status st = mts_kernels_find(name, &kernels);
    if (st != MTS_OK)
        st = mts_kernels_find("generic", &kernels);
    if (st == MTS_OK)
        st = mts_task_create(config, mts_config_identity(config), kernels, &task);
    *boundary = st == MTS_OK ? mts_alloc(K * D + K, sizeof **boundary) : NULL;
    if (*boundary)
        mts_task_boundaries(task, *boundary, *boundary + K * D);
    mts_task_destroy(task);
    return st == MTS_OK && !*boundary ? MTS_ERR_MEMORY : st;
}

/* NaN stands where a task's boundary is no line. */
static bool same_numbers(size_t n, const double *a, const double *b)
{
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i] && !(isnan(a[i]) && isnan(b[i])))
            return false;
    return true;
}

/* Whether a row, if it is finished, has the boundaries that its config draws. `scratch` is of the file's
 * extents. */
static mts_status check_boundaries(mts_store *store, size_t run, mts_state state,
                                   mts_result *scratch, bool *good)
{
    const size_t stride = scratch->extents.n[MTS_AXIS_latent];
    double *boundary = NULL;
    mts_config config;
    *good = true;
    if (!mts_store_has(store, MTS_COL_weights_normals) ||
        (state != MTS_STATE_DONE && state != MTS_STATE_DIVERGED))
        return MTS_OK;
    mts_status st = mts_store_config(store, run, &config);
    if (st == MTS_OK)
        st = mts_store_column(store, MTS_COL_weights_normals, run, 1, scratch->weights_normals);
    if (st == MTS_OK)
        st = mts_store_column(store, MTS_COL_weights_offsets, run, 1, scratch->weights_offsets);
    if (st == MTS_OK)
        st = draw_boundaries(&config, &boundary);
    const size_t K = (size_t)config.tasks, D = (size_t)config.latents;
    for (size_t k = 0; k < K && st == MTS_OK; k++)
        *good = *good && same_numbers(1, scratch->weights_offsets + k, boundary + K * D + k) &&
                same_numbers(D, scratch->weights_normals + k * stride, boundary + k * D);
    mts_free(boundary);
    return st;
}

/* Why a row is not as it must be; NULL where it is. */
static mts_status find_fault(mts_store *store, size_t run, mts_result *scratch, const char **fault)
{
    bool good = true;
    mts_stamp stamp = {0};
    *fault = NULL;
    mts_status st = mts_store_possible(store, run, &good);
    if (st != MTS_OK || !good) {
        *fault = "has a state or a number of attempts that cannot be";
        return st;
    }
    st = mts_store_check_row(store, run, scratch, &good);
    if (st != MTS_OK || !good) {
        *fault = "does not agree with its checksum";
        return st;
    }
    st = mts_store_states(store, run, 1, &stamp);
    if (st == MTS_OK)
        st = check_boundaries(store, run, stamp.state, scratch, &good);
    *fault = good ? NULL : OTHER_BOUNDARIES;
    return st;
}

/* Makes rows pending that are not as they must be. */
static mts_status repair_rows(mts_store *store, size_t *repaired)
{
    mts_result *scratch = NULL;
    mts_status st = mts_result_create(mts_store_extents(store), &scratch);
    for (size_t run = 0; run < mts_store_runs(store) && st == MTS_OK; run++) {
        const char *fault;
        st = find_fault(store, run, scratch, &fault);
        if (st != MTS_OK || !fault)
            continue;
        printf("run %zu %s and is pending again\n", mts_store_number(store, run), fault);
        st = mts_store_reset(store, run, true);
        (*repaired)++;
    }
    mts_result_destroy(scratch);
    return st;
}

/* What can be said of all rows, and the boundaries of the finished ones. */
static mts_status check_rows(const char *path, mts_store *store)
{
    const size_t runs = mts_store_runs(store);
    mts_session session[MTS_SESSIONS];
    mts_result *scratch = NULL;
    mts_stamp *stamp = mts_alloc(STAMPS, sizeof *stamp);
    mts_status st = stamp ? mts_result_create(mts_store_extents(store), &scratch) : MTS_ERR_MEMORY;
    if (st == MTS_OK)
        st = mts_store_sessions(store, session);
    for (size_t run = 0; run < runs && st == MTS_OK; run++) {
        bool good = true;
        if (run % STAMPS == 0)
            st = mts_store_states(store, run, runs - run < STAMPS ? runs - run : STAMPS, stamp);
        if (st == MTS_OK)
            st = check_boundaries(store, run, stamp[run % STAMPS].state, scratch, &good);
        if (st == MTS_OK && !good)
            st = mts_fail(MTS_ERR_IO,
                          "%s is damaged: run %zu %s; 'mtsweep verify --repair %s' makes such rows "
                          "pending",
                          path, mts_store_number(store, run), OTHER_BOUNDARIES, path);
    }
    mts_result_destroy(scratch);
    mts_free(stamp);
    return st;
}

static mts_status repair(const char *path)
{
    mts_store *store = NULL;
    mts_lock *lock = NULL;
    size_t repaired = 0, sessions = 0;
    mts_status st = mts_lock_take(path, &lock), closed;
    if (st == MTS_OK)
        st = mts_store_open(path, MTS_STORE_WRITE, &store);
    if (st == MTS_OK)
        st = check_contents(path, store, true);
    if (st == MTS_OK)
        st = repair_rows(store, &repaired);
    if (st == MTS_OK)
        st = mts_store_sessions_repair(store, &sessions);
    if (sessions > 0)
        printf("%s: %zu session%s of an impossible number %s forgotten\n", path, sessions,
               mts_app_s(sessions), sessions == 1 ? "is" : "are");
    closed = mts_store_close(store);
    mts_lock_release(lock);
    return st == MTS_OK ? closed : st;
}

/* ---- the whole ---- */

static mts_status check_file(const mts_app_args *args, const char *path, mts_store *store)
{
    size_t checked = 0, bad = 0;
    char part[MTS_APP_PART_TEXT];
    mts_status st = mts_app_part_text(store, part);
    if (*mts_store_later(store))
        return mts_fail(MTS_ERR_FOREIGN,
                        "%s was made by a newer mtsweep, which has %s; verify it with that", path,
                        mts_store_later(store));
    if (st == MTS_OK && mts_app_text(args, "sweep"))
        st = check_sweep(args, path, store);
    if (st == MTS_OK)
        st = check_contents(path, store, false);
    if (st == MTS_OK)
        st = mts_store_verify(store, &checked, &bad);
    if (st == MTS_OK)
        st = check_rows(path, store);
    if (st == MTS_OK)
        printf("%s: structure, configs and trials good, %zu of %zu runs finished, all agree with "
               "their checksums%s\n",
               path, checked, mts_store_runs(store), part);
    return st;
}

static mts_status refuse_rerun(mts_store *store, int64_t run)
{
    char part[MTS_APP_PART_TEXT];
    const mts_status st = mts_app_part_text(store, part);
    if (st != MTS_OK)
        return st;
    return mts_fail(MTS_ERR_USAGE, "--rerun %lld: the file has runs %zu to %zu%s", (long long)run,
                    mts_store_number(store, 0), mts_store_number(store, mts_store_runs(store) - 1),
                    part);
}

static mts_status verify(const mts_app_args *args)
{
    const char *path = args->argument[0];
    mts_store *store = NULL;
    int64_t run = -1;
    mts_status st = mts_app_whole(args, "rerun", 0, MTS_RUNS_MAX, &run), closed;
    if (st == MTS_OK && mts_app_text(args, "set") && !mts_app_text(args, "sweep"))
        st = mts_fail(MTS_ERR_USAGE, "--set needs --sweep SWEEP");
    if (st == MTS_OK && mts_app_text(args, "repair"))
        st = repair(path);
    if (st == MTS_OK)
        st = mts_app_open(path, &store);
    if (st == MTS_OK && run >= 0 && mts_store_row(store, (size_t)run) == SIZE_MAX)
        st = refuse_rerun(store, run);
    if (st == MTS_OK)
        st = check_file(args, path, store);
    if (st == MTS_OK && run >= 0)
        st = rerun(path, store, (size_t)run);
    closed = mts_store_close(store);
    return st == MTS_OK ? closed : st;
}

static int verify_main(const mts_app_args *args)
{
    const bool writes = mts_app_text(args, "repair") != NULL;
    mts_status st = writes ? mts_app_look(args->argument[0]) : MTS_OK;
    if (st != MTS_OK)
        return mts_app_report(st);
    if (writes)
        MPI_Init(NULL, NULL);
    st = verify(args);
    mts_app_report(st);
    if (writes)
        MPI_Finalize();
    return mts_app_exit(st);
}

const mts_app_verb mts_app_verb_verify = {
    "verify",
    "OUT",
    "check structure, sweep and checksums; --rerun trains a run again and compares",
    options,
    NULL,
    verify_main,
    {{"mtsweep verify fig3.h5 --sweep sweeps/fig3.yaml",
      "whether the file is whole, and of that sweep"},
     {"mtsweep verify fig3.h5 --rerun 7", "trains run 7 again and compares every bit"}}};
