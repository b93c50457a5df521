/* cells.c: runs into cells, and cells into numbers. */
#include "cells.h"
#include "mtsweep/probe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK    256 /* runs read at once */
#define ROWS_MAX 100 /* of a table that nobody asked for by name */
#define AXES_MAX 256 /* more than there are fields */

/* ---- what tells cells apart ---- */

/* The runs' values on the axes, as numbers of values. */
typedef struct grid {
    size_t n, axes;
    uint32_t *number; /* [n][axes] */
    uint64_t *key;    /* [n] scratch */
} grid;

static int by_key(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* One number for the values of a run on the axes in use. Beyond 2^64 combinations it wraps, and two
 * of a sweep's at most 10^7 would have to meet. */
static uint64_t key_of(const mts_app_cells *v, const grid *g, const bool *use, size_t run)
{
    uint64_t key = 0;
    for (size_t a = 0; a < g->axes; a++)
        if (use[a])
            key = key * v->axes.axis[a].n + g->number[run * g->axes + a];
    return key;
}

/* Sorts the distinct keys into g->key and returns their number. */
static size_t combinations(const mts_app_cells *v, grid *g, const bool *use)
{
    size_t n = g->n > 0;
    for (size_t run = 0; run < g->n; run++)
        g->key[run] = key_of(v, g, use, run);
    qsort(g->key, g->n, sizeof *g->key, by_key);
    for (size_t i = 1; i < g->n; i++)
        if (g->key[i] != g->key[n - 1])
            g->key[n++] = g->key[i];
    return n;
}

static mts_status grid_read(const mts_app_cells *v, grid *g)
{
    mts_status st = MTS_OK;
    *g = (grid){.n = v->n, .axes = v->axes.n};
    g->number = mts_alloc(g->n * g->axes, sizeof *g->number);
    g->key = mts_alloc(g->n, sizeof *g->key);
    if (!g->number || !g->key)
        st = MTS_ERR_MEMORY;
    for (size_t run = 0; run < g->n && st == MTS_OK; run++) {
        mts_config config;
        st = mts_store_config(v->store, run, &config);
        for (size_t a = 0; a < g->axes && st == MTS_OK; a++)
            g->number[run * g->axes + a] = (uint32_t)mts_app_axes_index(&v->axes, a, &config);
    }
    return st;
}

/* The run at which the axis first changes: large for a slow one. */
static size_t first_change(const grid *g, size_t axis)
{
    size_t run = 1;
    while (run < g->n && g->number[run * g->axes + axis] == g->number[axis])
        run++;
    return run;
}

/* The number of the field's axis; axes.n if all runs have one value. */
static size_t axis_of(const mts_app_cells *v, const mts_field *field)
{
    size_t a = 0;
    while (a < v->axes.n && v->axes.axis[a].field != field)
        a++;
    return a;
}

static void add_by(mts_app_cells *v, const mts_field *field)
{
    const size_t a = axis_of(v, field);
    v->by[v->n_by] = field;
    v->n_axis[v->n_by++] = a < v->axes.n ? v->axes.axis[a].n : 1;
}

/* Axes in use become `by`, the slowest first. */
static void take(mts_app_cells *v, const grid *g, const bool *use)
{
    bool taken[AXES_MAX] = {false};
    v->n_by = 0;
    while (v->n_by < MTS_APP_BY_MAX) {
        size_t slowest = g->axes;
        for (size_t a = 0; a < g->axes; a++)
            if (use[a] && !taken[a] &&
                (slowest == g->axes || first_change(g, a) > first_change(g, slowest)))
                slowest = a;
        if (slowest == g->axes)
            return;
        taken[slowest] = true;
        add_by(v, v->axes.axis[slowest].field);
    }
}

static mts_status choose(mts_app_cells *v)
{
    bool varied[AXES_MAX] = {false}, use[AXES_MAX] = {false};
    double product = 1, last;
    size_t all, n = 0;
    grid g;
    mts_status st = grid_read(v, &g);
    if (st != MTS_OK || g.axes > AXES_MAX)
        goto done;
    for (size_t a = 0; a < g.axes; a++)
        varied[a] = use[a] = strcmp(v->axes.axis[a].field->name, "seed") != 0;
    all = combinations(v, &g, varied);
    /* Those that follow from others go; of a pair of which each follows from the other the later
     * one, and numbers before words. */
    for (int words = 0; words < 2; words++)
        for (size_t a = g.axes; a-- > 0;)
            if (use[a] && (v->axes.axis[a].field->type == MTS_CHOICE) == words) {
                use[a] = false;
                use[a] = combinations(v, &g, use) != all;
            }
    for (size_t a = 0; a < g.axes; a++)
        if (use[a]) {
            product *= (double)v->axes.axis[a].n;
            n++;
        }
    take(v, &g, use);
    last = v->n_by > 1 ? (double)v->n_axis[v->n_by - 1] : 1;
    if (2 * (double)all <= product && all <= ROWS_MAX) {
        v->listed = true;
        take(v, &g, varied);
    } else if (v->n_by > 2 && (n > MTS_APP_BY_MAX || product / last > ROWS_MAX)) {
        v->n_by = 2;
    }
done:
    mts_free(g.number);
    mts_free(g.key);
    return st;
}

static mts_status named(mts_app_cells *v, const char *names)
{
    while (names) {
        const size_t length = strcspn(names, ",");
        const mts_field *field;
        char word[64];
        snprintf(word, sizeof word, "%.*s", (int)length, names);
        field = mts_field_find(word);
        if (!field) {
            const char *near = mts_field_nearest(word);
            return mts_fail(MTS_ERR_USAGE, "--by: unknown field '%s'%s%s%s", word,
                            near ? "; did you mean '" : "; 'mtsweep fields' lists all",
                            near ? near : "", near ? "'?" : "");
        }
        for (size_t b = 0; b < v->n_by; b++)
            if (v->by[b] == field)
                return mts_fail(MTS_ERR_USAGE, "--by: '%s' is given twice", word);
        if (v->n_by == MTS_APP_BY_MAX)
            return mts_fail(MTS_ERR_USAGE, "--by: more than %d fields", MTS_APP_BY_MAX);
        add_by(v, field);
        names = names[length] ? names + length + 1 : NULL;
    }
    return MTS_OK;
}

/* ---- cells ---- */

static double axis_value(const mts_app_cells *v, size_t b, size_t number, const mts_config *first)
{
    const size_t a = axis_of(v, v->by[b]);
    return a < v->axes.n ? v->axes.axis[a].value[number] : mts_config_value(first, v->by[b]);
}

/* The cells of a product, and what each stands for. */
static mts_status lay_out(mts_app_cells *v, const mts_config *first)
{
    v->cells = 1;
    for (size_t b = 0; b < v->n_by; b++) {
        v->cells *= v->n_axis[b];
        if (v->cells > MTS_RUNS_MAX)
            return mts_fail(MTS_ERR_USAGE, "--by: too many cells");
    }
    v->columns = v->n_by > 1 ? v->n_axis[v->n_by - 1] : 1;
    v->at = mts_alloc(v->cells * v->n_by, sizeof *v->at);
    if (!v->at)
        return MTS_ERR_MEMORY;
    for (size_t cell = 0; cell < v->cells; cell++) {
        size_t rest = cell;
        for (size_t b = v->n_by; b-- > 0; rest /= v->n_axis[b])
            v->at[cell * v->n_by + b] = axis_value(v, b, rest % v->n_axis[b], first);
    }
    return MTS_OK;
}

/* At most ROWS_MAX cells, in the order of their first runs. */
static mts_status lay_out_list(mts_app_cells *v)
{
    v->columns = 1;
    v->at = mts_alloc((size_t)ROWS_MAX * v->n_by, sizeof *v->at);
    return v->at ? MTS_OK : MTS_ERR_MEMORY;
}

static size_t cell_of(mts_app_cells *v, const mts_config *config)
{
    double value[MTS_APP_BY_MAX];
    size_t cell = 0;
    for (size_t b = 0; b < v->n_by; b++)
        value[b] = mts_config_value(config, v->by[b]);
    if (v->listed) {
        while (cell < v->cells &&
               memcmp(v->at + cell * v->n_by, value, v->n_by * sizeof *value) != 0)
            cell++;
        if (cell == v->cells)
            memcpy(v->at + v->cells++ * v->n_by, value, v->n_by * sizeof *value);
        return cell;
    }
    for (size_t b = 0, stride = v->cells; b < v->n_by; b++) {
        size_t i = 0;
        stride /= v->n_axis[b];
        while (i + 1 < v->n_axis[b] && v->at[i * stride * v->n_by + b] != value[b])
            i++;
        cell += i * stride;
    }
    return cell;
}

/* The cell and state of every run. */
static mts_status sort_runs(mts_app_cells *v)
{
    const size_t cells = v->listed ? ROWS_MAX : v->cells;
    /* Number of the axis's value in the cell's first run, plus one. */
    size_t *met = mts_alloc(cells * v->axes.n, sizeof *met);
    mts_status st = MTS_OK;
    v->pooled = mts_alloc(v->axes.n, sizeof *v->pooled);
    v->cell = mts_alloc(v->n, sizeof *v->cell);
    v->done = mts_alloc(v->n, sizeof *v->done);
    v->present = mts_alloc(cells, sizeof *v->present);
    v->runs = mts_alloc(cells, sizeof *v->runs);
    if (!met || !v->pooled || !v->cell || !v->done || !v->present || !v->runs)
        st = MTS_ERR_MEMORY;
    for (size_t run = 0; run < v->n && st == MTS_OK; run++) {
        mts_config config;
        mts_stamp stamp;
        st = mts_store_config(v->store, run, &config);
        if (st == MTS_OK)
            st = mts_store_stamps(v->store, run, 1, &stamp);
        if (st != MTS_OK)
            break;
        v->cell[run] = cell_of(v, &config);
        for (size_t a = 0; a < v->axes.n; a++) {
            size_t *first = &met[v->cell[run] * v->axes.n + a];
            const size_t number = mts_app_axes_index(&v->axes, a, &config) + 1;
            if (*first == 0)
                *first = number;
            else if (*first != number)
                v->pooled[a] = true;
        }
        v->done[run] = stamp.state == MTS_STATE_DONE;
        v->count[stamp.state]++;
        v->runs[v->cell[run]]++;
        v->present[v->cell[run]] += v->done[run];
    }
    mts_free(met);
    return st;
}

mts_status mts_app_cells_open(const char *path, const char *by, bool csv, mts_app_cells *v)
{
    mts_config first;
    mts_status st;
    *v = (mts_app_cells){.path = path};
    st = mts_store_open(path, MTS_STORE_READ, &v->store);
    if (st == MTS_OK) {
        v->n = mts_store_runs(v->store);
        st = mts_app_axes_find(v->n, v->store, mts_app_store_config, &v->axes);
    }
    if (st == MTS_OK)
        st = mts_store_config(v->store, 0, &first);
    if (st == MTS_OK)
        st = by ? named(v, by) : choose(v);
    if (st == MTS_OK)
        st = v->listed ? lay_out_list(v) : lay_out(v, &first);
    if (st == MTS_OK && !csv && v->columns >= MTS_APP_TABLE_COLUMNS)
        st = mts_fail(MTS_ERR_USAGE, "--by: %s has %zu values, too many for columns; use --csv",
                      v->by[v->n_by - 1]->name, v->columns);
    return st == MTS_OK ? sort_runs(v) : st;
}

mts_status mts_app_cells_close(mts_app_cells *v)
{
    mts_app_axes_free(&v->axes);
    mts_free(v->at);
    mts_free(v->cell);
    mts_free(v->done);
    mts_free(v->present);
    mts_free(v->runs);
    mts_free(v->pooled);
    return mts_store_close(v->store);
}

/* ---- text ---- */

void mts_app_cells_over(const mts_app_cells *v, const mts_app_measure *m, char *text, size_t bytes)
{
    const mts_extents *extents = mts_store_extents(v->store);
    size_t used = 0;
    text[0] = 0;
    for (size_t a = 0; a < v->axes.n && used < bytes - 80; a++) {
        const mts_field *field = v->axes.axis[a].field;
        if (v->pooled[a])
            used += (size_t)snprintf(text + used, bytes - used, "%s%zu %s%s",
                                     used ? " x " : " over ", v->axes.axis[a].n, field->name,
                                     strcmp(field->name, "seed") == 0 ? "s" : "");
    }
    if (m->split >= 0)
        snprintf(text + used, bytes - used, "%s%zu folds x %zu fits", used ? " x " : " over ",
                 extents->n[MTS_AXIS_fold], extents->n[MTS_AXIS_fit]);
}

void mts_app_cell_text(const mts_app_cells *v, size_t from, size_t to, size_t cell, char *text,
                       size_t bytes)
{
    char value[MTS_VALUE_TEXT];
    size_t used = 0;
    text[0] = 0;
    for (size_t b = from; b < to && used < bytes - 80; b++) {
        const bool word = v->by[b]->type == MTS_CHOICE;
        mts_field_text(v->by[b], v->at[cell * v->n_by + b], value);
        used += (size_t)snprintf(text + used, bytes - used, "%s%s%s%s", b > from ? " " : "",
                                 word ? "" : v->by[b]->name, word ? "" : "=", value);
    }
}

void mts_app_cell_variant(const mts_app_cells *v, size_t cell, char *text, size_t bytes)
{
    char value[MTS_VALUE_TEXT];
    mts_config usual;
    size_t used = 0;
    mts_config_default(&usual);
    snprintf(text, bytes, "default");
    for (size_t b = 0; b < v->n_by && used < bytes - 80; b++) {
        const double here = v->at[cell * v->n_by + b];
        if (here == mts_config_value(&usual, v->by[b]))
            continue;
        mts_field_text(v->by[b], here, value);
        used += (size_t)snprintf(text + used, bytes - used, "%s%s=%s", used ? " " : "",
                                 v->by[b]->name, value);
    }
}

/* ---- numbers ---- */

void mts_app_pool_free(mts_app_pool *p)
{
    mts_free(p->value);
    mts_free(p->first);
    *p = (mts_app_pool){0};
}

/* One column for n runs, as numbers; NaN for whole numbers that say "none". */
static mts_status read_column(const mts_app_cells *v, size_t column, size_t first, size_t n,
                              size_t count, double *out)
{
    int64_t *whole;
    mts_status st;
    if (mts_columns[column].type == MTS_F64)
        return mts_store_column(v->store, column, first, n, out);
    whole = mts_alloc(n * count, sizeof *whole);
    if (!whole)
        return MTS_ERR_MEMORY;
    st = mts_store_column(v->store, column, first, n, whole);
    for (size_t i = 0; i < n * count && st == MTS_OK; i++)
        out[i] = whole[i] < 0 ? NAN : (double)whole[i];
    mts_free(whole);
    return st;
}

/* Values `skip` ... of the row's part of the column, less those at `minus` unless that is SIZE_MAX. */
static mts_status fill(const mts_app_cells *v, size_t column, size_t per, size_t skip, size_t minus,
                       mts_app_pool *p)
{
    const size_t count = mts_column_count(&mts_columns[column], mts_store_extents(v->store));
    double *block = mts_alloc(BLOCK * count, sizeof *block);
    size_t *used = mts_alloc(v->cells, sizeof *used), total = 0;
    mts_status st = MTS_OK;
    p->first = mts_alloc(v->cells + 1, sizeof *p->first);
    for (size_t c = 0; c < v->cells && p->first; c++) {
        p->first[c] = total;
        total += v->present[c] * per;
        p->first[c + 1] = total;
    }
    p->value = mts_alloc(total, sizeof *p->value);
    if (!block || !used || !p->first || !p->value)
        st = MTS_ERR_MEMORY;
    for (size_t first = 0; first < v->n && st == MTS_OK; first += BLOCK) {
        const size_t n = v->n - first < BLOCK ? v->n - first : BLOCK;
        st = read_column(v, column, first, n, count, block);
        for (size_t i = 0; i < n && st == MTS_OK; i++) {
            const size_t cell = v->cell[first + i];
            if (!v->done[first + i])
                continue;
            const double *row = block + i * count;
            double *value = p->value + p->first[cell] + used[cell];
            for (size_t k = 0; k < per; k++)
                value[k] = row[skip + k] - (minus == SIZE_MAX ? 0 : row[minus + k]);
            used[cell] += per;
        }
    }
    mts_free(block);
    mts_free(used);
    if (st != MTS_OK)
        mts_app_pool_free(p);
    return st;
}

mts_status mts_app_pool_scores(const mts_app_cells *v, const mts_app_measure *m, mts_app_pool *p)
{
    const mts_extents *extents = mts_store_extents(v->store);
    const size_t count = mts_column_count(&mts_columns[m->column], extents);
    const size_t per = m->split < 0 ? 1 : count / extents->n[MTS_AXIS_split];
    if (m->split < 0 && m->element >= count) { /* the file has no such element */
        p->first = mts_alloc(v->cells + 1, sizeof *p->first);
        p->value = mts_alloc(1, sizeof *p->value);
        if (p->first && p->value)
            return MTS_OK;
        mts_app_pool_free(p);
        return MTS_ERR_MEMORY;
    }
    return fill(v, m->column, per, m->split < 0 ? m->element : per * (size_t)m->split,
                m->minus < 0 ? SIZE_MAX : per * (size_t)m->minus, p);
}

mts_status mts_app_pool_ideal(const mts_app_cells *v, const mts_app_measure *m, mts_app_pool *p)
{
    return m->ideal < MTS_N_COLUMNS ? fill(v, m->ideal, 1, 0, SIZE_MAX, p) : MTS_OK;
}

double mts_app_pool_quantile(const mts_app_pool *p, size_t cell, double q)
{
    return mts_quantile(p->first[cell + 1] - p->first[cell], p->value + p->first[cell], q);
}

bool mts_app_pool_any(const mts_app_cells *v, const mts_app_pool *p)
{
    for (size_t i = 0; i < p->first[v->cells]; i++)
        if (!isnan(p->value[i]))
            return true;
    return false;
}
