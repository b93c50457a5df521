/* axes.c: which fields differ between runs, and between two sweeps. */
#include "mtsweep/table.h"

#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The different values of a field, in the order in which they are met. */
typedef struct {
    size_t n, slots;
    double *value;  /* [n] of slots / 2 */
    uint32_t *slot; /* [slots] number of a value + 1, or 0 */
} distinct;

/* The slot of the value, or the free one where it belongs. */
static size_t slot_of(const distinct *d, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits *= 0x9e3779b97f4a7c15u;
    size_t slot = (size_t)(bits ^ (bits >> 32)) & (d->slots - 1);
    while (d->slot[slot] > 0 && d->value[d->slot[slot] - 1] != value)
        slot = (slot + 1) & (d->slots - 1);
    return slot;
}

static void forget(distinct *d)
{
    mts_free(d->value);
    mts_free(d->slot);
}

static mts_status grow(distinct *d)
{
    const size_t slots = d->slots > 0 ? 4 * d->slots : 16;
    distinct more = {d->n, slots, mts_alloc(slots / 2, sizeof(double)),
                     mts_alloc(slots, sizeof(uint32_t))};
    if (!more.value || !more.slot) {
        forget(&more);
        return MTS_ERR_MEMORY;
    }
    for (size_t i = 0; i < d->n; i++) {
        more.value[i] = d->value[i];
        more.slot[slot_of(&more, d->value[i])] = (uint32_t)(i + 1);
    }
    forget(d);
    *d = more;
    return MTS_OK;
}

static mts_status note(distinct *d, double value)
{
    const mts_status st = 2 * (d->n + 1) > d->slots ? grow(d) : MTS_OK;
    const size_t slot = st == MTS_OK ? slot_of(d, value) : 0;
    if (st == MTS_OK && d->slot[slot] == 0) {
        d->value[d->n++] = value;
        d->slot[slot] = (uint32_t)d->n;
    }
    return st;
}

/* The values of each field over the runs. From one run to the next few fields change. */
static mts_status find_values(const mts_table_runs *runs, distinct *values)
{
    mts_status st = MTS_OK;
    mts_config config[2];
    for (size_t run = 0; run < runs->n && st == MTS_OK; run++) {
        const char *here = (const char *)&config[run % 2],
                   *last = (const char *)&config[1 - run % 2];
        st = runs->config(runs->ctx, run, &config[run % 2]);
        for (size_t f = 0; f < mts_n_fields && st == MTS_OK; f++) {
            const size_t at = mts_fields[f].offset; /* of a member of 8 bytes */
            if (run == 0 || memcmp(here + at, last + at, sizeof(double)) != 0)
                st = note(&values[f], mts_config_value(&config[run % 2], &mts_fields[f]));
        }
    }
    return st;
}

/* Fields of several values become axes, to which their values go over. */
static mts_status make_axes(distinct *values, mts_table_axes *axes)
{
    size_t n = 0;
    for (size_t f = 0; f < mts_n_fields; f++)
        n += values[f].n > 1;
    axes->axis = mts_alloc(n, sizeof *axes->axis);
    if (!axes->axis)
        return MTS_ERR_MEMORY;
    for (size_t f = 0; f < mts_n_fields; f++) {
        if (values[f].n < 2)
            continue;
        qsort(values[f].value, values[f].n, sizeof(double), by_value);
        axes->axis[axes->n++] =
            (mts_table_axis){.field = &mts_fields[f], .n = values[f].n, .value = values[f].value};
        values[f].value = NULL;
    }
    return MTS_OK;
}

mts_status mts_table_axes_find(const mts_table_runs *runs, mts_table_axes *axes)
{
    distinct *values = mts_alloc(mts_n_fields, sizeof *values);
    mts_status st = MTS_ERR_MEMORY;
    *axes = (mts_table_axes){0};
    if (values)
        st = find_values(runs, values);
    if (st == MTS_OK)
        st = make_axes(values, axes);
    for (size_t f = 0; values && f < mts_n_fields; f++)
        forget(&values[f]);
    mts_free(values);
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
    const double value = mts_config_value(config, axis->field), place = value - axis->value[0];
    /* Axes of many values are mostly whole numbers without gaps. */
    if (place >= 0 && place < (double)axis->n && axis->value[(size_t)place] == value)
        return (size_t)place;
    const double *found = bsearch(&value, axis->value, axis->n, sizeof value, by_value);
    return found ? (size_t)(found - axis->value) : 0;
}

void mts_table_run_text(const mts_table_axes *axes, const mts_config *config,
                        char text[MTS_TABLE_RUN_TEXT])
{
    char value[MTS_VALUE_TEXT];
    size_t used = 0;
    if (axes->n == 0)
        snprintf(text, MTS_TABLE_RUN_TEXT, "seed=%lld", (long long)config->seed);
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
