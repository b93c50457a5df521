/* farm.h: master and workers. Moves indices and a few numbers; never sees a network, a config or a
 * file.
 *
 * Pull model: a worker that is idle says so, the master (rank 0) answers with the next index of the
 * order, or with "no more". Messages are small and point to point; no collective call is made, so a
 * lost rank blocks nobody. Whoever waits does so with MPI_Iprobe and a sleep that adapts between 20 us
 * and 5 ms. With one rank the caller does all the work itself, with the same callbacks.
 *
 *     worker                                             master
 *       ready     ---------------------------------------->   hands out the longest item left
 *       work      <----------------------- index ----------
 *       progress  -- fraction, notes, once a second ----->   heartbeat, display, estimate
 *       stop      <----------------------------------------   a signal or the deadline came
 *       finished  -- outcome, seconds, reason ------------>   hands out the next one
 *       stay      <---------------------- once a second ---   to all: the master lives
 *       leave     ---------------------------------------->   the worker has missed the master
 *       no more   <----------------- number of lost ranks --  to all, at the end
 *
 * A rank is lost when it is known to be dead (`gone`) or has said nothing for long. The item of a lost
 * worker goes to the next one that is free, before all others; one that was only slow is welcome back,
 * and whoever ends an item first has done it: doing one twice must be harmless. Time that the judge
 * itself has slept, stopped by a signal or waiting for a disk, does not count as the other's silence.
 *
 * Typical use:
 *
 *     mts_farm farm = {.ctx = &app, .n = n, .index = index, .cost = cost, .deadline = INFINITY,
 *                      .lost_after = 30, .work = work, .watch = watch, .ended = ended,
 *                      .interrupted = interrupted};
 *     st = mts_farm_run(MPI_COMM_WORLD, &farm, &view);
 *     if (view.lost > 0)
 *         ...                              // some ranks are dead: MPI_Finalize would wait for them
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
    MTS_FARM_STOPPED, /* cut short because mts_farm_stopping said so; the item is left over */
    MTS_FARM_BROKEN,  /* the worker cannot go on (its file is gone): it gets nothing more, and the
                         item goes to another one */
    MTS_FARM_DIED     /* the worker is dead; not from work, but to `ended` */
} mts_outcome;

#define MTS_FARM_REASON 256

/* A worker's line to the master, during work. */
typedef struct mts_farm_line mts_farm_line;

/* Numbers about an item that go to who watches, as they are. */
#define MTS_FARM_NOTES 2

/* Not collective. Says how far the item is, in any unit, and that the worker lives. Cheap: sends about
 * once a second. */
void mts_farm_report(mts_farm_line *line, double done, double total,
                     const double note[MTS_FARM_NOTES]);

/* Not collective. Whether to stop now: the master says so or is lost, or `interrupted` here. Cheap
 * enough for every few microseconds: looks for messages about once a millisecond. Stays true. */
bool mts_farm_stopping(mts_farm_line *line);

/* Not collective. Whether the master has counted this worker as lost and ended without it: the item
 * is another's now, so the worker must not touch what is stored of it. */
bool mts_farm_abandoned(const mts_farm_line *line);

/* What a worker does, as far as it has said. */
typedef struct mts_farm_busy {
    int rank;
    size_t index;
    double seconds;              /* since the item was handed out */
    double note[MTS_FARM_NOTES]; /* NaN: nothing is said yet */
} mts_farm_busy;

/* What the master sees: for the progress display and for status. */
typedef struct mts_farm_view {
    size_t total, todo;            /* items of this call; not yet handed out */
    size_t done, diverged, failed; /* of this call, ended for good */
    size_t running, workers;       /* workers: those that can still be given work */
    size_t lost;                   /* ranks that fell silent; the one number that is set on every
                                      rank, at the end */
    double work_done, work_total;  /* in the unit of `cost`, running ones in part */
    double seconds;                /* since the start */
    double left;                   /* estimate of the seconds to the end; NaN = not known yet */
    const mts_farm_busy *busy;     /* [running] by rank, during `watch`; else NULL */
} mts_farm_view;

/* Work of a kind that is known to have ended, in the unit of `cost`, and the seconds it took. */
typedef struct mts_farm_past {
    double cost, seconds;
} mts_farm_past;

/* Items of one kind take times like their costs; what a unit of cost takes differs from kind to kind,
 * and is learnt as they end: one of each kind goes first. */
#define MTS_FARM_KINDS 256

typedef struct mts_farm {
    void *ctx;
    size_t n;            /* items */
    const size_t *index; /* [n] what is handed out */
    const double *cost;  /* [n] work of each, any unit, above 0: longest first, and for estimates */
    const uint32_t *kind;      /* [n] below MTS_FARM_KINDS; NULL: all are of one */
    const mts_farm_past *past; /* [MTS_FARM_KINDS], from before this call; NULL: nothing is known */
    double deadline;   /* mts_seconds() after which nothing may run, or INFINITY: running items
                            are told to stop then, and one that, at the measured rate, cannot finish
                            before is not started */
    double worth;      /* seconds; 0, or an item that cannot finish before the deadline is started
                            all the same with at least so much time left, as what it does is kept */
    double lost_after; /* seconds of silence after which a worker counts as lost; INFINITY = never.
                            The master, without whom all ends, gets four times as long, and ten
                            times the last workers, until all is given up. */
    /* Both, or NULL: whether this rank is known to be dead. The master asks for all ranks, a worker
     * for rank 0, some times a second. */
    bool (*gone)(void *ctx, int rank);
    /* Worker: does one item. Called on ranks > 0, or on rank 0 if it is alone. */
    mts_outcome (*work)(void *ctx, size_t index, mts_farm_line *line, char reason[MTS_FARM_REASON]);
    /* Master: called about 5 times a second and after the last item. */
    void (*watch)(void *ctx, const mts_farm_view *view);
    /* Master: an item ended; in the order of arrival. True: it is handed out once more, after
     * everything else. Asked for MTS_FARM_FAILED and, then as the next, for MTS_FARM_DIED, which
     * counts as failed otherwise. */
    bool (*ended)(void *ctx, size_t index, int rank, mts_outcome outcome, double seconds,
                  const char *reason);
    /* Both: asked often; true = stop as soon as possible (a signal came). */
    bool (*interrupted)(void *ctx);
} mts_farm;

/* Called by all ranks of comm, of which nothing else may use tags from MTS_FARM_TAG on; communicates
 * with MPI_ERRORS_RETURN. n, index, cost, kind and past are read on rank 0 only, the rest on every rank. *view is
 * the final one (ranks > 0: `lost` only, the rest 0).
 * MTS_OK: every item ended in done, diverged or failed. MTS_STOPPED: interrupted or deadline, or all
 * workers are lost (then view->workers is 0), with items left over. MTS_ERR_IO: items left over because
 * every worker is broken (the first one's reason is the message), or MPI failed. MTS_ERR_MEMORY. On
 * ranks > 0: MTS_OK, MTS_ERR_IO, or MTS_STOPPED where the master is lost (and view->lost is 1). */
#define MTS_FARM_TAG 16
mts_status mts_farm_run(MPI_Comm comm, const mts_farm *farm, mts_farm_view *view);

/* Not collective; needs no MPI. When the last of n items ends, in the unit of cost[n], if `workers`
 * (at least 1) work them off as mts_farm_run does: longest first, each to whoever is free first. 0
 * without items. MTS_ERR_MEMORY. */
mts_status mts_farm_makespan(const double *cost, size_t n, size_t workers, double *makespan);

#endif
