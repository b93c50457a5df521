/* farm.c: the way in. One rank alone works through the items itself. */
#include "internal.h"

#include <math.h>
#include <string.h>

static void work_alone(mts_farm_master *m)
{
    const mts_farm *farm = m->farm;
    mts_farm_line line = {.farm = farm, .alone = m};
    size_t item;
    for (;;) {
        double now = mts_seconds();
        mts_farm_tick(m, now, false);
        if (m->closing || m->crew[0].state != CREW_IDLE || !mts_farm_pick(m, 0, now, &item))
            return;
        mts_farm_began(m, 0, item, now);
        line.message = (mts_farm_message){.item = item, .index = farm->index[item]};
        line.probed = now;
        line.stop = false;
        line.message.outcome =
            (int32_t)farm->work(farm->ctx, farm->index[item], &line, line.message.reason);
        line.message.reason[MTS_FARM_REASON - 1] = 0;
        line.message.seconds = mts_seconds() - now;
        mts_farm_over(m, 0, &line.message, mts_seconds());
    }
}

/* What the master returns, once all is over. */
static mts_status verdict(const mts_farm_master *m)
{
    if (m->n_ended == m->farm->n)
        return MTS_OK;
    if (m->status != MTS_OK)
        return m->status;
    if (m->stopping)
        return mts_fail(MTS_STOPPED, "stopped with %zu of %zu items left", m->farm->n - m->n_ended,
                        m->farm->n);
    if (m->crew_in[CREW_IDLE] > 0)
        return mts_fail(MTS_STOPPED, "none of the %zu items left fits before the deadline",
                        m->farm->n - m->n_ended);
    if (m->broken[0])
        return mts_fail(MTS_ERR_IO, "%s", m->broken);
    return mts_fail(MTS_STOPPED, "all workers are lost");
}

/* Rank 0: the whole, alone or as the master. */
static mts_status lead(mts_farm_link *link, const mts_farm *farm, int size, mts_farm_view *view)
{
    const mts_farm_message home = {.kind = FARM_NO_MORE};
    mts_farm_master *master = NULL;
    mts_status st = mts_farm_master_create(farm, link, size, &master);
    for (int r = 1; r < size && st != MTS_OK; r++)
        mts_farm_send(link, r, &home);
    if (st != MTS_OK)
        return st;
    if (size == 1)
        work_alone(master);
    else
        mts_farm_lead(master);
    mts_farm_tick(master, mts_seconds(), true);
    st = verdict(master);
    *view = master->view;
    view->busy = NULL;
    mts_farm_master_destroy(master);
    return st;
}

mts_status mts_farm_run(MPI_Comm comm, const mts_farm *farm, mts_farm_view *view)
{
    static int number; /* a message that a lost rank never took is not of the next farm */
    mts_farm_link link = {.comm = comm, .tag = MTS_FARM_TAG + number++ % 1024};
    int size;
    mts_status st;
    memset(view, 0, sizeof *view);
    link.heard = link.looked = mts_seconds();
    MPI_Comm_rank(comm, &link.rank);
    MPI_Comm_size(comm, &size);
    MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
    if (link.rank > 0)
        st = mts_farm_serve(&link, farm, &view->lost);
    else
        st = lead(&link, farm, size, view);
    mts_farm_flush(&link, view->lost > 0 ? 1 : 60);
    return st;
}
