/* print.c: cells as tables and as csv. */
#include "mtsweep/measure.h"
#include "mtsweep/table.h"

#include <math.h>
#include <string.h>

#define BESIDE       4 /* scores in one list */
#define TITLE_INDENT 2

/* ---- what stands over a table ---- */

/* " over 5 seeds x 4 folds x 5 fits": what the cells pool. */
static void over_text(const mts_table_cells *v, const mts_table_score *s, char text[256])
{
    const size_t *extent = v->source->extents->n;
    size_t used = 0;
    text[0] = 0;
    for (size_t a = 0; a < v->axes.n && used < 256 - 80; a++) {
        const char *name = v->axes.axis[a].field->name;
        if (v->pooled[a])
            used += (size_t)snprintf(text + used, 256 - used, "%s%zu %s%s", used ? " x " : " over ",
                                     v->axes.axis[a].n, name, strcmp(name, "seed") == 0 ? "s" : "");
    }
    if (s->split >= 0)
        snprintf(text + used, 256 - used, "%s%zu folds x %zu fits", used ? " x " : " over ",
                 extent[MTS_AXIS_fold], extent[MTS_AXIS_fit]);
}

/* The ideal observer's value over all cells, one or a range; "" if unknown. Whether it varies. */
static bool ideal_text(const mts_table_cells *v, const mts_table_pool *pool, char text[80])
{
    double least = INFINITY, most = -INFINITY;
    char a[32], b[32];
    text[0] = 0;
    for (size_t i = 0; i < pool->ideal.first[v->cells]; i++)
        if (isfinite(pool->ideal.value[i])) {
            least = fmin(least, pool->ideal.value[i]);
            most = fmax(most, pool->ideal.value[i]);
        }
    if (!(least <= most))
        return false;
    mts_table_number_text(least, pool->score->digits, a);
    mts_table_number_text(most, pool->score->digits, b);
    if (strcmp(a, b) != 0)
        return true;
    snprintf(text, 80, "        ideal observer %s", a);
    return false;
}

static bool degrees(const mts_table_score *s)
{
    return strcmp(mts_columns[s->column].unit, "degree") == 0 && s->minus < 0;
}

/* What two decoder weights would show that have nothing to do with each other; "" if the number of
 * units is not the same everywhere. */
static void null_text(const mts_table_cells *v, char text[80])
{
    text[0] = 0;
    if (mts_table_axis_of(&v->axes, mts_field_find("units")) < v->axes.n ||
        mts_table_axis_of(&v->axes, mts_field_find("probe_on")) < v->axes.n)
        return;
    if (v->first.units > 1 && v->first.probe_on == MTS_PROBE_ON_hidden)
        snprintf(text, 80, "        random vectors 90.0 +- %.1f",
                 mts_measure_random_angle((size_t)v->first.units));
}

/* ---- cells ---- */

/* "rnn tasks=2": the values of fields from .. to - 1 of `by` that a cell stands for. */
static void cell_text(const mts_table_cells *v, size_t from, size_t to, size_t cell, char text[256])
{
    char value[MTS_VALUE_TEXT];
    size_t used = 0;
    text[0] = 0;
    for (size_t b = from; b < to && used < 256 - 80; b++) {
        const bool word = v->by[b]->type == MTS_CHOICE;
        mts_field_text(v->by[b], v->at[cell * v->n_by + b], value);
        used += (size_t)snprintf(text + used, 256 - used, "%s%s%s%s", b > from ? " " : "",
                                 word ? "" : v->by[b]->name, word ? "" : "=", value);
    }
}

/* "noise=ar1 delay=5": those that differ from the defaults; "default" if none does. */
static void variant_text(const mts_table_cells *v, size_t cell, char text[256])
{
    char value[MTS_VALUE_TEXT];
    mts_config usual;
    size_t used = 0;
    mts_config_default(&usual);
    snprintf(text, 256, "default");
    for (size_t b = 0; b < v->n_by && used < 256 - 80; b++) {
        const double here = v->at[cell * v->n_by + b];
        if (here == mts_config_value(&usual, v->by[b]))
            continue;
        mts_field_text(v->by[b], here, value);
        used += (size_t)snprintf(text + used, 256 - used, "%s%s=%s", used ? " " : "",
                                 v->by[b]->name, value);
    }
}

void mts_table_cell_text(const mts_table_cells *v, size_t cell, char text[MTS_TABLE_CELL_TEXT])
{
    if (v->listed)
        variant_text(v, cell, text);
    else
        cell_text(v, 0, v->n_by, cell, text);
}

/* Whether some cell has more than one value, so that it has quartiles. */
static bool is_spread(const mts_table_cells *v, const mts_table_pool *pool, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t cell = 0; cell < v->cells; cell++)
            if (pool[i].scores.first[cell + 1] - pool[i].scores.first[cell] > 1)
                return true;
    return false;
}

/* "median [quartiles]" of a cell, or its only value; * where it lacks runs. */
static void add_cell(const mts_table_cells *v, const mts_table_pool *pool, size_t cell,
                     mts_table *table)
{
    const double median = mts_table_quantile(&pool->scores, cell, .5);
    const char *lacks = v->present[cell] < v->runs[cell] ? " *" : "";
    char a[32], b[32], c[32];
    if (isnan(median)) {
        mts_table_add(table, "%s%s", v->runs[cell] ? "-" : "", lacks);
        return;
    }
    mts_table_number_text(median, pool->score->digits, a);
    if (pool->scores.first[cell + 1] - pool->scores.first[cell] == 1) {
        mts_table_add(table, "%s%s", a, lacks);
        return;
    }
    mts_table_number_text(mts_table_quantile(&pool->scores, cell, .25), pool->score->digits, b);
    mts_table_number_text(mts_table_quantile(&pool->scores, cell, .75), pool->score->digits, c);
    mts_table_add(table, "%s [%s, %s]%s", a, b, c, lacks);
}

/* ---- rows and columns ---- */

/* The ideal observer's value in a column, of this row or (SIZE_MAX) of the first row that has one. */
static double column_ideal(const mts_table_cells *v, const mts_table_pool *pool, size_t row,
                           size_t column)
{
    double value = NAN;
    if (row != SIZE_MAX)
        return mts_table_quantile(&pool->ideal, row * v->columns + column, .5);
    for (row = 0; row < v->cells / v->columns && !isfinite(value); row++)
        value = mts_table_quantile(&pool->ideal, row * v->columns + column, .5);
    return value;
}

/* Whether in every column all rows have the same ideal, to the digits that are printed. */
static bool rows_alike(const mts_table_cells *v, const mts_table_pool *pool)
{
    char first[32], text[32];
    for (size_t cell = 0; cell < v->cells; cell++) {
        const double value = mts_table_quantile(&pool->ideal, cell, .5);
        mts_table_number_text(column_ideal(v, pool, SIZE_MAX, cell % v->columns),
                              pool->score->digits, first);
        mts_table_number_text(value, pool->score->digits, text);
        if (isfinite(value) && strcmp(first, text) != 0)
            return false;
    }
    return true;
}

/* Where the ideal differs from cell to cell it gets a row of its own, or one for each row. */
static void add_ideal_rows(const mts_table_cells *v, const mts_table_pool *pool, mts_table *table)
{
    const bool alike = rows_alike(v, pool);
    const size_t rows = alike ? 1 : v->cells / v->columns;
    char text[256], number[32];
    for (size_t row = 0; row < rows; row++) {
        cell_text(v, 0, v->n_by - 1, row * v->columns, text);
        mts_table_add(table, "ideal observer%s%s", alike ? "" : ", ", alike ? "" : text);
        for (size_t column = 0; column < v->columns; column++) {
            mts_table_number_text(column_ideal(v, pool, alike ? SIZE_MAX : row, column),
                                  pool->score->digits, number);
            mts_table_add(table, "%s", number);
        }
    }
}

/* The line over a table; what is said beside it stands below where the window has no place for it. */
static void print_title(const char *title, const char *beside, mts_table_look look, FILE *to)
{
    fprintf(to, "\n");
    if (look.width == 0 || strlen(title) + strlen(beside) <= look.width) {
        fprintf(to, "%s%s\n", title, beside);
        return;
    }
    mts_table_wrap(title, 0, look.width, to);
    if (*beside) {
        fprintf(to, "%*s", TITLE_INDENT, "");
        mts_table_wrap(beside + strspn(beside, " "), TITLE_INDENT, look.width, to);
    }
}

/* What stands over the table has been written. */
static mts_status end(mts_table *table, mts_table_look look, FILE *to)
{
    if (!look.markdown)
        return mts_table_end_beside(table, look.width, to);
    fprintf(to, "\n");
    return mts_table_end_markdown(table, to);
}

/* A row for each value of the first fields, a column for each of the last. */
static mts_status print_rows(const mts_table_cells *v, const mts_table_pool *pool,
                             mts_table_look look, FILE *to)
{
    mts_table *table = mts_table_create(v->columns + 1);
    char over[256], heading[80] = "", text[256], title[512];
    bool varies = false;
    if (pool->ideal.value)
        varies = ideal_text(v, pool, heading);
    else if (degrees(pool->score))
        null_text(v, heading);
    mts_table_add(table, "%s", "");
    for (size_t column = 0; column < v->columns; column++) {
        cell_text(v, v->n_by - 1, v->n_by, column, text);
        mts_table_add(table, "%s", text);
    }
    for (size_t cell = 0; cell < v->cells; cell++) {
        if (cell % v->columns == 0) {
            cell_text(v, 0, v->n_by - 1, cell, text);
            mts_table_add(table, "%s", text);
        }
        add_cell(v, pool, cell, table);
    }
    if (varies)
        add_ideal_rows(v, pool, table);
    over_text(v, pool->score, over);
    snprintf(title, sizeof title, "%s%s%s", pool->score->title,
             is_spread(v, pool, 1) ? ", median [25 %, 75 %]" : "", over);
    print_title(title, heading, look, to);
    return end(table, look, to);
}

/* ---- lists ---- */

/* Scores that share a heading stand side by side. */
static bool together(const mts_table_score *a, const mts_table_score *b)
{
    return (a->split < 0) == (b->split < 0) && degrees(a) == degrees(b);
}

/* The ideal observer follows the last of the scores that have the same one. */
static bool ideal_follows(const mts_table_cells *v, const mts_table_pool *pool, size_t i, size_t n)
{
    return mts_table_any(v, &pool[i].ideal) &&
           (i + 1 == n || pool[i + 1].score->ideal != pool[i].score->ideal);
}

static mts_status print_list(const mts_table_cells *v, const mts_table_pool *pool, size_t n,
                             mts_table_look look, FILE *to)
{
    char over[256], text[256], heading[80] = "", title[512];
    size_t columns = 1 + n;
    bool ideal[BESIDE];
    mts_table *table;
    for (size_t i = 0; i < n; i++)
        columns += ideal[i] = ideal_follows(v, pool, i, n);
    table = mts_table_create(columns);
    mts_table_add(table, "%s", "");
    for (size_t i = 0; i < n; i++) {
        mts_table_add(table, "%s", pool[i].score->title);
        if (ideal[i])
            mts_table_add(table, "ideal observer");
    }
    for (size_t cell = 0; cell < v->cells; cell++) {
        mts_table_cell_text(v, cell, text);
        mts_table_add(table, "%s", text);
        for (size_t i = 0; i < n; i++) {
            add_cell(v, &pool[i], cell, table);
            if (!ideal[i])
                continue;
            mts_table_number_text(mts_table_quantile(&pool[i].ideal, cell, .5),
                                  pool[i].score->digits, text);
            mts_table_add(table, "%s", text);
        }
    }
    if (degrees(pool[0].score))
        null_text(v, heading);
    over_text(v, pool[0].score, over);
    snprintf(title, sizeof title, "%s%s",
             is_spread(v, pool, n) ? "median [25 %, 75 %]" : "one value each", over);
    print_title(title, heading, look, to);
    return end(table, look, to);
}

mts_status mts_table_print(const mts_table_cells *v, const mts_table_score *score, size_t n,
                           mts_table_look look, FILE *to)
{
    const size_t beside = v->columns > 1 ? 1 : BESIDE;
    mts_table_pool pool[BESIDE];
    size_t held = 0;
    mts_status st = MTS_OK;
    for (size_t i = 0; i <= n && st == MTS_OK; i++) {
        if (held > 0 && (i == n || held == beside || !together(pool[0].score, &score[i]))) {
            st = v->columns > 1 ? print_rows(v, pool, look, to)
                                : print_list(v, pool, held, look, to);
            while (held > 0)
                mts_table_pool_free(&pool[--held]);
        }
        if (i == n || st != MTS_OK)
            continue;
        st = mts_table_pool_create(v, &score[i], &pool[held]);
        if (st != MTS_OK)
            continue;
        if (look.all || (v->columns > 1 && v->n_done == 0) || mts_table_any(v, &pool[held].scores))
            held++;
        else
            mts_table_pool_free(&pool[held]);
    }
    while (held > 0)
        mts_table_pool_free(&pool[--held]);
    return st;
}

/* ---- csv ---- */

static void print_number(double value, FILE *to)
{
    fputc(',', to);
    if (!isnan(value))
        fprintf(to, "%.9g", value);
}

static void print_line(const mts_table_cells *v, const mts_table_pool *pool, size_t cell, FILE *to)
{
    static const double part[] = {.5, .25, .75};
    const mts_table_values *scores = &pool->scores;
    char value[MTS_VALUE_TEXT];
    mts_table_csv_text(pool->score->key, to);
    for (size_t b = 0; b < v->n_by; b++) {
        mts_field_text(v->by[b], v->at[cell * v->n_by + b], value);
        fputc(',', to);
        mts_table_csv_text(value, to);
    }
    fprintf(to, ",%zu,%zu,%zu", v->runs[cell], v->runs[cell] - v->present[cell],
            scores->first[cell + 1] - scores->first[cell]);
    for (size_t q = 0; q < sizeof part / sizeof *part; q++)
        print_number(mts_table_quantile(scores, cell, part[q]), to);
    print_number(mts_table_quantile(&pool->ideal, cell, .5), to);
    fputc('\n', to);
}

mts_status mts_table_print_csv(const mts_table_cells *v, const mts_table_score *score, size_t n,
                               FILE *to)
{
    mts_status st = MTS_OK;
    fprintf(to, "score");
    for (size_t b = 0; b < v->n_by; b++)
        fprintf(to, ",%s", v->by[b]->name);
    fprintf(to, ",runs,missing,values,median,q25,q75,ideal\n");
    for (size_t i = 0; i < n && st == MTS_OK; i++) {
        mts_table_pool pool;
        st = mts_table_pool_create(v, &score[i], &pool);
        if (st != MTS_OK)
            break;
        for (size_t cell = 0; cell < v->cells; cell++)
            if (v->runs[cell] > 0)
                print_line(v, &pool, cell, to);
        mts_table_pool_free(&pool);
    }
    return st;
}

/* ---- JSON ---- */

static void put_member(const char *name, double value, FILE *to)
{
    fprintf(to, ", \"%s\": ", name);
    mts_table_json_number(value, to);
}

static void put_object(const mts_table_cells *v, const mts_table_pool *pool, size_t cell, FILE *to)
{
    const mts_table_values *scores = &pool->scores;
    fprintf(to, "{\"score\": ");
    mts_table_json_text(pool->score->key, to);
    for (size_t b = 0; b < v->n_by; b++) {
        char value[MTS_VALUE_TEXT];
        mts_field_text(v->by[b], v->at[cell * v->n_by + b], value);
        fprintf(to, ", \"%s\": ", v->by[b]->name);
        if (v->by[b]->type == MTS_CHOICE)
            mts_table_json_text(value, to);
        else
            fputs(value, to);
    }
    fprintf(to, ", \"runs\": %zu, \"missing\": %zu, \"values\": %zu", v->runs[cell],
            v->runs[cell] - v->present[cell], scores->first[cell + 1] - scores->first[cell]);
    put_member("median", mts_table_quantile(scores, cell, .5), to);
    put_member("q25", mts_table_quantile(scores, cell, .25), to);
    put_member("q75", mts_table_quantile(scores, cell, .75), to);
    put_member("ideal", mts_table_quantile(&pool->ideal, cell, .5), to);
    fputc('}', to);
}

mts_status mts_table_print_json(const mts_table_cells *v, const mts_table_score *score, size_t n,
                                FILE *to)
{
    bool first = true;
    mts_status st = MTS_OK;
    fputc('[', to);
    for (size_t i = 0; i < n && st == MTS_OK; i++) {
        mts_table_pool pool;
        st = mts_table_pool_create(v, &score[i], &pool);
        if (st != MTS_OK)
            break;
        for (size_t cell = 0; cell < v->cells; cell++) {
            if (v->runs[cell] == 0)
                continue;
            fputs(first ? "\n  " : ",\n  ", to);
            put_object(v, &pool, cell, to);
            first = false;
        }
        mts_table_pool_free(&pool);
    }
    fputs("\n]", to);
    return st;
}
