/* verb_reset.c: `mtsweep reset`: makes rows pending again. */
#include "app.h"

#include <mpi.h>

static const mts_app_option options[] = {
    {"state", 0, "STATES",
     "runs in this state: failed, diverged, done or running; several with commas", 0},
    {"ids", 0, "NUMBERS", "these runs, like 3-9,12", MTS_APP_MANY},
    {"where", 0, "CONDITIONS", "runs like arch=lstm,tasks=2,24", 0},
    {NULL, 0, NULL, NULL, 0}};

static const char more[] = "Conditions are combined: a run must meet all that are given, and at "
                           "least one must be. Rows that are\npending again are trained by the "
                           "next 'mtsweep run'.\n";

static mts_status reset(const mts_app_args *args, mts_store *store, const bool *wanted,
                        size_t *n_reset)
{
    const size_t n = mts_store_runs(store);
    bool *chosen = mts_alloc(n, sizeof *chosen);
    size_t n_chosen;
    mts_stamp stamp;
    mts_status st = chosen ? MTS_OK : MTS_ERR_MEMORY;
    *n_reset = 0;
    if (st == MTS_OK)
        st = mts_app_check_configs(args->argument[0], store);
    if (st == MTS_OK)
        st = mts_app_choose_rows(args, "where", args->argument[0], store, chosen, &n_chosen, NULL);
    for (size_t run = 0; run < n && st == MTS_OK; run++) {
        if (!chosen[run])
            continue;
        st = mts_store_stamps(store, run, 1, &stamp);
        if (st != MTS_OK || !wanted[stamp.state])
            continue;
        st = mts_store_reset(store, run, true);
        *n_reset += st == MTS_OK;
    }
    mts_free(chosen);
    return st;
}

static int reset_main(const mts_app_args *args)
{
    const char *path = args->argument[0], *state = mts_app_text(args, "state");
    bool wanted[MTS_N_STATES];
    mts_store *store = NULL;
    mts_lock *lock = NULL;
    size_t n = 0;
    mts_status st = mts_app_states(state, false, wanted), closed;
    if (st == MTS_OK && !state && !mts_app_text(args, "ids") && !mts_app_text(args, "where"))
        st = mts_fail(MTS_ERR_USAGE, "which runs? give --state, --ids or --where");
    if (st != MTS_OK)
        return mts_app_report(st);
    /* Looked at first, so that a wrong name leaves no lock file behind. */
    st = mts_app_open(path, &store);
    if (st == MTS_OK)
        st = mts_store_close(store);
    if (st != MTS_OK)
        return mts_app_report(st);
    store = NULL;
    MPI_Init(NULL, NULL);
    if (st == MTS_OK)
        st = mts_lock_take(path, &lock);
    if (st == MTS_OK)
        st = mts_store_open(path, MTS_STORE_WRITE, &store);
    if (st == MTS_OK)
        st = reset(args, store, wanted, &n);
    closed = mts_store_close(store);
    mts_lock_release(lock);
    if (st == MTS_OK)
        st = closed;
    if (st == MTS_OK)
        printf("%s: %zu run%s pending again\n", path, n, n == 1 ? " is" : "s are");
    mts_app_report(st);
    MPI_Finalize();
    return mts_app_exit(st);
}

const mts_app_verb mts_app_verb_reset = {
    "reset",
    "OUT",
    "make runs pending again",
    options,
    more,
    reset_main,
    {{"mtsweep reset fig3.h5 --state failed", "the next 'mtsweep run' tries failed runs again"},
     {"mtsweep reset fig3.h5 --where arch=gpt,tasks=24", "and these, whatever became of them"}}};
