/* cells.c: which fields tell the cells of a table apart, and the runs in each. */
#include "mtsweep/table.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK     1024 /* runs asked for at once */
#define ROWS_MAX  100  /* of a table that nobody asked for by name */
#define AXES_MAX  256  /* more than there are fields */
#define CELLS_MAX 10000000u

/* ---- what tells cells apart ---- */

/* The runs' values on the axes, as numbers of values; of runs in a row that differ in their seed alone
 * the first. */
typedef struct {
    const mts_table_axes *axes;
    size_t n;
    uint32_t *number; /* [n][axes] */
    uint64_t *key;    /* [n] scratch */
} points;

static int by_key(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* One number for the values of a run on the axes in use. Beyond 2^64 combinations it wraps, and two
 * of a sweep's at most 10^7 would have to meet. */
static uint64_t key_of(const points *p, const bool *use, size_t run)
{
    uint64_t key = 0;
    for (size_t a = 0; a < p->axes->n; a++)
        if (use[a])
            key = key * p->axes->axis[a].n + p->number[run * p->axes->n + a];
    return key;
}

/* Sorts the distinct keys into p->key and returns their number. */
static size_t combinations(points *p, const bool *use)
{
    size_t n = p->n > 0;
    for (size_t run = 0; run < p->n; run++)
        p->key[run] = key_of(p, use, run);
    qsort(p->key, p->n, sizeof *p->key, by_key);
    for (size_t i = 1; i < p->n; i++)
        if (p->key[i] != p->key[n - 1])
            p->key[n++] = p->key[i];
    return n;
}

static void points_free(points *p)
{
    mts_free(p->number);
    mts_free(p->key);
}

static mts_status points_read(const mts_table_cells *v, const bool *varied, points *p)
{
    const mts_table_runs *runs = &v->source->runs;
    mts_status st = MTS_OK;
    *p = (points){.axes = &v->axes};
    p->number = mts_alloc(runs->n * p->axes->n, sizeof *p->number);
    p->key = mts_alloc(runs->n, sizeof *p->key);
    if (!p->number || !p->key)
        st = MTS_ERR_MEMORY;
    for (size_t run = 0; run < runs->n && st == MTS_OK; run++) {
        uint32_t *here = p->number + p->n * p->axes->n;
        bool differs = p->n == 0;
        mts_config config;
        st = runs->config(runs->ctx, run, &config);
        for (size_t a = 0; a < p->axes->n && st == MTS_OK; a++) {
            here[a] = (uint32_t)mts_table_axis_index(&p->axes->axis[a], &config);
            differs = differs || (varied[a] && here[a] != *(here + a - p->axes->n));
        }
        p->n += differs;
    }
    if (st != MTS_OK)
        points_free(p);
    return st;
}

/* The run at which the axis first changes: large for a slow one. */
static size_t first_change(const points *p, size_t axis)
{
    size_t run = 1;
    while (run < p->n && p->number[run * p->axes->n + axis] == p->number[axis])
        run++;
    return run;
}

static void add_by(mts_table_cells *v, const mts_field *field)
{
    const size_t a = mts_table_axis_of(&v->axes, field);
    v->by[v->n_by] = field;
    v->n_axis[v->n_by++] = a < v->axes.n ? v->axes.axis[a].n : 1;
}

/* Axes in use become `by`, the slowest first. */
static void take(mts_table_cells *v, const points *p, const bool *use)
{
    const size_t n = v->axes.n;
    bool taken[AXES_MAX] = {false};
    v->n_by = 0;
    while (v->n_by < MTS_TABLE_BY_MAX) {
        size_t slowest = n;
        for (size_t a = 0; a < n; a++)
            if (use[a] && !taken[a] &&
                (slowest == n || first_change(p, a) > first_change(p, slowest)))
                slowest = a;
        if (slowest == n)
            return;
        taken[slowest] = true;
        add_by(v, v->axes.axis[slowest].field);
    }
}

/* Axes that follow from others go; of a pair of which each follows from the other the later one, and
 * numbers before words. */
static void drop_followers(points *p, size_t all, bool *use)
{
    for (int words = 0; words < 2; words++)
        for (size_t a = p->axes->n; a-- > 0;)
            if (use[a] && (p->axes->axis[a].field->type == MTS_CHOICE) == words) {
                use[a] = false;
                use[a] = combinations(p, use) != all;
            }
}

static mts_status choose(mts_table_cells *v)
{
    bool varied[AXES_MAX] = {false}, use[AXES_MAX] = {false};
    double product = 1, last;
    size_t all, n = 0;
    points p;
    for (size_t a = 0; a < v->axes.n; a++)
        varied[a] = use[a] = strcmp(v->axes.axis[a].field->name, "seed") != 0;
    const mts_status st = points_read(v, varied, &p);
    if (st != MTS_OK)
        return st;
    all = combinations(&p, varied);
    drop_followers(&p, all, use);
    for (size_t a = 0; a < v->axes.n; a++)
        if (use[a]) {
            product *= (double)v->axes.axis[a].n;
            n++;
        }
    take(v, &p, use);
    last = v->n_by > 1 ? (double)v->n_axis[v->n_by - 1] : 1;
    if (2 * (double)all <= product && all <= ROWS_MAX) {
        v->listed = true;
        take(v, &p, varied);
    } else if (v->n_by > 2 && (n > MTS_TABLE_BY_MAX || product / last > ROWS_MAX)) {
        v->n_by = 2;
    }
    points_free(&p);
    return MTS_OK;
}

static mts_status named(mts_table_cells *v, const char *names, const char *where)
{
    while (names) {
        const size_t length = strcspn(names, ",");
        const mts_field *field;
        char word[64];
        snprintf(word, sizeof word, "%.*s", (int)length, names);
        field = mts_field_find(word);
        if (!field) {
            const char *near = mts_field_nearest(word);
            return mts_fail(MTS_ERR_USAGE, "%s: unknown field '%s'%s%s%s", where, word,
                            near ? "; did you mean '" : "; 'mtsweep fields' lists all",
                            near ? near : "", near ? "'?" : "");
        }
        for (size_t b = 0; b < v->n_by; b++)
            if (v->by[b] == field)
                return mts_fail(MTS_ERR_USAGE, "%s: '%s' is given twice", where, word);
        if (v->n_by == MTS_TABLE_BY_MAX)
            return mts_fail(MTS_ERR_USAGE, "%s: more than %d fields", where, MTS_TABLE_BY_MAX);
        add_by(v, field);
        names = names[length] ? names + length + 1 : NULL;
    }
    return MTS_OK;
}

/* ---- cells ---- */

static double axis_value(const mts_table_cells *v, size_t b, size_t number)
{
    const size_t a = mts_table_axis_of(&v->axes, v->by[b]);
    return a < v->axes.n ? v->axes.axis[a].value[number] : mts_config_value(&v->first, v->by[b]);
}

/* The cells of a product, and what each stands for. */
static mts_status lay_out(mts_table_cells *v, const char *where)
{
    v->cells = 1;
    for (size_t b = 0; b < v->n_by; b++) {
        v->cells *= v->n_axis[b];
        if (v->cells > CELLS_MAX)
            return mts_fail(MTS_ERR_USAGE, "%s: too many cells", where);
    }
    v->columns = v->n_by > 1 ? v->n_axis[v->n_by - 1] : 1;
    v->at = mts_alloc(v->cells * v->n_by, sizeof *v->at);
    if (!v->at)
        return MTS_ERR_MEMORY;
    for (size_t cell = 0; cell < v->cells; cell++) {
        size_t rest = cell;
        for (size_t b = v->n_by; b-- > 0; rest /= v->n_axis[b])
            v->at[cell * v->n_by + b] = axis_value(v, b, rest % v->n_axis[b]);
    }
    return MTS_OK;
}

/* At most ROWS_MAX cells, in the order of their first runs. */
static mts_status lay_out_list(mts_table_cells *v)
{
    v->columns = 1;
    v->at = mts_alloc((size_t)ROWS_MAX * v->n_by, sizeof *v->at);
    return v->at ? MTS_OK : MTS_ERR_MEMORY;
}

static size_t cell_of(mts_table_cells *v, const mts_config *config)
{
    double value[MTS_TABLE_BY_MAX];
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

static mts_status find_done(mts_table_cells *v)
{
    const mts_table_runs *runs = &v->source->runs;
    mts_status st = MTS_OK;
    for (size_t first = 0; first < runs->n && st == MTS_OK; first += BLOCK) {
        const size_t n = runs->n - first < BLOCK ? runs->n - first : BLOCK;
        st = v->source->done(runs->ctx, first, n, v->done + first);
    }
    return st;
}

/* The cell of every run, and what the cells hold. */
static mts_status sort_runs(mts_table_cells *v)
{
    const mts_table_runs *runs = &v->source->runs;
    const size_t cells = v->listed ? ROWS_MAX : v->cells;
    /* Number of the axis's value in the cell's first run, plus one. */
    size_t *met = mts_alloc(cells * v->axes.n, sizeof *met);
    mts_status st = MTS_ERR_MEMORY;
    v->pooled = mts_alloc(v->axes.n, sizeof *v->pooled);
    v->cell = mts_alloc(runs->n, sizeof *v->cell);
    v->done = mts_alloc(runs->n, sizeof *v->done);
    v->present = mts_alloc(cells, sizeof *v->present);
    v->runs = mts_alloc(cells, sizeof *v->runs);
    if (met && v->pooled && v->cell && v->done && v->present && v->runs)
        st = find_done(v);
    for (size_t run = 0; run < runs->n && st == MTS_OK; run++) {
        mts_config config;
        st = runs->config(runs->ctx, run, &config);
        if (st != MTS_OK)
            break;
        v->cell[run] = cell_of(v, &config);
        for (size_t a = 0; a < v->axes.n; a++) {
            size_t *first = &met[v->cell[run] * v->axes.n + a];
            const size_t number = mts_table_axis_index(&v->axes.axis[a], &config) + 1;
            if (*first == 0)
                *first = number;
            else if (*first != number)
                v->pooled[a] = true;
        }
        v->runs[v->cell[run]]++;
        v->present[v->cell[run]] += v->done[run];
        v->n_done += v->done[run];
    }
    mts_free(met);
    return st;
}

mts_status mts_table_cells_create(const mts_table_source *source, const char *by, const char *where,
                                  mts_table_cells **cells)
{
    mts_table_cells *v = *cells = mts_alloc(1, sizeof *v);
    mts_status st;
    if (!v)
        return MTS_ERR_MEMORY;
    v->source = source;
    st = mts_table_axes_find(&source->runs, &v->axes);
    if (st == MTS_OK)
        st = source->runs.config(source->runs.ctx, 0, &v->first);
    if (st == MTS_OK)
        st = by ? named(v, by, where) : choose(v);
    if (st == MTS_OK)
        st = v->listed ? lay_out_list(v) : lay_out(v, where);
    if (st == MTS_OK)
        st = sort_runs(v);
    if (st != MTS_OK) {
        mts_table_cells_destroy(v);
        *cells = NULL;
    }
    return st;
}

void mts_table_cells_destroy(mts_table_cells *v)
{
    if (!v)
        return;
    mts_table_axes_free(&v->axes);
    mts_free(v->at);
    mts_free(v->cell);
    mts_free(v->done);
    mts_free(v->present);
    mts_free(v->runs);
    mts_free(v->pooled);
    mts_free(v);
}
