/* resume.c: believes nothing that a dead session left but what its checksum proves. */
#include "mtsweep/run.h"
#include "verb_run.h"

#include <string.h>

enum { BLOCK = 1024 };

enum { DAMAGED, CUT, N_COUNTS };

/* Rows first .. first + n - 1: those that were running are dead, since this sweep holds the lock;
 * those that are finished must agree with their checksum. */
static mts_status recheck(mts_app_run *run, size_t first, size_t n, mts_stamp *stamp,
                          int64_t count[N_COUNTS])
{
    mts_status st = mts_store_stamps(run->store, first, n, stamp);
    for (size_t i = 0; i < n && st == MTS_OK; i++) {
        const size_t row = first + i;
        bool good = true;
        if (mts_app_signal())
            return mts_fail(MTS_STOPPED, "stopped by %s before the first run", mts_app_signal());
        if (run->rank == 0)
            mts_app_renew(run);
        if (stamp[i].state == MTS_STATE_DONE || stamp[i].state == MTS_STATE_DIVERGED)
            st = mts_store_check(run->store, row, run->result, &good);
        if (st != MTS_OK)
            break;
        if (good && stamp[i].state != MTS_STATE_RUNNING)
            continue;
        st = mts_store_reset(run->store, row, false);
        count[good ? CUT : DAMAGED]++;
    }
    return st;
}

/* Sorts the chosen runs into finished, failed for good and left to do. */
static mts_status gather(mts_app_run *run, mts_stamp *stamp)
{
    mts_status st = MTS_OK;
    run->todo = mts_alloc(run->n_chosen, sizeof *run->todo);
    run->cost = mts_alloc(run->n_chosen, sizeof *run->cost);
    run->failures = mts_alloc(run->n, sizeof *run->failures);
    if (!run->todo || !run->cost || !run->failures)
        return MTS_ERR_MEMORY;
    for (size_t first = 0; first < run->n && st == MTS_OK; first += BLOCK) {
        const size_t n = run->n - first < BLOCK ? run->n - first : BLOCK;
        st = mts_store_stamps(run->store, first, n, stamp);
        for (size_t i = 0; i < n && st == MTS_OK; i++) {
            mts_config config;
            if (!run->chosen[first + i])
                continue;
            if (stamp[i].state == MTS_STATE_DONE || stamp[i].state == MTS_STATE_DIVERGED) {
                run->finished++;
            } else if (stamp[i].state == MTS_STATE_FAILED && stamp[i].attempts >= MTS_ATTEMPTS) {
                run->for_good++;
            } else {
                mts_grid_config(run->grid, first + i, &config);
                run->todo[run->n_todo] = first + i;
                run->cost[run->n_todo++] =
                    mts_run_cost(&config) *
                    (1 - mts_checkpoint_done(run->path, mts_config_key(&config)));
            }
        }
    }
    return st;
}

mts_status mts_app_resume(mts_app_run *run)
{
    /* Every rank looks through its own share of the rows. */
    const size_t begin = run->n * (size_t)run->rank / (size_t)run->size,
                 end = run->n * ((size_t)run->rank + 1) / (size_t)run->size;
    mts_stamp *stamp = mts_alloc(BLOCK, sizeof *stamp);
    int64_t count[N_COUNTS] = {0};
    mts_status st = stamp ? MTS_OK : MTS_ERR_MEMORY;
    for (size_t first = begin; first < end && st == MTS_OK; first += BLOCK)
        st = recheck(run, first, end - first < BLOCK ? end - first : BLOCK, stamp, count);
    st = mts_app_agree(st);
    if (st == MTS_OK) {
        mts_app_sum(count, N_COUNTS);
        run->damaged = (size_t)count[DAMAGED];
        run->cut = (size_t)count[CUT];
        st = mts_app_agree(run->rank == 0 ? gather(run, stamp) : MTS_OK);
    }
    mts_free(stamp);
    return st;
}
