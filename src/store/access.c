/* What all that is done with an open file stands on. */
#include "internal.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

const mts_extents *mts_store_extents(const mts_store *store)
{
    return &store->extents;
}

const char *mts_store_dropped(const mts_store *store)
{
    return store->dropped;
}

bool mts_store_has(const mts_store *store, size_t column)
{
    return store->data[store->specs.result + column] >= 0;
}

size_t mts_store_runs(const mts_store *store)
{
    return store->extents.n[MTS_AXIS_run];
}

mts_status mts_store_read(mts_store *store, size_t spec, size_t first, size_t n, void *buffer)
{
    if (store->data[spec] < 0 || n == 0)
        return MTS_OK;
    return mts_store_h5_transfer(store->data[spec], store->path, &store->specs.spec[spec], false,
                                 first, n, buffer);
}

mts_status mts_store_write(mts_store *store, size_t spec, size_t first, size_t n,
                           const void *buffer)
{
    assert(store->mode != MTS_STORE_READ);
    if (store->data[spec] < 0 || n == 0)
        return MTS_OK;
    return mts_store_h5_transfer(store->data[spec], store->path, &store->specs.spec[spec], true,
                                 first, n, (void *)buffer);
}

mts_status mts_store_range(const mts_store *store, mts_axis axis, size_t first, size_t n)
{
    size_t length = store->extents.n[axis];
    if (first > length || n > length - first)
        return mts_fail(MTS_ERR_USAGE, "%s has %zu rows on axis %s, none from %zu to %zu",
                        store->path, length, mts_axis_name[axis], first, first + n - 1);
    return MTS_OK;
}

/* File systems that cannot are as they are. */
mts_status mts_store_sync(mts_store *store)
{
    if (fdatasync(store->fd) != 0 && (errno == EIO || errno == ENOSPC || errno == EDQUOT))
        return mts_fail(MTS_ERR_IO, "cannot write %s: %s", store->path, strerror(errno));
    return MTS_OK;
}
