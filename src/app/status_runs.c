/* status_runs.c: a line a run. */
#include "status.h"

#include <math.h>
#include <string.h>

/* A row as the list shows it. */
typedef struct {
    mts_stamp stamp;
    mts_status_part part; /* of one that is not at its end */
    mts_config config;
    double seconds;
} line;

enum { BLOCK = 1024 }; /* rows whose states are read at once */

/* The rest of a line whose stamp has the state. */
static mts_status fill(mts_status_report *r, size_t row, line *l)
{
    mts_status st = mts_store_stamps(r->store, row, 1, &l->stamp);
    if (st == MTS_OK)
        st = mts_store_config(r->store, row, &l->config);
    if (st == MTS_OK)
        st = mts_status_part_of(r, row, &l->stamp, &l->config, &l->part);
    if (st != MTS_OK)
        return st;
    l->seconds = l->stamp.state == MTS_STATE_RUNNING ? l->part.seconds : l->stamp.seconds;
    if (l->stamp.state == MTS_STATE_DONE || l->stamp.state == MTS_STATE_DIVERGED)
        l->part.done = l->stamp.state == MTS_STATE_DONE ? 1 : NAN;
    if (!l->part.host[0])
        snprintf(l->part.host, sizeof l->part.host, "%s", l->stamp.host);
    return MTS_OK;
}

/* Calls `take` for each chosen row in a wanted state. */
static mts_status each(mts_status_report *r, const bool *wanted, void *ctx,
                       void (*take)(const mts_status_report *r, const line *l, void *ctx))
{
    mts_stamp *stamp = mts_alloc(BLOCK, sizeof *stamp);
    line *l = mts_alloc(1, sizeof *l);
    mts_status st = stamp && l ? MTS_OK : MTS_ERR_MEMORY;
    for (size_t first = 0; first < r->n && st == MTS_OK; first += BLOCK) {
        const size_t n = r->n - first < BLOCK ? r->n - first : BLOCK;
        st = mts_store_states(r->store, first, n, stamp);
        for (size_t i = 0; i < n && st == MTS_OK; i++) {
            if (!r->chosen[first + i] || !wanted[stamp[i].state])
                continue;
            st = fill(r, first + i, l);
            if (st == MTS_OK && wanted[l->stamp.state]) /* it may have ended since */
                take(r, l, ctx);
        }
    }
    mts_free(stamp);
    mts_free(l);
    return st;
}

static void add_line(const mts_status_report *r, const line *l, void *ctx)
{
    mts_table *table = ctx;
    char text[MTS_VALUE_TEXT], took[MTS_DURATION_TEXT], worker[MTS_STATUS_WORKER_TEXT],
        done[16] = "-";
    mts_table_add(table, "%3zu", l->part.run);
    for (size_t a = 0; a < r->axes.n; a++) {
        mts_config_text(&l->config, r->axes.axis[a].field, text);
        mts_table_add(table, "%s", text);
    }
    if (l->part.done > 0)
        snprintf(done, sizeof done, "%.0f %%", floor(100 * l->part.done));
    mts_duration_text(l->seconds, took);
    mts_status_worker_text(&l->part, worker);
    mts_table_add(table, "%s", mts_state_name[l->stamp.state]);
    mts_table_add(table, "%5lld", (long long)l->stamp.attempts);
    mts_table_add(table, "%5s", done);
    mts_table_add(table, "%7s", isnan(l->seconds) ? "-" : took);
    mts_table_add(table, "%s", *worker ? worker : "-");
    mts_table_add(table, "%s", l->stamp.reason);
}

mts_status mts_status_print_runs(mts_status_report *r, const bool wanted[MTS_N_STATES],
                                 size_t width, FILE *to)
{
    static const char *const titles[] = {"state", "tries", " done", "   time", "worker", "why"};
    enum { TITLES = sizeof titles / sizeof *titles };
    mts_table *table = mts_table_create(1 + r->axes.n + TITLES);
    mts_status st;
    mts_table_add(table, "run");
    for (size_t a = 0; a < r->axes.n; a++)
        mts_table_add(table, "%s", r->axes.axis[a].field->name);
    for (size_t i = 0; i < TITLES; i++)
        mts_table_add(table, "%s", titles[i]);
    st = each(r, wanted, table, add_line);
    if (st == MTS_OK)
        return mts_table_end_within(table, width, to);
    mts_table_destroy(table);
    return st;
}

/* ---- for programs ---- */

static void print_line(const mts_status_report *r, const line *l, void *ctx)
{
    char text[MTS_VALUE_TEXT];
    size_t *printed = ctx;
    printf("%s{\"run\": %zu, \"config\": {", (*printed)++ > 0 ? ",\n " : "", l->part.run);
    for (size_t a = 0; a < r->axes.n; a++) {
        const mts_field *field = r->axes.axis[a].field;
        mts_config_text(&l->config, field, text);
        printf("%s\"%s\": ", a > 0 ? ", " : "", field->name);
        if (field->type == MTS_CHOICE)
            mts_table_json_text(text, stdout);
        else
            mts_table_json_number(mts_config_value(&l->config, field), stdout);
    }
    printf("}");
    mts_status_json_text("state", mts_state_name[l->stamp.state]);
    mts_status_json_number("attempts", (double)l->stamp.attempts);
    mts_status_json_number("done", l->part.done);
    mts_status_json_number("loss", l->part.loss);
    mts_status_json_number("seconds", l->seconds);
    mts_status_json_number("rank", l->part.rank < 0 ? NAN : l->part.rank);
    mts_status_json_text("host", l->part.host);
    mts_status_json_text("reason", l->stamp.reason);
    printf("}");
}

mts_status mts_status_print_runs_json(mts_status_report *r, const bool wanted[MTS_N_STATES])
{
    size_t printed = 0;
    printf("[");
    const mts_status st = each(r, wanted, &printed, print_line);
    printf("]\n");
    return st;
}
