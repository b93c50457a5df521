/* show.c: `mtsweep show`: medians and quartiles of the scores, by two axes of the sweep. */
#include <math.h>
#include <string.h>

#include "measures.h"
#include "mtsweep/measure.h"
#include "mtsweep/probe.h"

static const mts_app_option options[] = {
    {"by", 'b', "FIELDS",
     "rows and columns: the last field makes the columns (by default the first two axes but seed)",
     0},
    {"score", 0, "NAME",
     "this table only; several with commas: SPLIT_COLUMN, like ood_r2, id_ols_angle, "
     "ood_published_r2_within; gap_r2, id minus ood; or a column of /result, like loss, or of "
     "/measure, like sparsity",
     0},
    {"csv", 0, NULL, "comma-separated, a line a cell", 0},
    {NULL, 0, NULL, NULL, 0}};

/* Without --score; those that the file has no value of are left out. */
static const char usual[] = "ood_r2,id_r2,gap_r2,ood_published_r2,ood_angle,id_angle,ood_ols_r2,"
                            "id_ols_r2,closed_form_r2,sparsity,accuracy,loss";

#define BY_MAX 8
#define BLOCK  256 /* runs read at once */

typedef struct {
    const mts_field *field;
    size_t n;
    const double *value;
    double one; /* the value where it is the same in all runs */
} axis;

typedef struct {
    const char *path;
    mts_store *store;
    size_t n; /* runs */
    mts_app_axes axes;
    size_t n_by;
    axis by[BY_MAX];
    size_t cells, columns;
    size_t *cell;           /* [n] of each run */
    bool *done;             /* [n] */
    size_t *present, *runs; /* [cells] finished runs, and all */
    bool *pooled;           /* [axes.n] whether a cell holds several values of the axis */
    size_t count[MTS_N_STATES];
} view;

/* ---- which axes ---- */

static axis axis_of(const view *v, const mts_field *field, const mts_config *first)
{
    for (size_t a = 0; a < v->axes.n; a++)
        if (v->axes.axis[a].field == field)
            return (axis){field, v->axes.axis[a].n, v->axes.axis[a].value, 0};
    return (axis){field, 1, NULL, mts_config_value(first, field)};
}

static mts_status choose_by(view *v, const char *names)
{
    mts_config first;
    mts_status st = mts_store_config(v->store, 0, &first);

    if (st != MTS_OK)
        return st;
    for (size_t a = 0; !names && a < v->axes.n && v->n_by < 2; a++)
        if (strcmp(v->axes.axis[a].field->name, "seed") != 0)
            v->by[v->n_by++] = axis_of(v, v->axes.axis[a].field, &first);
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
            if (v->by[b].field == field)
                return mts_fail(MTS_ERR_USAGE, "--by: '%s' is given twice", word);
        if (v->n_by == BY_MAX)
            return mts_fail(MTS_ERR_USAGE, "--by: more than %d fields", BY_MAX);
        v->by[v->n_by++] = axis_of(v, field, &first);
        names = names[length] ? names + length + 1 : NULL;
    }
    v->cells = 1;
    for (size_t b = 0; b < v->n_by; b++) {
        v->cells *= v->by[b].n;
        if (v->cells > MTS_RUNS_MAX)
            return mts_fail(MTS_ERR_USAGE, "--by: too many cells");
    }
    v->columns = v->n_by > 1 ? v->by[v->n_by - 1].n : 1;
    return MTS_OK;
}

/* The cell and state of every run. */
static mts_status sort_runs(view *v)
{
    /* Number of the axis's value in the cell's first run, plus one. */
    size_t *met = mts_alloc(v->cells * v->axes.n, sizeof *met);
    mts_status st = MTS_OK;

    v->pooled = mts_alloc(v->axes.n, sizeof *v->pooled);
    v->cell = mts_alloc(v->n, sizeof *v->cell);
    v->done = mts_alloc(v->n, sizeof *v->done);
    v->present = mts_alloc(v->cells, sizeof *v->present);
    v->runs = mts_alloc(v->cells, sizeof *v->runs);
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
        for (size_t b = 0; b < v->n_by; b++) {
            const double value = mts_config_value(&config, v->by[b].field);
            size_t i = 0;

            while (v->by[b].value && i + 1 < v->by[b].n && v->by[b].value[i] != value)
                i++;
            v->cell[run] = v->cell[run] * v->by[b].n + i;
        }
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

/* ---- numbers ---- */

/* All values of a cell, cell after cell: those of cell c start at first[c]. */
typedef struct {
    double *value;
    size_t *first; /* [cells + 1] */
} pool;

static void pool_free(pool *p)
{
    mts_free(p->value);
    mts_free(p->first);
    *p = (pool){0};
}

static mts_status pool_fill(const view *v, size_t column, int split, int minus, pool *p)
{
    const mts_extents *extents = mts_store_extents(v->store);
    const size_t count = mts_column_count(&mts_columns[column], extents);
    const size_t per = split < 0 ? 1 : count / extents->n[MTS_AXIS_split];
    const size_t skip = split < 0 ? 0 : per * (size_t)split;
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

        st = mts_store_column(v->store, column, first, n, block);
        for (size_t i = 0; i < n && st == MTS_OK; i++) {
            const size_t cell = v->cell[first + i];

            if (!v->done[first + i])
                continue;
            const double *row = block + i * count;
            double *value = p->value + p->first[cell] + used[cell];
            for (size_t k = 0; k < per; k++)
                value[k] = row[skip + k] - (minus < 0 ? 0 : row[per * (size_t)minus + k]);
            used[cell] += per;
        }
    }
    mts_free(block);
    mts_free(used);
    if (st != MTS_OK)
        pool_free(p);
    return st;
}

static double quantile(const pool *p, size_t cell, double q)
{
    return mts_quantile(p->first[cell + 1] - p->first[cell], p->value + p->first[cell], q);
}

/* ---- tables ---- */

/* "over 5 seeds x 4 folds x 5 fits": what a cell pools. */
static void over_text(const view *v, const mts_app_measure *m, char *text, size_t bytes)
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

/* The value of a `by` axis at a cell. */
static double coordinate(const view *v, size_t b, size_t cell)
{
    for (size_t later = v->n_by; --later > b;)
        cell /= v->by[later].n;
    return v->by[b].value ? v->by[b].value[cell % v->by[b].n] : v->by[b].one;
}

/* "arch=rnn tasks=2" for axes from .. to - 1. */
static void cell_text(const view *v, size_t from, size_t to, size_t cell, char *text, size_t bytes)
{
    char value[MTS_VALUE_TEXT];
    size_t used = 0;

    text[0] = 0;
    for (size_t b = from; b < to && used < bytes - 80; b++) {
        mts_app_value_text(v->by[b].field, coordinate(v, b, cell), value);
        used += (size_t)snprintf(text + used, bytes - used, "%s%s%s%s", b > from ? " " : "",
                                 v->by[b].field->type == MTS_CHOICE ? "" : v->by[b].field->name,
                                 v->by[b].field->type == MTS_CHOICE ? "" : "=", value);
    }
}

/* The ideal observer's value over all cells of the file, one or a range; "" if unknown. */
static void ideal_text(const view *v, const mts_app_measure *m, const pool *ideal, char text[80])
{
    double least = INFINITY, most = -INFINITY;
    char a[32], b[32];

    text[0] = 0;
    for (size_t i = 0; i < ideal->first[v->cells]; i++)
        if (isfinite(ideal->value[i])) {
            least = fmin(least, ideal->value[i]);
            most = fmax(most, ideal->value[i]);
        }
    if (!(least <= most))
        return;
    mts_app_number_text(least, m->digits, a);
    mts_app_number_text(most, m->digits, b);
    snprintf(text, 80,
             strcmp(a, b) == 0 ? "        ideal observer %s" : "        ideal observer %s to %s", a,
             b);
}

/* The ideal observer's value in a column, of this row or (SIZE_MAX) of the first row that has one. */
static double column_ideal(const view *v, const pool *ideal, size_t row, size_t column)
{
    double value = NAN;

    if (row != SIZE_MAX)
        return quantile(ideal, row * v->columns + column, .5);
    for (row = 0; row < v->cells / v->columns && !isfinite(value); row++)
        value = quantile(ideal, row * v->columns + column, .5);
    return value;
}

/* Whether in every column all rows have the same ideal, to the digits that are printed. */
static bool rows_alike(const view *v, const mts_app_measure *m, const pool *ideal)
{
    char first[32], text[32];

    for (size_t cell = 0; cell < v->cells; cell++) {
        const double value = quantile(ideal, cell, .5);

        mts_app_number_text(column_ideal(v, ideal, SIZE_MAX, cell % v->columns), m->digits, first);
        mts_app_number_text(value, m->digits, text);
        if (isfinite(value) && strcmp(first, text) != 0)
            return false;
    }
    return true;
}

static mts_status print_rows(const view *v, const mts_app_measure *m, const pool *scores,
                             const pool *ideal, mts_app_table *table)
{
    const size_t rows = v->cells / v->columns, row_axes = v->n_by > 1 ? v->n_by - 1 : v->n_by;
    const bool alike = ideal && rows_alike(v, m, ideal);
    char text[256], a[32], b[32], c[32];
    mts_status st = mts_app_table_add(table, "%s", "");

    for (size_t column = 0; column < v->columns && st == MTS_OK; column++) {
        cell_text(v, row_axes, v->n_by, column, text, sizeof text);
        st = mts_app_table_add(table, "%s", text);
    }
    for (size_t row = 0; row < rows && st == MTS_OK; row++) {
        cell_text(v, 0, row_axes, row * v->columns, text, sizeof text);
        st = mts_app_table_add(table, "%s", text);
        for (size_t cell = row * v->columns; cell < (row + 1) * v->columns && st == MTS_OK;
             cell++) {
            const double median = quantile(scores, cell, .5);

            mts_app_number_text(median, m->digits, a);
            mts_app_number_text(quantile(scores, cell, .25), m->digits, b);
            mts_app_number_text(quantile(scores, cell, .75), m->digits, c);
            st = isfinite(median) ? mts_app_table_add(table, "%s [%s, %s]%s", a, b, c,
                                                      v->present[cell] < v->runs[cell] ? " *" : "")
                                  : mts_app_table_add(table, "%s", v->runs[cell] ? "- *" : "");
        }
    }
    /* Where the ideal differs from cell to cell it gets a row of its own, or one for each row. */
    for (size_t row = 0; ideal && row < (alike ? 1 : rows) && st == MTS_OK; row++) {
        cell_text(v, 0, row_axes, row * v->columns, text, sizeof text);
        st = mts_app_table_add(table, "ideal observer%s%s", alike ? "" : ", ", alike ? "" : text);
        for (size_t cell = row * v->columns; cell < (row + 1) * v->columns && st == MTS_OK;
             cell++) {
            mts_app_number_text(column_ideal(v, ideal, alike ? SIZE_MAX : row, cell % v->columns),
                                m->digits, a);
            st = mts_app_table_add(table, "%s", a);
        }
    }
    return st;
}

static bool any_finite(const view *v, const pool *p)
{
    for (size_t i = 0; i < p->first[v->cells]; i++)
        if (isfinite(p->value[i]))
            return true;
    return false;
}

/* What two decoder weights would show that have nothing to do with each other; "" if the number of
 * units is not the same everywhere. */
static void null_text(const view *v, char text[80])
{
    mts_config first;

    text[0] = 0;
    for (size_t a = 0; a < v->axes.n; a++)
        if (strcmp(v->axes.axis[a].field->name, "units") == 0 ||
            strcmp(v->axes.axis[a].field->name, "probe_on") == 0)
            return;
    if (mts_store_config(v->store, 0, &first) == MTS_OK && first.units > 1 &&
        first.probe_on == MTS_PROBE_ON_HIDDEN)
        snprintf(text, 80, "        random vectors 90.0 +- %.1f",
                 mts_measure_random_angle((size_t)first.units));
}

/* `always`: also where there is no value at all. */
static mts_status print_table(const view *v, const mts_app_measure *m, bool always)
{
    char over[256], heading[80] = "", align[MTS_APP_TABLE_COLUMNS];
    pool scores = {0}, ideal = {0};
    mts_app_table *table = NULL;
    bool varies;
    mts_status st = pool_fill(v, m->column, m->split, m->minus, &scores);

    if (st == MTS_OK && m->ideal < MTS_N_COLUMNS)
        st = pool_fill(v, m->ideal, -1, -1, &ideal);
    if (st == MTS_OK)
        st = mts_app_table_create(v->columns + 1, &table);
    if (st != MTS_OK)
        goto done;
    over_text(v, m, over, sizeof over);
    if (!always && v->count[MTS_STATE_DONE] > 0 && !any_finite(v, &scores))
        goto done;
    if (ideal.value)
        ideal_text(v, m, &ideal, heading);
    else if (strcmp(mts_columns[m->column].unit, "degree") == 0 && m->minus < 0)
        null_text(v, heading);
    varies = strstr(heading, " to ") != NULL;
    st = print_rows(v, m, &scores, varies ? &ideal : NULL, table);
    if (st == MTS_OK) {
        memset(align, 'l', sizeof align);
        printf("\n%s, median [25 %%, 75 %%]%s%s\n", m->title, over, varies ? "" : heading);
        mts_app_table_print(table, align, stdout);
    }
done:
    mts_app_table_destroy(table);
    pool_free(&scores);
    pool_free(&ideal);
    return st;
}

static void csv_number(double value)
{
    if (isfinite(value))
        printf(",%.9g", value);
    else
        printf(",");
}

static mts_status print_csv(const view *v, const mts_app_measure *m)
{
    char value[MTS_VALUE_TEXT];
    pool scores = {0}, ideal = {0};
    mts_status st = pool_fill(v, m->column, m->split, m->minus, &scores);

    if (st == MTS_OK && m->ideal < MTS_N_COLUMNS)
        st = pool_fill(v, m->ideal, -1, -1, &ideal);
    for (size_t cell = 0; cell < v->cells && st == MTS_OK; cell++) {
        size_t finite = 0;

        if (v->runs[cell] == 0)
            continue;
        printf("%s", m->key);
        for (size_t b = 0; b < v->n_by; b++) {
            mts_app_value_text(v->by[b].field, coordinate(v, b, cell), value);
            printf(",%s", value);
        }
        for (size_t i = scores.first[cell]; i < scores.first[cell + 1]; i++)
            finite += isfinite(scores.value[i]) != 0;
        printf(",%zu,%zu,%zu", v->runs[cell], v->runs[cell] - v->present[cell], finite);
        csv_number(quantile(&scores, cell, .5));
        csv_number(quantile(&scores, cell, .25));
        csv_number(quantile(&scores, cell, .75));
        csv_number(ideal.value ? quantile(&ideal, cell, .5) : NAN);
        printf("\n");
    }
    pool_free(&scores);
    pool_free(&ideal);
    return st;
}

static void print_head(const view *v)
{
    char *name = NULL, *question = NULL;
    const size_t missing = v->n - v->count[MTS_STATE_DONE];

    if (mts_store_attribute(v->store, "name", &name) == MTS_OK &&
        mts_store_attribute(v->store, "question", &question) == MTS_OK)
        printf("%s  %s\n", name, question);
    printf("%s: %zu of %zu runs done", v->path, v->count[MTS_STATE_DONE], v->n);
    for (size_t s = 0; s < MTS_N_STATES && missing > 0; s++)
        if (s != MTS_STATE_DONE && v->count[s] > 0)
            printf(", %zu %s", v->count[s], mts_state_name[s]);
    printf("%s\n", missing ? "; * marks cells that lack runs" : "");
    mts_free(name);
    mts_free(question);
}

static mts_status show(const mts_app_args *args)
{
    const char *names = mts_app_text(args, "score");
    const bool csv = mts_app_text(args, "csv") != NULL;
    view v = {.path = args->argument[0]};
    mts_app_measure chosen[MTS_APP_MEASURES_MAX];
    size_t n_measures = 0;
    mts_status st = mts_app_measures(names ? names : usual, chosen, &n_measures), closed;

    if (st == MTS_OK)
        st = mts_store_open(v.path, MTS_STORE_READ, &v.store);
    if (st == MTS_OK) {
        v.n = mts_store_runs(v.store);
        st = mts_app_axes_find(v.n, v.store, mts_app_store_config, &v.axes);
    }
    if (st == MTS_OK)
        st = choose_by(&v, mts_app_text(args, "by"));
    if (st == MTS_OK && !csv && v.columns >= MTS_APP_TABLE_COLUMNS)
        st = mts_fail(MTS_ERR_USAGE, "--by: %s has %zu values, too many for columns; use --csv",
                      v.by[v.n_by - 1].field->name, v.columns);
    if (st == MTS_OK)
        st = sort_runs(&v);
    if (st == MTS_OK && csv) {
        printf("score");
        for (size_t b = 0; b < v.n_by; b++)
            printf(",%s", v.by[b].field->name);
        printf(",runs,missing,values,median,q25,q75,ideal\n");
    } else if (st == MTS_OK) {
        print_head(&v);
    }
    for (size_t m = 0; m < n_measures && st == MTS_OK; m++)
        st = csv ? print_csv(&v, &chosen[m]) : print_table(&v, &chosen[m], names != NULL);
    mts_app_axes_free(&v.axes);
    mts_free(v.cell);
    mts_free(v.done);
    mts_free(v.present);
    mts_free(v.runs);
    mts_free(v.pooled);
    closed = mts_store_close(v.store);
    return st == MTS_OK ? closed : st;
}

static int show_main(const mts_app_args *args)
{
    return mts_app_report(show(args));
}

const mts_app_verb mts_app_verb_show = {
    "show",  "OUT", "the summary tables: median and quartiles over seeds, folds and fits",
    options, NULL,  show_main};
