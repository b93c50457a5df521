/* What the master of a farm costs, without training: items that do nothing, and items that sleep. Prints
 * a line each, and the master's own processor time an item, from which tools/farm-model goes on.
 *
 *     make bench-farm RANKS=64 */
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "mtsweep/farm.h"

static mts_outcome sleep_work(void *ctx, size_t index, mts_farm_line *line,
                              char reason[MTS_FARM_REASON])
{
    const double seconds = *(double *)ctx;
    const struct timespec t = {(time_t)seconds, (long)(fmod(seconds, 1) * 1e9)};
    (void)index;
    (void)reason;
    mts_farm_report(line, 0, 1, (const double[MTS_FARM_NOTES]){0});
    if (seconds > 0)
        nanosleep(&t, NULL);
    return mts_farm_stopping(line) ? MTS_FARM_STOPPED : MTS_FARM_DONE;
}

static void no_watch(void *ctx, const mts_farm_view *view)
{
    (void)ctx;
    (void)view;
}

static bool no_more(void *ctx, size_t index, int rank, mts_outcome outcome, double seconds,
                    const char *reason)
{
    (void)ctx;
    (void)index;
    (void)rank;
    (void)outcome;
    (void)seconds;
    (void)reason;
    return false;
}

static bool never(void *ctx)
{
    (void)ctx;
    return false;
}

static double processor_seconds(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)use.ru_utime.tv_sec + 1e-6 * (double)use.ru_utime.tv_usec +
           (double)use.ru_stime.tv_sec + 1e-6 * (double)use.ru_stime.tv_usec;
}

static void measure(int rank, int size, double seconds, size_t n)
{
    size_t *index = mts_alloc(n, sizeof *index);
    double *cost = mts_alloc(n, sizeof *cost);
    mts_farm_view view;
    if (!index || !cost)
        MPI_Abort(MPI_COMM_WORLD, 1);
    for (size_t i = 0; i < n; i++) {
        index[i] = i;
        cost[i] = 1;
    }
    const mts_farm farm = {.ctx = &seconds,
                           .n = n,
                           .index = index,
                           .cost = cost,
                           .deadline = INFINITY,
                           .lost_after = 30,
                           .work = sleep_work,
                           .watch = no_watch,
                           .ended = no_more,
                           .interrupted = never};
    MPI_Barrier(MPI_COMM_WORLD);
    const double start = mts_seconds(), used = processor_seconds();
    if (mts_farm_run(MPI_COMM_WORLD, &farm, &view) != MTS_OK)
        MPI_Abort(MPI_COMM_WORLD, 1);
    const double took = mts_seconds() - start, master = processor_seconds() - used;
    if (rank == 0 && seconds > 0)
        printf(
            "%4d workers, runs of %5.0f ms: %8.0f runs/s, share lost %5.2f %%, master %5.1f us a "
            "run\n",
            size - 1, 1e3 * seconds, (double)n / took,
            100 * (1 - (double)n * seconds / ((size - 1) * took)), 1e6 * master / (double)n);
    else if (rank == 0)
        printf("%4d workers, empty runs:      %8.0f runs/s, master %5.1f us a run\n", size - 1,
               (double)n / took, 1e6 * master / (double)n);
    fflush(stdout);
    mts_free(index);
    mts_free(cost);
}

int main(void)
{
    int rank, size;
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (size < 2) {
        fprintf(stderr, "bench_farm: needs two ranks at least; see 'make bench-farm'\n");
        MPI_Finalize();
        return EXIT_FAILURE;
    }
    measure(rank, size, 0, 20000);
    measure(rank, size, 0.01, (size_t)(size - 1) * 100);
    measure(rank, size, 0.1, (size_t)(size - 1) * 30);
    measure(rank, size, 1, (size_t)(size - 1) * 4);
    MPI_Finalize();
    return EXIT_SUCCESS;
}
