/* ranks.c: the few collective steps before and after the farm. They poll with a sleep in between: a
 * rank that waits in a blocking call burns a core, and does not see that another has died. What a step
 * that never ends may still write to is left behind. */
#include "verb_run.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

static mts_status lost(void)
{
    return mts_fail(MTS_STOPPED, "%s", mts_app_bereft());
}

static mts_status share_from(int root, void *bytes, size_t n)
{
    const size_t most = 1 << 30;
    char *copy = mts_app_bereft() ? NULL : mts_alloc(n, 1);
    if (mts_app_bereft())
        return lost();
    if (!copy)
        return MTS_ERR_MEMORY;
    memcpy(copy, bytes, n);
    for (size_t at = 0; at < n; at += most) {
        MPI_Request request;
        MPI_Ibcast(copy + at, (int)(n - at < most ? n - at : most), MPI_BYTE, root, MPI_COMM_WORLD,
                   &request);
        if (!mts_app_await(1, &request))
            return lost();
    }
    memcpy(bytes, copy, n);
    mts_free(copy);
    return MTS_OK;
}

mts_status mts_app_share(void *bytes, size_t n)
{
    return share_from(0, bytes, n);
}

mts_status mts_app_gather(const void *mine, void *all, size_t bytes)
{
    MPI_Request request;
    void *copy = mts_app_bereft() ? NULL : mts_alloc(1, bytes);
    if (mts_app_bereft())
        return lost();
    if (!copy)
        return MTS_ERR_MEMORY;
    memcpy(copy, mine, bytes);
    MPI_Igather(copy, (int)bytes, MPI_BYTE, all, (int)bytes, MPI_BYTE, 0, MPI_COMM_WORLD, &request);
    if (!mts_app_await(1, &request))
        return lost();
    mts_free(copy);
    return MTS_OK;
}

mts_status mts_app_sum(int64_t *number, int n)
{
    static int64_t copy[MTS_APP_SUMS];
    MPI_Request request;
    if (mts_app_bereft())
        return lost();
    memcpy(copy, number, (size_t)n * sizeof *copy);
    MPI_Iallreduce(MPI_IN_PLACE, copy, n, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD, &request);
    if (!mts_app_await(1, &request))
        return lost();
    memcpy(number, copy, (size_t)n * sizeof *copy);
    return MTS_OK;
}

mts_status mts_app_agree(mts_status st)
{
    static int first;
    struct {
        int32_t status;
        char message[MTS_MESSAGE_MAX];
    } fault = {.status = (int32_t)st};
    int rank, size;
    MPI_Request request;
    mts_status shared;
    if (mts_app_bereft())
        return st == MTS_OK ? lost() : st;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    snprintf(fault.message, sizeof fault.message, "%s", mts_message());
    first = st == MTS_OK ? size : rank;
    MPI_Iallreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD, &request);
    if (!mts_app_await(1, &request))
        return st == MTS_OK ? lost() : st;
    if (first == size)
        return MTS_OK;
    shared = share_from(first, &fault, sizeof fault);
    return shared == MTS_OK ? mts_fail((mts_status)fault.status, "%s", fault.message) : shared;
}

mts_status mts_app_check_launch(int size)
{
    static const char *const sizes[][2] = {{"OMPI_COMM_WORLD_SIZE", "Open MPI's mpirun"},
                                           {"PMI_SIZE", "MPICH's mpirun"}};
    const char *tasks = getenv("SLURM_STEP_NUM_TASKS");
    char library[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    if (size > 1)
        return MTS_OK;
    /* mpirun starts its ranks itself, whatever step it runs in. */
    if (tasks && atoi(tasks) > 1 && !getenv("OMPI_COMM_WORLD_SIZE"))
        return mts_fail(MTS_ERR_USAGE,
                        "srun started %s tasks, but MPI sees only this one; use 'srun --mpi=pmix' "
                        "('srun --mpi=list' names the kinds) or mpirun",
                        tasks);
    MPI_Get_library_version(library, &length);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const char *ranks = getenv(sizes[i][0]);
        if (ranks && atoi(ranks) > 1)
            return mts_fail(MTS_ERR_USAGE,
                            "%s started %s ranks, but MPI sees only this one; use the mpirun of "
                            "the library that mtsweep is built with, %.*s",
                            sizes[i][1], ranks, (int)strcspn(library, ",\n"), library);
    }
    return MTS_OK;
}
