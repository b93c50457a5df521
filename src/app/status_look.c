/* status_look.c: what the file, the lock and the checkpoints beside it tell. */
#include "mtsweep/run.h"
#include "status.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK = 1024 };

/* ---- the file ---- */

static mts_status prepare(mts_status_report *r)
{
    const mts_table_runs runs = mts_app_store_runs(r->store);
    mts_status st = mts_app_check_names(r->path, r->store);
    if (st != MTS_OK)
        return st;
    r->n = runs.n;
    r->chosen = mts_alloc(r->n, sizeof *r->chosen);
    st = r->chosen ? mts_app_choose_rows(r->args, "only", r->path, r->store, r->chosen,
                                         &r->n_chosen, NULL)
                   : MTS_ERR_MEMORY;
    if (st == MTS_OK)
        st = mts_table_axes_find(&runs, &r->axes);
    if (st != MTS_OK)
        return st;
    r->by = mts_alloc(r->axes.n, sizeof *r->by);
    if (!r->by)
        return MTS_ERR_MEMORY;
    for (size_t a = 0; a < r->axes.n; a++) {
        r->by[a] = mts_alloc(r->axes.axis[a].n, sizeof *r->by[a]);
        if (!r->by[a])
            return MTS_ERR_MEMORY;
    }
    return MTS_OK;
}

void mts_status_forget(mts_status_report *r)
{
    (void)mts_store_close(r->store); /* nothing was written */
    for (size_t a = 0; r->by && a < r->axes.n; a++)
        mts_free(r->by[a]);
    mts_free(r->by);
    mts_free(r->chosen);
    mts_table_axes_free(&r->axes);
    mts_app_live_free(&r->live);
    r->store = NULL;
    r->by = NULL;
    r->chosen = NULL;
}

/* Whether the path still names the file that is open, whole. */
static bool is_same(const mts_status_report *r, const struct stat *info)
{
    return r->store && info->st_dev == r->device && info->st_ino == r->inode &&
           (uint64_t)info->st_size >= r->bytes;
}

static mts_status open_file(mts_status_report *r)
{
    struct stat info = {0};
    mts_status st;
    const bool there = stat(r->path, &info) == 0;
    if (there && is_same(r, &info))
        return MTS_OK;
    mts_status_forget(r);
    st = mts_app_open(r->path, &r->store); /* says, too, where there is none */
    r->device = info.st_dev;
    r->inode = info.st_ino;
    r->bytes = (uint64_t)info.st_size;
    return st == MTS_OK ? prepare(r) : st;
}

/* ---- its rows ---- */

static mts_status note_failure(mts_status_report *r, size_t row, const mts_config *config,
                               const mts_stamp *stamp)
{
    mts_status_failure *f = &r->failure[r->n_failures];
    mts_stamp whole;
    r->n_tryable += stamp->state == MTS_STATE_FAILED && stamp->attempts < MTS_ATTEMPTS;
    if (r->n_failures == MTS_STATUS_FAILURES)
        return MTS_OK;
    const mts_status st = mts_store_stamps(r->store, row, 1, &whole);
    if (st != MTS_OK)
        return st;
    r->n_failures++;
    f->run = mts_store_number(r->store, row);
    f->diverged = stamp->state == MTS_STATE_DIVERGED;
    mts_table_run_text(&r->axes, config, f->what);
    snprintf(f->reason, sizeof f->reason, "%s", whole.reason);
    return MTS_OK;
}

mts_status mts_status_part_of(mts_status_report *r, size_t row, const mts_stamp *stamp,
                              const mts_config *config, mts_status_part *part)
{
    const size_t number = mts_store_number(r->store, row);
    const bool runs = stamp->state == MTS_STATE_RUNNING && r->holder[0];
    const struct mts_app_live_run *live = runs ? mts_app_live_find(&r->live, number) : NULL;
    mts_stamp whole = *stamp;
    *part = (mts_status_part){
        .run = number, .loss = NAN, .seconds = NAN, .rank = -1, .config = *config};
    if (r->any_saved)
        part->done = mts_checkpoint_done(r->path, mts_config_key(config));
    if (!runs)
        return MTS_OK;
    const mts_status st = mts_store_stamps(r->store, row, 1, &whole);
    if (st != MTS_OK)
        return st;
    snprintf(part->host, sizeof part->host, "%s", whole.host);
    part->seconds = fmax(0, mts_now() - whole.started); /* clocks differ */
    if (!live)
        return MTS_OK;
    part->rank = live->rank;
    part->loss = live->loss;
    part->seconds = live->seconds;
    if (isfinite(live->done))
        part->done = live->done;
    return MTS_OK;
}

/* Counts a run that is not at its end, and returns the part of it that is done. */
static mts_status note_part(mts_status_report *r, size_t row, const mts_stamp *stamp,
                            const mts_config *config, double *done)
{
    const bool runs = stamp->state == MTS_STATE_RUNNING && r->holder[0];
    mts_status_part part;
    *done = 0;
    if (!runs && !r->any_saved)
        return MTS_OK;
    const mts_status st = mts_status_part_of(r, row, stamp, config, &part);
    if (st != MTS_OK)
        return st;
    *done = part.done;
    if (runs && r->n_running++ < MTS_STATUS_RUNNING)
        r->running[r->n_running - 1] = part;
    if (!runs && part.done > 0 && r->n_saved++ < MTS_STATUS_SAVED)
        r->saved[r->n_saved - 1] = part;
    return MTS_OK;
}

/* What tells the time left: the kinds of runs, and the runs that ended in the last session. */
typedef struct {
    mts_app_kinds kinds;
    double spent; /* seconds on them */
    size_t recent;
    double whole, left; /* cost of the chosen runs; of what is not done */
} past;

static mts_status note_run(mts_status_report *r, size_t row, const mts_stamp *stamp, past *course)
{
    const mts_state state = stamp->state;
    mts_config config;
    size_t number;
    double done = 0;
    mts_status st = mts_store_config(r->store, row, &config);
    if (st == MTS_OK)
        st = mts_app_kind_of(&course->kinds, &config, false, &number);
    if (st != MTS_OK)
        return st;
    mts_app_kind *kind = &course->kinds.kind[number];
    r->count[state]++;
    course->whole += kind->cost;
    for (size_t a = 0; a < r->axes.n; a++)
        r->by[a][mts_table_axis_index(&r->axes.axis[a], &config)][state]++;
    if (state == MTS_STATE_FAILED || state == MTS_STATE_DIVERGED)
        st = note_failure(r, row, &config, stamp);
    if (state == MTS_STATE_PENDING || state == MTS_STATE_RUNNING) {
        st = note_part(r, row, stamp, &config, &done);
        kind->left += 1 - done;
        course->left += (1 - done) * kind->cost;
        return st;
    }
    if (state == MTS_STATE_DONE) {
        kind->finished++;
        kind->seconds += stamp->seconds;
    }
    if (stamp->finished >= r->last.started) {
        course->spent += stamp->seconds;
        course->recent++;
    }
    return st;
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = ((const mts_session *)a)->number, y = ((const mts_session *)b)->number;
    return (x > y) - (x < y);
}

/* Who runs it, and what that says of itself; before the rows, so that one that says running does. */
static mts_status look_beside(mts_status_report *r)
{
    mts_status st = MTS_OK;
    mts_lock_holder(r->path, r->holder);
    if (r->holder[0])
        st = mts_app_live_read(r->path, &r->live);
    else
        mts_app_live_free(&r->live);
    r->any_saved = mts_checkpoint_any(r->path);
    return st;
}

static void clear(mts_status_report *r)
{
    memset(r->count, 0, sizeof r->count);
    for (size_t a = 0; a < r->axes.n; a++)
        memset(r->by[a], 0, r->axes.axis[a].n * sizeof *r->by[a]);
    r->n_failures = r->n_tryable = r->n_saved = r->n_running = 0;
    r->per_minute = r->left = r->work = NAN;
    r->last = (mts_session){0};
}

/* Rate and time left: what rank 0 estimates, else by what ended in this session. */
static void estimate(mts_status_report *r, const past *course)
{
    const double elapsed = mts_now() - r->last.started;
    r->work = course->whole > 0 ? 1 - course->left / course->whole : 1;
    if (!r->holder[0])
        return;
    if (r->last.exit == -1 && course->recent > 0 && elapsed > 0) {
        r->per_minute = 60 * (double)course->recent / elapsed;
        r->left = mts_app_kinds_left(&course->kinds) / course->spent * elapsed;
    }
    if (isfinite(r->live.per_minute))
        r->per_minute = r->live.per_minute;
    if (isfinite(r->live.left))
        r->left = r->live.left;
}

static mts_status look(mts_status_report *r)
{
    mts_stamp *stamp = mts_alloc(BLOCK, sizeof *stamp);
    past course = {0};
    mts_status st = stamp ? mts_store_sessions(r->store, r->session) : MTS_ERR_MEMORY;
    clear(r);
    if (st == MTS_OK) { /* unused slots first, then in order */
        qsort(r->session, MTS_SESSIONS, sizeof *r->session, by_number);
        r->last = r->session[MTS_SESSIONS - 1];
        st = look_beside(r);
    }
    for (size_t first = 0; first < r->n && st == MTS_OK; first += BLOCK) {
        const size_t n = r->n - first < BLOCK ? r->n - first : BLOCK;
        st = mts_store_states(r->store, first, n, stamp);
        for (size_t i = 0; i < n && st == MTS_OK; i++)
            if (r->chosen[first + i])
                st = note_run(r, first + i, &stamp[i], &course);
    }
    if (st == MTS_OK)
        estimate(r, &course);
    mts_app_kinds_free(&course.kinds);
    mts_free(stamp);
    return st;
}

mts_status mts_status_look(mts_status_report *r)
{
    mts_status st = open_file(r);
    if (st == MTS_OK)
        st = look(r);
    if (st != MTS_OK)
        mts_status_forget(r);
    return st;
}
