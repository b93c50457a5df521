/* status_text.c: how a sweep is, for people. */
#include "status.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

enum { SESSIONS_SHOWN = 5, VALUES_SHOWN = 40 };

/* A line, or several where the window is narrow. */
static void say(size_t width, FILE *to, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void say(size_t width, FILE *to, const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (width == 0)
        fprintf(to, "%s\n", text);
    else
        mts_table_wrap(text, 0, width, to);
}

/* ---- above ---- */

mts_status mts_status_print_title(const mts_status_report *r, FILE *to)
{
    char *name = NULL, *question = NULL;
    mts_status st = mts_store_line(r->store, "name", &name);
    if (st == MTS_OK)
        st = mts_store_line(r->store, "question", &question);
    if (st == MTS_OK)
        fprintf(to, "%s  %s\n", name, question);
    mts_free(name);
    mts_free(question);
    return st;
}

mts_status mts_status_print_counts(const mts_status_report *r, size_t width, FILE *to)
{
    char text[512], part[MTS_APP_PART_TEXT];
    size_t used = 0;
    const mts_status st = mts_app_part_text(r->store, part);
    if (st != MTS_OK)
        return st;
    used += (size_t)snprintf(text, sizeof text, "%zu run%s%s", r->n_chosen, mts_app_s(r->n_chosen),
                             r->n_chosen < r->n ? " chosen" : "");
    for (size_t s = 0; s < MTS_N_STATES; s++)
        if (r->count[s] > 0)
            used += (size_t)snprintf(text + used, sizeof text - used, ", %zu %s", r->count[s],
                                     mts_state_name[s]);
    snprintf(text + used, sizeof text - used, "%s", part);
    say(width, to, "%s: %s", r->path, text);
    return MTS_OK;
}

void mts_status_pace_text(const mts_status_report *r, char text[MTS_STATUS_PACE_TEXT])
{
    char left[MTS_DURATION_TEXT];
    size_t used =
        (size_t)snprintf(text, MTS_STATUS_PACE_TEXT, "%.0f %% of the work", floor(100 * r->work));
    if (isfinite(r->per_minute))
        used += (size_t)snprintf(text + used, MTS_STATUS_PACE_TEXT - used, ", %.3g runs/min",
                                 r->per_minute);
    if (isfinite(r->left)) {
        mts_duration_text(r->left, left);
        snprintf(text + used, MTS_STATUS_PACE_TEXT - used, ", left %s", left);
    }
}

void mts_status_print_sweep(const mts_status_report *r, size_t width, FILE *to)
{
    if (r->holder[0])
        say(width, to, "a sweep runs: %s", r->holder);
    else if (r->count[MTS_STATE_RUNNING] > 0)
        say(width, to,
            "no sweep runs; the %zu running run%s cut short, which the next 'mtsweep run' goes "
            "on with",
            r->count[MTS_STATE_RUNNING], r->count[MTS_STATE_RUNNING] == 1 ? " was" : "s were");
}

/* ---- the rest ---- */

void mts_status_worker_text(const mts_status_part *part, char text[MTS_STATUS_WORKER_TEXT])
{
    if (part->rank >= 0)
        snprintf(text, MTS_STATUS_WORKER_TEXT, "rank %d on %.63s", part->rank, part->host);
    else
        snprintf(text, MTS_STATUS_WORKER_TEXT, "%.63s", part->host);
}

/* What runs now. Numbers stand right: mts_table_end_within aligns left. */
static mts_status print_running(const mts_status_report *r, size_t width, FILE *to)
{
    const size_t n = r->n_running < MTS_STATUS_RUNNING ? r->n_running : MTS_STATUS_RUNNING;
    mts_status st;
    mts_table *table;
    if (n == 0)
        return MTS_OK;
    table = mts_table_create(6);
    mts_table_add(table, "running");
    mts_table_add(table, " done");
    mts_table_add(table, "  loss");
    mts_table_add(table, "   time");
    mts_table_add(table, "worker");
    mts_table_add(table, "%s", r->axes.n > 0 ? "which" : "");
    for (size_t i = 0; i < n; i++) {
        const mts_status_part *part = &r->running[i];
        char what[MTS_TABLE_RUN_TEXT], loss[32], took[MTS_DURATION_TEXT],
            worker[MTS_STATUS_WORKER_TEXT];
        mts_table_run_text(&r->axes, &part->config, what);
        mts_table_number_text(part->loss, 4, loss);
        mts_duration_text(part->seconds, took);
        mts_status_worker_text(part, worker);
        mts_table_add(table, "run %3zu", part->run);
        mts_table_add(table, "%3.0f %%", floor(100 * part->done));
        mts_table_add(table, "%6s", loss);
        mts_table_add(table, "%7s", took);
        mts_table_add(table, "%s", worker);
        mts_table_add(table, "%s", what);
    }
    fprintf(to, "\n");
    st = mts_table_end_within(table, width, to);
    if (r->n_running > n)
        say(width, to, "and %zu more that run", r->n_running - n);
    return st;
}

/* How far the runs are that can go on from a checkpoint. */
static void print_saved(const mts_status_report *r, size_t width, FILE *to)
{
    char text[MTS_TABLE_RUN_TEXT];
    for (size_t i = 0; i < r->n_saved && i < MTS_STATUS_SAVED; i++) {
        mts_table_run_text(&r->axes, &r->saved[i].config, text);
        say(width, to, "run %zu (%s): %.0f %% are done and saved", r->saved[i].run, text,
            100 * r->saved[i].done);
    }
    if (r->n_saved > MTS_STATUS_SAVED)
        say(width, to, "and %zu more that are saved in part", r->n_saved - MTS_STATUS_SAVED);
}

/* In a window, states that no run is in have no column, and the others short names where it is narrow. */
static mts_status print_axes(const mts_status_report *r, size_t width, FILE *to)
{
    static const char *const brief[MTS_N_STATES] = {"pend", "run", "done", "div", "fail"};
    const char *const *name = width > 0 && width < MTS_STATUS_NARROW ? brief : mts_state_name;
    char value[MTS_VALUE_TEXT];
    size_t columns = 1;
    mts_table *table;
    if (r->axes.n == 0)
        return MTS_OK;
    for (size_t s = 0; s < MTS_N_STATES; s++)
        columns += width == 0 || r->count[s] > 0;
    table = mts_table_create(columns);
    mts_table_add(table, "%s", "");
    for (size_t s = 0; s < MTS_N_STATES; s++)
        if (width == 0 || r->count[s] > 0)
            mts_table_add(table, "%s", name[s]);
    for (size_t a = 0; a < r->axes.n; a++)
        for (size_t i = 0; i < r->axes.axis[a].n && i < VALUES_SHOWN; i++) {
            mts_field_text(r->axes.axis[a].field, r->axes.axis[a].value[i], value);
            mts_table_add(table, "%s=%s", r->axes.axis[a].field->name, value);
            for (size_t s = 0; s < MTS_N_STATES; s++)
                if (width == 0 || r->count[s] > 0)
                    mts_table_add(table, "%zu", r->by[a][i][s]);
        }
    fprintf(to, "\n");
    return mts_table_end(table, "lrrrrr", to);
}

static void add_session(const mts_status_report *r, const mts_session *s, mts_table *table)
{
    const bool live = s->exit == -1 && s->number == r->last.number && r->holder[0];
    char started[MTS_TIME_TEXT], took[MTS_DURATION_TEXT];
    mts_time_text(s->started, started);
    mts_duration_text((live ? mts_now() : s->ended) - s->started, took);
    mts_table_add(table, "session %lld", (long long)s->number);
    mts_table_add(table, "%s", started);
    mts_table_add(table, "%s pid %lld", s->host, (long long)s->pid);
    mts_table_add(table, "%s%s", s->job[0] ? "job " : "", s->job);
    mts_table_add(table, "%lld ranks", (long long)s->ranks);
    mts_table_add(table, "%s kernels", s->kernels);
    if (live)
        mts_table_add(table, "running since %s", took);
    else if (s->exit == -1)
        mts_table_add(table, "killed");
    else
        mts_table_add(table, "exit %lld after %s", (long long)s->exit, took);
}

static mts_status print_sessions(const mts_status_report *r, size_t width, FILE *to)
{
    mts_table *table;
    if (r->last.number == 0)
        return MTS_OK;
    table = mts_table_create(7);
    for (size_t i = MTS_SESSIONS - SESSIONS_SHOWN; i < MTS_SESSIONS; i++)
        if (r->session[i].number > 0)
            add_session(r, &r->session[i], table);
    fprintf(to, "\n");
    return mts_table_end_within(table, width, to);
}

static void print_failures(const mts_status_report *r, size_t width, FILE *to)
{
    const size_t bad = r->count[MTS_STATE_FAILED] + r->count[MTS_STATE_DIVERGED];
    if (bad > 0)
        fprintf(to, "\n");
    for (size_t i = 0; i < r->n_failures; i++)
        say(width, to, "run %zu (%s) %s: %s", r->failure[i].run, r->failure[i].what,
            r->failure[i].diverged ? "diverged" : "failed", r->failure[i].reason);
    if (bad > r->n_failures)
        say(width, to, "and %zu more; --runs --state failed,diverged lists all",
            bad - r->n_failures);
}

mts_status mts_status_print_rest(const mts_status_report *r, size_t width, FILE *to)
{
    mts_status st = print_running(r, width, to);
    print_saved(r, width, to);
    if (st == MTS_OK)
        st = print_axes(r, width, to);
    print_failures(r, width, to);
    if (st == MTS_OK)
        st = print_sessions(r, width, to);
    return st;
}

mts_status mts_status_print(const mts_status_report *r, size_t width, FILE *to)
{
    char pace[MTS_STATUS_PACE_TEXT];
    mts_status st = mts_status_print_title(r, to);
    if (st == MTS_OK)
        st = mts_status_print_counts(r, width, to);
    if (st != MTS_OK)
        return st;
    mts_status_print_sweep(r, width, to);
    if (r->holder[0]) {
        mts_status_pace_text(r, pace);
        say(width, to, "%s", pace);
    }
    return mts_status_print_rest(r, width, to);
}
