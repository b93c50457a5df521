/* farm.h: master and workers. Moves indices and a few numbers; never sees a network, a config or a
 * file.
 *
 * Pull model: a worker that is idle says so, the master (rank 0) answers with the next index of the
 * order, or with "no more". Messages are small and point to point; no collective call is made after
 * start-up, so a lost worker blocks nobody. The master waits with MPI_Iprobe and a sleep that
 * adapts between 20 us and 5 ms. With one rank the caller does all the work itself, with the same
 * callbacks.
 *
 *     worker -> master   { kind, index, outcome, done, total, loss, seconds }      ready | progress
 * (about once a second) | finished master -> worker   { kind, index } work | stop now | no more
 */
#ifndef MTSWEEP_FARM_H
#define MTSWEEP_FARM_H

#include <mpi.h>

#include "mtsweep/base.h"

/* What became of an index. */
typedef enum {
    MTS_FARM_DONE,
    MTS_FARM_DIVERGED,
    MTS_FARM_FAILED,
    MTS_FARM_STOPPED,
    MTS_FARM_BROKEN /* the worker cannot go on: its file is gone */
} mts_outcome;

/* A worker's line to the master, during work. */
typedef struct mts_farm_line mts_farm_line;
void mts_farm_report(mts_farm_line *line, double done, double total,
                     double loss);           /* sends at most about once a second */
bool mts_farm_stopping(mts_farm_line *line); /* the master, or a signal here, asks to stop now */

/* What the master sees: for the progress display and for status. */
typedef struct mts_farm_view {
    size_t total, todo;            /* items of this call; not yet handed out */
    size_t done, diverged, failed; /* of this call */
    size_t running, workers;
    double work_done, work_total; /* in the unit of `cost`, running ones in part */
    double seconds;               /* since the start */
    double left;                  /* estimate of the seconds to the end; NaN = not known yet */
} mts_farm_view;

typedef struct mts_farm {
    void *ctx;
    size_t n;            /* items */
    const size_t *index; /* [n] what is handed out */
    const double *cost;  /* [n] work of each, any unit: longest first; corrected by measured rates
                            for the estimate */
    double deadline; /* mts_seconds() after which nothing may run, or INFINITY: an item that cannot
                        finish before it is not started */
    double lost_after; /* seconds of silence after which a busy worker counts as lost and its item
                          goes back; INFINITY = never */
    /* Worker: does one item. Called on ranks > 0, or on rank 0 if it is alone. */
    mts_outcome (*work)(void *ctx, size_t index, mts_farm_line *line, char reason[128]);
    /* Master: called about 5 times a second and after the last item. */
    void (*watch)(void *ctx, const mts_farm_view *view);
    /* Master: an item ended; in the order of arrival. */
    void (*ended)(void *ctx, size_t index, int rank, mts_outcome outcome, double seconds,
                  const char *reason);
    /* Both: asked often; true = stop as soon as possible (a signal came). */
    bool (*interrupted)(void *ctx);
} mts_farm;

/* Collective over comm. n, index and cost are read on rank 0 only. *view (rank 0 only) is the final
 * one. MTS_OK: every item ended in done, diverged or failed. MTS_STOPPED: interrupted or deadline,
 * items left over. MTS_ERR_IO: a worker reported MTS_FARM_BROKEN (its reason is the message) or all
 * workers are lost. On ranks > 0 always MTS_OK. */
mts_status mts_farm_run(MPI_Comm comm, const mts_farm *farm, mts_farm_view *view);

#endif
