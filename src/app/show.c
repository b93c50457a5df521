/* show.c: `mtsweep show`: the claim that a sweep tests, and medians and quartiles of the scores that
 * speak to it. */
#include "cells.h"
#include "mtsweep/measure.h"
#include "mtsweep/probe.h"

#include <math.h>
#include <string.h>

static const mts_app_option options[] = {
    {"by", 'b', "FIELDS",
     "rows and columns: the last field makes the columns (by default all that vary but seed)", 0},
    {"score", 0, "NAME",
     "this table only; several with commas: SPLIT_COLUMN, like ood_r2, id_ols_angle, "
     "ood_published_r2_within; gap_r2, id minus ood; or a column of /result, like loss, or of "
     "/measure, like sparsity, amplification_1",
     0},
    {"csv", 0, NULL, "comma-separated, a line a cell", 0},
    {NULL, 0, NULL, NULL, 0}};

/* Without --score; those that the file has no value of are left out. */
static const char usual[] =
    "ood_r2,id_r2,ood_published_r2,gap_r2,ood_angle,id_angle,ood_ols_r2,id_ols_r2,closed_form_r2,"
    "sparsity,pca_ratio_1,pca_ratio_2,pca_ratio_3,fixed_point_converged,fixed_points,"
    "amplification_1,amplification_2,accuracy,loss";

#define LISTED 4 /* scores side by side */

/* ---- tables ---- */

/* The ideal observer's value over all cells of the file, one or a range; "" if unknown. */
static void ideal_text(const mts_app_cells *v, const mts_app_measure *m, const mts_app_pool *ideal,
                       char text[80])
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
static double column_ideal(const mts_app_cells *v, const mts_app_pool *ideal, size_t row,
                           size_t column)
{
    double value = NAN;
    if (row != SIZE_MAX)
        return mts_app_pool_quantile(ideal, row * v->columns + column, .5);
    for (row = 0; row < v->cells / v->columns && !isfinite(value); row++)
        value = mts_app_pool_quantile(ideal, row * v->columns + column, .5);
    return value;
}

/* Whether in every column all rows have the same ideal, to the digits that are printed. */
static bool rows_alike(const mts_app_cells *v, const mts_app_measure *m, const mts_app_pool *ideal)
{
    char first[32], text[32];
    for (size_t cell = 0; cell < v->cells; cell++) {
        const double value = mts_app_pool_quantile(ideal, cell, .5);
        mts_app_number_text(column_ideal(v, ideal, SIZE_MAX, cell % v->columns), m->digits, first);
        mts_app_number_text(value, m->digits, text);
        if (isfinite(value) && strcmp(first, text) != 0)
            return false;
    }
    return true;
}

/* "median [quartiles]" of a cell; * where it lacks runs. */
static mts_status add_cell(const mts_app_cells *v, const mts_app_measure *m,
                           const mts_app_pool *scores, size_t cell, mts_app_table *table)
{
    const double median = mts_app_pool_quantile(scores, cell, .5);
    char a[32], b[32], c[32];
    if (isnan(median))
        return mts_app_table_add(table, "%s",
                                 v->present[cell] < v->runs[cell] ? "- *"
                                 : v->runs[cell]                  ? "-"
                                                                  : "");
    mts_app_number_text(median, m->digits, a);
    mts_app_number_text(mts_app_pool_quantile(scores, cell, .25), m->digits, b);
    mts_app_number_text(mts_app_pool_quantile(scores, cell, .75), m->digits, c);
    return mts_app_table_add(table, "%s [%s, %s]%s", a, b, c,
                             v->present[cell] < v->runs[cell] ? " *" : "");
}

/* A row for each value of the first axes, a column for each of the last, then the ideal observer. */
static mts_status print_rows(const mts_app_cells *v, const mts_app_measure *m,
                             const mts_app_pool *scores, const mts_app_pool *ideal,
                             mts_app_table *table)
{
    const size_t rows = v->cells / v->columns, row_axes = v->n_by - 1;
    const bool alike = ideal && rows_alike(v, m, ideal);
    char text[256], a[32];
    mts_status st = mts_app_table_add(table, "%s", "");
    for (size_t column = 0; column < v->columns && st == MTS_OK; column++) {
        mts_app_cell_text(v, row_axes, v->n_by, column, text, sizeof text);
        st = mts_app_table_add(table, "%s", text);
    }
    for (size_t row = 0; row < rows && st == MTS_OK; row++) {
        mts_app_cell_text(v, 0, row_axes, row * v->columns, text, sizeof text);
        st = mts_app_table_add(table, "%s", text);
        for (size_t cell = row * v->columns; cell < (row + 1) * v->columns && st == MTS_OK; cell++)
            st = add_cell(v, m, scores, cell, table);
    }
    /* Where the ideal differs from cell to cell it gets a row of its own, or one for each row. */
    for (size_t row = 0; ideal && row < (alike ? 1 : rows) && st == MTS_OK; row++) {
        mts_app_cell_text(v, 0, row_axes, row * v->columns, text, sizeof text);
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

static bool degrees(const mts_app_measure *m)
{
    return strcmp(mts_columns[m->column].unit, "degree") == 0 && m->minus < 0;
}

/* What two decoder weights would show that have nothing to do with each other; "" if the number of
 * units is not the same everywhere. */
static void null_text(const mts_app_cells *v, char text[80])
{
    mts_config first;
    text[0] = 0;
    for (size_t a = 0; a < v->axes.n; a++)
        if (strcmp(v->axes.axis[a].field->name, "units") == 0 ||
            strcmp(v->axes.axis[a].field->name, "probe_on") == 0)
            return;
    if (mts_store_config(v->store, 0, &first) == MTS_OK && first.units > 1 &&
        first.probe_on == MTS_PROBE_ON_hidden)
        snprintf(text, 80, "        random vectors 90.0 +- %.1f",
                 mts_measure_random_angle((size_t)first.units));
}

/* `always`: also where there is no value at all. */
static mts_status print_table(const mts_app_cells *v, const mts_app_measure *m, bool always)
{
    char over[256], heading[80] = "", align[MTS_APP_TABLE_COLUMNS];
    mts_app_pool scores = {0}, ideal = {0};
    mts_app_table *table = NULL;
    bool varies;
    mts_status st = mts_app_pool_scores(v, m, &scores);
    if (st == MTS_OK)
        st = mts_app_pool_ideal(v, m, &ideal);
    if (st == MTS_OK)
        st = mts_app_table_create(v->columns + 1, &table);
    if (st != MTS_OK)
        goto done;
    mts_app_cells_over(v, m, over, sizeof over);
    if (!always && v->count[MTS_STATE_DONE] > 0 && !mts_app_pool_any(v, &scores))
        goto done;
    if (ideal.value)
        ideal_text(v, m, &ideal, heading);
    else if (degrees(m))
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
    mts_app_pool_free(&scores);
    mts_app_pool_free(&ideal);
    return st;
}

/* ---- lists ---- */

typedef struct listed {
    const mts_app_measure *m;
    mts_app_pool scores, ideal;
} listed;

/* Scores that share a heading stand side by side. */
static bool together(const mts_app_measure *a, const mts_app_measure *b)
{
    return (a->split < 0) == (b->split < 0) && degrees(a) == degrees(b);
}

/* The ideal observer follows the last of the scores that have the same one. */
static bool ideal_follows(const mts_app_cells *v, const listed *column, size_t i, size_t n)
{
    return column[i].ideal.value && mts_app_pool_any(v, &column[i].ideal) &&
           (i + 1 == n || column[i + 1].m->ideal != column[i].m->ideal);
}

static mts_status print_listed(const mts_app_cells *v, const listed *column, size_t n)
{
    char over[256], text[256], heading[80] = "", align[MTS_APP_TABLE_COLUMNS];
    mts_app_table *table = NULL;
    size_t columns = 1 + n;
    mts_status st;
    for (size_t i = 0; i < n; i++)
        columns += ideal_follows(v, column, i, n);
    st = mts_app_table_create(columns, &table);
    if (st == MTS_OK)
        st = mts_app_table_add(table, "%s", "");
    for (size_t i = 0; i < n && st == MTS_OK; i++) {
        st = mts_app_table_add(table, "%s", column[i].m->title);
        if (st == MTS_OK && ideal_follows(v, column, i, n))
            st = mts_app_table_add(table, "ideal observer");
    }
    for (size_t cell = 0; cell < v->cells && st == MTS_OK; cell++) {
        if (v->listed)
            mts_app_cell_variant(v, cell, text, sizeof text);
        else
            mts_app_cell_text(v, 0, v->n_by, cell, text, sizeof text);
        st = mts_app_table_add(table, "%s", text);
        for (size_t i = 0; i < n && st == MTS_OK; i++) {
            st = add_cell(v, column[i].m, &column[i].scores, cell, table);
            if (st != MTS_OK || !ideal_follows(v, column, i, n))
                continue;
            mts_app_number_text(mts_app_pool_quantile(&column[i].ideal, cell, .5),
                                column[i].m->digits, text);
            st = mts_app_table_add(table, "%s", text);
        }
    }
    if (st == MTS_OK) {
        if (degrees(column[0].m))
            null_text(v, heading);
        mts_app_cells_over(v, column[0].m, over, sizeof over);
        memset(align, 'l', sizeof align);
        printf("\nmedian [25 %%, 75 %%]%s%s\n", over, heading);
        mts_app_table_print(table, align, stdout);
    }
    mts_app_table_destroy(table);
    return st;
}

/* Cells without columns: tables of a few scores each, a row a cell. */
static mts_status print_lists(const mts_app_cells *v, const mts_app_measure *m, size_t n_measures,
                              bool always)
{
    listed column[LISTED] = {0};
    size_t n = 0;
    mts_status st = MTS_OK;
    for (size_t i = 0; i <= n_measures && st == MTS_OK; i++) {
        const bool full =
            n > 0 && (i == n_measures || n == LISTED || !together(column[0].m, &m[i]));
        if (full) {
            st = print_listed(v, column, n);
            for (; n > 0; n--) {
                mts_app_pool_free(&column[n - 1].scores);
                mts_app_pool_free(&column[n - 1].ideal);
            }
        }
        if (i == n_measures || st != MTS_OK)
            continue;
        column[n] = (listed){.m = &m[i]};
        st = mts_app_pool_scores(v, &m[i], &column[n].scores);
        if (st == MTS_OK)
            st = mts_app_pool_ideal(v, &m[i], &column[n].ideal);
        if (st != MTS_OK || (!always && !mts_app_pool_any(v, &column[n].scores))) {
            mts_app_pool_free(&column[n].scores);
            mts_app_pool_free(&column[n].ideal);
        } else {
            n++;
        }
    }
    for (; n > 0; n--) {
        mts_app_pool_free(&column[n - 1].scores);
        mts_app_pool_free(&column[n - 1].ideal);
    }
    return st;
}

/* ---- csv ---- */

static void csv_number(double value)
{
    if (!isnan(value))
        printf(",%.9g", value);
    else
        printf(",");
}

static mts_status print_csv(const mts_app_cells *v, const mts_app_measure *m)
{
    char value[MTS_VALUE_TEXT];
    mts_app_pool scores = {0}, ideal = {0};
    mts_status st = mts_app_pool_scores(v, m, &scores);
    if (st == MTS_OK)
        st = mts_app_pool_ideal(v, m, &ideal);
    for (size_t cell = 0; cell < v->cells && st == MTS_OK; cell++) {
        size_t numbers = 0;
        if (v->runs[cell] == 0)
            continue;
        printf("%s", m->key);
        for (size_t b = 0; b < v->n_by; b++) {
            mts_field_text(v->by[b], v->at[cell * v->n_by + b], value);
            printf(",%s", value);
        }
        for (size_t i = scores.first[cell]; i < scores.first[cell + 1]; i++)
            numbers += !isnan(scores.value[i]);
        printf(",%zu,%zu,%zu", v->runs[cell], v->runs[cell] - v->present[cell], numbers);
        csv_number(mts_app_pool_quantile(&scores, cell, .5));
        csv_number(mts_app_pool_quantile(&scores, cell, .25));
        csv_number(mts_app_pool_quantile(&scores, cell, .75));
        csv_number(ideal.value ? mts_app_pool_quantile(&ideal, cell, .5) : NAN);
        printf("\n");
    }
    mts_app_pool_free(&scores);
    mts_app_pool_free(&ideal);
    return st;
}

static mts_status print_head(const mts_app_cells *v)
{
    char *name = NULL, *question = NULL, *claim = NULL;
    const size_t missing = v->n - v->count[MTS_STATE_DONE];
    mts_status st = mts_store_attribute(v->store, "name", &name);
    if (st == MTS_OK)
        st = mts_store_attribute(v->store, "question", &question);
    if (st == MTS_OK)
        st = mts_store_attribute(v->store, "claim", &claim);
    if (st == MTS_OK) {
        printf("%s  %s\n", name, question);
        if (*claim)
            printf("claim: %s\n", claim);
        printf("%s: %zu of %zu runs done", v->path, v->count[MTS_STATE_DONE], v->n);
        for (size_t s = 0; s < MTS_N_STATES && missing > 0; s++)
            if (s != MTS_STATE_DONE && v->count[s] > 0)
                printf(", %zu %s", v->count[s], mts_state_name[s]);
        printf("%s\n", missing ? "; * marks cells that lack runs" : "");
    }
    mts_free(name);
    mts_free(question);
    mts_free(claim);
    return st;
}

static mts_status show(const mts_app_args *args)
{
    const char *names = mts_app_text(args, "score");
    const bool csv = mts_app_text(args, "csv") != NULL;
    mts_app_cells cells = {0};
    mts_app_measure chosen[MTS_APP_MEASURES_MAX];
    size_t n_measures = 0;
    mts_status st = mts_app_measures(names ? names : usual, chosen, &n_measures), closed;
    if (st == MTS_OK)
        st = mts_app_cells_open(args->argument[0], mts_app_text(args, "by"), csv, &cells);
    if (st == MTS_OK && csv) {
        printf("score");
        for (size_t b = 0; b < cells.n_by; b++)
            printf(",%s", cells.by[b]->name);
        printf(",runs,missing,values,median,q25,q75,ideal\n");
    } else if (st == MTS_OK) {
        st = print_head(&cells);
    }
    if (st == MTS_OK && !csv && cells.columns == 1)
        st = print_lists(&cells, chosen, n_measures, names != NULL);
    for (size_t m = 0; m < n_measures && st == MTS_OK && (csv || cells.columns > 1); m++)
        st = csv ? print_csv(&cells, &chosen[m]) : print_table(&cells, &chosen[m], names != NULL);
    closed = mts_app_cells_close(&cells);
    return st == MTS_OK ? closed : st;
}

static int show_main(const mts_app_args *args)
{
    return mts_app_report(show(args));
}

const mts_app_verb mts_app_verb_show = {
    "show",  "OUT", "the summary tables: median and quartiles over seeds, folds and fits",
    options, NULL,  show_main};
