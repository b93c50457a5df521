/* schedule.c: which item is next, and how long the rest takes.
 *
 * An item of kind k takes cost * pace[k] / speed[worker] seconds: the pace of a kind is what its items
 * took on all workers, the speed of a worker what was expected of its items over what they took. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t kind_of(const mts_farm_master *m, size_t item)
{
    return m->farm->kind ? m->farm->kind[item] : 0;
}

/* Where each kind begins in the order, and what is known of it from before. */
static void begin_kinds(mts_farm_master *m)
{
    const mts_farm *farm = m->farm;
    size_t p = 0;
    for (size_t k = 0; k <= MTS_FARM_KINDS; k++) {
        mts_farm_kind_state *kind = &m->kind[k];
        kind->first = p;
        kind->pace = NAN;
        if (k < MTS_FARM_KINDS && farm->past)
            kind->ended = farm->past[k];
        kind->begun = kind->ended.seconds > 0;
        for (; p < farm->n && kind_of(m, m->order[p]) == k; p++)
            kind->todo += farm->cost[m->order[p]];
        m->view.work_total += kind->todo;
    }
    mts_farm_learn(m);
}

mts_status mts_farm_master_create(const mts_farm *farm, mts_farm_link *link, int size,
                                  mts_farm_master **master)
{
    const size_t n = farm->n;
    mts_farm_master *m = mts_alloc(1, sizeof *m);
    *master = m;
    if (!m)
        return MTS_ERR_MEMORY;
    m->farm = farm;
    m->link = link;
    m->size = size;
    m->n_crew = (size_t)size;
    m->crew = mts_alloc(m->n_crew, sizeof *m->crew);
    m->free_at = mts_alloc(m->n_crew, sizeof *m->free_at);
    m->tail = mts_alloc(MTS_FARM_PLAYED, sizeof *m->tail);
    m->order = mts_alloc(n, sizeof *m->order);
    m->next = mts_alloc(n + 1, sizeof *m->next);
    m->back = mts_alloc(n, sizeof *m->back);
    m->idle = mts_alloc(m->n_crew, sizeof *m->idle);
    m->busy = mts_alloc(m->n_crew, sizeof *m->busy);
    m->ended = mts_alloc(n, sizeof *m->ended);
    m->is_back = mts_alloc(n, sizeof *m->is_back);
    if (!m->crew || !m->free_at || !m->tail || !m->order || !m->next || !m->back || !m->idle ||
        !m->busy || !m->ended || !m->is_back ||
        mts_farm_order(farm->cost, farm->kind, n, m->order) != MTS_OK)
        goto fail;

    for (size_t p = 0; p <= n; p++)
        m->next[p] = p;
    m->n_todo = n;
    m->view.total = n;
    begin_kinds(m);
    m->start = m->watched = mts_seconds();
    m->crew_in[CREW_STARTING] = m->n_crew;
    for (size_t r = 0; r < m->n_crew; r++)
        m->crew[r].since = m->crew[r].heard = m->start;
    /* The master of several ranks does no items itself. */
    mts_farm_turn(m, 0, size == 1 ? CREW_IDLE : CREW_BROKEN);
    return MTS_OK;

fail:
    mts_farm_master_destroy(m);
    *master = NULL;
    return MTS_ERR_MEMORY;
}

void mts_farm_master_destroy(mts_farm_master *m)
{
    if (!m)
        return;
    mts_free(m->crew);
    mts_free(m->busy);
    mts_free(m->free_at);
    mts_free(m->tail);
    mts_free(m->order);
    mts_free(m->next);
    mts_free(m->back);
    mts_free(m->idle);
    mts_free(m->ended);
    mts_free(m->is_back);
    mts_free(m);
}

/* First position >= p that is not handed out; n if none. */
static size_t untaken(mts_farm_master *m, size_t p)
{
    while (m->next[p] != p) {
        m->next[p] = m->next[m->next[p]];
        p = m->next[p];
    }
    return p;
}

/* ---- what is known ---- */

static void add(mts_farm_past *sum, const mts_farm_past *more)
{
    sum->cost += more->cost;
    sum->seconds += more->seconds;
}

static double pace_of(const mts_farm_past *past)
{
    return past->cost > 0 && past->seconds > 0 ? past->seconds / past->cost : NAN;
}

void mts_farm_learn(mts_farm_master *m)
{
    mts_farm_past all = {0};
    for (size_t k = 0; k < MTS_FARM_KINDS; k++)
        m->kind[k].running = (mts_farm_past){0};
    for (size_t r = 0; r < m->n_crew; r++) {
        const mts_farm_crew *c = &m->crew[r];
        if (c->state == CREW_BUSY && c->fraction > 0)
            add(&m->kind[kind_of(m, c->item)].running,
                &(mts_farm_past){c->fraction * m->farm->cost[c->item], c->heard - c->since});
    }
    for (size_t k = 0; k < MTS_FARM_KINDS; k++) {
        add(&all, &m->kind[k].ended);
        add(&all, &m->kind[k].running);
    }
    for (size_t k = 0; k < MTS_FARM_KINDS; k++) {
        mts_farm_kind_state *kind = &m->kind[k];
        kind->pace = pace_of(&kind->ended);
        if (!isfinite(kind->pace))
            kind->pace = pace_of(&kind->running);
        if (!isfinite(kind->pace))
            kind->pace = pace_of(&all);
    }
}

double mts_farm_expected(const mts_farm_master *m, size_t item)
{
    const double pace = m->kind[kind_of(m, item)].pace;
    return m->farm->cost[item] * (isfinite(pace) ? pace : 1);
}

/* Whether any pace is known: then all are. */
static bool is_known(const mts_farm_master *m)
{
    return isfinite(m->kind[0].pace);
}

/* What was expected of its items over what they took, the present one included; 1 if it has shown none. */
static double speed_of(const mts_farm_master *m, const mts_farm_crew *c)
{
    double work = c->work, seconds = c->busy;
    if (c->state == CREW_BUSY && c->fraction > 0) {
        work += c->fraction * mts_farm_expected(m, c->item);
        seconds += c->heard - c->since;
    }
    return work > 0 && seconds > 0 ? work / seconds : 1;
}

/* ---- which is next ---- */

/* First position of the kind whose item is expected to take at most so many seconds. */
static size_t first_within(const mts_farm_master *m, size_t kind, double most)
{
    size_t low = m->kind[kind].first, high = m->kind[kind + 1].first;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (mts_farm_expected(m, m->order[middle]) > most)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Position of the longest item that was never handed out, of kinds that are begun or are not; n if there
 * is none. */
static size_t longest(mts_farm_master *m, bool begun, double most)
{
    size_t best = m->farm->n;
    double seconds = 0;
    for (size_t k = 0; k < MTS_FARM_KINDS; k++) {
        const size_t end = m->kind[k + 1].first;
        size_t p = m->kind[k].first;
        if (p == end || m->kind[k].begun != begun)
            continue;
        p = untaken(m, isfinite(most) ? first_within(m, k, most) : p);
        if (p < end && mts_farm_expected(m, m->order[p]) > seconds) {
            best = p;
            seconds = mts_farm_expected(m, m->order[p]);
        }
    }
    return best;
}

/* Takes place i of the list of those that came back. */
static size_t take_back(mts_farm_master *m, size_t i)
{
    const size_t item = m->back[i];
    m->n_back--;
    m->n_urgent -= i < m->n_urgent;
    memmove(m->back + i, m->back + i + 1, (m->n_back - i) * sizeof *m->back);
    m->is_back[item] = false;
    return item;
}

/* The first of them, from place i on and before `end`, that costs at most so much; else `end`. */
static size_t find_back(const mts_farm_master *m, size_t i, size_t end, double most)
{
    while (i < end && mts_farm_expected(m, m->back[i]) > most)
        i++;
    return i;
}

bool mts_farm_pick(mts_farm_master *m, int rank, double now, size_t *item)
{
    double most = INFINITY;
    size_t p, b;
    if (m->n_todo == 0)
        return false;
    /* What has a moment left is worth it where work that is cut short is saved. Times vary by some
     * percent: a run that is cut by the deadline is lost work. */
    if (isfinite(m->farm->deadline) && is_known(m) &&
        !(m->farm->worth > 0 && m->farm->deadline - now >= m->farm->worth))
        most = (m->farm->deadline - now) * speed_of(m, &m->crew[rank]) / 1.1;
    p = longest(m, false, most);
    if (p == m->farm->n)
        p = longest(m, true, most);
    if ((b = find_back(m, 0, m->n_urgent, most)) < m->n_urgent) {
        *item = take_back(m, b);
    } else if (p < m->farm->n) {
        *item = m->order[p];
        m->next[p] = p + 1;
    } else if ((b = find_back(m, m->n_urgent, m->n_back, most)) < m->n_back) {
        *item = take_back(m, b);
    } else {
        return false;
    }
    m->n_todo--;
    m->kind[kind_of(m, *item)].begun = true;
    m->kind[kind_of(m, *item)].todo -= m->farm->cost[*item];
    return true;
}

void mts_farm_give_back(mts_farm_master *m, size_t item, bool urgent)
{
    const size_t at = urgent ? m->n_urgent : m->n_back;
    if (m->is_back[item] || m->ended[item])
        return;
    memmove(m->back + at + 1, m->back + at, (m->n_back - at) * sizeof *m->back);
    m->back[at] = item;
    m->n_back++;
    m->n_urgent += urgent;
    m->is_back[item] = true;
    m->n_todo++;
    m->kind[kind_of(m, item)].todo += m->farm->cost[item];
}

void mts_farm_keep(mts_farm_master *m, size_t item)
{
    size_t i = 0;
    if (!m->is_back[item])
        return;
    while (m->back[i] != item)
        i++;
    take_back(m, i);
    m->n_todo--;
    m->kind[kind_of(m, item)].todo -= m->farm->cost[item];
}

void mts_farm_turn(mts_farm_master *m, size_t rank, mts_farm_crew_state state)
{
    mts_farm_crew *c = &m->crew[rank];
    m->crew_in[c->state]--;
    m->crew_in[state]++;
    c->state = state;
    if (state == CREW_IDLE && !c->queued) {
        c->queued = true;
        m->idle[m->n_idle++] = rank;
    }
}

/* ---- how long the rest takes ---- */

/* When each worker that can still be given work is free, in seconds from now, and how fast all are
 * together; returns their number. */
static size_t free_hands(mts_farm_master *m, double now, double *speed)
{
    size_t hands = 0;
    *speed = 0;
    for (size_t r = 0; r < m->n_crew; r++) {
        const mts_farm_crew *c = &m->crew[r];
        double wait = 0;
        if (c->state == CREW_BROKEN || c->state == CREW_LOST)
            continue;
        if (c->state == CREW_BUSY) {
            const double rest = (1 - c->fraction) * mts_farm_expected(m, c->item);
            wait = fmax(0, rest / speed_of(m, c) - (now - c->heard));
        }
        *speed += speed_of(m, c);
        m->free_at[hands++] = wait;
    }
    return hands;
}

static int by_falling_seconds(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* Plays through what is not handed out, and returns when the last item ends. */
static double play(mts_farm_master *m, size_t hands, double speed)
{
    size_t n = 0;
    double last = 0;
    for (size_t p = untaken(m, 0); p < m->farm->n && n < MTS_FARM_PLAYED; p = untaken(m, p + 1))
        m->tail[n++] = mts_farm_expected(m, m->order[p]);
    for (size_t b = 0; b < m->n_back && n < MTS_FARM_PLAYED; b++)
        m->tail[n++] = mts_farm_expected(m, m->back[b]);
    qsort(m->tail, n, sizeof *m->tail, by_falling_seconds);
    mts_farm_gather(m->free_at, hands);
    for (size_t i = 0; i < n; i++)
        last = fmax(last, mts_farm_deal(m->free_at, hands, m->tail[i] * (double)hands / speed));
    return last;
}

double mts_farm_left(mts_farm_master *m, double now)
{
    double last = 0, sum = 0, todo = 0, speed;
    size_t hands;
    if (m->n_ended == m->farm->n)
        return 0;
    if (!is_known(m))
        return NAN;
    hands = free_hands(m, now, &speed);
    if (hands == 0)
        return NAN;
    for (size_t i = 0; i < hands; i++) {
        last = fmax(last, m->free_at[i]);
        sum += m->free_at[i];
    }
    if (m->n_todo == 0)
        return last;
    if (m->n_todo <= MTS_FARM_PLAYED)
        return fmax(last, play(m, hands, speed));
    for (size_t k = 0; k < MTS_FARM_KINDS; k++) /* so many that the tail hardly counts */
        todo += m->kind[k].todo * m->kind[k].pace;
    return fmax(last, sum / (double)hands + todo / speed);
}
