/* worker.c: the side of the ranks that do the work. */
#include "internal.h"

#include <math.h>
#include <string.h>

/* The master may wait for a file server that the workers, who compute, do not miss. */
#define MASTER_PATIENCE 4

/* Whether there is no master any more. */
static bool bereft(mts_farm_link *link, const mts_farm *farm)
{
    const double now = mts_seconds();
    if (link->bereft || now - link->looked < MTS_FARM_LOOK)
        return link->bereft;
    link->heard = fmin(now, link->heard + mts_farm_absence(link, now));
    link->bereft = (farm->gone && farm->gone(farm->ctx, 0)) ||
                   now - link->heard > MASTER_PATIENCE * farm->lost_after;
    return link->bereft;
}

void mts_farm_report(mts_farm_line *line, double done, double total,
                     const double note[MTS_FARM_NOTES])
{
    const double now = mts_seconds();
    if (total > 0 && done >= 0)
        line->message.fraction = fmin(done / total, 1);
    memcpy(line->message.note, note, sizeof line->message.note);
    if (line->alone) {
        line->alone->crew[0].fraction = line->message.fraction;
        memcpy(line->alone->crew[0].note, note, sizeof line->message.note);
        line->alone->crew[0].heard = now;
        return;
    }
    if (now - line->sent < line->beat || line->over || line->link->bereft)
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
    line->stop = line->stop || bereft(line->link, line->farm);
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
    line->began = line->sent = mts_seconds();
    line->probed =
        0; /* "no more" may be there already: the master has waited in vain for this rank */
    line->stop = line->over = false;
    line->message.outcome =
        (int32_t)farm->work(farm->ctx, (size_t)order->index, line, line->message.reason);
    line->message.reason[MTS_FARM_REASON - 1] = 0;
    line->message.kind = FARM_FINISHED;
    line->message.seconds = mts_seconds() - line->began;
    /* Who stops for want of a master leaves. */
    if (line->over || (line->link->bereft && line->message.outcome == MTS_FARM_STOPPED))
        return MTS_OK;
    return mts_farm_send(line->link, 0, &line->message);
}

/* The master that has only slept learns so; one that lives need not wait for a rank that cannot go on. */
static mts_status leave(mts_farm_link *link, mts_status st)
{
    const mts_farm_message message = {.kind = FARM_LEAVE};
    mts_farm_send(link, 0, &message);
    return st != MTS_OK ? st
                        : mts_fail(MTS_STOPPED, "rank 0 is gone or has said nothing for %.0f s",
                                   mts_seconds() - link->heard);
}

mts_status mts_farm_serve(mts_farm_link *link, const mts_farm *farm, size_t *lost)
{
    mts_farm_line line = {.farm = farm, .link = link, .beat = fmin(1, farm->lost_after / 4)};
    mts_farm_message message = {.kind = FARM_READY};
    mts_farm_nap nap;
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
            if (bereft(link, farm))
                break;
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
    }
    *lost = 1;
    return leave(link, st);
}
