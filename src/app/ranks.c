/* ranks.c: the few collective steps before and after the farm. They poll with a sleep in between: a
 * rank that waits in a blocking call burns a core. */
#include "verb_run.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void await(MPI_Request *request)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    int done = 0;
    for (;;) {
        MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (done)
            return;
        nanosleep(&pause, NULL);
    }
}

static void share_from(int root, void *bytes, size_t n)
{
    const size_t most = 1 << 30;
    for (size_t at = 0; at < n; at += most) {
        MPI_Request request;
        MPI_Ibcast((char *)bytes + at, (int)(n - at < most ? n - at : most), MPI_BYTE, root,
                   MPI_COMM_WORLD, &request);
        await(&request);
    }
}

void mts_app_share(void *bytes, size_t n)
{
    share_from(0, bytes, n);
}

void mts_app_gather(const void *mine, void *all, size_t bytes)
{
    MPI_Request request;
    MPI_Igather(mine, (int)bytes, MPI_BYTE, all, (int)bytes, MPI_BYTE, 0, MPI_COMM_WORLD, &request);
    await(&request);
}

void mts_app_sum(int64_t *number, int n)
{
    MPI_Request request;
    MPI_Iallreduce(MPI_IN_PLACE, number, n, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD, &request);
    await(&request);
}

mts_status mts_app_agree(mts_status st)
{
    struct {
        int32_t status;
        char message[MTS_MESSAGE_MAX];
    } fault = {.status = (int32_t)st};
    int rank, size, first;
    MPI_Request request;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    first = st == MTS_OK ? size : rank;
    MPI_Iallreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD, &request);
    await(&request);
    if (first == size)
        return MTS_OK;
    snprintf(fault.message, sizeof fault.message, "%s", mts_message());
    share_from(first, &fault, sizeof fault);
    return mts_fail((mts_status)fault.status, "%s", fault.message);
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
