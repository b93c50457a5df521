/* Holds an old file to the schema that its own sweep gives. */
#include "internal.h"

/* The axes that the sweep determines; those of sets and layouts are numbers of things it has. */
static mts_status same_extents(const mts_store *store, const mts_extents *extents)
{
    for (mts_axis axis = 0; axis < MTS_N_AXES; axis++)
        if (store->extents.n[axis] != extents->n[axis])
            return mts_fail(
                MTS_ERR_IO, "%s is damaged: axis %s has %zu entries, but by its sweep %zu",
                store->path, mts_axis_name[axis], store->extents.n[axis], extents->n[axis]);
    return MTS_OK;
}

mts_status mts_store_compare(mts_store *store, const mts_schema *schema, bool repair, void *ctx,
                             void (*differs)(void *ctx, const char *dataset, size_t row),
                             size_t *differing)
{
    mts_store_maker m = {.file = store->file,
                         .path = store->path,
                         .specs = &store->specs,
                         .schema = schema,
                         .data = store->data,
                         .mode = repair ? CONTENTS_REPAIR : CONTENTS_CHECK,
                         .ctx = ctx,
                         .differs = differs};
    mts_extents extents;
    m.reported = mts_alloc(store->specs.n, sizeof *m.reported);
    mts_status st =
        m.reported ? mts_store_extents_of(schema, store->dropped, &extents) : MTS_ERR_MEMORY;
    if (st == MTS_OK)
        st = same_extents(store, &extents);
    if (st == MTS_OK)
        st = mts_store_contents(&m);
    if (st == MTS_OK)
        st = mts_store_hold_attributes(&m);
    if (st == MTS_OK && repair && m.differing > 0)
        st = mts_store_sync(store);
    mts_free(m.reported);
    store->config_n = 0; /* what is kept of the configs may be what was wrong */
    *differing = m.differing;
    return st;
}
