/* cells.h: the finished runs of a file, sorted into the cells of a table, and what a cell's values
 * are. */
#ifndef MTSWEEP_APP_CELLS_H
#define MTSWEEP_APP_CELLS_H

#include "measures.h"

#define MTS_APP_BY_MAX 16

typedef struct mts_app_cells {
    const char *path;
    mts_store *store;
    size_t n; /* runs */
    mts_app_axes axes;
    size_t n_by;
    const mts_field *by[MTS_APP_BY_MAX]; /* what tells the cells apart */
    size_t n_axis[MTS_APP_BY_MAX];       /* values of each */
    bool listed; /* one column: the combinations that occur, not the product */
    size_t cells, columns;
    double *at;             /* [cells][n_by] values that a cell stands for */
    size_t *cell;           /* [n] of each run */
    bool *done;             /* [n] */
    size_t *present, *runs; /* [cells] finished runs, and all */
    bool *pooled;           /* [axes.n] whether a cell holds several values of the axis */
    size_t count[MTS_N_STATES];
} mts_app_cells;

/* Opens the file. by: fields with commas between them, the last makes the columns; NULL: all that
 * vary but seed and those that follow from others, slowest first. If these make more than 100 rows,
 * the first two. If at most half of their combinations occur, as when several axes move together, the
 * cells are those that do. csv: any number of columns goes. MTS_ERR_USAGE and what mts_store_open
 * returns; to be closed all the same. */
mts_status mts_app_cells_open(const char *path, const char *by, bool csv, mts_app_cells *cells);
mts_status mts_app_cells_close(mts_app_cells *cells);

/* "rnn tasks=2": the values of fields from .. to - 1 of `by` that a cell stands for. */
void mts_app_cell_text(const mts_app_cells *v, size_t from, size_t to, size_t cell, char *text,
                       size_t bytes);
/* "noise=ar1 delay=5": those that differ from the defaults; "default" if none does. */
void mts_app_cell_variant(const mts_app_cells *v, size_t cell, char *text, size_t bytes);
/* " over 5 seeds x 4 folds x 5 fits": what the cells pool. */
void mts_app_cells_over(const mts_app_cells *v, const mts_app_measure *m, char *text, size_t bytes);

/* All values of the finished runs, cell after cell: those of cell c start at first[c]. */
typedef struct mts_app_pool {
    double *value;
    size_t *first; /* [cells + 1] */
} mts_app_pool;
/* Nothing is held on failure; free: also for {0}. */
mts_status mts_app_pool_scores(const mts_app_cells *v, const mts_app_measure *m, mts_app_pool *p);
/* The ideal observer's; left {0} if it is unknown for this measure. */
mts_status mts_app_pool_ideal(const mts_app_cells *v, const mts_app_measure *m, mts_app_pool *p);
void mts_app_pool_free(mts_app_pool *p);
/* NaN where there is none. */
double mts_app_pool_quantile(const mts_app_pool *p, size_t cell, double q);
bool mts_app_pool_any(const mts_app_cells *v, const mts_app_pool *p);

#endif
