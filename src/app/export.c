/* export.c: what the formats of `mtsweep export` share. */
#include "export.h"

enum { ROWS_BYTES = 1 << 22 /* read at once */ };

void mts_app_export_name(const mts_app_export *e, size_t column, char name[MTS_APP_NAME_TEXT])
{
    snprintf(name, MTS_APP_NAME_TEXT, "%s%s%s", e->groups ? mts_columns[column].group : "",
             e->groups ? "_" : "", mts_columns[column].name);
}

void mts_app_export_coordinate(mts_axis axis, size_t index, const mts_config *config,
                               char text[MTS_FOLD_TEXT])
{
    if (axis == MTS_AXIS_split) {
        snprintf(text, MTS_VALUE_TEXT, "%s", mts_split_name[index]);
    } else if (axis == MTS_AXIS_fold) {
        mts_probe_fold_text(config->folds, (size_t)config->latents, index, text);
    } else {
        snprintf(text, MTS_VALUE_TEXT, "%zu", index);
    }
}

mts_status mts_app_export_rows(const mts_app_export *e, size_t column, void *ctx,
                               mts_status (*use)(void *ctx, size_t first, size_t rows,
                                                 const void *values))
{
    const mts_column *c = &mts_columns[column];
    const size_t bytes =
        mts_column_count(c, mts_store_extents(e->store)) * mts_column_size(c->type);
    const size_t most = bytes > 0 ? ROWS_BYTES / bytes + 1 : e->n;
    void *block = mts_alloc(most, bytes);
    mts_status st = block ? MTS_OK : MTS_ERR_MEMORY;
    for (size_t i = 0, n; i < e->n && st == MTS_OK; i += n) {
        for (n = 1; n < most && i + n < e->n && e->row[i + n] == e->row[i] + n;)
            n++;
        st = mts_store_column(e->store, column, e->row[i], n, block);
        if (st == MTS_OK)
            st = use(ctx, i, n, block);
    }
    mts_free(block);
    return st;
}
