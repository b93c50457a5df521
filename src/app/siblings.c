/* siblings.c: rows that are looks at one network, as they differ in MTS_OUTPUT fields alone. It is
 * trained for the first of them that is done; the others find it in that row. */
#include "siblings.h"

#include <stdlib.h>

static int by_key(const void *a, const void *b)
{
    const mts_app_key *x = a, *y = b;
    if (x->key != y->key)
        return x->key > y->key ? 1 : -1;
    return (x->run > y->run) - (x->run < y->run);
}

static bool has_looks(const mts_grid *grid)
{
    for (size_t axis = 0; axis < mts_grid_axes(grid); axis++)
        if (mts_grid_axis_at(grid, axis).field->flags & MTS_OUTPUT)
            return true;
    return false;
}

mts_status mts_app_siblings_create(const mts_grid *grid, mts_app_keys *siblings)
{
    const size_t n = has_looks(grid) ? mts_grid_size(grid) : 0;
    *siblings = (mts_app_keys){0};
    if (n == 0)
        return MTS_OK;
    siblings->sorted = mts_alloc(n, sizeof *siblings->sorted);
    if (!siblings->sorted)
        return MTS_ERR_MEMORY;
    siblings->n = n;
    for (size_t run = 0; run < n; run++) {
        mts_config config;
        mts_grid_config(grid, run, &config);
        siblings->sorted[run] = (mts_app_key){mts_config_identity(&config), run};
    }
    qsort(siblings->sorted, n, sizeof *siblings->sorted, by_key);
    return MTS_OK;
}

size_t mts_app_siblings_find(const mts_app_keys *siblings, const mts_config *config)
{
    const uint64_t identity = siblings->n > 0 ? mts_config_identity(config) : 0;
    size_t low = 0, high = siblings->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (siblings->sorted[middle].key < identity)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool mts_app_siblings_leads(const mts_app_keys *siblings, size_t run, const mts_config *config)
{
    const size_t first = mts_app_siblings_find(siblings, config);
    return first == siblings->n || siblings->sorted[first].run == run;
}

mts_status mts_app_siblings_trained(const mts_app_keys *siblings, mts_store *store, size_t run,
                                    const mts_config *config, mts_result *row, bool *found)
{
    const size_t first = mts_app_siblings_find(siblings, config);
    mts_status st = MTS_OK;
    *found = false;
    for (size_t i = first; i < siblings->n && st == MTS_OK && !*found; i++) {
        const mts_app_key *other = &siblings->sorted[i];
        mts_stamp stamp;
        if (other->key != siblings->sorted[first].key)
            break;
        if (other->run == run)
            continue;
        st = mts_store_states(store, other->run, 1, &stamp);
        if (st == MTS_OK && stamp.state == MTS_STATE_DONE)
            st = mts_store_check(store, other->run, row, found);
    }
    return st;
}
