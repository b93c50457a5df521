/* export_arrays.c: arrays for numpy, as they lie in the file, and in the layout of the authors' code. */
#include "export.h"
#include "npz.h"

#include <math.h>
#include <string.h>

static const char *type_of(mts_column_type type)
{
    switch (type) {
    case MTS_F64:
        return "<f8";
    case MTS_F32:
        return "<f4";
    case MTS_I64:
        return "<i8";
    case MTS_U8:
        return "|u1";
    }
    return "";
}

static void add_choices(mts_app_npz *npz, const mts_app_export *e, const mts_field *field,
                        const double *value)
{
    char type[32], text[MTS_VALUE_TEXT];
    size_t longest = 1;
    for (size_t i = 0; i < mts_choice_count(field); i++)
        if (strlen(mts_choice_name(field, (int64_t)i)) > longest)
            longest = strlen(mts_choice_name(field, (int64_t)i));
    snprintf(type, sizeof type, "<U%zu", longest);
    mts_app_npz_array(npz, field->name, type, 1, &e->n);
    for (size_t i = 0; i < e->n; i++) {
        mts_field_text(field, value[i], text);
        mts_app_npz_text(npz, text, longest);
    }
}

/* The fields that vary, an array along the runs each, and the numbers of the runs. */
static mts_status add_fields(mts_app_npz *npz, const mts_app_export *e)
{
    double *value = mts_alloc(e->n, sizeof *value);
    mts_status st = value ? MTS_OK : MTS_ERR_MEMORY;
    mts_app_npz_array(npz, "run", "<i8", 1, &e->n);
    for (size_t i = 0; i < e->n; i++) {
        const int64_t number = (int64_t)mts_store_number(e->store, e->row[i]);
        mts_app_npz_bytes(npz, &number, sizeof number);
    }
    for (size_t a = 0; a < e->axes.n && st == MTS_OK; a++) {
        const mts_field *field = e->axes.axis[a].field;
        for (size_t i = 0; i < e->n && st == MTS_OK; i++) {
            mts_config config;
            st = mts_store_config(e->store, e->row[i], &config);
            value[i] = st == MTS_OK ? mts_config_value(&config, field) : NAN;
        }
        if (field->type == MTS_CHOICE) {
            add_choices(npz, e, field, value);
        } else if (field->type == MTS_REAL) {
            mts_app_npz_array(npz, field->name, "<f8", 1, &e->n);
            mts_app_npz_bytes(npz, value, e->n * sizeof *value);
        } else {
            mts_app_npz_array(npz, field->name, "<i8", 1, &e->n);
            for (size_t i = 0; i < e->n; i++) {
                const int64_t whole = (int64_t)value[i];
                mts_app_npz_bytes(npz, &whole, sizeof whole);
            }
        }
    }
    mts_free(value);
    return st;
}

/* An axis under its name: names of splits and folds (of the first run), else 0, 1, ... */
static mts_status add_axis(mts_app_npz *npz, const mts_app_export *e, mts_axis axis)
{
    const size_t n = mts_store_extents(e->store)->n[axis];
    const bool named = axis == MTS_AXIS_split || axis == MTS_AXIS_fold;
    char text[MTS_FOLD_TEXT], type[32];
    mts_config config;
    const mts_status st = mts_store_config(e->store, e->row[0], &config);
    snprintf(type, sizeof type, named ? "<U%d" : "<i8", MTS_FOLD_TEXT);
    mts_app_npz_array(npz, mts_axis_name[axis], type, 1, &n);
    for (size_t i = 0; i < n; i++) {
        const int64_t number = (int64_t)i;
        mts_app_export_coordinate(axis, i, &config, text);
        if (named)
            mts_app_npz_text(npz, text, MTS_FOLD_TEXT);
        else
            mts_app_npz_bytes(npz, &number, sizeof number);
    }
    return st;
}

typedef struct {
    mts_app_npz *npz;
    size_t bytes; /* of a row */
} target;

static mts_status add_block(void *ctx, size_t first, size_t rows, const void *values)
{
    target *t = ctx;
    (void)first;
    mts_app_npz_bytes(t->npz, values, rows * t->bytes);
    return MTS_OK;
}

static mts_status add_column(mts_app_npz *npz, const mts_app_export *e, size_t number)
{
    const mts_column *column = &mts_columns[number];
    const mts_extents *extents = mts_store_extents(e->store);
    target t = {npz, mts_column_count(column, extents) * mts_column_size(column->type)};
    size_t dims[1 + MTS_COLUMN_MAX_AXES] = {e->n};
    char name[MTS_APP_NAME_TEXT];
    for (size_t a = 0; a < column->n_axes; a++)
        dims[1 + a] = extents->n[column->axis[a]];
    mts_app_export_name(e, number, name);
    mts_app_npz_array(npz, name, type_of(column->type), 1 + column->n_axes, dims);
    return mts_app_export_rows(e, number, &t, add_block);
}

mts_status mts_app_export_arrays(const mts_app_export *e, FILE *to)
{
    bool axis[MTS_N_AXES] = {0};
    mts_app_npz *npz = mts_app_npz_create(to);
    mts_status st = npz ? add_fields(npz, e) : MTS_ERR_MEMORY;
    for (size_t c = 0; c < e->n_columns; c++)
        for (size_t a = 0; a < mts_columns[e->column[c]].n_axes; a++)
            axis[mts_columns[e->column[c]].axis[a]] = true;
    for (size_t a = 0; a < MTS_N_AXES && st == MTS_OK; a++)
        if (axis[a])
            st = add_axis(npz, e, (mts_axis)a);
    for (size_t c = 0; c < e->n_columns && st == MTS_OK; c++)
        st = add_column(npz, e, e->column[c]);
    const mts_status ended = mts_app_npz_end(npz);
    return st == MTS_OK ? ended : st;
}

/* ---- the authors' layout ---- */

typedef struct {
    const mts_app_export *e;
    const mts_table_axis *tasks, *seed; /* NULL: one value */
    size_t n_tasks, n_seeds, split, cells;
    double *array; /* [tasks][seed][fold][fit] */
} published;

static mts_status place(void *ctx, size_t first, size_t rows, const void *values)
{
    published *p = ctx;
    const double *score = values; /* [rows][split][fold][fit] */
    for (size_t i = 0; i < rows; i++) {
        mts_config config;
        const mts_status st = mts_store_config(p->e->store, p->e->row[first + i], &config);
        if (st != MTS_OK)
            return st;
        const size_t task = p->tasks ? mts_table_axis_index(p->tasks, &config) : 0,
                     seed = p->seed ? mts_table_axis_index(p->seed, &config) : 0;
        memcpy(p->array + (task * p->n_seeds + seed) * p->cells,
               score + (i * MTS_N_SPLITS + p->split) * p->cells, p->cells * sizeof *score);
    }
    return MTS_OK;
}

static mts_status find_published(const mts_app_export *e, published *p)
{
    for (size_t a = 0; a < e->axes.n; a++) {
        const mts_table_axis *axis = &e->axes.axis[a];
        if (strcmp(axis->field->name, "tasks") == 0)
            p->tasks = axis;
        else if (strcmp(axis->field->name, "seed") == 0)
            p->seed = axis;
        else
            return mts_fail(MTS_ERR_USAGE,
                            "the authors' arrays have the axes tasks and seed, and %s varies, too: "
                            "--where %s=... leaves one value",
                            axis->field->name, axis->field->name);
    }
    p->n_tasks = p->tasks ? p->tasks->n : 1;
    p->n_seeds = p->seed ? p->seed->n : 1;
    return MTS_OK;
}

mts_status mts_app_export_published(const mts_app_export *e, size_t split, FILE *to)
{
    static const struct {
        const char *name;
        size_t column;
    } array[] = {{"r_sq", MTS_COL_score_r2}, {"angles", MTS_COL_score_angle}};
    const size_t *n = mts_store_extents(e->store)->n;
    published p = {.e = e, .split = split, .cells = n[MTS_AXIS_fold] * n[MTS_AXIS_fit]};
    mts_status st = find_published(e, &p);
    if (st != MTS_OK)
        return st;
    const size_t dims[] = {p.n_tasks, p.n_seeds, n[MTS_AXIS_fold], n[MTS_AXIS_fit]},
                 all = p.n_tasks * p.n_seeds * p.cells;
    mts_app_npz *npz = mts_app_npz_create(to);
    p.array = mts_alloc(all, sizeof *p.array);
    st = npz && p.array ? MTS_OK : MTS_ERR_MEMORY;
    for (size_t i = 0; i < 2 && st == MTS_OK; i++) {
        for (size_t k = 0; k < all; k++)
            p.array[k] = NAN;
        st = mts_app_export_rows(e, array[i].column, &p, place);
        mts_app_npz_array(npz, array[i].name, "<f8", 4, dims);
        mts_app_npz_bytes(npz, p.array, all * sizeof *p.array);
    }
    if (st == MTS_OK) {
        mts_config config;
        st = mts_store_config(e->store, e->row[0], &config);
        mts_app_npz_array(npz, "n_tasks", "<i8", 1, &p.n_tasks);
        for (size_t i = 0; i < p.n_tasks; i++) {
            const int64_t tasks = p.tasks ? (int64_t)p.tasks->value[i] : config.tasks;
            mts_app_npz_bytes(npz, &tasks, sizeof tasks);
        }
    }
    mts_free(p.array);
    const mts_status ended = mts_app_npz_end(npz);
    return st == MTS_OK ? ended : st;
}
