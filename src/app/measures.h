/* measures.h: what `mtsweep show` can make tables of. */
#ifndef MTSWEEP_APP_MEASURES_H
#define MTSWEEP_APP_MEASURES_H

#include "app.h"

#define MTS_APP_MEASURES_MAX 96

typedef struct mts_app_measure {
    char key[64], title[96];
    size_t column;
    int split;      /* -1: a column of /result or /measure */
    int minus;      /* split whose values are subtracted, fold by fold and fit by fit; -1 = none */
    size_t element; /* of a column that has an axis beside the run */
    int digits;     /* after the point */
    size_t ideal;   /* column with the ideal observer's value; MTS_N_COLUMNS = none */
} mts_app_measure;

/* Those named, with commas between them, in that order: SPLIT_COLUMN for a column of /score,
 * gap_COLUMN for split id minus split ood of it, the name for a column of /result or /measure; where
 * that has components or modes, NAME_1 for the first. MTS_ERR_USAGE. */
mts_status mts_app_measures(const char *names, mts_app_measure chosen[MTS_APP_MEASURES_MAX],
                            size_t *n);

#endif
