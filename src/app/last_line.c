/* last_line.c: what rank 0 says at the end, and the exit status. */
#include "verb_run.h"

#include <string.h>

mts_status mts_app_look_back(mts_app_run *run, mts_status st, mts_farm_view *view)
{
    mts_status closed = MTS_OK;
    size_t there = 0;
    if (run->rank > 0) {
        closed = mts_store_close(run->store);
        run->store = NULL;
    }
    if (view->lost == 0)
        closed = mts_app_agree(closed);
    if (mts_app_bereft()) { /* in this moment */
        view->lost += view->lost == 0;
        closed = MTS_OK;
    }
    if (run->rank > 0 || (st != MTS_OK && st != MTS_STOPPED))
        return st;
    if (closed != MTS_OK)
        return closed;
    closed = mts_app_confirm(run, run->finished + view->done + view->diverged,
                             view->lost > 0 ? 10 : 0, &there);
    if (closed == MTS_OK && there == run->n_chosen) /* the last ones by a worker that then died */
        return MTS_OK;
    return closed == MTS_OK ? st : closed;
}

bool mts_app_all_lost(const mts_farm_view *view)
{
    return view->lost > 0 && view->workers == 0;
}

/* Rank 0: a sweep that ended before its runs did. */
static int say_stopped(const mts_app_run *run, const mts_farm_view *view, size_t done,
                       const char *after)
{
    const char *signal = mts_app_signal();
    char why[192] = "before the deadline";
    int exit_status = MTS_EXIT_STOPPED;
    if (signal) {
        snprintf(why, sizeof why, "by %s", signal);
    } else if (run->max_failed > 0 && run->n_failed >= run->max_failed) {
        snprintf(why, sizeof why, "after %zu failed run%s (%s)", run->n_failed,
                 mts_app_s(run->n_failed), run->fail_fast ? "--fail-fast" : "--max-failed");
        exit_status = MTS_EXIT_FAILED_RUNS;
    } else if (mts_app_bereft() && view->total == 0) {
        snprintf(why, sizeof why, "at the start, as %s,", mts_app_bereft());
    } else if (mts_app_all_lost(view)) {
        snprintf(why, sizeof why, "as all workers are lost");
    }
    fprintf(stderr,
            "%s: stopped %s after %s, %zu of %zu runs done; the same command "
            "continues\n",
            run->path, why, after, done, run->n_chosen);
    return exit_status;
}

int mts_app_say_end(const mts_app_run *run, mts_status st, const mts_farm_view *view,
                    double seconds)
{
    const size_t done = run->finished + view->done + view->diverged,
                 failed = run->for_good + view->failed;
    char text[MTS_DURATION_TEXT], now[48] = "", diverged[48] = "";
    mts_duration_text(seconds, text);
    if (st == MTS_STOPPED)
        return say_stopped(run, view, done, text);
    if (st != MTS_OK)
        return mts_app_report(st);
    if (failed > 0) {
        fprintf(stderr,
                "%s: %zu of %zu runs done, %zu failed for good; 'mtsweep status %s' says why, "
                "'mtsweep reset %s --state failed' lets them be tried again\n",
                run->path, done, run->n_chosen, failed, run->path, run->path);
        return MTS_EXIT_FAILED_RUNS;
    }
    if (view->total == 0) {
        fprintf(stderr, "%s: %s\n", run->path,
                run->n_chosen == 1 ? "the run is done already" : "all runs are done already");
        return MTS_EXIT_OK;
    }
    if (run->finished > 0)
        snprintf(now, sizeof now, ", %zu of them now", view->done + view->diverged);
    if (view->diverged > 0)
        snprintf(diverged, sizeof diverged, ", %zu diverged", view->diverged);
    fprintf(stderr, "%s: %zu run%s done%s%s, in %s; 'mtsweep show %s' sums up\n", run->path,
            run->n_chosen, mts_app_s(run->n_chosen), now, diverged, text, run->path);
    return MTS_EXIT_OK;
}
