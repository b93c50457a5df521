/* sweep.c: from the sweep file to a choice of runs, and from a finished file back to its sweep. */
#include "app.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (16u << 20) /* bytes of a sweep file */

mts_status mts_app_read(const char *path, char **text, size_t *length)
{
    FILE *file = fopen(path, "rb");
    size_t room = 65536, n;
    mts_status st = MTS_ERR_MEMORY;
    *text = NULL;
    *length = 0;
    if (!file)
        return mts_fail(MTS_ERR_IO, "cannot read %s: %s", path, strerror(errno));
    for (;;) {
        char *more = mts_alloc(room + 1, 1);
        if (!more)
            goto fail;
        if (*text)
            memcpy(more, *text, *length);
        mts_free(*text);
        *text = more;
        n = fread(*text + *length, 1, room - *length, file);
        *length += n;
        if (ferror(file)) {
            st = mts_fail(MTS_ERR_IO, "cannot read %s: %s", path, strerror(errno));
            goto fail;
        }
        if (*length < room)
            break;
        room *= 2;
        if (room > TEXT_MAX) {
            st = mts_fail(MTS_ERR_SWEEP, "%s: longer than %u MiB; this is no sweep file", path,
                          TEXT_MAX >> 20);
            goto fail;
        }
    }
    fclose(file);
    return MTS_OK;

fail:
    fclose(file);
    mts_free(*text);
    *text = NULL;
    return st;
}

mts_status mts_app_grid(const mts_app_args *args, mts_grid **grid)
{
    const char *set[MTS_APP_HAVE_MAX];
    const size_t n_sets = mts_app_texts(args, "set", set);
    char *text;
    size_t length;
    mts_status st = mts_app_read(args->argument[0], &text, &length);
    *grid = NULL;
    if (st == MTS_OK)
        st = mts_grid_parse(text, length, args->argument[0], set, n_sets, grid);
    mts_free(text);
    return st;
}

mts_status mts_app_grid_config(void *grid, size_t run, mts_config *config)
{
    mts_grid_config(grid, run, config);
    return MTS_OK;
}

mts_status mts_app_store_config(void *store, size_t run, mts_config *config)
{
    return mts_store_config(store, run, config);
}

mts_status mts_app_choose(const mts_app_args *args, const char *where, size_t n, void *ctx,
                          mts_app_config_of *config_of, bool *chosen, size_t *n_chosen)
{
    const char *ids[MTS_APP_HAVE_MAX], *only = mts_app_text(args, where),
                                       *shard = mts_app_text(args, "shard");
    const size_t n_ids = mts_app_texts(args, "ids", ids);
    mts_filter *filter = NULL;
    mts_config config;
    mts_status st = MTS_OK;
    memset(chosen, n_ids == 0, n * sizeof *chosen);
    for (size_t i = 0; i < n_ids && st == MTS_OK; i++)
        st = mts_ids_parse(ids[i], n, chosen);
    if (st == MTS_OK && shard)
        st = mts_app_shard(shard, n, ctx, config_of, chosen);
    if (st == MTS_OK && only)
        st = mts_filter_parse(only, &filter);
    for (size_t run = 0; filter && run < n && st == MTS_OK; run++) {
        st = config_of(ctx, run, &config);
        chosen[run] = chosen[run] && st == MTS_OK && mts_filter_match(filter, &config);
    }
    mts_filter_destroy(filter);
    *n_chosen = 0;
    for (size_t run = 0; run < n; run++)
        *n_chosen += chosen[run];
    if (st != MTS_OK || *n_chosen > 0)
        return st;
    if (shard && (n_ids || only))
        return mts_fail(MTS_ERR_USAGE, "--shard %s and --%s %s together leave none of the %zu runs",
                        shard, only ? where : "ids", only ? only : ids[0], n);
    if (n_ids && only)
        return mts_fail(MTS_ERR_USAGE, "--ids %s and --%s %s together leave none of the %zu runs",
                        ids[0], where, only, n);
    return mts_fail(MTS_ERR_USAGE, "--%s %s leaves none of the %zu runs", only ? where : "ids",
                    only ? only : ids[0], n);
}

/* ---- axes ---- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

mts_status mts_app_axes_find(size_t n, void *ctx, mts_app_config_of *config_of, mts_app_axes *axes)
{
    mts_config first, config;
    bool *varies = mts_alloc(mts_n_fields, sizeof *varies);
    mts_status st = MTS_ERR_MEMORY;
    size_t a = 0;
    *axes = (mts_app_axes){0};
    if (!varies)
        return st;
    st = n > 0 ? config_of(ctx, 0, &first) : MTS_OK;
    for (size_t run = 1; run < n && st == MTS_OK; run++) {
        st = config_of(ctx, run, &config);
        for (size_t f = 0; f < mts_n_fields && st == MTS_OK; f++)
            varies[f] = varies[f] || mts_config_value(&config, &mts_fields[f]) !=
                                         mts_config_value(&first, &mts_fields[f]);
    }
    for (size_t f = 0; f < mts_n_fields; f++)
        axes->n += varies[f];
    axes->axis = mts_alloc(axes->n, sizeof *axes->axis);
    if (!axes->axis && st == MTS_OK)
        st = MTS_ERR_MEMORY;
    for (size_t f = 0; f < mts_n_fields && st == MTS_OK; f++) {
        if (!varies[f])
            continue;
        axes->axis[a].field = &mts_fields[f];
        axes->axis[a].value = mts_alloc(n, sizeof(double));
        if (!axes->axis[a].value)
            st = MTS_ERR_MEMORY;
        a++;
    }
    for (size_t run = 0; run < n && axes->n > 0 && st == MTS_OK; run++) {
        st = config_of(ctx, run, &config);
        for (a = 0; a < axes->n; a++)
            axes->axis[a].value[run] = mts_config_value(&config, axes->axis[a].field);
    }
    for (a = 0; a < axes->n && st == MTS_OK; a++) {
        double *v = axes->axis[a].value;
        size_t distinct = 1;
        qsort(v, n, sizeof *v, by_value);
        for (size_t i = 1; i < n; i++)
            if (v[i] != v[distinct - 1])
                v[distinct++] = v[i];
        axes->axis[a].n = distinct;
    }
    mts_free(varies);
    if (st != MTS_OK)
        mts_app_axes_free(axes);
    return st;
}

void mts_app_axes_free(mts_app_axes *axes)
{
    for (size_t a = 0; axes->axis && a < axes->n; a++)
        mts_free(axes->axis[a].value);
    mts_free(axes->axis);
    *axes = (mts_app_axes){0};
}

size_t mts_app_axes_index(const mts_app_axes *axes, size_t axis, const mts_config *config)
{
    const double value = mts_config_value(config, axes->axis[axis].field);
    const double *v = axes->axis[axis].value;
    const double *found = bsearch(&value, v, axes->axis[axis].n, sizeof *v, by_value);
    return found ? (size_t)(found - v) : 0;
}

void mts_app_run_text(const mts_app_axes *axes, const mts_config *config,
                      char text[MTS_APP_RUN_TEXT])
{
    char value[MTS_VALUE_TEXT];
    size_t used = 0;
    text[0] = 0;
    for (size_t a = 0; a < axes->n && used < MTS_APP_RUN_TEXT - 80; a++) {
        mts_config_text(config, axes->axis[a].field, value);
        used += (size_t)snprintf(text + used, MTS_APP_RUN_TEXT - used, "%s%s=%s", a ? " " : "",
                                 axes->axis[a].field->name, value);
    }
}

/* ---- is it the same sweep ---- */

/* The values of a field on one side: "2,3,6", "0..4", with "..." where there are many. */
static void values_text(const mts_field *field, const mts_app_axes *axes, const mts_config *first,
                        char *text, size_t bytes)
{
    double one = mts_config_value(first, field);
    const double *value = &one;
    char word[MTS_VALUE_TEXT];
    size_t n = 1, used = 0;
    for (size_t a = 0; a < axes->n; a++)
        if (axes->axis[a].field == field) {
            n = axes->axis[a].n;
            value = axes->axis[a].value;
        }
    if (field->type == MTS_INT && n > 2 && value[n - 1] - value[0] == (double)(n - 1)) {
        snprintf(text, bytes, "%.0f..%.0f", value[0], value[n - 1]);
        return;
    }
    text[0] = 0;
    for (size_t i = 0; i < n && used < bytes - MTS_VALUE_TEXT - 8; i++) {
        if (i == 6) {
            snprintf(text + used, bytes - used, ",...");
            return;
        }
        mts_app_value_text(field, value[i], word);
        used += (size_t)snprintf(text + used, bytes - used, "%s%s", i ? "," : "", word);
    }
}

static bool same_values(const mts_field *field, const mts_app_axes *a, const mts_config *a_first,
                        const mts_app_axes *b, const mts_config *b_first)
{
    const double *value[2];
    double one[2] = {mts_config_value(a_first, field), mts_config_value(b_first, field)};
    size_t n[2] = {1, 1};
    for (int side = 0; side < 2; side++) {
        const mts_app_axes *axes = side ? b : a;
        value[side] = &one[side];
        for (size_t i = 0; i < axes->n; i++)
            if (axes->axis[i].field == field) {
                n[side] = axes->axis[i].n;
                value[side] = axes->axis[i].value;
            }
    }
    return n[0] == n[1] && memcmp(value[0], value[1], n[0] * sizeof(double)) == 0;
}

mts_status mts_app_same_sweep(const char *path, mts_store *store, const mts_grid *grid)
{
    const size_t there = mts_store_runs(store), here = mts_grid_size(grid);
    mts_app_axes old = {0}, new = {0};
    mts_config old_first, new_first;
    char *hash = NULL, mine[32], list[600] = "", a[120], b[120];
    size_t used = 0, n = 0;
    mts_status st = mts_store_attribute(store, "sweep_hash", &hash);
    snprintf(mine, sizeof mine, "%016llx", (unsigned long long)mts_grid_hash(grid));
    if (st != MTS_OK || strcmp(hash, mine) == 0)
        goto done;
    st = mts_app_axes_find(there, store, mts_app_store_config, &old);
    if (st == MTS_OK)
        st = mts_store_config(store, 0, &old_first);
    if (st == MTS_OK)
        st = mts_app_axes_find(here, (void *)(uintptr_t)grid, mts_app_grid_config, &new);
    if (st != MTS_OK)
        goto done;
    mts_grid_config(grid, 0, &new_first);
    for (size_t f = 0; f < mts_n_fields; f++) {
        const mts_field *field = &mts_fields[f];
        if (field->flags & MTS_EXECUTION || same_values(field, &old, &old_first, &new, &new_first))
            continue;
        if (++n > 3)
            continue;
        values_text(field, &old, &old_first, a, sizeof a);
        values_text(field, &new, &new_first, b, sizeof b);
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s %s there, %s here",
                                 n > 1 ? "; " : "", field->name, a, b);
        if (used > sizeof list - 1)
            used = sizeof list - 1;
    }
    if (n > 3)
        used += (size_t)snprintf(list + used, sizeof list - used, "; %zu more fields", n - 3);
    if (used < sizeof list && there != here)
        snprintf(list + used, sizeof list - used, "%s%zu runs there, %zu here", n ? "; " : "",
                 there, here);
    else if (n == 0)
        snprintf(list, sizeof list, "the same values in another order or combination");
    st = mts_fail(MTS_ERR_FOREIGN,
                  "%s belongs to another sweep: %s; choose another -o, or the old sweep file", path,
                  list);

done:
    mts_free(hash);
    mts_app_axes_free(&old);
    mts_app_axes_free(&new);
    return st;
}
