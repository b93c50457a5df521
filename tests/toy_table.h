/* toy_table.h: a table of runs that are known, for tests of cells and of what is printed. */
#ifndef MTSWEEP_TESTS_TOY_TABLE_H
#define MTSWEEP_TESTS_TOY_TABLE_H

#include "mtsweep/table.h"
#include "suite.h"

#include <math.h>
#include <string.h>

enum { RUNS = 12, FOLDS = 2, FITS = 1, MODES = 2, PER_RUN = MTS_N_SPLITS * FOLDS * FITS };

/* Runs and what came out of them; columns that are not set hold nothing. */
typedef struct toy {
    size_t n;
    mts_config config[RUNS];
    bool done[RUNS];
    double r2[RUNS][MTS_N_SPLITS][FOLDS][FITS], std_r2[RUNS][MTS_N_SPLITS][FOLDS][FITS];
    double loss[RUNS], ideal_loss[RUNS], ideal_r2[RUNS], amplification[RUNS][MODES];
    int64_t fixed_points[RUNS];
    size_t fails_at; /* run whose config cannot be had; 0 = none */
    mts_extents extents;
    mts_table_source source;
} toy;

static mts_status toy_config(void *ctx, size_t run, mts_config *config)
{
    const toy *t = ctx;
    if (t->fails_at > 0 && run == t->fails_at)
        return mts_fail(MTS_ERR_IO, "run %zu is gone", run);
    *config = t->config[run];
    return MTS_OK;
}

static mts_status toy_done(void *ctx, size_t first, size_t n, bool *done)
{
    memcpy(done, ((toy *)ctx)->done + first, n * sizeof *done);
    return MTS_OK;
}

static mts_status toy_column(void *ctx, size_t column, size_t first, size_t n, void *out)
{
    toy *t = ctx;
    const struct {
        size_t column;
        const void *values;
    } held[] = {{MTS_COL_score_r2, t->r2},
                {MTS_COL_score_std_r2, t->std_r2},
                {MTS_COL_score_ols_r2, t->std_r2},
                {MTS_COL_result_loss, t->loss},
                {MTS_COL_result_ideal_loss, t->ideal_loss},
                {MTS_COL_result_ideal_r2, t->ideal_r2},
                {MTS_COL_measure_amplification, t->amplification},
                {MTS_COL_measure_fixed_points, t->fixed_points}};
    const size_t row = mts_column_count(&mts_columns[column], &t->extents) * 8;
    for (size_t i = 0; i < sizeof held / sizeof *held; i++)
        if (held[i].column == column) {
            memcpy(out, (const char *)held[i].values + first * row, n * row);
            return MTS_OK;
        }
    return mts_fail(MTS_ERR_USAGE, "the toy has no %s", mts_columns[column].name);
}

/* n runs of default configs, all done, with numbers that are missing. */
static toy *new_toy(size_t n)
{
    toy *t = calloc(1, sizeof *t);
    ck_assert(n <= RUNS && t);
    t->n = n;
    t->extents.n[MTS_AXIS_split] = MTS_N_SPLITS;
    t->extents.n[MTS_AXIS_fold] = FOLDS;
    t->extents.n[MTS_AXIS_fit] = FITS;
    t->extents.n[MTS_AXIS_mode] = MODES;
    for (size_t run = 0; run < n; run++) {
        mts_config_default(&t->config[run]);
        t->done[run] = true;
        t->loss[run] = t->ideal_loss[run] = t->ideal_r2[run] = (double)NAN;
        t->amplification[run][0] = t->amplification[run][1] = (double)NAN;
        t->fixed_points[run] = -1;
        for (size_t i = 0; i < PER_RUN; i++)
            ((double *)t->r2[run])[i] = ((double *)t->std_r2[run])[i] = (double)NAN;
    }
    t->source = (mts_table_source){{t, n, toy_config}, &t->extents, toy_done, toy_column};
    return t;
}

/* arch rnn, lstm; tasks 2, 6; seed 0, 1, 2; the last fastest. */
static toy *grid(void)
{
    toy *t = new_toy(12);
    for (size_t run = 0; run < 12; run++) {
        t->config[run].arch = run < 6 ? MTS_ARCH_rnn : MTS_ARCH_lstm;
        t->config[run].tasks = run / 3 % 2 ? 6 : 2;
        t->config[run].seed = (int64_t)run % 3;
        t->loss[run] = 0.1 * (double)run;
    }
    return t;
}

static mts_table_cells *cells_of(toy *t, const char *by)
{
    mts_table_cells *cells;
    const mts_status st = mts_table_cells_create(&t->source, by, "--by", &cells);
    ck_assert_msg(st == MTS_OK, "%s", mts_message());
    return cells;
}

static mts_table_score score_of(const char *name)
{
    mts_table_score score[MTS_TABLE_SCORES_MAX];
    size_t n;
    const mts_status st = mts_table_scores(name, "--score", score, &n);
    ck_assert_msg(st == MTS_OK, "%s", mts_message());
    ck_assert_uint_eq(n, 1);
    return score[0];
}

/* What a table prints; the caller frees. */
static char *printed(toy *t, const char *by, const char *names, bool csv, bool all)
{
    mts_table_score score[MTS_TABLE_SCORES_MAX];
    mts_table_cells *cells = cells_of(t, by);
    char *text = NULL;
    size_t bytes, n;
    FILE *to = open_memstream(&text, &bytes);
    ck_assert_int_eq(mts_table_scores(names, "--score", score, &n), MTS_OK);
    ck_assert_int_eq(csv ? mts_table_print_csv(cells, score, n, to)
                         : mts_table_print(cells, score, n, (mts_table_look){.all = all}, to),
                     MTS_OK);
    fclose(to);
    mts_table_cells_destroy(cells);
    return text;
}

static void assert_printed(toy *t, const char *by, const char *names, const char *wanted)
{
    char *text = printed(t, by, names, false, true);
    ck_assert_str_eq(text, wanted);
    free(text);
}

static void assert_csv(toy *t, const char *by, const char *names, const char *wanted)
{
    char *text = printed(t, by, names, true, true);
    ck_assert_str_eq(text, wanted);
    free(text);
}

#endif
