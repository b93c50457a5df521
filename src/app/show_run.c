/* show_run.c: `mtsweep show --run`: all there is about one run. */
#include "app.h"
#include "mtsweep/num.h"

#include <math.h>
#include <string.h>

enum { WIDE = 128 }; /* columns that scores of all splits need */

/* What differs from the defaults, a line each; the others in one line. */
static mts_status print_config(const mts_config *config)
{
    mts_table *table = mts_table_create(2);
    mts_config usual;
    mts_config_default(&usual);
    mts_table_add(table, "config");
    mts_table_add(table, "%s", "");
    for (size_t f = 0; f < mts_n_fields; f++) {
        const mts_field *field = &mts_fields[f];
        char text[MTS_VALUE_TEXT];
        if (mts_config_value(config, field) == mts_config_value(&usual, field))
            continue;
        mts_config_text(config, field, text);
        mts_table_add(table, "  %s", field->name);
        mts_table_add(table, "%s%s%s", text, strcmp(field->unit, "1") == 0 ? "" : " ",
                      strcmp(field->unit, "1") == 0 ? "" : field->unit);
    }
    mts_table_add(table, "  others");
    mts_table_add(table, "at their defaults, see 'mtsweep fields'");
    printf("\n");
    return mts_table_end(table, NULL, stdout);
}

static void print_stamp(const mts_stamp *stamp)
{
    char started[MTS_TIME_TEXT], seconds[MTS_DURATION_TEXT], host[MTS_HOST_TEXT];
    printf("state    %s after %lld attempt%s", mts_state_name[stamp->state],
           (long long)stamp->attempts, mts_app_s((size_t)stamp->attempts));
    snprintf(host, sizeof host, "%s", stamp->host);
    mts_clean(host);
    if (isfinite(stamp->started)) {
        mts_time_text(stamp->started, started);
        printf(", begun %s on %s", started, host);
    }
    if (isfinite(stamp->seconds)) {
        mts_duration_text(stamp->seconds, seconds);
        printf(", took %s", seconds);
    }
    printf("\n");
    if (*stamp->reason) {
        char reason[MTS_REASON_TEXT];
        snprintf(reason, sizeof reason, "%s", stamp->reason);
        mts_clean(reason);
        printf("reason   %s\n", reason);
    }
}

/* Columns of one number a run. */
static void print_numbers(const mts_result *row)
{
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        const mts_column *column = &mts_columns[c];
        char text[32];
        if (column->n_axes > 0 || !column->title || !row->column[c])
            continue;
        const double value = column->type == MTS_F64   ? *(const double *)row->column[c]
                             : column->type == MTS_I64 ? (double)*(const int64_t *)row->column[c]
                                                       : NAN;
        if (isnan(value) || (column->type == MTS_I64 && value < 0))
            continue;
        mts_table_number_text(value, column->digits, text);
        printf("  %-24s %s%s%s\n", column->name, text, strcmp(column->unit, "1") == 0 ? "" : " ",
               strcmp(column->unit, "1") == 0 ? "" : column->unit);
    }
}

/* ".93 .95 .94 .95": the medians over fits of the folds, the first eight of them. */
static void folds_text(const double *value, size_t folds, size_t fits, int digits, double *scratch,
                       char text[256])
{
    size_t used = 0;
    text[0] = 0;
    for (size_t fold = 0; fold < folds && fold < 8; fold++) {
        char number[32];
        memcpy(scratch, value + fold * fits, fits * sizeof *scratch);
        mts_table_number_text(mts_quantile(fits, scratch, .5), digits, number);
        used += (size_t)snprintf(text + used, 256 - used, "%s%.24s", fold ? " " : "", number);
    }
    snprintf(text + used, 256 - used, "%s", folds > 8 ? " ..." : "");
}

/* A line a score, a column for each of n splits. */
static mts_status print_splits(const mts_store *store, const mts_result *row, size_t first,
                               size_t n)
{
    const size_t *extent = mts_store_extents(store)->n;
    const size_t folds = extent[MTS_AXIS_fold], fits = extent[MTS_AXIS_fit];
    mts_table *table = mts_table_create(1 + n);
    double *scratch = mts_alloc(fits, sizeof *scratch);
    mts_table_add(table, "scores by fold, median over fits");
    for (size_t split = first; split < first + n; split++)
        mts_table_add(table, "%s", mts_split_name[split]);
    for (size_t c = 0; c < MTS_N_COLUMNS && scratch; c++) {
        const mts_column *column = &mts_columns[c];
        if (column->n_axes != 3 || column->axis[0] != MTS_AXIS_split || !column->title)
            continue;
        mts_table_add(table, "  %s", column->name);
        for (size_t split = first; split < first + n; split++) {
            char text[256];
            folds_text((const double *)row->column[c] + split * folds * fits, folds, fits,
                       column->digits, scratch, text);
            mts_table_add(table, "%s", text);
        }
    }
    const bool had_room = scratch != NULL;
    mts_free(scratch);
    printf("\n");
    if (had_room)
        return mts_table_end(table, NULL, stdout);
    mts_table_destroy(table);
    return MTS_ERR_MEMORY;
}

/* Splits side by side, or, in a window that has not the columns, one below the other. */
static mts_status print_folds(const mts_store *store, const mts_result *row)
{
    const size_t window = mts_app_window(stdout),
                 beside = window > 0 && window < WIDE ? 1 : MTS_N_SPLITS;
    mts_status st = MTS_OK;
    for (size_t split = 0; split < MTS_N_SPLITS && st == MTS_OK; split += beside)
        st = print_splits(store, row, split, beside);
    return st;
}

mts_status mts_app_show_run(const char *path, mts_store *store, size_t number)
{
    const size_t run = mts_store_row(store, number);
    mts_result *row = NULL;
    mts_config config;
    mts_stamp stamp;
    bool good = true;
    if (run == SIZE_MAX)
        return mts_fail(MTS_ERR_USAGE, "--run %zu: %s has no such run", number, path);
    mts_status st = mts_store_config(store, run, &config);
    if (st == MTS_OK)
        st = mts_store_stamps(store, run, 1, &stamp);
    if (st == MTS_OK)
        st = mts_result_create(mts_store_extents(store), &row);
    if (st == MTS_OK)
        st = mts_store_check_row(store, run, row, &good);
    if (st == MTS_OK)
        printf("run %zu of %s\n", number, path);
    if (st == MTS_OK)
        print_stamp(&stamp);
    if (st == MTS_OK && !good)
        printf("damage   the row disagrees with its checksum\n");
    if (st == MTS_OK)
        st = print_config(&config);
    if (st == MTS_OK && good && stamp.state == MTS_STATE_DONE) {
        printf("\nresults\n");
        print_numbers(row);
        st = print_folds(store, row);
    }
    mts_result_destroy(row);
    return st;
}
