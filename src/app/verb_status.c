/* verb_status.c: `mtsweep status`: how far a sweep is, also while it runs. */
#include "status.h"

static const mts_app_option options[] = {
    {"watch", 'w', "[SECONDS]",
     "look again every so many seconds (2) until the sweep ends; a terminal is filled, elsewhere "
     "each look is a line; waits for a file that is not there yet",
     MTS_APP_OPTIONAL},
    {"runs", 'r', NULL, "a line a run: values, state, attempts, how far it is, time, worker, error",
     0},
    {"state", 0, "STATES",
     "the same of runs in this state: pending, running, done, diverged or failed; several with "
     "commas",
     0},
    {"json", 0, NULL, "for programs", 0},
    {"exit", 0, NULL,
     "the exit status says how the file stands: 0 all runs are done, 1 some failed for good, 75 "
     "something is left to do",
     0},
    {"only", 0, "CONDITIONS", "only runs like arch=lstm,tasks=2,24", 0},
    {"ids", 0, "NUMBERS", "only these runs, like 3-9,12", MTS_APP_MANY},
    {"shard", 0, "PART/PARTS", "only the runs of this part of the sweep, like 3/8", 0},
    {NULL, 0, NULL, NULL, 0}};

static const char more[] =
    "On a terminal, --watch keeps counts, a bar, rate and time left in sight; below are what runs "
    "now, how far it is, its loss and worker, then axes, failures and sessions. q quits, space and "
    "b or the page keys leaf, j and k or the arrows go by a line, g and G to the ends. NO_COLOR is "
    "heeded.\n";

/* What --exit says. */
static int exit_of(const mts_status_report *r)
{
    size_t known = 0;
    for (size_t s = 0; s < MTS_N_STATES; s++)
        known += r->count[s];
    if (known == 0 || r->count[MTS_STATE_PENDING] + r->count[MTS_STATE_RUNNING] + r->n_tryable > 0)
        return MTS_EXIT_STOPPED;
    return r->count[MTS_STATE_FAILED] > 0 ? MTS_EXIT_FAILED_RUNS : MTS_EXIT_OK;
}

static mts_status print(mts_status_report *r, const bool *list, bool json)
{
    if (json && list)
        return mts_status_print_runs_json(r, list);
    if (list)
        return mts_status_print_runs(r, list, mts_app_window(stdout), stdout);
    if (!json)
        return mts_status_print(r, mts_app_window(stdout), stdout);
    mts_status_print_json(r);
    return MTS_OK;
}

/* A line of JSON each time. */
static mts_status print_on(mts_status_report *r, const bool *list, double seconds)
{
    mts_status st;
    for (;;) {
        st = mts_status_look(r);
        if (st == MTS_OK)
            st = print(r, list, true);
        if (st != MTS_OK || fflush(stdout) != 0 || !r->holder[0])
            return st;
        mts_pause(seconds);
    }
}

static mts_status status(const mts_app_args *args, mts_status_report *r)
{
    const char *states = mts_app_text(args, "state");
    const bool json = mts_app_text(args, "json"), watch = mts_app_text(args, "watch");
    bool wanted[MTS_N_STATES];
    double seconds = 2;
    const bool *list = states || mts_app_text(args, "runs") ? wanted : NULL;
    mts_status st = mts_app_number(args, "watch", 0.1, 86400, &seconds);
    if (st == MTS_OK)
        st = mts_app_states(states, true, wanted);
    if (st != MTS_OK)
        return st;
    r->args = args;
    r->path = args->argument[0];
    if (watch && !json)
        st = mts_status_watch(r, list, seconds);
    else if (watch)
        st = print_on(r, list, seconds);
    else
        st = mts_status_look(r);
    if (st == MTS_OK && r->store && *mts_store_later(r->store))
        mts_log("%s was made by a newer mtsweep; not shown: %s", r->path,
                mts_store_later(r->store));
    return st == MTS_OK && !watch ? print(r, list, json) : st;
}

static int status_main(const mts_app_args *args)
{
    int exit_status = MTS_EXIT_OK;
    mts_status_report *r = mts_alloc(1, sizeof *r);
    const mts_status st = r ? status(args, r) : MTS_ERR_MEMORY;
    if (r && mts_app_text(args, "exit"))
        exit_status = exit_of(r);
    if (r)
        mts_status_forget(r);
    mts_free(r);
    return st == MTS_OK ? exit_status : mts_app_report(st);
}

const mts_app_verb mts_app_verb_status = {
    "status",
    "OUT",
    "counts by state and axis, rate, time left, failures; also while a sweep runs",
    options,
    more,
    status_main,
    {{"mtsweep status fig3.h5 --watch", "how far the sweep is, in a window, until it ends"},
     {"mtsweep status fig3.h5 --exit >/dev/null && mtsweep show fig3.h5",
      "the tables, once everything is done"}}};
