/* resume.c: believes nothing that a dead session left but what its checksum proves. */
#include "mtsweep/run.h"
#include "siblings.h"
#include "verb_run.h"

#include <string.h>

enum { BLOCK = 1024 };

/* BLAMED: number + 1 of the row that has killed its worker once too often. Where several rows were cut
 * short, something else killed them all. */
enum { DAMAGED, CUT, BLAMED, N_COUNTS };

/* Rows first .. first + n - 1: those that were running are dead, since this sweep holds the lock;
 * those that are finished must agree with their checksum. */
static mts_status recheck(mts_app_run *run, size_t first, size_t n, mts_stamp *stamp,
                          int64_t count[N_COUNTS])
{
    mts_status st = mts_store_states(run->store, first, n, stamp);
    for (size_t i = 0; i < n && st == MTS_OK; i++) {
        const size_t row = first + i;
        bool good = true, again = true;
        if (mts_app_signal())
            return mts_fail(MTS_STOPPED, "stopped by %s before the first run", mts_app_signal());
        if (run->rank == 0)
            mts_app_renew(run, NULL);
        if (stamp[i].state == MTS_STATE_DONE || stamp[i].state == MTS_STATE_DIVERGED)
            st = mts_store_check(run->store, row, run->result, &good);
        if (st != MTS_OK)
            break;
        if (good && stamp[i].state != MTS_STATE_RUNNING)
            continue;
        st = good ? mts_app_cut(run, row, &stamp[i], &again)
                  : mts_store_reset(run->store, row, false);
        count[good ? CUT : DAMAGED]++;
        count[BLAMED] += again ? 0 : (int64_t)row + 1;
    }
    return st;
}

/* A chosen run is finished, failed for good or left to do. */
static mts_status sort_in(mts_app_run *run, size_t row, const mts_stamp *stamp, bool any_saved,
                          mts_app_kinds *kinds)
{
    mts_config config;
    size_t number;
    mts_grid_config(run->grid, row, &config);
    const bool trained = !mts_app_siblings_leads(&run->siblings, row, &config);
    const mts_status st = mts_app_kind_of(kinds, &config, trained, &number);
    if (st != MTS_OK)
        return st;
    mts_app_kind *kind = &kinds->kind[number];
    kind->first = row;
    if (stamp->state == MTS_STATE_DONE || stamp->state == MTS_STATE_DIVERGED) {
        run->finished++;
        if (run->any_saved) /* its worker died between the row and this */
            mts_checkpoint_remove(run->path, mts_config_key(&config));
        if (stamp->state == MTS_STATE_DONE) {
            kind->seconds += stamp->seconds;
            kind->finished++;
        }
    } else if (stamp->state == MTS_STATE_FAILED && stamp->attempts >= MTS_ATTEMPTS) {
        run->for_good++;
    } else {
        const double saved =
            any_saved ? mts_checkpoint_done(run->path, mts_config_key(&config)) : 0;
        run->todo[run->n_todo] = row;
        run->kind[run->n_todo] = (uint32_t)number;
        /* What is left: longest first, so the other looks at a network come after its training. */
        run->cost[run->n_todo++] = kind->cost * (1 - saved);
    }
    return MTS_OK;
}

/* The farm knows so many kinds; where there are more, runs of an architecture are one. */
static uint32_t farm_kind(const mts_app_run *run, const mts_app_kinds *kinds, size_t number)
{
    mts_config config;
    if (kinds->n <= MTS_FARM_KINDS)
        return (uint32_t)number;
    mts_grid_config(run->grid, kinds->kind[number].first, &config);
    return (uint32_t)config.arch;
}

/* Sorts the chosen runs. */
static mts_status gather(mts_app_run *run, mts_stamp *stamp)
{
    const bool any_saved = mts_checkpoint_any(run->path);
    mts_app_kinds kinds = {0};
    mts_status st = MTS_OK;
    run->todo = mts_alloc(run->n_chosen, sizeof *run->todo);
    run->cost = mts_alloc(run->n_chosen, sizeof *run->cost);
    run->kind = mts_alloc(run->n_chosen, sizeof *run->kind);
    run->past = mts_alloc(MTS_FARM_KINDS, sizeof *run->past);
    run->failures = mts_alloc(run->n, sizeof *run->failures);
    if (!run->todo || !run->cost || !run->kind || !run->past || !run->failures)
        return MTS_ERR_MEMORY;
    run->any_saved = mts_checkpoint_any(run->path);
    for (size_t first = 0; first < run->n && st == MTS_OK; first += BLOCK) {
        const size_t n = run->n - first < BLOCK ? run->n - first : BLOCK;
        st = mts_store_states(run->store, first, n, stamp);
        for (size_t i = 0; i < n && st == MTS_OK; i++)
            if (run->chosen[first + i])
                st = sort_in(run, first + i, &stamp[i], any_saved, &kinds);
    }
    for (size_t k = 0; k < kinds.n && st == MTS_OK; k++) {
        mts_farm_past *past = &run->past[farm_kind(run, &kinds, k)];
        past->cost += kinds.kind[k].finished * kinds.kind[k].cost;
        past->seconds += kinds.kind[k].seconds;
    }
    for (size_t i = 0; i < run->n_todo && st == MTS_OK; i++)
        run->kind[i] = farm_kind(run, &kinds, run->kind[i]);
    mts_app_kinds_free(&kinds);
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
        st = mts_app_sum(count, N_COUNTS);
        run->damaged = (size_t)count[DAMAGED];
        run->cut = (size_t)count[CUT];
        if (st == MTS_OK && run->rank == 0 && run->cut == 1 && count[BLAMED] > 0) {
            st = mts_app_blame(run, (size_t)count[BLAMED] - 1);
            fprintf(stderr,
                    "%s: run %zu failed for good, as its worker died in each of %d attempts\n",
                    run->path, mts_grid_number(run->grid, (size_t)count[BLAMED] - 1), MTS_ATTEMPTS);
        }
        if (st == MTS_OK && run->rank == 0)
            st = gather(run, stamp);
        st = mts_app_agree(st);
    }
    mts_free(stamp);
    return st;
}
