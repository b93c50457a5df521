/* table.h: what a sweep's runs say together: the axes of a file, the cells of a table, the numbers
 * pooled in each, and these as text and csv. Pure: it takes its data through a few callbacks and
 * writes to a FILE, and knows no file format, no option and no terminal.
 *
 * Typical use:
 *
 *     mts_table_source source = {{store, n, config}, extents, done, column};
 *     mts_table_score score[MTS_TABLE_SCORES_MAX];
 *     size_t n_scores;
 *     mts_table_cells *cells;
 *     st = mts_table_scores("ood_r2,loss", "--score", score, &n_scores);
 *     st = mts_table_cells_create(&source, NULL, "--by", &cells);
 *     st = mts_table_print(cells, score, n_scores, true, stdout);
 *     mts_table_cells_destroy(cells);
 *
 * The source must live as long as the cells. What a callback returns is passed on.
 */
#ifndef MTSWEEP_TABLE_H
#define MTSWEEP_TABLE_H

#include <stdio.h>

#include "mtsweep/record.h"

/* ---- runs and the axes they span ---- */

typedef struct mts_table_runs {
    void *ctx;
    size_t n;
    mts_status (*config)(void *ctx, size_t run, mts_config *config);
} mts_table_runs;

/* The fields that differ between runs, in the order of the fields. */
typedef struct mts_table_axis {
    const mts_field *field;
    size_t n;
    double *value; /* [n] distinct values, ascending; of mts_config_value */
} mts_table_axis;
typedef struct mts_table_axes {
    size_t n;
    mts_table_axis *axis; /* [n] */
} mts_table_axes;

/* MTS_ERR_MEMORY, or what the callback returned; *axes is {0} then. Free takes {0} too. */
mts_status mts_table_axes_find(const mts_table_runs *runs, mts_table_axes *axes);
void mts_table_axes_free(mts_table_axes *axes);

/* The number of the field's axis, axes->n if it has none; of the config's value on an axis. */
size_t mts_table_axis_of(const mts_table_axes *axes, const mts_field *field);
size_t mts_table_axis_index(const mts_table_axis *axis, const mts_config *config);

/* "arch=rnn tasks=2 seed=3": the config's values on these axes; where there is none, its seed. */
#define MTS_TABLE_RUN_TEXT 256
void mts_table_run_text(const mts_table_axes *axes, const mts_config *config,
                        char text[MTS_TABLE_RUN_TEXT]);

/* How two sweeps differ that are not the same: "tasks 2,3 there, 2,4 here; 8 runs there, 6 here". At
 * least one run each. MTS_ERR_MEMORY, or what a callback returned. */
#define MTS_TABLE_DIFFERENCE_TEXT 600
mts_status mts_table_difference(const mts_table_runs *there, const mts_table_runs *here,
                                char text[MTS_TABLE_DIFFERENCE_TEXT]);

/* ---- scores ---- */

/* One number, or one for each fold and fit, of each run: what a table is made of. */
typedef struct mts_table_score {
    char key[64], title[96];
    size_t column;
    int split;      /* -1: a column that has none */
    int minus;      /* split whose values are subtracted, fold by fold and fit by fit; -1 = none */
    size_t element; /* of a column that has an axis beside the run */
    int digits;     /* after the point */
    size_t ideal;   /* column with the ideal observer's value; MTS_COL_none */
} mts_table_score;

/* The columns of record.h that are SHOWN, by name, with commas between them: SPLIT_COLUMN for one
 * with splits, gap_COLUMN for split id minus split ood of it; NAME for one with a number a run;
 * NAME_1, NAME_2, ... for one with an axis. MTS_ERR_USAGE, with `where` first in the message, as in
 * those below. */
#define MTS_TABLE_SCORES_MAX 96
mts_status mts_table_scores(const char *names, const char *where,
                            mts_table_score score[MTS_TABLE_SCORES_MAX], size_t *n);

/* MTS_ERR_USAGE if the score is of an element beyond the extent of its axis. Where that is 0, as the
 * column was not measured, the score is only without values. */
mts_status mts_table_score_check(const mts_table_score *score, const mts_extents *extents,
                                 const char *where);

/* ---- cells ---- */

typedef struct mts_table_source {
    mts_table_runs runs; /* at least one */
    const mts_extents *extents;
    /* done[n]: whether runs first .. first + n - 1 have results. Asked once for each run, in order. */
    mts_status (*done)(void *ctx, size_t first, size_t n, bool *done);
    /* A column of the runs, n * mts_column_count elements of its type. */
    mts_status (*column)(void *ctx, size_t column, size_t first, size_t n, void *out);
} mts_table_source;

#define MTS_TABLE_BY_MAX 16

/* Runs sorted into cells. For reading only. */
typedef struct mts_table_cells {
    const mts_table_source *source;
    mts_config first; /* of run 0 */
    mts_table_axes axes;
    size_t n_by;
    const mts_field *by[MTS_TABLE_BY_MAX]; /* what tells the cells apart */
    size_t n_axis[MTS_TABLE_BY_MAX];       /* values of each */
    bool listed; /* one column: the combinations that occur, not the product */
    size_t cells, columns;
    double *at;             /* [cells][n_by] values that a cell stands for */
    size_t *cell;           /* [runs] of each run */
    bool *done;             /* [runs] */
    size_t *present, *runs; /* [cells] runs with results, and all */
    size_t n_done;
    bool *pooled; /* [axes.n] whether a cell holds several values of the axis */
} mts_table_cells;

/* by: fields with commas between them, the last makes the columns. NULL: all that vary but seed and
 * those that follow from others, slowest first; if these make more than 100 rows, the first two; if
 * at most half of their combinations occur, as when several axes move together, the cells are those
 * that do. MTS_ERR_USAGE, MTS_ERR_MEMORY, or what a callback returned; *cells is NULL then. Destroy
 * accepts NULL. */
mts_status mts_table_cells_create(const mts_table_source *source, const char *by, const char *where,
                                  mts_table_cells **cells);
void mts_table_cells_destroy(mts_table_cells *cells);

/* Numbers of the runs that are done, cell after cell: those of cell c start at first[c]. Values that
 * are missing (NaN, or -1 of a whole number) are left out. */
typedef struct mts_table_values {
    double *value;
    size_t *first; /* [cells + 1] */
} mts_table_values;

/* A score's values, and the ideal observer's: {0} where it is unknown for this score. */
typedef struct mts_table_pool {
    const mts_table_score *score;
    mts_table_values scores, ideal;
} mts_table_pool;

/* Holds nothing on failure; the score must outlive it. Free takes {0} too. */
mts_status mts_table_pool_create(const mts_table_cells *cells, const mts_table_score *score,
                                 mts_table_pool *pool);
void mts_table_pool_free(mts_table_pool *pool);

/* One value for each run: the median of its scores over folds and fits, or its number; NaN where it is
 * missing, or the run is not done. value[runs]. MTS_ERR_MEMORY, or what a callback returned. */
mts_status mts_table_run_values(const mts_table_cells *cells, const mts_table_score *score,
                                double *value);

/* Quantile of a cell's values, as mts_quantile; NaN where there is none, or for {0}. */
double mts_table_quantile(const mts_table_values *values, size_t cell, double q);
/* Whether any cell has a number. */
bool mts_table_any(const mts_table_cells *cells, const mts_table_values *values);

/* ---- printing ---- */

/* Tables for people, each after an empty line: a row for each value of the first fields of `by`, a
 * column for each of the last; cells in one column are listed, with several scores side by side.
 * At most MTS_TABLE_COLUMNS - 1 columns. MTS_ERR_MEMORY, or what a callback returned. */
typedef struct mts_table_look {
    bool all;      /* also scores without any value */
    bool markdown; /* tables as GitHub's Markdown has them */
    size_t width;  /* columns that lines may have, else those of a table follow below; 0: all */
} mts_table_look;
mts_status mts_table_print(const mts_table_cells *cells, const mts_table_score *score, size_t n,
                           mts_table_look look, FILE *to);

/* A line for each score and cell that has runs, after a line of names:
 * score,FIELDS OF by...,runs,missing,values,median,q25,q75,ideal */
mts_status mts_table_print_csv(const mts_table_cells *cells, const mts_table_score *score, size_t n,
                               FILE *to);

/* The same as a list of JSON objects; null where there is no value. */
mts_status mts_table_print_json(const mts_table_cells *cells, const mts_table_score *score,
                                size_t n, FILE *to);

/* A line, after an empty one, where the decoders sgd, std and ols disagree: the medians of their r2
 * in a cell and split lie more than MTS_TABLE_DISAGREEMENT apart. Says in how many cells, and the
 * widest. Nothing where they agree. What only one decoder says is not yet said of the network.
 * width: columns of the window, 0: one line. MTS_ERR_MEMORY, or what a callback returned. */
#define MTS_TABLE_DISAGREEMENT 0.1
mts_status mts_table_print_disagreement(const mts_table_cells *cells, size_t width, FILE *to);

/* "rnn tasks=2": what a cell stands for; where cells are a list, the fields that differ from their
 * defaults, or "default". */
#define MTS_TABLE_CELL_TEXT 256
void mts_table_cell_text(const mts_table_cells *cells, size_t cell, char text[MTS_TABLE_CELL_TEXT]);

/* ---- text ---- */

/* Lines of cells, the columns as wide as they need. Memory that fails shows at the end: create may
 * give NULL, which all take, and end returns MTS_ERR_MEMORY. */
#define MTS_TABLE_COLUMNS 256 /* at most so many */
typedef struct mts_table mts_table;
mts_table *mts_table_create(size_t columns);
/* Adds the next cell, row by row; at most 511 bytes. */
void mts_table_add(mts_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Writes the table and destroys it. align[column]: 'l' or 'r'; NULL: all 'l'. */
mts_status mts_table_end(mts_table *table, const char *align, FILE *to);
/* The same in Markdown, the first row as the head. */
mts_status mts_table_end_markdown(mts_table *table, FILE *to);
void mts_table_destroy(mts_table *table);
/* As end, in lines that end by column `width`: columns that do not fit in follow below, each time
 * beside the first. 0: a line each. */
mts_status mts_table_end_beside(mts_table *table, size_t width, FILE *to);
/* The same, the last column in lines that end by column `width`: beside the others, or where these
 * leave little, below them; where they alone are too wide, one after the other, in as many lines as that
 * takes. 0: a line each. */
mts_status mts_table_end_within(mts_table *table, size_t width, FILE *to);

/* The words of `text` in lines that end by column `width`; the first line starts at column `indent`,
 * where the caller stands, the others are indented so far. */
void mts_table_wrap(const char *text, size_t indent, size_t width, FILE *to);

/* ".655" for .655, "-1.20", "90.1": `digits` after the point, no zero before it; "-" for NaN; from
 * 10^15 on four digits and an exponent. */
void mts_table_number_text(double value, int digits, char text[32]);

/* A field of csv: quoted where it holds a comma, a quote or the end of a line (RFC 4180). */
void mts_table_csv_text(const char *text, FILE *to);

/* A string of JSON, quotes included; and a number: null where it is not finite. */
void mts_table_json_text(const char *text, FILE *to);
void mts_table_json_number(double value, FILE *to);

#endif
