/* deal.c: longest first, each to whoever is free first, without a clock or a message. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    double cost;
    size_t item;
    uint32_t kind;
} sorted;

static int by_kind_and_falling_cost(const void *a, const void *b)
{
    const sorted *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->cost != y->cost)
        return x->cost < y->cost ? 1 : -1;
    return x->item < y->item ? -1 : x->item > y->item;
}

mts_status mts_farm_order(const double *cost, const uint32_t *kind, size_t n, size_t *order)
{
    sorted *sort = mts_alloc(n, sizeof *sort);
    if (!sort)
        return MTS_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        sort[i] = (sorted){cost[i], i, kind ? kind[i] : 0};
    qsort(sort, n, sizeof *sort, by_kind_and_falling_cost);
    for (size_t p = 0; p < n; p++)
        order[p] = sort[p].item;
    mts_free(sort);
    return MTS_OK;
}

/* Restores the heap order of t[n] (smallest first) below entry i. */
static void sift(double *t, size_t n, size_t i)
{
    for (;;) {
        size_t least = i;
        double swap;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
            if (t[child] < t[least])
                least = child;
        if (least == i)
            return;
        swap = t[i];
        t[i] = t[least];
        t[least] = swap;
        i = least;
    }
}

void mts_farm_gather(double *free_at, size_t hands)
{
    for (size_t i = hands / 2; i-- > 0;)
        sift(free_at, hands, i);
}

double mts_farm_deal(double *free_at, size_t hands, double seconds)
{
    const double end = free_at[0] + seconds;
    free_at[0] = end;
    sift(free_at, hands, 0);
    return end;
}

mts_status mts_farm_makespan(const double *cost, size_t n, size_t workers, double *makespan)
{
    const size_t hands = workers < n ? workers : n;
    double *free_at = mts_alloc(hands, sizeof *free_at);
    size_t *order = mts_alloc(n, sizeof *order);
    mts_status st = free_at && order ? mts_farm_order(cost, NULL, n, order) : MTS_ERR_MEMORY;
    *makespan = 0;
    for (size_t p = 0; p < n && st == MTS_OK; p++)
        *makespan = fmax(*makespan, mts_farm_deal(free_at, hands, cost[order[p]]));
    mts_free(order);
    mts_free(free_at);
    return st;
}
