/* toy_farm.h: callbacks of a farm that do as they are told, and count. Every rank runs every test, rank 0
 * judges what the master saw. */
#ifndef MTSWEEP_TESTS_TOY_FARM_H
#define MTSWEEP_TESTS_TOY_FARM_H

#include <math.h>
#include <string.h>

#include "../src/farm/internal.h"
#include "mpi_suite.h"

#define MOST 400

typedef struct {
    /* instructions */
    size_t n;
    double item_seconds;
    double silent_seconds; /* rank 1 says nothing for so long in its first item */
    size_t fail_index;     /* this index fails ... */
    size_t fail_times;     /* ... so often */
    size_t diverge_index;
    int broken_rank; /* its first item breaks it; -1 = none */
    double stop_after, started;
    int dead_rank; /* is said to be dead after dead_after, and then is silent; -1 = none */
    double dead_after, asleep_after; /* the master sleeps for 1.3 s then */
    size_t again_max;
    /* observations */
    size_t worked, watched, order[MOST], n_order;
    size_t ended[MOST], failed[MOST], stopped, broken, died, of_the_dead;

    size_t told; /* looks at an item that has said of itself what it should */
    bool slept;
    bool was_silent, backwards, mistold;
    double work_done;
    int by[MOST];
    char reason[MTS_FARM_REASON];
} toy;

static bool is_dead(const toy *t, int who)
{
    return who == t->dead_rank && mts_seconds() - t->started > t->dead_after;
}

static bool toy_gone(void *ctx, int who)
{
    return is_dead(ctx, who);
}

static mts_outcome toy_work(void *ctx, size_t index, mts_farm_line *line,
                            char reason[MTS_FARM_REASON])
{
    toy *t = ctx;
    const double start = mts_seconds();
    t->worked++;
    if (t->broken_rank == rank) {
        strcpy(reason, "the file is gone");
        return MTS_FARM_BROKEN;
    }
    if (t->silent_seconds > 0 && rank == 1 && !t->was_silent) {
        t->was_silent = true;
        mts_pause(t->silent_seconds);
    }
    while (is_dead(t, rank))
        if (mts_farm_stopping(line))
            return MTS_FARM_STOPPED;
    do {
        if (is_dead(t, rank))
            return toy_work(ctx, index, line, reason);
        mts_farm_report(line, mts_seconds() - start, t->item_seconds,
                        (const double[MTS_FARM_NOTES]){(double)index, 0.5});
        if (mts_farm_stopping(line))
            return MTS_FARM_STOPPED;
        if (t->item_seconds > 0)
            mts_pause(1e-3);
    } while (mts_seconds() - start < t->item_seconds);
    if (index == t->fail_index) {
        strcpy(reason, "no memory");
        return MTS_FARM_FAILED;
    }
    return index == t->diverge_index ? MTS_FARM_DIVERGED : MTS_FARM_DONE;
}

static void toy_watch(void *ctx, const mts_farm_view *view)
{
    toy *t = ctx;
    t->watched++;
    t->backwards |= view->done + view->diverged + view->failed > view->total;
    t->work_done = view->work_done;
    for (size_t i = 0; i < view->running; i++) {
        const mts_farm_busy *busy = &view->busy[i];
        t->told += busy->note[1] == 0.5;
        t->mistold |= busy->index >= view->total || busy->seconds < 0 ||
                      (busy->note[1] == 0.5 && busy->note[0] != (double)busy->index);
    }
    if (!t->slept && mts_seconds() - t->started > t->asleep_after) {
        t->slept = true;
        mts_pause(1.3);
    }
}

static bool toy_ended(void *ctx, size_t index, int by, mts_outcome outcome, double seconds,
                      const char *reason)
{
    toy *t = ctx;
    (void)seconds;
    t->by[index] = by;
    if (t->n_order < MOST)
        t->order[t->n_order++] = index;
    if (outcome == MTS_FARM_DIED) {
        t->died++;
        t->of_the_dead = index;
        return t->died <= t->again_max;
    }
    if (outcome == MTS_FARM_STOPPED)
        t->stopped++;
    else if (outcome == MTS_FARM_BROKEN)
        t->broken++;
    else
        t->ended[index]++;
    if (outcome == MTS_FARM_FAILED) {
        t->failed[index]++;
        snprintf(t->reason, sizeof t->reason, "%s", reason);
        return t->failed[index] < t->again_max;
    }
    return false;
}

static bool toy_interrupted(void *ctx)
{
    const toy *t = ctx;
    return mts_seconds() - t->started > t->stop_after;
}

static toy toy_new(size_t n)
{
    return (toy){.n = n,
                 .fail_index = SIZE_MAX,
                 .diverge_index = SIZE_MAX,
                 .broken_rank = -1,
                 .dead_rank = -1,
                 .asleep_after = INFINITY,
                 .stop_after = INFINITY,
                 .again_max = 1};
}

static mts_farm farm_of(toy *t, size_t *index, double *cost)
{
    for (size_t i = 0; i < t->n; i++) {
        index[i] = i;
        cost[i] = 1 + (double)((i * 7) % 11);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    t->started = mts_seconds();
    return (mts_farm){.ctx = t,
                      .n = t->n,
                      .index = index,
                      .cost = cost,
                      .deadline = INFINITY,
                      .lost_after = INFINITY,
                      .gone = toy_gone,
                      .work = toy_work,
                      .watch = toy_watch,
                      .ended = toy_ended,
                      .interrupted = toy_interrupted};
}

static size_t index_[MOST];
static double cost_[MOST];

#endif
