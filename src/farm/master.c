/* master.c: rank 0 hands out, listens and counts. */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A worker that is told to stop answers within milliseconds, or after the row that it is writing.
 * One that says nothing for so many seconds is dead. */
#define STOP_PATIENCE 30.0

/* All is given up when the last workers have been silent for so many times `lost_after`. */
#define LAST_PATIENCE 10

void mts_farm_began(mts_farm_master *m, int rank, size_t item, double now)
{
    mts_farm_crew *c = &m->crew[rank];
    mts_farm_turn(m, (size_t)rank, CREW_BUSY);
    c->item = item;
    c->since = c->heard = now;
    c->fraction = 0;
    for (size_t i = 0; i < MTS_FARM_NOTES; i++)
        c->note[i] = NAN;
    c->told_to_stop = false;
}

static size_t *counter(mts_farm_master *m, mts_outcome outcome)
{
    return outcome == MTS_FARM_DONE       ? &m->view.done
           : outcome == MTS_FARM_DIVERGED ? &m->view.diverged
                                          : &m->view.failed;
}

static void end_item(mts_farm_master *m, size_t item, mts_outcome outcome)
{
    mts_farm_keep(m, item);
    m->ended[item] = (uint8_t)(outcome + 1);
    m->n_ended++;
    m->ended_cost += m->farm->cost[item];
    ++*counter(m, outcome);
}

/* It is handed out again, also where another worker has ended it: one that began it later has left it
 * half done, or that was not seen yet where it began. */
static void reopen_item(mts_farm_master *m, size_t item, bool urgent)
{
    if (m->ended[item]) {
        --*counter(m, (mts_outcome)(m->ended[item] - 1));
        m->ended_cost -= m->farm->cost[item];
        m->n_ended--;
        m->ended[item] = 0;
    }
    mts_farm_give_back(m, item, urgent);
}

void mts_farm_over(mts_farm_master *m, int rank, const mts_farm_message *message, double now)
{
    const mts_farm *farm = m->farm;
    const mts_outcome outcome = (mts_outcome)message->outcome;
    const size_t item = (size_t)message->item;
    mts_farm_crew *c = &m->crew[rank];
    bool again;
    c->heard = now;
    mts_farm_turn(m, (size_t)rank, outcome == MTS_FARM_BROKEN ? CREW_BROKEN : CREW_IDLE);
    const double part = outcome == MTS_FARM_DONE ? 1 : message->fraction;
    if (part > 0) {
        mts_farm_past *ended = &m->kind[farm->kind ? farm->kind[item] : 0].ended;
        ended->cost += part * farm->cost[item];
        ended->seconds += message->seconds;
        mts_farm_learn(m);
        c->work += part * mts_farm_expected(m, item);
        c->busy += message->seconds;
    }
    /* Counted as lost in between, and another worker was faster. */
    if (m->ended[item] && outcome != MTS_FARM_STOPPED && outcome != MTS_FARM_BROKEN)
        return;

    again =
        farm->ended(farm->ctx, farm->index[item], rank, outcome, message->seconds, message->reason);
    if (outcome == MTS_FARM_STOPPED || outcome == MTS_FARM_BROKEN ||
        (outcome == MTS_FARM_FAILED && again)) {
        reopen_item(m, item, false);
        if (outcome == MTS_FARM_BROKEN && !m->broken[0])
            snprintf(m->broken, sizeof m->broken, "%s", message->reason);
        /* A worker stops by itself only when a signal reached it: meant for the whole sweep. */
        if (outcome == MTS_FARM_STOPPED && !m->stopping) {
            m->stopping = m->closing = true;
            m->stopped_at = now;
        }
        return;
    }
    end_item(m, item, outcome);
}

static void look(mts_farm_master *m, double now)
{
    mts_farm_view *v = &m->view;
    v->todo = m->n_todo;
    v->work_done = m->ended_cost;
    v->lost = m->crew_in[CREW_LOST];
    v->workers = m->n_crew - m->crew_in[CREW_LOST] - m->crew_in[CREW_BROKEN];
    v->running = 0;
    v->busy = m->busy;
    for (size_t r = 0; r < m->n_crew; r++) {
        const mts_farm_crew *c = &m->crew[r];
        mts_farm_busy *busy = &m->busy[v->running];
        if (c->state != CREW_BUSY)
            continue;
        v->work_done += c->fraction * m->farm->cost[c->item];
        v->running++;
        *busy = (mts_farm_busy){
            .rank = (int)r, .index = m->farm->index[c->item], .seconds = now - c->since};
        memcpy(busy->note, c->note, sizeof busy->note);
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

/* A worker is lost; for good where it is known to be dead. */
static void lose(mts_farm_master *m, size_t rank, bool dead, double now)
{
    mts_farm_crew *c = &m->crew[rank];
    const bool busy = c->state == CREW_BUSY;
    const size_t item = c->item;
    bool again = true;
    mts_farm_turn(m, rank, CREW_LOST);
    c->gone = dead;
    if (!busy)
        return;
    if (dead)
        again = m->farm->ended(m->farm->ctx, m->farm->index[item], (int)rank, MTS_FARM_DIED,
                               now - c->since, "");
    if (dead && again)
        reopen_item(m, item, true);
    else if (again)
        mts_farm_give_back(m, item, true);
    else if (!m->ended[item])
        end_item(m, item, MTS_FARM_FAILED);
}

/* A worker that was lost speaks: slow, not dead, and back at its item. Whoever has that now, if anybody
 * has, goes on too; what ends first counts. */
static void welcome(mts_farm_master *m, int rank, const mts_farm_message *message, double now)
{
    mts_farm_turn(m, (size_t)rank, CREW_BUSY);
    m->crew[rank].item = (size_t)message->item;
    m->crew[rank].since = now - message->seconds;
    mts_farm_keep(m, (size_t)message->item);
}

/* What a worker says. */
static void hear(mts_farm_master *m, int from, const mts_farm_message *message, double now)
{
    mts_farm_crew *c = &m->crew[from];
    const bool gone = c->gone;
    c->heard = now;
    if (message->kind == FARM_READY) {
        mts_farm_turn(m, (size_t)from, CREW_IDLE);
    } else if (message->kind == FARM_FINISHED) {
        mts_farm_over(m, from, message, now);
    } else if (message->kind == FARM_LEAVE) {
        lose(m, (size_t)from, false, now);
        c->gone = true;
    } else if (message->kind == FARM_PROGRESS && !gone) {
        c->fraction = message->fraction;
        memcpy(c->note, message->note, sizeof c->note);
        if (c->state == CREW_LOST)
            welcome(m, from, message, now);
    }
    if (gone) /* its last words */
        mts_farm_turn(m, (size_t)from, CREW_LOST);
}

/* Takes every message that is there; returns whether there was one. */
static bool listen(mts_farm_master *m)
{
    mts_farm_message message;
    bool there, any = false;
    int from;
    for (;;) {
        note(m, mts_farm_poll(m->link, MPI_ANY_SOURCE, &there, &message, &from));
        if (m->status != MTS_OK || !there)
            return any;
        any = true;
        hear(m, from, &message, mts_seconds());
    }
}

/* Finds the dead and the silent. */
static void check_crew(mts_farm_master *m, double now)
{
    const double absence = mts_farm_absence(m->link, now);
    m->stopped_at += absence;
    for (size_t r = 1; r < m->n_crew; r++) {
        mts_farm_crew *c = &m->crew[r];
        const bool asked = c->state == CREW_BUSY || c->state == CREW_STARTING;
        double silent, patience = m->farm->lost_after;
        c->heard = fmin(now, c->heard + absence);
        silent = now - c->heard;
        if (c->gone)
            continue;
        if (m->farm->gone && m->farm->gone(m->farm->ctx, (int)r)) {
            if (c->state != CREW_BUSY) /* `ended` tells the others */
                mts_log("rank %zu has died", r);
            lose(m, r, true, now);
            continue;
        }
        if (asked && m->stopping) {
            silent = now - fmax(c->heard, m->stopped_at);
            patience = fmin(patience, STOP_PATIENCE);
        }
        if (asked && silent > patience) {
            mts_log("rank %zu has said nothing for %.1f s and counts as lost", r, silent);
            lose(m, r, false, now);
        }
    }
}

/* Tells the workers that the master lives. */
static void stay(mts_farm_master *m, double now)
{
    if (!isfinite(m->farm->lost_after) || now - m->stayed < fmin(1, m->farm->lost_after / 4))
        return;
    m->stayed = now;
    for (size_t r = 1; r < m->n_crew; r++)
        if (m->crew[r].state != CREW_LOST)
            tell(m, r, FARM_STAY);
}

/* Gives every idle worker something to do, as long as there is something for it. */
static void hand_out(mts_farm_master *m)
{
    size_t kept = 0;
    if (m->n_todo == 0)
        return;
    for (size_t i = 0; i < m->n_idle; i++) {
        const size_t r = m->idle[i];
        const double now = mts_seconds();
        size_t item;
        if (m->crew[r].state == CREW_IDLE && !mts_farm_pick(m, (int)r, now, &item)) {
            m->idle[kept++] = r;
            continue;
        }
        m->crew[r].queued = false;
        if (m->crew[r].state != CREW_IDLE)
            continue;
        mts_farm_began(m, (int)r, item, now);
        const mts_farm_message message = {
            .kind = FARM_WORK, .item = item, .index = m->farm->index[item]};
        note(m, mts_farm_send(m->link, (int)r, &message));
    }
    m->n_idle = kept;
}

static void stop_all(mts_farm_master *m)
{
    for (size_t r = 1; r < m->n_crew; r++)
        if (m->crew[r].state == CREW_BUSY && !m->crew[r].told_to_stop) {
            m->crew[r].told_to_stop = true;
            tell(m, r, FARM_STOP);
        }
}

/* Whether every rank that lives has spoken and has no work, and nothing can be handed out. */
static bool is_over(const mts_farm_master *m, double now)
{
    if (m->status != MTS_OK)
        return true;
    if (m->crew_in[CREW_BUSY] > 0 || m->crew_in[CREW_STARTING] > 0)
        return false;
    if (m->closing || m->n_todo == 0 || m->crew_in[CREW_IDLE] > 0)
        return true;
    for (size_t r = 1; r < m->n_crew; r++) /* who is only silent may come back */
        if (m->crew[r].state == CREW_LOST && !m->crew[r].gone &&
            now - m->crew[r].heard < LAST_PATIENCE * m->farm->lost_after)
            return false;
    return true;
}

void mts_farm_lead(mts_farm_master *m)
{
    mts_farm_nap nap;
    double told = 0;
    mts_farm_nap_wake(&nap);
    for (;;) {
        const bool news = listen(m);
        const double now = mts_seconds();
        mts_farm_tick(m, now, false);
        if (now - m->link->looked > MTS_FARM_LOOK) {
            check_crew(m, now);
            stay(m, now);
        }
        if (m->stopping && (news || now - told > MTS_FARM_LOOK)) {
            told = now;
            stop_all(m);
        }
        if (!m->closing)
            hand_out(m);
        if (is_over(m, now))
            break;
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
