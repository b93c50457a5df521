/* shard.c: one of several parts of a sweep that take about equally long. */
#include "app.h"
#include "mtsweep/run.h"

#include <stdlib.h>

typedef struct {
    double cost;
    size_t run;
} sorted;

static int by_falling_cost(const void *a, const void *b)
{
    const sorted *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? 1 : -1;
    return x->run < y->run ? -1 : x->run > y->run;
}

/* "3/8" -> 3 and 8. */
static bool parse(const char *text, unsigned long *part, unsigned long *parts)
{
    char *end;
    if (text[0] < '1' || text[0] > '9')
        return false;
    *part = strtoul(text, &end, 10);
    if (end[0] != '/' || end[1] < '1' || end[1] > '9')
        return false;
    *parts = strtoul(end + 1, &end, 10);
    return !*end && *part <= *parts;
}

mts_status mts_app_shard(const char *text, const mts_table_runs *runs, bool *chosen)
{
    const size_t n = runs->n;
    unsigned long part, parts;
    sorted *sort = NULL;
    double *load = NULL;
    mts_status st = MTS_ERR_MEMORY;
    if (!parse(text, &part, &parts))
        return mts_fail(MTS_ERR_USAGE,
                        "--shard must be a part and their number, like 3/8 for the third of eight, "
                        "not '%s'",
                        text);
    if (parts > n)
        return mts_fail(MTS_ERR_USAGE, "--shard %s: the sweep has only %zu run%s", text, n,
                        mts_app_s(n));
    sort = mts_alloc(n, sizeof *sort);
    load = mts_alloc(parts, sizeof *load);
    if (!sort || !load)
        goto done;
    st = MTS_OK;
    for (size_t run = 0; run < n && st == MTS_OK; run++) {
        mts_config config;
        st = runs->config(runs->ctx, run, &config);
        if (st == MTS_OK)
            sort[run] = (sorted){mts_run_cost(&config), run};
    }
    if (st != MTS_OK)
        goto done;
    qsort(sort, n, sizeof *sort, by_falling_cost);
    for (size_t i = 0; i < n; i++) {
        size_t least = 0;
        for (size_t p = 1; p < parts; p++)
            if (load[p] < load[least])
                least = p;
        load[least] += sort[i].cost;
        if (least + 1 != part)
            chosen[sort[i].run] = false;
    }
done:
    mts_free(sort);
    mts_free(load);
    return st;
}
