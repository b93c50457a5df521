/* work.c: index -> config -> result -> row. */
#include "mtsweep/run.h"
#include "siblings.h"
#include "verb_run.h"

#include <math.h>
#include <string.h>

/* One run on its way: what the hooks need. */
typedef struct attempt {
    mts_app_run *run;
    mts_farm_line *line;
    size_t index;
    uint64_t key;
    double start, before;     /* of this attempt; seconds of work before it */
    double next_save, looked; /* when; the last look at the clock */
    double behind;            /* part of the work that was done before, 0 to 1 */
    void *loaded;             /* what the checkpoint held */
    bool saved;
    bool late; /* beyond the limit of a run */
} attempt;

/* What a checkpoint holds: the seconds of work until then, and the state of the run. */
#define HEAD sizeof(double)

static void report(void *ctx, double done, double total, double loss)
{
    const attempt *a = ctx;
    const double note[MTS_FARM_NOTES] = {
        [MTS_APP_NOTE_DONE] = done / total, [MTS_APP_NOTE_LOSS] = loss};
    /* The master counts what is left of the run as its cost. */
    mts_farm_report(a->line, done - a->behind * total, (1 - a->behind) * total, note);
}

double mts_app_ending(const mts_app_run *run)
{
    const double measured = run->took.open + run->took.save + run->took.row + run->took.pause;
    return fmin(fmin(1, run->limit / 20) + 2 * measured, run->limit / 4);
}

static double spent(const attempt *a)
{
    return a->before + mts_seconds() - a->start;
}

static bool asked_to_stop(void *ctx)
{
    attempt *a = ctx;
    mts_app_run *run = a->run;
    const double now = mts_seconds();
    run->took.pause = fmax(run->took.pause, now - a->looked);
    a->looked = now;
    if (mts_farm_stopping(a->line) || now >= run->until - mts_app_ending(run))
        return true;
    a->late = spent(a) > run->run_limit;
    return a->late;
}

/* Before a deadline something is saved at once, to know how long that takes. */
static bool asked_to_save(void *ctx)
{
    const attempt *a = ctx;
    return mts_seconds() >= a->next_save ||
           (isfinite(a->run->until) && !(a->run->took.save > 0) && !a->run->warned);
}

static bool is_finished(const mts_stamp *stamp)
{
    return stamp->state == MTS_STATE_DONE || stamp->state == MTS_STATE_DIVERGED;
}

/* A worker that was given up in the middle of saving leaves nothing beside a finished row. */
static void save_in_vain(const attempt *a)
{
    mts_stamp stamp;
    if (mts_store_stamps(a->run->store, a->index, 1, &stamp) == MTS_OK && is_finished(&stamp))
        mts_checkpoint_remove(a->run->path, a->key);
}

/* A checkpoint that cannot be written is no reason to stop. */
static void save(void *ctx, double done, const void *state, size_t bytes)
{
    attempt *a = ctx;
    mts_app_run *run = a->run;
    const double began = mts_seconds(), seconds = a->before + began - a->start;
    a->next_save = began + run->checkpoint;
    if (mts_farm_abandoned(a->line)) /* another worker has the run */
        return;
    unsigned char *whole = mts_alloc(HEAD + bytes, 1);
    mts_status st = whole ? MTS_OK : MTS_ERR_MEMORY;
    if (st == MTS_OK) {
        memcpy(whole, &seconds, HEAD);
        memcpy(whole + HEAD, state, bytes);
        st = mts_checkpoint_save(run->path, a->key, done, whole, HEAD + bytes);
    }
    if (st != MTS_OK && !run->warned)
        mts_log("%s; runs that are cut short will start anew", mts_message());
    run->warned = run->warned || st != MTS_OK;
    a->saved = a->saved || st == MTS_OK;
    mts_free(whole);
    save_in_vain(a);
    a->looked = mts_seconds();
    run->took.save = fmax(run->took.save, a->looked - began);
}

static void refused(void *ctx)
{
    attempt *a = ctx;
    a->behind = a->before = 0;
    mts_log("checkpoint of a run of %s is of another version of mtsweep; the run starts anew",
            a->run->path);
}

/* Where the run stands by its checkpoint. */
static void load(attempt *a, mts_run_hooks *hooks)
{
    size_t bytes = 0;
    if (mts_checkpoint_load(a->run->path, a->key, &a->loaded, &bytes) != MTS_OK)
        mts_log("%s", mts_message());
    if (!a->loaded || bytes < HEAD)
        return;
    memcpy(&a->before, a->loaded, HEAD);
    a->behind = mts_checkpoint_done(a->run->path, a->key);
    hooks->state = (unsigned char *)a->loaded + HEAD;
    hooks->state_bytes = bytes - HEAD;
}

static mts_outcome broken(char reason[MTS_FARM_REASON])
{
    snprintf(reason, MTS_FARM_REASON, "%.*s", MTS_FARM_REASON - 1, mts_message());
    return MTS_FARM_BROKEN;
}

static mts_outcome outcome_of(mts_state state)
{
    return state == MTS_STATE_DONE       ? MTS_FARM_DONE
           : state == MTS_STATE_DIVERGED ? MTS_FARM_DIVERGED
                                         : MTS_FARM_FAILED;
}

/* The row of a run that was cut short in order is pending again, with no attempt counted, unless
 * another worker has it now, or has finished it. */
static mts_outcome give_back(const attempt *a, size_t index, char reason[MTS_FARM_REASON])
{
    mts_store *store = a->run->store;
    mts_stamp stamp;
    if (mts_farm_abandoned(a->line))
        return MTS_FARM_STOPPED;
    mts_status st = mts_store_stamps(store, index, 1, &stamp);
    if (st == MTS_OK && is_finished(&stamp))
        return outcome_of(stamp.state);
    if (st == MTS_OK && stamp.state == MTS_STATE_RUNNING)
        st = mts_store_reset(store, index, true);
    return st == MTS_OK ? MTS_FARM_STOPPED : broken(reason);
}

/* Whether a worker that was given up has finished the row all the same. */
static bool is_done_already(mts_app_run *run, size_t index, uint64_t key, mts_state *state)
{
    mts_stamp stamp;
    bool good = false;
    if (mts_store_stamps(run->store, index, 1, &stamp) != MTS_OK || !is_finished(&stamp) ||
        mts_store_check(run->store, index, run->result, &good) != MTS_OK || !good)
        return false;
    mts_checkpoint_remove(run->path, key);
    *state = stamp.state;
    return true;
}

/* What a run has come to; false: the row stays without it, as it was only stopped. */
static bool judge(const attempt *a, mts_status st, mts_stamp *stamp)
{
    *stamp = (mts_stamp){.state = MTS_STATE_DONE, .finished = mts_now(), .seconds = spent(a)};
    if (st == MTS_DIVERGED) {
        stamp->state = MTS_STATE_DIVERGED;
        snprintf(stamp->reason, sizeof stamp->reason,
                 "the loss left the finite numbers at batch %lld",
                 (long long)*a->run->result->result_diverged_at);
    } else if (st == MTS_STOPPED && a->late) {
        stamp->state = MTS_STATE_FAILED;
        stamp->attempts = MTS_ATTEMPTS; /* it would again */
        snprintf(stamp->reason, sizeof stamp->reason,
                 "took longer than --run-limit %g s; after 'mtsweep reset' it goes on from there",
                 a->run->run_limit);
    } else if (st != MTS_OK) {
        stamp->state = MTS_STATE_FAILED;
        snprintf(stamp->reason, sizeof stamp->reason, "%.*s", MTS_REASON_TEXT - 1, mts_message());
    }
    return st != MTS_STOPPED || a->late;
}

/* The row, and then the checkpoint that nobody needs any more. A failure never takes the place of what
 * another worker has finished. */
static mts_status commit(const attempt *a, size_t index, const mts_stamp *stamp)
{
    mts_app_run *run = a->run;
    mts_stamp there;
    mts_status st;
    if (stamp->state != MTS_STATE_FAILED) {
        st = mts_store_put(run->store, index, run->result, stamp);
        if (st == MTS_OK)
            mts_checkpoint_remove(run->path, a->key);
        return st;
    }
    st = mts_store_stamps(run->store, index, 1, &there);
    if (st != MTS_OK || is_finished(&there))
        return st;
    return a->late ? mts_store_give_up(run->store, index, stamp)
                   : mts_store_put(run->store, index, NULL, stamp);
}

/* The row of another look at the same network, if one is finished. */
static mts_status find_trained(mts_app_run *run, size_t index, const mts_config *config,
                               const mts_result **trained)
{
    bool found = false;
    mts_status st = MTS_OK;
    if (run->siblings.n == 0)
        return MTS_OK;
    if (!run->trained)
        st = mts_result_create(mts_store_extents(run->store), &run->trained);
    if (st == MTS_OK)
        st = mts_app_siblings_trained(&run->siblings, run->store, index, config, run->trained,
                                      &found);
    if (found)
        *trained = run->trained;
    return st;
}

mts_outcome mts_app_work(void *ctx, size_t index, mts_farm_line *line, char reason[MTS_FARM_REASON])
{
    mts_app_run *run = ctx;
    attempt a = {.run = run, .line = line, .index = index, .start = mts_seconds()};
    mts_run_hooks hooks = {.ctx = &a,
                           .report = report,
                           .asked_to_stop = asked_to_stop,
                           .asked_to_save = asked_to_save,
                           .save = save,
                           .refused = refused};
    mts_stamp stamp;
    mts_config config;
    mts_state state;
    mts_status st;
    mts_grid_config(run->grid, index, &config);
    a.key = mts_config_key(&config);
    if (mts_farm_stopping(line)) /* a worker that slept may find its orders, and that all is over */
        return MTS_FARM_STOPPED;
    if (is_done_already(run, index, a.key, &state))
        return outcome_of(state);
    if (mts_store_begin(run->store, index, mts_now(), run->host) != MTS_OK)
        return broken(reason);
    a.next_save = a.start + run->checkpoint;
    load(&a, &hooks);
    if (find_trained(run, index, &config, &hooks.trained) != MTS_OK)
        return broken(reason);
    a.looked = mts_seconds();
    st = mts_run(&config, &hooks, run->result);
    mts_free(a.loaded);
    a.looked = mts_seconds();
    if (!judge(&a, st, &stamp))
        return give_back(&a, index, reason);
    st = commit(&a, index, &stamp);
    run->took.row = fmax(run->took.row, mts_seconds() - a.looked);
    if (st != MTS_OK)
        return broken(reason);
    snprintf(reason, MTS_FARM_REASON, "%.*s", MTS_FARM_REASON - 1, stamp.reason);
    return outcome_of(stamp.state);
}
