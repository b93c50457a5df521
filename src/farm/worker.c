/* worker.c: the side of the ranks that do the work. */
#include "internal.h"

#include <math.h>

void mts_farm_report(mts_farm_line *line, double done, double total)
{
    const double now = mts_seconds();
    if (total > 0 && done >= 0)
        line->message.fraction = fmin(done / total, 1);
    if (line->alone) {
        line->alone->crew[0].fraction = line->message.fraction;
        line->alone->crew[0].heard = now;
        return;
    }
    if (now - line->sent < 1 || line->over)
        return;
    line->sent = now;
    line->message.kind = FARM_PROGRESS;
    line->message.seconds = now - line->began;
    /* What cannot be sent is noticed when the item is finished. */
    mts_farm_send(line->link, 0, &line->message);
}

bool mts_farm_stopping(mts_farm_line *line)
{
    const double now = mts_seconds();
    mts_farm_message message;
    bool there = true;
    int from;
    if (line->stop)
        return true;
    if (now - line->probed < 1e-3)
        return false;
    line->probed = now;
    if (line->farm->interrupted(line->farm->ctx))
        line->stop = true;
    if (line->alone) {
        mts_farm_tick(line->alone, now, false);
        line->stop = line->alone->stopping;
        return line->stop;
    }
    while (there) {
        if (mts_farm_poll(line->link, 0, &there, &message, &from) != MTS_OK)
            break;
        if (there && message.kind == FARM_NO_MORE) {
            line->over = true;
            line->message.lost = message.lost;
        }
        if (there && message.kind != FARM_STAY)
            line->stop = true;
    }
    return line->stop;
}

bool mts_farm_abandoned(const mts_farm_line *line)
{
    return line->over;
}

/* Does one item and says what became of it. */
static mts_status work(mts_farm_line *line, const mts_farm_message *order)
{
    const mts_farm *farm = line->farm;
    line->message = (mts_farm_message){.item = order->item, .index = order->index};
    line->began = line->sent = line->probed = mts_seconds();
    line->stop = line->over = false;
    line->message.outcome =
        (int32_t)farm->work(farm->ctx, (size_t)order->index, line, line->message.reason);
    line->message.reason[MTS_FARM_REASON - 1] = 0;
    line->message.kind = FARM_FINISHED;
    line->message.seconds = mts_seconds() - line->began;
    return line->over ? MTS_OK : mts_farm_send(line->link, 0, &line->message);
}

mts_status mts_farm_serve(mts_farm_link *link, const mts_farm *farm, size_t *lost)
{
    mts_farm_line line = {.farm = farm, .link = link};
    mts_farm_message message = {.kind = FARM_READY};
    mts_farm_nap nap;
    double heard = mts_seconds();
    mts_status st = mts_farm_send(link, 0, &message);
    bool there;
    int from;
    *lost = 0;
    mts_farm_nap_wake(&nap);
    while (st == MTS_OK) {
        st = mts_farm_poll(link, 0, &there, &message, &from);
        if (st != MTS_OK)
            break;
        if (!there) {
            if (mts_seconds() - heard > farm->lost_after) {
                *lost = 1;
                return mts_fail(MTS_ERR_IO, "rank %d has not heard from rank 0 for %.0f s",
                                link->rank, farm->lost_after);
            }
            mts_farm_nap_sleep(&nap);
            continue;
        }
        mts_farm_nap_wake(&nap);
        if (message.kind == FARM_NO_MORE) {
            *lost = (size_t)message.lost;
            return MTS_OK;
        }
        if (message.kind == FARM_WORK)
            st = work(&line, &message);
        if (line.over) {
            *lost = (size_t)line.message.lost;
            return MTS_OK;
        }
        heard = mts_seconds();
    }
    *lost = 1;
    return st;
}
