/* verb_diff.c: `mtsweep diff`: where two files differ: fields, runs, results. */
#include "rebuild.h"

#include <math.h>
#include <string.h>

static const mts_app_option options[] = {{NULL, 0, NULL, NULL, 0}};

static const char more[] =
    "Runs are compared that are the same run, wherever they stand in the files; results "
    "bit by bit, but for the name of the kernels. Times, hosts and sessions do not count. "
    "Exit status: 0 no difference, 1 there are some.\n";

enum { EXIT_DIFFERENT = 1, VALUES_SHOWN = 12, LIST_TEXT = 160, BLOCK = 1024 };

/* One of the two files. */
typedef struct {
    const char *path;
    mts_store *store;
    mts_app_sweep sweep; /* of its runs */
    mts_table_axes axes;
    mts_stamp *stamp; /* [BLOCK] from `first` on */
    size_t runs, first, held;
    mts_result *row, *wide; /* of the file's extents, and of those of both */
} side;

/* How much a column differs. */
typedef struct {
    size_t runs, first; /* that differ; the first of them, by its number in A */
    double most;        /* largest difference of two numbers */
    char what[64];      /* of the first, where these are no numbers */
} difference;

typedef struct {
    side a, b;
    mts_app_keys keys; /* of b */
    size_t both, same, only_a, only_b;
    difference state, column[MTS_N_COLUMNS];
    size_t fields; /* that differ */
} comparison;

static mts_status open_side(side *s, const char *path)
{
    s->path = path;
    mts_status st = mts_app_open(path, &s->store);
    if (st == MTS_OK && *mts_store_later(s->store))
        st = mts_fail(MTS_ERR_FOREIGN, "%s was made by a newer mtsweep, which has %s; use that",
                      path, mts_store_later(s->store));
    if (st == MTS_OK)
        st = mts_app_check_configs(path, s->store);
    if (st == MTS_OK)
        st = mts_app_sweep_own(path, s->store, &s->sweep);
    if (st == MTS_OK) {
        const mts_table_runs runs = mts_app_store_runs(s->store);
        s->runs = runs.n;
        st = mts_table_axes_find(&runs, &s->axes);
    }
    s->stamp = mts_alloc(BLOCK, sizeof *s->stamp);
    if (st == MTS_OK && !s->stamp)
        st = MTS_ERR_MEMORY;
    return st == MTS_OK ? mts_result_create(mts_store_extents(s->store), &s->row) : st;
}

static void close_side(side *s)
{
    (void)mts_store_close(s->store);
    mts_app_sweep_free(&s->sweep);
    mts_table_axes_free(&s->axes);
    mts_free(s->stamp);
    mts_result_destroy(s->row);
    mts_result_destroy(s->wide);
}

static mts_status state_of(side *s, size_t run, mts_state *state)
{
    mts_status st = MTS_OK;
    if (s->held == 0 || run < s->first || run - s->first >= s->held) {
        s->first = run / BLOCK * BLOCK;
        s->held = s->runs - s->first < BLOCK ? s->runs - s->first : BLOCK;
        st = mts_store_states(s->store, s->first, s->held, s->stamp);
    }
    if (st == MTS_OK)
        *state = s->stamp[run - s->first].state;
    return st;
}

static mts_status load(side *s, size_t run)
{
    const mts_status st = mts_store_get(s->store, run, s->row);
    if (st == MTS_OK)
        mts_result_copy(s->row, s->wide);
    return st;
}

/* ---- runs ---- */

static double number_at(const mts_column *column, const void *values, size_t i)
{
    switch (column->type) {
    case MTS_F64:
        return ((const double *)values)[i];
    case MTS_F32:
        return (double)((const float *)values)[i];
    case MTS_I64:
        return (double)((const int64_t *)values)[i];
    case MTS_U8:
        return ((const uint8_t *)values)[i];
    }
    return NAN;
}

static void note(difference *d, size_t number)
{
    if (d->runs++ == 0)
        d->first = number;
}

static void compare_column(comparison *c, size_t number, size_t column)
{
    const mts_column *col = &mts_columns[column];
    const size_t n = mts_column_count(col, &c->a.wide->extents);
    const void *a = c->a.wide->column[column], *b = c->b.wide->column[column];
    difference *d = &c->column[column];
    if (memcmp(a, b, n * mts_column_size(col->type)) == 0)
        return;
    note(d, number);
    for (size_t i = 0; i < n; i++) {
        const double far = fabs(number_at(col, a, i) - number_at(col, b, i));
        if (far > d->most || (isnan(far) && isnan(d->most)))
            d->most = far;
    }
}

static mts_status compare_run(comparison *c, size_t run_a, size_t run_b)
{
    const size_t number = mts_store_number(c->a.store, run_a);
    mts_state a = MTS_STATE_PENDING, b = MTS_STATE_PENDING;
    mts_status st = state_of(&c->a, run_a, &a);
    if (st == MTS_OK)
        st = state_of(&c->b, run_b, &b);
    if (st == MTS_OK && a != b) {
        note(&c->state, number);
        if (c->state.runs == 1)
            snprintf(c->state.what, sizeof c->state.what, "%s, %s", mts_state_name[a],
                     mts_state_name[b]);
        return MTS_OK;
    }
    if (st != MTS_OK || !mts_app_finished(a)) {
        c->same += st == MTS_OK;
        return st;
    }
    st = load(&c->a, run_a);
    if (st == MTS_OK)
        st = load(&c->b, run_b);
    if (st == MTS_OK &&
        mts_app_row_difference(c->a.store, c->a.wide, c->b.store, c->b.wide) == MTS_COL_none) {
        c->same++;
        return MTS_OK;
    }
    for (size_t i = 0; i < MTS_N_COLUMNS && st == MTS_OK; i++)
        if (i != MTS_COL_result_kernels && mts_store_has(c->a.store, i) &&
            mts_store_has(c->b.store, i))
            compare_column(c, number, i);
    return st;
}

static mts_status compare(comparison *c)
{
    const mts_table_runs runs = mts_app_store_runs(c->b.store);
    mts_extents extents = *mts_store_extents(c->a.store);
    for (size_t i = 0; i < MTS_N_AXES; i++)
        if (mts_store_extents(c->b.store)->n[i] > extents.n[i])
            extents.n[i] = mts_store_extents(c->b.store)->n[i];
    mts_status st = mts_app_keys_create(&runs, &c->keys);
    if (st == MTS_OK)
        st = mts_result_create(&extents, &c->a.wide);
    if (st == MTS_OK)
        st = mts_result_create(&extents, &c->b.wide);
    for (size_t run = 0; run < c->a.runs && st == MTS_OK; run++) {
        mts_config config;
        st = mts_store_config(c->a.store, run, &config);
        const size_t there =
            st == MTS_OK ? mts_app_keys_find(&c->keys, mts_config_key(&config)) : SIZE_MAX;
        if (there == SIZE_MAX)
            c->only_a++;
        else
            c->both++;
        if (st == MTS_OK && there != SIZE_MAX)
            st = compare_run(c, run, there);
    }
    c->only_b = c->b.runs - c->both;
    return st;
}

/* ---- printing ---- */

/* "2,3,6": the values of a field in a file. */
static void list_text(side *s, const mts_field *field, char text[LIST_TEXT])
{
    const size_t axis = mts_table_axis_of(&s->axes, field);
    const size_t n = axis < s->axes.n ? s->axes.axis[axis].n : 1;
    size_t used = 0;
    mts_config config;
    mts_grid_config(s->sweep.grid, 0, &config);
    for (size_t i = 0; i < n && i < VALUES_SHOWN && used < LIST_TEXT - MTS_VALUE_TEXT - 5; i++) {
        char value[MTS_VALUE_TEXT];
        mts_field_text(field,
                       axis < s->axes.n ? s->axes.axis[axis].value[i]
                                        : mts_config_value(&config, field),
                       value);
        used += (size_t)snprintf(text + used, LIST_TEXT - used, "%s%s", i > 0 ? "," : "", value);
    }
    if (n > VALUES_SHOWN)
        snprintf(text + used, LIST_TEXT - used, ",...");
}

static mts_status print_fields(comparison *c)
{
    char a[LIST_TEXT], b[LIST_TEXT];
    mts_table *table = mts_table_create(3);
    mts_table_add(table, "field");
    mts_table_add(table, "%s", c->a.path);
    mts_table_add(table, "%s", c->b.path);
    for (size_t f = 0; f < mts_n_fields; f++) {
        list_text(&c->a, &mts_fields[f], a);
        list_text(&c->b, &mts_fields[f], b);
        if (mts_fields[f].flags & MTS_EXECUTION || strcmp(a, b) == 0)
            continue;
        c->fields++;
        mts_table_add(table, "%s", mts_fields[f].name);
        mts_table_add(table, "%s", a);
        mts_table_add(table, "%s", b);
    }
    if (c->fields == 0) {
        mts_table_destroy(table);
        return MTS_OK;
    }
    printf("\n");
    return mts_table_end(table, "lll", stdout);
}

static void add_line(mts_table *table, const comparison *c, const char *group, const char *name,
                     const difference *d)
{
    char text[MTS_TABLE_RUN_TEXT];
    mts_config config;
    mts_grid_config(c->a.sweep.grid, mts_store_row(c->a.store, d->first), &config);
    mts_table_run_text(&c->a.axes, &config, text);
    mts_table_add(table, "%s/%s", group, name);
    mts_table_add(table, "%zu", d->runs);
    if (*d->what)
        mts_table_add(table, "%s", d->what);
    else
        mts_table_add(table, "%.3g", d->most);
    mts_table_add(table, "run %zu  %s", d->first, text);
}

static mts_status print_columns(const comparison *c)
{
    mts_table *table = mts_table_create(4);
    size_t n = 0;
    mts_table_add(table, "results");
    mts_table_add(table, "runs");
    mts_table_add(table, "by up to");
    mts_table_add(table, "first");
    if (c->state.runs > 0) {
        add_line(table, c, "state", "state", &c->state);
        n++;
    }
    for (size_t i = 0; i < MTS_N_COLUMNS; i++)
        if (c->column[i].runs > 0) {
            add_line(table, c, mts_columns[i].group, mts_columns[i].name, &c->column[i]);
            n++;
        }
    if (n == 0) {
        mts_table_destroy(table);
        return MTS_OK;
    }
    printf("\n");
    return mts_table_end(table, "lrrl", stdout);
}

static mts_status print(comparison *c)
{
    printf("%s: %zu run%s; %s: %zu run%s\n", c->a.path, c->a.runs, mts_app_s(c->a.runs), c->b.path,
           c->b.runs, mts_app_s(c->b.runs));
    printf("%zu in both, of which %zu %s the same; %zu only in %s, %zu only in %s\n", c->both,
           c->same, c->same == 1 ? "is" : "are", c->only_a, c->a.path, c->only_b, c->b.path);
    const mts_status st = print_fields(c);
    return st == MTS_OK ? print_columns(c) : st;
}

static int diff_main(const mts_app_args *args)
{
    comparison *c = mts_alloc(1, sizeof *c);
    bool equal = false;
    mts_status st = c ? open_side(&c->a, args->argument[0]) : MTS_ERR_MEMORY;
    if (st == MTS_OK)
        st = open_side(&c->b, args->argument[1]);
    if (st == MTS_OK)
        st = compare(c);
    if (st == MTS_OK)
        st = print(c);
    if (c) {
        equal = c->same == c->a.runs && c->same == c->b.runs;
        close_side(&c->a);
        close_side(&c->b);
        mts_app_keys_free(&c->keys);
    }
    mts_free(c);
    return st != MTS_OK ? mts_app_report(st) : equal ? MTS_EXIT_OK : EXIT_DIFFERENT;
}

const mts_app_verb mts_app_verb_diff = {
    "diff",
    "A B",
    "where two files differ: fields, runs and results",
    options,
    more,
    diff_main,
    {{"mtsweep diff fig3.h5 again.h5", "was it the same on the other machine?"},
     {"mtsweep diff fig3.h5 small.h5", "what a slim copy has left out"}}};
