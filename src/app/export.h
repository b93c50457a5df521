/* export.h: what `mtsweep export` writes, as its formats see it. */
#ifndef MTSWEEP_APP_EXPORT_H
#define MTSWEEP_APP_EXPORT_H

#include "app.h"
#include "mtsweep/probe.h"

typedef struct mts_app_export {
    const char *path;
    mts_store *store;
    mts_table_axes axes; /* fields that vary */
    size_t n, *row;      /* finished rows that are chosen */
    size_t n_columns, column[MTS_N_COLUMNS];
    char left[400]; /* columns of the groups asked for that have other axes */
    bool groups;    /* columns of several groups: their names have the group's before them */
} mts_app_export;

#define MTS_APP_NAME_TEXT 96
void mts_app_export_name(const mts_app_export *e, size_t column, char name[MTS_APP_NAME_TEXT]);

/* The coordinate of an axis as text: names of splits and folds, else a number. */
void mts_app_export_coordinate(mts_axis axis, size_t index, const mts_config *config,
                               char text[MTS_FOLD_TEXT]);

/* Calls `use` with blocks of rows of a column: `rows` of them, from number `first` of e->row on. */
mts_status mts_app_export_rows(const mts_app_export *e, size_t column, void *ctx,
                               mts_status (*use)(void *ctx, size_t first, size_t rows,
                                                 const void *values));

/* A line a value, or an object. The columns must have the same axes. */
mts_status mts_app_export_lines(const mts_app_export *e, bool json, FILE *to);

/* An array a column, with the coordinates of its axes; the file can be positioned. */
mts_status mts_app_export_arrays(const mts_app_export *e, FILE *to);

/* The arrays r_sq and angles of the authors' generalize.py: (tasks, network, quadrant, fit), and n_tasks.
 * MTS_ERR_USAGE where more varies than tasks and seed. */
mts_status mts_app_export_published(const mts_app_export *e, size_t split, FILE *to);

#endif
