/* loss.c: runs whose worker died. What kills a worker again and again, without getting any further, is
 * the run itself. */
#include "verb_run.h"

/* Attempts are counted from the last one that got further, so that a run that is cut short by others
 * is not blamed for it. */
static bool got_further(const mts_app_run *run, const mts_config *config, const mts_stamp *stamp)
{
    return mts_checkpoint_time(run->path, mts_config_key(config)) > stamp->started;
}

mts_status mts_app_cut(mts_app_run *run, size_t row, const mts_stamp *stamp, bool *again)
{
    mts_config config;
    mts_grid_config(run->grid, row, &config);
    const bool further = got_further(run, &config, stamp);
    *again = further || stamp->attempts < MTS_ATTEMPTS;
    return mts_store_reset(run->store, row, further);
}

mts_status mts_app_blame(mts_app_run *run, size_t row)
{
    mts_stamp stamp;
    mts_status st = mts_store_stamps(run->store, row, 1, &stamp);
    if (st != MTS_OK)
        return st;
    stamp.state = MTS_STATE_FAILED;
    stamp.finished = mts_now();
    snprintf(stamp.reason, sizeof stamp.reason,
             "its worker died in each of %lld attempts, none of which got any further",
             (long long)stamp.attempts);
    return mts_store_give_up(run->store, row, &stamp);
}

bool mts_app_died(mts_app_run *run, size_t row)
{
    mts_stamp stamp;
    bool again = true;
    /* What the worker wrote last may be the whole row; then the next worker sees it. */
    if (mts_store_stamps(run->store, row, 1, &stamp) == MTS_OK &&
        stamp.state == MTS_STATE_RUNNING && mts_app_cut(run, row, &stamp, &again) == MTS_OK &&
        !again)
        return mts_app_blame(run, row) != MTS_OK;
    return true;
}
