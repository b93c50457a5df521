/* Which runs of its sweep a file holds: where it says that it is a part of one, the coordinates of its
 * runs are their numbers in the whole. */
#include "internal.h"

mts_status mts_store_read_numbers(mts_store *store)
{
    const size_t n = mts_store_runs(store);
    if (H5Aexists(store->file, "part_of") <= 0)
        return MTS_OK;
    store->number = mts_alloc(n, sizeof *store->number);
    mts_status st =
        store->number ? mts_store_read(store, store->specs.axis + MTS_AXIS_run, 0, n, store->number)
                      : MTS_ERR_MEMORY;
    for (size_t i = 0; i < n && st == MTS_OK; i++)
        if (store->number[i] < 0 || (i > 0 && store->number[i] <= store->number[i - 1]))
            st = mts_fail(
                MTS_ERR_IO,
                "%s is damaged: axis/run does not ascend in row %zu; restore it from a copy",
                store->path, i);
    return st;
}

bool mts_store_is_part(const mts_store *store)
{
    return store->number != NULL;
}

size_t mts_store_number(const mts_store *store, size_t row)
{
    return store->number ? (size_t)store->number[row] : row;
}

size_t mts_store_row(const mts_store *store, size_t number)
{
    size_t first = 0, end = mts_store_runs(store);
    while (first < end) {
        const size_t middle = first + (end - first) / 2;
        if (mts_store_number(store, middle) < number)
            first = middle + 1;
        else
            end = middle;
    }
    return first < mts_store_runs(store) && mts_store_number(store, first) == number ? first
                                                                                     : SIZE_MAX;
}
