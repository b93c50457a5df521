/* master.c: rank 0 hands out, listens and counts. */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A worker that is told to stop answers within milliseconds, or after the row that it is writing.
 * One that says nothing for so many seconds is dead. */
#define STOP_PATIENCE 30.0

void mts_farm_began(mts_farm_master *m, int rank, size_t item, double now)
{
    mts_farm_crew *c = &m->crew[rank];
    c->state = CREW_BUSY;
    c->item = item;
    c->since = c->heard = now;
    c->fraction = 0;
    c->told_to_stop = false;
}

void mts_farm_over(mts_farm_master *m, int rank, const mts_farm_message *message, double now)
{
    const mts_farm *farm = m->farm;
    const mts_outcome outcome = (mts_outcome)message->outcome;
    const size_t item = (size_t)message->item;
    mts_farm_crew *c = &m->crew[rank];
    bool again;
    c->heard = now;
    c->state = outcome == MTS_FARM_BROKEN ? CREW_BROKEN : CREW_IDLE;
    const double part = outcome == MTS_FARM_DONE ? 1 : message->fraction;
    if (part > 0) {
        mts_farm_past *ended = &m->kind[farm->kind ? farm->kind[item] : 0].ended;
        ended->cost += part * farm->cost[item];
        ended->seconds += message->seconds;
        mts_farm_learn(m);
        c->work += part * mts_farm_expected(m, item);
        c->busy += message->seconds;
    }
    if (m->ended[item]) /* counted as lost in between, and another worker was faster */
        return;

    again =
        farm->ended(farm->ctx, farm->index[item], rank, outcome, message->seconds, message->reason);
    if (outcome == MTS_FARM_STOPPED || outcome == MTS_FARM_BROKEN ||
        (outcome == MTS_FARM_FAILED && again)) {
        mts_farm_give_back(m, item);
        if (outcome == MTS_FARM_BROKEN && !m->broken[0])
            snprintf(m->broken, sizeof m->broken, "%s", message->reason);
        /* A worker stops by itself only when a signal reached it: meant for the whole sweep. */
        if (outcome == MTS_FARM_STOPPED && !m->stopping) {
            m->stopping = m->closing = true;
            m->stopped_at = now;
        }
        return;
    }
    if (m->is_back[item]) {
        m->is_back[item] = false;
        m->n_todo--;
        m->kind[farm->kind ? farm->kind[item] : 0].todo -= farm->cost[item];
    }
    m->ended[item] = true;
    m->n_ended++;
    m->ended_cost += farm->cost[item];
    m->view.done += outcome == MTS_FARM_DONE;
    m->view.diverged += outcome == MTS_FARM_DIVERGED;
    m->view.failed += outcome == MTS_FARM_FAILED;
}

static void look(mts_farm_master *m, double now)
{
    mts_farm_view *v = &m->view;
    v->todo = m->n_todo;
    v->running = v->workers = v->lost = 0;
    v->work_done = m->ended_cost;
    for (size_t r = 0; r < m->n_crew; r++) {
        const mts_farm_crew *c = &m->crew[r];
        v->lost += c->state == CREW_LOST;
        v->workers += c->state != CREW_LOST && c->state != CREW_BROKEN;
        if (c->state == CREW_BUSY) {
            v->running++;
            v->work_done += c->fraction * m->farm->cost[c->item];
        }
    }
    v->seconds = now - m->start;
    v->left = mts_farm_left(m, now);
}

void mts_farm_tick(mts_farm_master *m, double now, bool force)
{
    if (!m->stopping && (m->farm->interrupted(m->farm->ctx) || now >= m->farm->deadline)) {
        m->stopping = m->closing = true;
        m->stopped_at = now;
    }
    if (!force && now - m->watched < 0.2)
        return;
    m->watched = now;
    mts_farm_learn(m);
    look(m, now);
    m->farm->watch(m->farm->ctx, &m->view);
}

static void note(mts_farm_master *m, mts_status st)
{
    if (m->status == MTS_OK)
        m->status = st;
    if (st != MTS_OK)
        m->closing = true;
}

static void tell(mts_farm_master *m, size_t rank, mts_farm_kind kind)
{
    const mts_farm_message message = {.kind = (int32_t)kind, .lost = m->view.lost};
    note(m, mts_farm_send(m->link, (int)rank, &message));
}

/* Takes every message that is there; returns whether there was one. */
static bool listen(mts_farm_master *m)
{
    mts_farm_message message;
    bool there, any = false;
    int from;
    for (;;) {
        const double now = mts_seconds();
        note(m, mts_farm_poll(m->link, MPI_ANY_SOURCE, &there, &message, &from));
        if (m->status != MTS_OK || !there)
            return any;
        any = true;
        mts_farm_crew *c = &m->crew[from];
        c->heard = now;
        if (message.kind == FARM_READY) {
            c->state = CREW_IDLE;
        } else if (message.kind == FARM_FINISHED) {
            mts_farm_over(m, from, &message, now);
        } else if (message.kind == FARM_PROGRESS) {
            c->fraction = message.fraction;
            if (c->state == CREW_LOST) { /* slow, not dead: back at its item */
                c->state = CREW_BUSY;
                c->item = (size_t)message.item;
                c->since = now - message.seconds;
            }
        }
    }
}

/* Finds the silent, and tells those that wait that the master lives. */
static void check_silence(mts_farm_master *m, double now)
{
    for (size_t r = 1; r < m->n_crew; r++) {
        mts_farm_crew *c = &m->crew[r];
        const bool asked = c->state == CREW_BUSY || c->state == CREW_STARTING;
        double silent = now - c->heard, patience = m->farm->lost_after;
        if (asked && m->stopping) {
            silent = now - fmax(c->heard, m->stopped_at);
            patience = fmin(patience, STOP_PATIENCE);
        }
        if (asked && silent > patience) {
            if (c->state == CREW_BUSY)
                mts_farm_give_back(m, c->item);
            c->state = CREW_LOST;
            mts_log("rank %zu has said nothing for %.1f s and counts as lost", r, silent);
        }
        if ((c->state == CREW_IDLE || c->state == CREW_BROKEN) && isfinite(m->farm->lost_after) &&
            now - c->stayed > fmin(1, m->farm->lost_after / 4)) {
            c->stayed = now;
            tell(m, r, FARM_STAY);
        }
    }
}

/* Gives every idle worker something to do, as long as there is something for it. */
static void hand_out(mts_farm_master *m)
{
    for (size_t r = 1; r < m->n_crew && m->n_todo > 0; r++) {
        const double now = mts_seconds();
        size_t item;
        if (m->crew[r].state != CREW_IDLE || !mts_farm_pick(m, (int)r, now, &item))
            continue;
        mts_farm_began(m, (int)r, item, now);
        const mts_farm_message message = {
            .kind = FARM_WORK, .item = item, .index = m->farm->index[item]};
        note(m, mts_farm_send(m->link, (int)r, &message));
    }
}

static size_t count(const mts_farm_master *m, mts_farm_crew_state state)
{
    size_t n = 0;
    for (size_t r = 1; r < m->n_crew; r++)
        n += m->crew[r].state == state;
    return n;
}

void mts_farm_lead(mts_farm_master *m)
{
    mts_farm_nap nap;
    double looked = 0;
    mts_farm_nap_wake(&nap);
    for (;;) {
        bool news = listen(m);
        const double now = mts_seconds();
        mts_farm_tick(m, now, false);
        /* The rest is for when something changed, and for the clock's sake now and then. */
        if (news || m->stopping || now - looked > 0.1) {
            looked = now;
            if (m->stopping)
                for (size_t r = 1; r < m->n_crew; r++)
                    if (m->crew[r].state == CREW_BUSY && !m->crew[r].told_to_stop) {
                        m->crew[r].told_to_stop = true;
                        tell(m, r, FARM_STOP);
                    }
            check_silence(m, now);
            if (!m->closing)
                hand_out(m);
            /* Every rank that lives has spoken and has no work, and nothing could be handed out. */
            if (count(m, CREW_BUSY) == 0 && count(m, CREW_STARTING) == 0)
                break;
            if (m->status != MTS_OK)
                break;
        }
        if (news)
            mts_farm_nap_wake(&nap);
        else
            mts_farm_nap_sleep(&nap);
    }
    m->closing = true;
    look(m, mts_seconds());
    for (size_t r = 1; r < m->n_crew; r++)
        tell(m, r, FARM_NO_MORE);
}
