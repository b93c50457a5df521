/* work.c: index -> config -> result -> row. */
#include "mtsweep/run.h"
#include "verb_run.h"

#include <string.h>

static void report(void *ctx, double done, double total, double loss)
{
    (void)loss;
    mts_farm_report(ctx, done, total);
}

static bool asked_to_stop(void *ctx)
{
    return mts_farm_stopping(ctx);
}

static mts_outcome broken(char reason[MTS_FARM_REASON])
{
    snprintf(reason, MTS_FARM_REASON, "%.*s", MTS_FARM_REASON - 1, mts_message());
    return MTS_FARM_BROKEN;
}

/* The row of a run that was cut short is pending again, unless another worker has it now. */
static mts_status give_back(mts_app_run *run, size_t index, const mts_farm_line *line)
{
    mts_stamp stamp;
    mts_status st = MTS_OK;
    if (mts_farm_abandoned(line))
        return MTS_OK;
    st = mts_store_stamps(run->store, index, 1, &stamp);
    if (st == MTS_OK && stamp.state == MTS_STATE_RUNNING)
        st = mts_store_reset(run->store, index, false);
    return st;
}

mts_outcome mts_app_work(void *ctx, size_t index, mts_farm_line *line, char reason[MTS_FARM_REASON])
{
    mts_app_run *run = ctx;
    const mts_run_hooks hooks = {line, report, asked_to_stop};
    const double start = mts_seconds();
    mts_stamp stamp = {.state = MTS_STATE_DONE};
    mts_outcome outcome = MTS_FARM_DONE;
    mts_config config;
    mts_status st;
    if (mts_store_begin(run->store, index, mts_now(), run->host) != MTS_OK)
        return broken(reason);
    mts_grid_config(run->grid, index, &config);
    st = mts_run(&config, &hooks, run->result);
    if (st == MTS_STOPPED)
        return give_back(run, index, line) == MTS_OK ? MTS_FARM_STOPPED : broken(reason);
    if (st == MTS_DIVERGED) {
        stamp.state = MTS_STATE_DIVERGED;
        outcome = MTS_FARM_DIVERGED;
        snprintf(stamp.reason, sizeof stamp.reason,
                 "the loss left the finite numbers at batch %lld",
                 (long long)*run->result->result_diverged_at);
    } else if (st != MTS_OK) {
        stamp.state = MTS_STATE_FAILED;
        outcome = MTS_FARM_FAILED;
        snprintf(stamp.reason, sizeof stamp.reason, "%.*s", MTS_REASON_TEXT - 1, mts_message());
    }
    stamp.finished = mts_now();
    stamp.seconds = mts_seconds() - start;
    st = mts_store_put(run->store, index, stamp.state == MTS_STATE_FAILED ? NULL : run->result,
                       &stamp);
    if (st != MTS_OK)
        return broken(reason);
    snprintf(reason, MTS_FARM_REASON, "%.*s", MTS_FARM_REASON - 1, stamp.reason);
    return outcome;
}
