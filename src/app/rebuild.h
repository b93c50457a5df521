/* rebuild.h: what the verbs share that make a file from others, extend, merge and slim: files that are
 * only read, and a new one whose rows come from them. */
#ifndef MTSWEEP_APP_REBUILD_H
#define MTSWEEP_APP_REBUILD_H

#include "app.h"

/* A file that is read. `lock` keeps a sweep from starting on it meanwhile; NULL in a folder where
 * nobody here can write. */
typedef struct mts_app_source {
    const char *path;
    mts_store *store;
    mts_lock *lock;
    mts_app_sweep sweep;
    size_t runs;
    mts_state *state; /* [runs] of mts_app_source_states */
    mts_result *row;  /* of the file's extents */
} mts_app_source;

/* Opens a file after a first look. MTS_ERR_IO where a sweep is writing it, or its configs are not those
 * of its sweep; MTS_ERR_FOREIGN where a newer program has made it. On failure, too, close ends it. */
mts_status mts_app_source_open(const char *path, mts_app_source *source);
void mts_app_source_close(mts_app_source *source);

/* Reads what has become of each run. What a dead session left running, and a finished row that does not
 * agree with its checksum, are pending: the latter are said on standard error if `tolerate`, else the
 * first is refused, MTS_ERR_IO. */
mts_status mts_app_source_states(mts_app_source *source, bool tolerate);

static inline bool mts_app_finished(mts_state state)
{
    return state == MTS_STATE_DONE || state == MTS_STATE_DIVERGED;
}

/* Where a row of the new file comes from. */
#define MTS_APP_NOWHERE SIZE_MAX
typedef struct mts_app_pick {
    size_t source; /* MTS_APP_NOWHERE: none, the row is pending */
    size_t run;
} mts_app_pick;

typedef struct mts_app_rebuild {
    const mts_app_args *args;
    const char *path;
    bool replace; /* takes the place of the file at path */
    mts_lock *lock;
    mts_app_source *source;
    size_t n_sources;
    const mts_app_sweep *sweep; /* of the new file */
    const mts_app_pick *pick;   /* [runs of the sweep] */
    const char *dropped;        /* as in mts_schema */
    bool compressed;
} mts_app_rebuild;

/* Makes the file beside `path` and gives it that name when it is whole and on the disk. Whatever happens
 * before leaves what is at `path`; what a call that was killed has left, the next one removes. */
mts_status mts_app_rebuild_run(const mts_app_rebuild *r);

/* The first column in which two rows of the same extents differ in bits, MTS_COL_none if there is none.
 * Columns that one of the files does not have, and the name of the kernels, do not count. */
size_t mts_app_row_difference(const mts_store *a, const mts_result *x, const mts_store *b,
                              const mts_result *y);

/* MTS_ERR_IO if there is something at path. */
mts_status mts_app_refuse_existing(const char *path);

#endif
