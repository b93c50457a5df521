/* verb_status.c: `mtsweep status`: how far a sweep is, also while it runs. */
#include "app.h"
#include "mtsweep/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const mts_app_option options[] = {
    {"watch", 'w', "[SECONDS]", "print again every so many seconds (2) until the sweep ends",
     MTS_APP_OPTIONAL},
    {"json", 0, NULL, "for programs", 0},
    {"exit", 0, NULL,
     "the exit status says how the file stands: 0 all runs are done, 1 some failed for good, 75 "
     "something is left to do",
     0},
    {"only", 0, "CONDITIONS", "only runs like arch=lstm,tasks=2,24", 0},
    {"ids", 0, "NUMBERS", "only these runs, like 3-9,12", MTS_APP_MANY},
    {"shard", 0, "PART/PARTS", "only the runs of this part of the sweep, like 3/8", 0},
    {NULL, 0, NULL, NULL, 0}};

enum { BLOCK = 1024, REASONS_SHOWN = 10, SAVED_SHOWN = 8, SESSIONS_SHOWN = 5, VALUES_SHOWN = 40 };

typedef struct {
    size_t run;
    bool diverged;
    char what[MTS_TABLE_RUN_TEXT], reason[MTS_REASON_TEXT];
} failure;

typedef struct {
    const char *path;
    mts_store *store;
    size_t n;
    bool *chosen;               /* [n] */
    size_t n_chosen, n_tryable; /* n_tryable: failed, but not for good */
    mts_table_axes axes;
    size_t count[MTS_N_STATES];
    size_t (**by)[MTS_N_STATES]; /* [axes.n][values] */
    size_t n_failures;           /* kept in failure[] */
    failure failure[REASONS_SHOWN];
    mts_session session[MTS_SESSIONS], last;
    char holder[MTS_LOCK_TEXT];
    bool any_saved;
    size_t n_saved; /* runs with a checkpoint; the first of them in saved[] */
    struct {
        size_t run;
        double done; /* 0 to 1 */
        mts_config config;
    } saved[SAVED_SHOWN];
    double per_minute, left; /* NaN unless a sweep runs and has finished a run */
} report;

static mts_status prepare(report *r, const mts_app_args *args)
{
    const mts_table_runs runs = mts_app_store_runs(r->store);
    mts_status st = mts_app_check_names(r->path, r->store);
    if (st != MTS_OK)
        return st;
    r->n = runs.n;
    r->chosen = mts_alloc(r->n, sizeof *r->chosen);
    st = r->chosen
             ? mts_app_choose_rows(args, "only", r->path, r->store, r->chosen, &r->n_chosen, NULL)
             : MTS_ERR_MEMORY;
    if (st == MTS_OK)
        st = mts_table_axes_find(&runs, &r->axes);
    if (st != MTS_OK)
        return st;
    r->by = mts_alloc(r->axes.n, sizeof *r->by);
    if (!r->by)
        return MTS_ERR_MEMORY;
    for (size_t a = 0; a < r->axes.n; a++) {
        r->by[a] = mts_alloc(r->axes.axis[a].n, sizeof *r->by[a]);
        if (!r->by[a])
            return MTS_ERR_MEMORY;
    }
    return MTS_OK;
}

static void forget(report *r)
{
    for (size_t a = 0; r->by && a < r->axes.n; a++)
        mts_free(r->by[a]);
    mts_free(r->by);
    mts_free(r->chosen);
    mts_table_axes_free(&r->axes);
}

static mts_status note_failure(report *r, size_t run, const mts_config *config,
                               const mts_stamp *stamp)
{
    failure *f = &r->failure[r->n_failures];
    mts_stamp whole;
    r->n_tryable += stamp->state == MTS_STATE_FAILED && stamp->attempts < MTS_ATTEMPTS;
    if (r->n_failures == REASONS_SHOWN)
        return MTS_OK;
    const mts_status st = mts_store_stamps(r->store, run, 1, &whole);
    if (st != MTS_OK)
        return st;
    r->n_failures++;
    f->run = mts_store_number(r->store, run);
    f->diverged = stamp->state == MTS_STATE_DIVERGED;
    mts_table_run_text(&r->axes, config, f->what);
    snprintf(f->reason, sizeof f->reason, "%s", whole.reason);
    return MTS_OK;
}

/* Returns the part of the run's work that is done and saved. */
static double note_saved(report *r, size_t run, const mts_config *config)
{
    const double done = r->any_saved ? mts_checkpoint_done(r->path, mts_config_key(config)) : 0;
    if (done <= 0)
        return 0;
    if (r->n_saved < SAVED_SHOWN) {
        r->saved[r->n_saved].run = mts_store_number(r->store, run);
        r->saved[r->n_saved].done = done;
        r->saved[r->n_saved].config = *config;
    }
    r->n_saved++;
    return done;
}

/* What tells the time left: the kinds of runs, and the runs that ended in the last session. */
typedef struct {
    mts_app_kinds kinds;
    double spent; /* seconds on them */
    size_t recent;
} past;

static mts_status note_run(report *r, size_t run, const mts_stamp *stamp, past *course)
{
    const mts_state state = stamp->state;
    mts_config config;
    size_t number;
    mts_status st = mts_store_config(r->store, run, &config);
    if (st == MTS_OK)
        st = mts_app_kind_of(&course->kinds, &config, false, &number);
    if (st != MTS_OK)
        return st;
    mts_app_kind *kind = &course->kinds.kind[number];
    r->count[state]++;
    for (size_t a = 0; a < r->axes.n; a++)
        r->by[a][mts_table_axis_index(&r->axes.axis[a], &config)][state]++;
    if (state == MTS_STATE_FAILED || state == MTS_STATE_DIVERGED)
        st = note_failure(r, run, &config, stamp);
    if (state == MTS_STATE_PENDING || state == MTS_STATE_RUNNING) {
        kind->left += 1 - note_saved(r, run, &config);
        return st;
    }
    if (state == MTS_STATE_DONE) {
        kind->finished++;
        kind->seconds += stamp->seconds;
    }
    if (stamp->finished >= r->last.started) {
        course->spent += stamp->seconds;
        course->recent++;
    }
    return st;
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = ((const mts_session *)a)->number, y = ((const mts_session *)b)->number;
    return (x > y) - (x < y);
}

static mts_status look(report *r)
{
    mts_stamp *stamp = mts_alloc(BLOCK, sizeof *stamp);
    past course = {0};
    mts_status st = stamp ? mts_store_sessions(r->store, r->session) : MTS_ERR_MEMORY;
    memset(r->count, 0, sizeof r->count);
    for (size_t a = 0; a < r->axes.n; a++)
        memset(r->by[a], 0, r->axes.axis[a].n * sizeof *r->by[a]);
    r->n_failures = r->n_tryable = r->n_saved = 0;
    r->any_saved = mts_checkpoint_any(r->path);
    r->per_minute = r->left = NAN;
    r->last = (mts_session){0};
    if (st == MTS_OK) { /* unused slots first, then in order */
        qsort(r->session, MTS_SESSIONS, sizeof *r->session, by_number);
        r->last = r->session[MTS_SESSIONS - 1];
    }
    mts_lock_holder(r->path, r->holder);
    for (size_t first = 0; first < r->n && st == MTS_OK; first += BLOCK) {
        const size_t n = r->n - first < BLOCK ? r->n - first : BLOCK;
        st = mts_store_states(r->store, first, n, stamp);
        for (size_t i = 0; i < n && st == MTS_OK; i++)
            if (r->chosen[first + i])
                st = note_run(r, first + i, &stamp[i], &course);
    }
    const double elapsed = mts_now() - r->last.started;
    if (r->holder[0] && r->last.exit == -1 && course.recent > 0 && elapsed > 0) {
        r->per_minute = 60 * (double)course.recent / elapsed;
        r->left = mts_app_kinds_left(&course.kinds) / course.spent * elapsed;
    }
    mts_app_kinds_free(&course.kinds);
    mts_free(stamp);
    return st;
}

/* ---- for people ---- */

static mts_status print_axes(const report *r)
{
    char value[MTS_VALUE_TEXT];
    mts_table *table;
    if (r->axes.n == 0)
        return MTS_OK;
    table = mts_table_create(MTS_N_STATES + 1);
    mts_table_add(table, "%s", "");
    for (size_t s = 0; s < MTS_N_STATES; s++)
        mts_table_add(table, "%s", mts_state_name[s]);
    for (size_t a = 0; a < r->axes.n; a++)
        for (size_t i = 0; i < r->axes.axis[a].n && i < VALUES_SHOWN; i++) {
            mts_field_text(r->axes.axis[a].field, r->axes.axis[a].value[i], value);
            mts_table_add(table, "%s=%s", r->axes.axis[a].field->name, value);
            for (size_t s = 0; s < MTS_N_STATES; s++)
                mts_table_add(table, "%zu", r->by[a][i][s]);
        }
    printf("\n");
    return mts_table_end(table, "lrrrrr", stdout);
}

static void add_session(const report *r, const mts_session *s, mts_table *table)
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

static mts_status print_sessions(const report *r)
{
    mts_table *table;
    if (r->last.number == 0)
        return MTS_OK;
    table = mts_table_create(7);
    for (size_t i = MTS_SESSIONS - SESSIONS_SHOWN; i < MTS_SESSIONS; i++)
        if (r->session[i].number > 0)
            add_session(r, &r->session[i], table);
    printf("\n");
    return mts_table_end(table, NULL, stdout);
}

/* How far the runs are that can go on from a checkpoint. */
static void print_checkpoints(const report *r)
{
    char text[MTS_TABLE_RUN_TEXT];
    for (size_t i = 0; i < r->n_saved && i < SAVED_SHOWN; i++) {
        mts_table_run_text(&r->axes, &r->saved[i].config, text);
        printf("run %zu (%s): %.0f %% are done and saved\n", r->saved[i].run, text,
               100 * r->saved[i].done);
    }
    if (r->n_saved > SAVED_SHOWN)
        printf("and %zu more that are saved in part\n", r->n_saved - SAVED_SHOWN);
}

static mts_status print_text(const report *r)
{
    const size_t bad = r->count[MTS_STATE_FAILED] + r->count[MTS_STATE_DIVERGED];
    char *name = NULL, *question = NULL, left[MTS_DURATION_TEXT], part[MTS_APP_PART_TEXT];
    mts_status st = mts_store_line(r->store, "name", &name);
    if (st == MTS_OK)
        st = mts_store_line(r->store, "question", &question);
    if (st == MTS_OK)
        st = mts_app_part_text(r->store, part);
    if (st == MTS_OK)
        printf("%s  %s\n", name, question);
    mts_free(name);
    mts_free(question);
    if (st != MTS_OK)
        return st;
    printf("%s: %zu run%s%s", r->path, r->n_chosen, mts_app_s(r->n_chosen),
           r->n_chosen < r->n ? " chosen" : "");
    for (size_t s = 0; s < MTS_N_STATES; s++)
        if (r->count[s] > 0)
            printf(", %zu %s", r->count[s], mts_state_name[s]);
    printf("%s\n", part);
    if (r->holder[0]) {
        printf("a sweep runs: %s", r->holder);
        if (isfinite(r->left)) {
            mts_duration_text(r->left, left);
            printf("; %.3g runs/min, left %s", r->per_minute, left);
        }
        printf("\n");
    } else if (r->count[MTS_STATE_RUNNING] > 0) {
        printf("no sweep runs; the %zu running run%s cut short, which the next 'mtsweep run' goes "
               "on with\n",
               r->count[MTS_STATE_RUNNING], r->count[MTS_STATE_RUNNING] == 1 ? " was" : "s were");
    }
    print_checkpoints(r);
    st = print_axes(r);
    if (st == MTS_OK)
        st = print_sessions(r);
    if (bad > 0)
        printf("\n");
    for (size_t i = 0; i < r->n_failures; i++)
        printf("run %zu (%s) %s: %s\n", r->failure[i].run, r->failure[i].what,
               r->failure[i].diverged ? "diverged" : "failed", r->failure[i].reason);
    if (bad > r->n_failures)
        printf("and %zu more\n", bad - r->n_failures);
    return st;
}

/* ---- for programs ---- */

static void json_states(const size_t count[MTS_N_STATES])
{
    printf("{");
    for (size_t s = 0; s < MTS_N_STATES; s++)
        printf("%s\"%s\": %zu", s ? ", " : "", mts_state_name[s], count[s]);
    printf("}");
}

static void json_text(const char *key, const char *text)
{
    printf("\"%s\": ", key);
    mts_table_json_text(text, stdout);
}

static void json_number(const char *key, double value)
{
    printf(", \"%s\": ", key);
    mts_table_json_number(value, stdout);
}

static void print_json(const report *r)
{
    char value[MTS_VALUE_TEXT];
    size_t printed = 0;
    printf("{");
    json_text("file", r->path);
    printf(", \"runs\": %zu, \"states\": ", r->n_chosen);
    json_states(r->count);
    json_number("runs_per_minute", r->per_minute);
    json_number("seconds_left", r->left);
    printf(", ");
    json_text("lock", r->holder);
    printf(", \"by\": {");
    for (size_t a = 0; a < r->axes.n; a++) {
        printf("%s\"%s\": {", a ? ", " : "", r->axes.axis[a].field->name);
        for (size_t i = 0; i < r->axes.axis[a].n; i++) {
            mts_field_text(r->axes.axis[a].field, r->axes.axis[a].value[i], value);
            printf("%s\"%s\": ", i ? ", " : "", value);
            json_states(r->by[a][i]);
        }
        printf("}");
    }
    printf("}, \"failures\": [");
    for (size_t i = 0; i < r->n_failures; i++) {
        printf("%s{\"run\": %zu, ", i ? ", " : "", r->failure[i].run);
        json_text("state", r->failure[i].diverged ? "diverged" : "failed");
        printf(", ");
        json_text("config", r->failure[i].what);
        printf(", ");
        json_text("reason", r->failure[i].reason);
        printf("}");
    }
    printf("], \"sessions\": [");
    for (size_t i = 0; i < MTS_SESSIONS; i++) {
        const mts_session *s = &r->session[i];
        if (s->number == 0)
            continue;
        printf("%s{\"number\": %lld, ", printed++ ? ", " : "", (long long)s->number);
        json_text("host", s->host);
        printf(", \"pid\": %lld, ", (long long)s->pid);
        json_text("job", s->job);
        printf(", \"ranks\": %lld", (long long)s->ranks);
        json_number("started", s->started);
        json_number("ended", s->ended);
        printf(", \"exit\": %lld, ", (long long)s->exit);
        json_text("kernels", s->kernels);
        printf("}");
    }
    printf("]}\n");
}

/* What --exit says. */
static int exit_of(const report *r)
{
    if (r->count[MTS_STATE_PENDING] + r->count[MTS_STATE_RUNNING] + r->n_tryable > 0)
        return MTS_EXIT_STOPPED;
    return r->count[MTS_STATE_FAILED] > 0 ? MTS_EXIT_FAILED_RUNS : MTS_EXIT_OK;
}

static mts_status status(const mts_app_args *args, int *exit_status)
{
    const bool watch = mts_app_text(args, "watch") != NULL,
               json = mts_app_text(args, "json") != NULL;
    report *r = mts_alloc(1, sizeof *r);
    double seconds = 2;
    mts_status st = r ? mts_app_number(args, "watch", 0.1, 86400, &seconds) : MTS_ERR_MEMORY;
    if (st == MTS_OK) {
        r->path = args->argument[0];
        st = mts_app_open(r->path, &r->store);
    }
    if (st == MTS_OK && *mts_store_later(r->store))
        mts_log("%s was made by a newer mtsweep; not shown: %s", r->path,
                mts_store_later(r->store));
    if (st == MTS_OK)
        st = prepare(r, args);
    while (st == MTS_OK) {
        struct timespec pause = {(time_t)seconds, (long)(fmod(seconds, 1) * 1e9)};
        st = look(r);
        if (st != MTS_OK)
            break;
        if (watch && !json && isatty(STDOUT_FILENO))
            printf("\033[H\033[2J");
        if (json)
            print_json(r);
        else
            st = print_text(r);
        fflush(stdout);
        if (!watch || !r->holder[0])
            break;
        nanosleep(&pause, NULL);
    }
    if (r) {
        const mts_status closed = mts_store_close(r->store);
        *exit_status = mts_app_text(args, "exit") ? exit_of(r) : MTS_EXIT_OK;
        forget(r);
        st = st == MTS_OK ? closed : st;
    }
    mts_free(r);
    return st;
}

static int status_main(const mts_app_args *args)
{
    int exit_status = MTS_EXIT_OK;
    const mts_status st = status(args, &exit_status);
    return st == MTS_OK ? exit_status : mts_app_report(st);
}

const mts_app_verb mts_app_verb_status = {
    "status",
    "OUT",
    "counts by state and axis, rate, time left, failures; also while a sweep runs",
    options,
    NULL,
    status_main,
    {{"mtsweep status fig3.h5 --watch", "how far the sweep is, again and again until it ends"},
     {"mtsweep status fig3.h5 --exit >/dev/null && mtsweep show fig3.h5",
      "the tables, once everything is done"}}};
