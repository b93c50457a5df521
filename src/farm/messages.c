/* messages.c: sending, looking for messages, and sleeping in between. */
#include "internal.h"

#include <stddef.h>
#include <string.h>

mts_status mts_farm_check(int code, const char *call, int rank)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    if (code == MPI_SUCCESS)
        return MTS_OK;
    MPI_Error_string(code, text, &length);
    return mts_fail(MTS_ERR_IO, "MPI failed on rank %d: %.40s: %.300s", rank, call, text);
}

struct mts_farm_post {
    mts_farm_message message;
    MPI_Request request;
    mts_farm_post *next;
};

/* Where no memory is left there is one more post; of the process, as it may outlast a farm. */
static mts_farm_post spare = {.request = MPI_REQUEST_NULL};

/* It is free again in microseconds, unless nobody takes the message. */
#define SPARE_PATIENCE 1.0

static bool spare_is_free(void)
{
    int done = 0;
    return MPI_Test(&spare.request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && done;
}

static mts_farm_post *take_post(void)
{
    mts_farm_post *post = mts_alloc(1, sizeof *post);
    const double start = mts_seconds();
    mts_farm_nap nap;
    if (post)
        return post;
    mts_farm_nap_wake(&nap);
    while (!spare_is_free()) {
        if (mts_seconds() - start > SPARE_PATIENCE)
            return NULL;
        mts_farm_nap_sleep(&nap);
    }
    return &spare;
}

/* Frees what the library is done with. */
static mts_status reap(mts_farm_link *link)
{
    mts_status st = MTS_OK;
    for (mts_farm_post **at = &link->post; *at && st == MTS_OK;) {
        mts_farm_post *post = *at;
        int done = 0;
        st = MTS_FARM_MPI(link->rank, MPI_Test(&post->request, &done, MPI_STATUS_IGNORE));
        if (done) {
            *at = post->next;
            mts_free(post);
        } else {
            at = &post->next;
        }
    }
    return st;
}

mts_status mts_farm_send(mts_farm_link *link, int to, const mts_farm_message *message)
{
    const size_t bytes = offsetof(mts_farm_message, reason) + strlen(message->reason) + 1;
    mts_farm_post *post = take_post();
    mts_status st;
    if (!post)
        return MTS_ERR_MEMORY;
    post->message = *message;
    st = MTS_FARM_MPI(link->rank, MPI_Isend(&post->message, (int)bytes, MPI_BYTE, to, link->tag,
                                            link->comm, &post->request));
    if (post == &spare)
        return st;
    if (st != MTS_OK) {
        mts_free(post);
        return st;
    }
    post->next = link->post;
    link->post = post;
    return reap(link);
}

void mts_farm_flush(mts_farm_link *link, double seconds)
{
    const double start = mts_seconds();
    mts_farm_nap nap;
    mts_farm_nap_wake(&nap);
    while (reap(link) == MTS_OK && (link->post || !spare_is_free()) &&
           mts_seconds() - start < seconds)
        mts_farm_nap_sleep(&nap);
}

mts_status mts_farm_poll(mts_farm_link *link, int source, bool *there, mts_farm_message *message,
                         int *from)
{
    MPI_Status where;
    int flag = 0;
    mts_status st =
        MTS_FARM_MPI(link->rank, MPI_Iprobe(source, link->tag, link->comm, &flag, &where));
    *there = false;
    if (st != MTS_OK || !flag)
        return st;
    memset(message, 0, sizeof *message);
    st =
        MTS_FARM_MPI(link->rank, MPI_Recv(message, (int)sizeof *message, MPI_BYTE, where.MPI_SOURCE,
                                          link->tag, link->comm, MPI_STATUS_IGNORE));
    if (st != MTS_OK)
        return st;
    message->reason[MTS_FARM_REASON - 1] = 0;
    *from = where.MPI_SOURCE;
    *there = true;
    link->heard = mts_seconds();
    return MTS_OK;
}

double mts_farm_absence(mts_farm_link *link, double now)
{
    const double gap = now - link->looked;
    link->looked = now;
    return gap > MTS_FARM_ABSENCE ? gap : 0;
}

void mts_farm_nap_wake(mts_farm_nap *nap)
{
    nap->pause = 20e-6;
}

void mts_farm_nap_sleep(mts_farm_nap *nap)
{
    mts_pause(nap->pause);
    nap->pause *= 1.5;
    if (nap->pause > 5e-3)
        nap->pause = 5e-3;
}
