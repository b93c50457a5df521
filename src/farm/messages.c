/* messages.c: sending, looking for messages, and sleeping in between. */
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "internal.h"

enum { TAG = 1 };

mts_status mts_farm_check(int code, const char *call, int rank)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;

    if (code == MPI_SUCCESS)
        return MTS_OK;
    MPI_Error_string(code, text, &length);
    return mts_fail(MTS_ERR_IO, "MPI failed on rank %d: %.40s: %.300s", rank, call, text);
}

mts_status mts_farm_send(MPI_Comm comm, int self, int rank, const mts_farm_message *message)
{
    /* A short message is handed to the library at once, whatever the receiver does. */
    const size_t bytes =
        message->kind == FARM_FINISHED ? sizeof *message : offsetof(mts_farm_message, reason);
    return MTS_FARM_MPI(self, MPI_Send(message, (int)bytes, MPI_BYTE, rank, TAG, comm));
}

mts_status mts_farm_poll(MPI_Comm comm, int self, int source, bool *there,
                         mts_farm_message *message, int *from)
{
    MPI_Status where;
    int flag = 0;
    mts_status st = MTS_FARM_MPI(self, MPI_Iprobe(source, TAG, comm, &flag, &where));

    *there = false;
    if (st != MTS_OK || !flag)
        return st;
    memset(message, 0, sizeof *message);
    st = MTS_FARM_MPI(self, MPI_Recv(message, (int)sizeof *message, MPI_BYTE, where.MPI_SOURCE, TAG,
                                     comm, MPI_STATUS_IGNORE));
    if (st != MTS_OK)
        return st;
    message->reason[MTS_FARM_REASON - 1] = 0;
    *from = where.MPI_SOURCE;
    *there = true;
    return MTS_OK;
}

void mts_farm_nap_wake(mts_farm_nap *nap)
{
    nap->pause = 20e-6;
}

void mts_farm_nap_sleep(mts_farm_nap *nap)
{
    const struct timespec pause = {.tv_nsec = (long)(nap->pause * 1e9)};

    nanosleep(&pause, NULL);
    nap->pause *= 1.5;
    if (nap->pause > 5e-3)
        nap->pause = 5e-3;
}
