/* axes.c: which fields differ between runs, and between two sweeps. */
#include "mtsweep/table.h"

#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* An axis, with room for a value of each run, for each field that varies. */
static mts_status find_fields(const mts_table_runs *runs, bool *varies, mts_table_axes *axes)
{
    mts_config first, config;
    mts_status st = runs->n > 0 ? runs->config(runs->ctx, 0, &first) : MTS_OK;
    size_t n = 0;
    for (size_t run = 1; run < runs->n && st == MTS_OK; run++) {
        st = runs->config(runs->ctx, run, &config);
        for (size_t f = 0; f < mts_n_fields && st == MTS_OK; f++)
            varies[f] = varies[f] || mts_config_value(&config, &mts_fields[f]) !=
                                         mts_config_value(&first, &mts_fields[f]);
    }
    if (st != MTS_OK)
        return st;
    for (size_t f = 0; f < mts_n_fields; f++)
        n += varies[f];
    axes->axis = mts_alloc(n, sizeof *axes->axis);
    if (!axes->axis)
        return MTS_ERR_MEMORY;
    for (size_t f = 0; f < mts_n_fields; f++) {
        mts_table_axis *axis = &axes->axis[axes->n];
        if (!varies[f])
            continue;
        *axis = (mts_table_axis){.field = &mts_fields[f],
                                 .value = mts_alloc(runs->n, sizeof *axis->value)};
        axes->n++;
        if (!axis->value)
            return MTS_ERR_MEMORY;
    }
    return MTS_OK;
}

static mts_status find_values(const mts_table_runs *runs, mts_table_axes *axes)
{
    mts_status st = MTS_OK;
    for (size_t run = 0; run < runs->n && axes->n > 0 && st == MTS_OK; run++) {
        mts_config config;
        st = runs->config(runs->ctx, run, &config);
        for (size_t a = 0; a < axes->n && st == MTS_OK; a++)
            axes->axis[a].value[run] = mts_config_value(&config, axes->axis[a].field);
    }
    for (size_t a = 0; a < axes->n && st == MTS_OK; a++) {
        double *v = axes->axis[a].value;
        size_t distinct = 1;
        qsort(v, runs->n, sizeof *v, by_value);
        for (size_t i = 1; i < runs->n; i++)
            if (v[i] != v[distinct - 1])
                v[distinct++] = v[i];
        axes->axis[a].n = distinct;
    }
    return st;
}

mts_status mts_table_axes_find(const mts_table_runs *runs, mts_table_axes *axes)
{
    bool *varies = mts_alloc(mts_n_fields, sizeof *varies);
    mts_status st = MTS_ERR_MEMORY;
    *axes = (mts_table_axes){0};
    if (varies)
        st = find_fields(runs, varies, axes);
    if (st == MTS_OK)
        st = find_values(runs, axes);
    if (st != MTS_OK)
        mts_table_axes_free(axes);
    mts_free(varies);
    return st;
}

void mts_table_axes_free(mts_table_axes *axes)
{
    for (size_t a = 0; a < axes->n; a++)
        mts_free(axes->axis[a].value);
    mts_free(axes->axis);
    *axes = (mts_table_axes){0};
}

size_t mts_table_axis_of(const mts_table_axes *axes, const mts_field *field)
{
    size_t a = 0;
    while (a < axes->n && axes->axis[a].field != field)
        a++;
    return a;
}

size_t mts_table_axis_index(const mts_table_axis *axis, const mts_config *config)
{
    const double value = mts_config_value(config, axis->field);
    const double *found = bsearch(&value, axis->value, axis->n, sizeof value, by_value);
    return found ? (size_t)(found - axis->value) : 0;
}

void mts_table_run_text(const mts_table_axes *axes, const mts_config *config,
                        char text[MTS_TABLE_RUN_TEXT])
{
    char value[MTS_VALUE_TEXT];
    size_t used = 0;
    text[0] = 0;
    for (size_t a = 0; a < axes->n && used < MTS_TABLE_RUN_TEXT - 80; a++) {
        mts_config_text(config, axes->axis[a].field, value);
        used += (size_t)snprintf(text + used, MTS_TABLE_RUN_TEXT - used, "%s%s=%s", a ? " " : "",
                                 axes->axis[a].field->name, value);
    }
}

/* ---- two sweeps ---- */

/* The values of a field over a sweep's runs: those of its axis, or the one of all. */
typedef struct {
    size_t n;
    const double *value;
    double one;
} values;

static void values_of(const mts_field *field, const mts_table_axes *axes, const mts_config *first,
                      values *v)
{
    const size_t a = mts_table_axis_of(axes, field);
    v->one = mts_config_value(first, field);
    v->n = a < axes->n ? axes->axis[a].n : 1;
    v->value = a < axes->n ? axes->axis[a].value : &v->one;
}

/* "2,3,6", "0..4", with "..." where there are many. */
static void values_text(const mts_field *field, const values *v, char text[120])
{
    char word[MTS_VALUE_TEXT];
    size_t used = 0;
    text[0] = 0;
    if (field->type == MTS_INT && v->n > 2 &&
        v->value[v->n - 1] - v->value[0] == (double)(v->n - 1)) {
        snprintf(text, 120, "%.0f..%.0f", v->value[0], v->value[v->n - 1]);
        return;
    }
    for (size_t i = 0; i < v->n && used < 120 - MTS_VALUE_TEXT - 8; i++) {
        if (i == 6) {
            snprintf(text + used, 120 - used, ",...");
            return;
        }
        mts_field_text(field, v->value[i], word);
        used += (size_t)snprintf(text + used, 120 - used, "%s%s", i ? "," : "", word);
    }
}

#define NAMED 3 /* fields that are named; the others are counted */

/* A side of the comparison. */
typedef struct {
    size_t n;
    mts_table_axes axes;
    mts_config first;
} side;

static mts_status look_at(const mts_table_runs *runs, side *s)
{
    const mts_status st = mts_table_axes_find(runs, &s->axes);
    s->n = runs->n;
    return st == MTS_OK ? runs->config(runs->ctx, 0, &s->first) : st;
}

static void compare(const side *there, const side *here, char text[MTS_TABLE_DIFFERENCE_TEXT])
{
    const size_t room = MTS_TABLE_DIFFERENCE_TEXT;
    char a[120], b[120];
    size_t used = 0, n = 0;
    text[0] = 0;
    for (size_t f = 0; f < mts_n_fields; f++) {
        const mts_field *field = &mts_fields[f];
        values old, new;
        values_of(field, &there->axes, &there->first, &old);
        values_of(field, &here->axes, &here->first, &new);
        if (field->flags & MTS_EXECUTION ||
            (old.n == new.n &&memcmp(old.value, new.value, old.n * sizeof *old.value) == 0) ||
            ++n > NAMED)
            continue;
        values_text(field, &old, a);
        values_text(field, &new, b);
        used += (size_t)snprintf(text + used, room - used, "%s%s %s there, %s here",
                                 n > 1 ? "; " : "", field->name, a, b);
        if (used > room - 1)
            used = room - 1;
    }
    if (n > NAMED)
        used += (size_t)snprintf(text + used, room - used, "; %zu more fields", n - NAMED);
    if (used < room && there->n != here->n)
        snprintf(text + used, room - used, "%s%zu runs there, %zu here", n ? "; " : "", there->n,
                 here->n);
    else if (n == 0)
        snprintf(text, room, "the same values in another order or combination");
}

mts_status mts_table_difference(const mts_table_runs *there, const mts_table_runs *here,
                                char text[MTS_TABLE_DIFFERENCE_TEXT])
{
    side old = {0}, new = {0};
    mts_status st = look_at(there, &old);
    if (st == MTS_OK)
        st = look_at(here, &new);
    if (st == MTS_OK)
        compare(&old, &new, text);
    mts_table_axes_free(&old.axes);
    mts_table_axes_free(&new.axes);
    return st;
}
