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

static bool all_lost(const mts_farm_view *view)
{
    return view->lost > 0 && view->workers == 0;
}

static bool failed_enough(const mts_app_run *run)
{
    return run->max_failed > 0 && run->n_failed >= run->max_failed;
}

static int end_status(const mts_app_run *run, mts_status st, const mts_farm_view *view)
{
    if (st == MTS_STOPPED)
        return !mts_app_signal() && failed_enough(run) ? MTS_EXIT_FAILED_RUNS : MTS_EXIT_STOPPED;
    if (st != MTS_OK)
        return mts_app_exit(st);
    return run->for_good + view->failed > 0 ? MTS_EXIT_FAILED_RUNS : MTS_EXIT_OK;
}

/* A sweep that ended before its runs did. */
static void say_stopped(const mts_app_run *run, const mts_farm_view *view, size_t done,
                        const char *after)
{
    const char *signal = mts_app_signal();
    char why[192] = "before the deadline";
    if (signal)
        snprintf(why, sizeof why, "by %s", signal);
    else if (failed_enough(run))
        snprintf(why, sizeof why, "after %zu failed run%s (%s)", run->n_failed,
                 mts_app_s(run->n_failed), run->fail_fast ? "--fail-fast" : "--max-failed");
    else if (mts_app_bereft() && view->total == 0)
        snprintf(why, sizeof why, "at the start, as %s,", mts_app_bereft());
    else if (all_lost(view))
        snprintf(why, sizeof why, "as all workers are lost");
    fprintf(stderr,
            "%s: stopped %s after %s, %zu of %zu runs done; the same command "
            "continues\n",
            run->path, why, after, done, run->n_chosen);
}

static void say_end(const mts_app_run *run, mts_status st, const mts_farm_view *view,
                    double seconds)
{
    const size_t done = run->finished + view->done + view->diverged,
                 failed = run->for_good + view->failed;
    char text[MTS_DURATION_TEXT], now[48] = "", diverged[48] = "";
    mts_duration_text(seconds, text);
    if (st == MTS_STOPPED) {
        say_stopped(run, view, done, text);
    } else if (failed > 0) {
        fprintf(stderr,
                "%s: %zu of %zu runs done, %zu failed for good; 'mtsweep status %s' says why, "
                "'mtsweep reset %s --state failed' lets them be tried again\n",
                run->path, done, run->n_chosen, failed, run->path, run->path);
    } else if (view->total == 0) {
        fprintf(stderr, "%s: %s\n", run->path,
                run->n_chosen == 1 ? "the run is done already" : "all runs are done already");
    } else {
        if (run->finished > 0)
            snprintf(now, sizeof now, ", %zu of them now", view->done + view->diverged);
        if (view->diverged > 0)
            snprintf(diverged, sizeof diverged, ", %zu diverged", view->diverged);
        fprintf(stderr, "%s: %zu run%s done%s%s, in %s; 'mtsweep show %s' sums up\n", run->path,
                run->n_chosen, mts_app_s(run->n_chosen), now, diverged, text, run->path);
    }
}

int mts_app_end(mts_app_run *run, mts_status st, mts_session *session, const mts_farm_view *view,
                double seconds)
{
    const bool good = st == MTS_OK || st == MTS_STOPPED;
    const int exit_status = end_status(run, st, view);
    mts_status noted = MTS_OK, closed;
    if (!good)
        mts_app_report(st);
    /* A session in which all workers were lost did not end in order. */
    if (session->number > 0 && !(exit_status == MTS_EXIT_STOPPED && all_lost(view))) {
        session->ended = mts_now();
        session->exit = exit_status;
        noted = mts_store_session_end(run->store, session);
    }
    closed = mts_store_close(run->store);
    run->store = NULL;
    if (!good)
        return exit_status;
    if (noted != MTS_OK || closed != MTS_OK)
        return mts_app_report(noted != MTS_OK ? noted : closed);
    say_end(run, st, view, seconds);
    return exit_status;
}
