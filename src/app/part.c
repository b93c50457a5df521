/* part.c: files of a part of a sweep: whose runs an option means, and what is said of them. */
#include "app.h"

/* Among all runs of the sweep, of which the file has a part. */
static mts_status choose_part(const mts_app_args *args, const char *where, const mts_grid *whole,
                              const mts_store *store, bool *chosen, size_t n[2])
{
    const mts_table_runs runs = mts_app_grid_runs(whole);
    bool *all = mts_alloc(runs.n, sizeof *all);
    mts_status st = all ? mts_app_choose(args, where, &runs, all, &n[0]) : MTS_ERR_MEMORY;
    n[1] = 0;
    for (size_t row = 0; row < mts_store_runs(store) && st == MTS_OK; row++) {
        chosen[row] = all[mts_store_number(store, row)];
        n[1] += chosen[row];
    }
    mts_free(all);
    return st;
}

mts_status mts_app_choose_rows(const mts_app_args *args, const char *where, const char *path,
                               mts_store *store, bool *chosen, size_t *n_chosen, size_t *beyond)
{
    const mts_table_runs rows = mts_app_store_runs(store);
    mts_app_sweep own = {0}, whole = {0};
    size_t n[2] = {0};
    if (!mts_store_is_part(store)) {
        if (beyond)
            *beyond = 0;
        return mts_app_choose(args, where, &rows, chosen, n_chosen);
    }
    mts_status st = mts_app_sweep_own(path, store, &own); /* then the numbers are some of it */
    if (st == MTS_OK)
        st = mts_app_sweep_whole(path, store, &whole);
    if (st == MTS_OK)
        st = choose_part(args, where, whole.grid, store, chosen, n);
    if (st == MTS_OK && n[1] == 0 && !beyond)
        st = mts_fail(MTS_ERR_USAGE, "%s has none of these runs: it holds %zu of the %zu", path,
                      rows.n, mts_grid_size(whole.grid));
    *n_chosen = n[1];
    if (beyond)
        *beyond = n[0] - n[1];
    mts_app_sweep_free(&own);
    mts_app_sweep_free(&whole);
    return st;
}

mts_status mts_app_keep(mts_grid *grid, const bool *chosen)
{
    const size_t n = mts_grid_size(grid);
    size_t *index = mts_alloc(n, sizeof *index), kept = 0;
    if (!index)
        return MTS_ERR_MEMORY;
    for (size_t run = 0; run < n; run++)
        if (chosen[run])
            index[kept++] = run;
    const mts_status st = kept < n ? mts_grid_keep(grid, kept, index) : MTS_OK;
    mts_free(index);
    return st;
}

mts_status mts_app_part_text(mts_store *store, char text[MTS_APP_PART_TEXT])
{
    char *part = NULL;
    *text = '\0';
    if (!mts_store_is_part(store))
        return MTS_OK;
    const mts_status st = mts_store_attribute(store, "part_of", &part);
    if (st == MTS_OK) {
        snprintf(text, MTS_APP_PART_TEXT, ", %s", part);
        mts_clean(text);
    }
    mts_free(part);
    return st;
}
