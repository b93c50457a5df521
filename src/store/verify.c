/* Checksums of finished rows. */
#include "internal.h"

/* The state is beside the row, which knows itself whether the run has diverged. */
static bool state_agrees(const mts_store *store, uint8_t state, const mts_result *row)
{
    return !mts_store_has(store, MTS_COL_result_diverged_at) ||
           (state == MTS_STATE_DIVERGED) == (*row->result_diverged_at >= 0);
}

mts_status mts_store_check(mts_store *store, size_t run, mts_result *scratch, bool *good)
{
    int64_t crc = -1;
    uint32_t here = 0;
    uint8_t state = 0;
    mts_status st = mts_store_read(store, store->specs.state + STATE_STATE, run, 1, &state);
    if (st == MTS_OK)
        st = mts_store_get(store, run, scratch);
    if (st == MTS_OK)
        st = mts_store_read(store, store->specs.state + STATE_CRC, run, 1, &crc);
    if (st == MTS_OK)
        st = mts_store_row_crc(store, run, scratch, &here);
    *good = st == MTS_OK && crc == (int64_t)here && state_agrees(store, state, scratch);
    return st;
}

mts_status mts_store_check_row(mts_store *store, size_t run, mts_result *scratch, bool *good)
{
    uint8_t state = 0;
    mts_status st = mts_store_read(store, store->specs.state + STATE_STATE, run, 1, &state);
    *good = state < MTS_N_STATES;
    if (st == MTS_OK && (state == MTS_STATE_DONE || state == MTS_STATE_DIVERGED))
        st = mts_store_check(store, run, scratch, good);
    return st;
}

mts_status mts_store_verify(mts_store *store, size_t *checked, size_t *bad)
{
    size_t runs = mts_store_runs(store), first_bad = 0;
    mts_result *scratch = NULL;
    uint8_t *state = mts_alloc(runs, sizeof *state);
    mts_status st = state ? MTS_OK : MTS_ERR_MEMORY;
    *checked = *bad = 0;
    if (st == MTS_OK)
        st = mts_result_create(&store->extents, &scratch);
    if (st == MTS_OK)
        st = mts_store_read(store, store->specs.state + STATE_STATE, 0, runs, state);
    for (size_t run = 0; run < runs && st == MTS_OK; run++) {
        bool good;
        if (state[run] >= MTS_N_STATES) {
            st = mts_fail(MTS_ERR_IO,
                          "%s is damaged: run %zu has state %d, which is none; 'mtsweep verify "
                          "--repair %s' makes it pending",
                          store->path, mts_store_number(store, run), state[run], store->path);
        } else if (state[run] == MTS_STATE_DONE || state[run] == MTS_STATE_DIVERGED) {
            st = mts_store_check(store, run, scratch, &good);
            (*checked)++;
            if (st == MTS_OK && !good && (*bad)++ == 0)
                first_bad = run;
        }
    }
    if (st == MTS_OK && *bad > 0)
        st = mts_fail(MTS_ERR_IO,
                      "%s is damaged: the checksum of run %zu disagrees with its row (%zu such "
                      "of %zu finished); run the sweep again to repeat them",
                      store->path, mts_store_number(store, first_bad), *bad, *checked);
    mts_result_destroy(scratch);
    mts_free(state);
    return st;
}
