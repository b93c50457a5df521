/* schedule.c: which item is next, and how long the rest takes. */
#include "internal.h"

#include <math.h>

/* Up to this many items left the tail is played through item by item. */
#define PLAYED_MAX 4096

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
    m->order = mts_alloc(n, sizeof *m->order);
    m->next = mts_alloc(n + 1, sizeof *m->next);
    m->back = mts_alloc(n, sizeof *m->back);
    m->ended = mts_alloc(n, sizeof *m->ended);
    m->is_back = mts_alloc(n, sizeof *m->is_back);
    if (!m->crew || !m->free_at || !m->order || !m->next || !m->back || !m->ended || !m->is_back ||
        mts_farm_order(farm->cost, n, m->order) != MTS_OK)
        goto fail;

    for (size_t i = 0; i < n; i++)
        m->todo_cost += farm->cost[i];
    for (size_t p = 0; p <= n; p++)
        m->next[p] = p;
    m->n_todo = n;
    m->view.total = n;
    m->view.work_total = m->todo_cost;
    m->start = m->watched = mts_seconds();
    for (size_t r = 0; r < m->n_crew; r++) {
        m->crew[r].state = size == 1 ? CREW_IDLE : CREW_STARTING;
        m->crew[r].since = m->crew[r].heard = m->start;
    }
    /* The master of several ranks does no items itself. */
    if (size > 1)
        m->crew[0].state = CREW_BROKEN;
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
    mts_free(m->free_at);
    mts_free(m->order);
    mts_free(m->next);
    mts_free(m->back);
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

/* First position whose item costs at most `most`. */
static size_t first_within(const mts_farm_master *m, double most)
{
    size_t low = 0, high = m->farm->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (m->farm->cost[m->order[middle]] > most)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool mts_farm_pick(mts_farm_master *m, int rank, double now, size_t *item)
{
    const size_t n = m->farm->n;
    double most = INFINITY;
    size_t p;
    if (m->n_todo == 0)
        return false;
    /* What has a moment left is worth it where work that is cut short is saved. */
    if (isfinite(m->farm->deadline) &&
        !(m->farm->worth > 0 && m->farm->deadline - now >= m->farm->worth)) {
        const double rate = mts_farm_rate(m, rank);
        /* Times vary by some percent: a run that is cut by the deadline is lost work. */
        if (isfinite(rate))
            most = (m->farm->deadline - now) * rate / 1.1;
    }
    p = untaken(m, isfinite(most) ? first_within(m, most) : 0);
    if (p < n) {
        *item = m->order[p];
        m->next[p] = p + 1;
    } else {
        size_t tries = m->n_back;
        for (;; tries--) {
            if (tries == 0)
                return false;
            *item = m->back[m->back_first];
            m->back_first = (m->back_first + 1) % n;
            m->n_back--;
            if (m->is_back[*item] && m->farm->cost[*item] <= most)
                break;
            if (m->is_back[*item])
                m->back[(m->back_first + m->n_back++) % n] = *item;
        }
        m->is_back[*item] = false;
    }
    m->n_todo--;
    m->todo_cost -= m->farm->cost[*item];
    return true;
}

void mts_farm_give_back(mts_farm_master *m, size_t item)
{
    if (m->is_back[item] || m->ended[item])
        return;
    m->back[(m->back_first + m->n_back++) % m->farm->n] = item;
    m->is_back[item] = true;
    m->n_todo++;
    m->todo_cost += m->farm->cost[item];
}

/* Work and time that a worker has shown, the present item included as far as it was reported. */
static void shown(const mts_farm_master *m, const mts_farm_crew *c, double *work, double *seconds)
{
    *work += c->work;
    *seconds += c->busy;
    if (c->state == CREW_BUSY && c->fraction > 0) {
        *work += c->fraction * m->farm->cost[c->item];
        *seconds += c->heard - c->since;
    }
}

static double overall_rate(const mts_farm_master *m)
{
    double work = 0, seconds = 0;
    for (size_t r = 0; r < m->n_crew; r++)
        shown(m, &m->crew[r], &work, &seconds);
    return work > 0 && seconds > 0 ? work / seconds : NAN;
}

static double own_rate(const mts_farm_master *m, const mts_farm_crew *c, double overall)
{
    double work = 0, seconds = 0;
    shown(m, c, &work, &seconds);
    return work > 0 && seconds > 0 ? work / seconds : overall;
}

double mts_farm_rate(const mts_farm_master *m, int rank)
{
    const double own = own_rate(m, &m->crew[rank], NAN);
    return isfinite(own) ? own : overall_rate(m);
}

/* When each worker that can still be given work is free, in seconds from now; returns their number. */
static size_t free_hands(mts_farm_master *m, double rate, double now)
{
    size_t hands = 0;
    for (size_t r = 0; r < m->n_crew; r++) {
        const mts_farm_crew *c = &m->crew[r];
        double wait = 0;
        if (c->state == CREW_BROKEN || c->state == CREW_LOST)
            continue;
        if (c->state == CREW_BUSY) {
            const double rest = (1 - c->fraction) * m->farm->cost[c->item];
            wait = fmax(0, rest / own_rate(m, c, rate) - (now - c->heard));
        }
        m->free_at[hands++] = wait;
    }
    return hands;
}

double mts_farm_left(mts_farm_master *m, double now)
{
    const size_t n = m->farm->n;
    const double rate = overall_rate(m);
    double last = 0, sum = 0;
    size_t hands;
    if (m->n_ended == n)
        return 0;
    if (!isfinite(rate))
        return NAN;
    hands = free_hands(m, rate, now);
    if (hands == 0)
        return NAN;
    for (size_t i = 0; i < hands; i++) {
        last = fmax(last, m->free_at[i]);
        sum += m->free_at[i];
    }
    if (m->n_todo == 0)
        return last;
    if (m->n_todo > PLAYED_MAX) /* so many that the tail hardly counts */
        return fmax(last, (sum + m->todo_cost / rate) / (double)hands);

    mts_farm_gather(m->free_at, hands);
    for (size_t p = untaken(m, 0); p < n; p = untaken(m, p + 1))
        last = fmax(last, mts_farm_deal(m->free_at, hands, m->farm->cost[m->order[p]] / rate));
    for (size_t b = 0; b < m->n_back; b++) {
        const size_t item = m->back[(m->back_first + b) % n];
        if (m->is_back[item])
            last = fmax(last, mts_farm_deal(m->free_at, hands, m->farm->cost[item] / rate));
    }
    return last;
}
