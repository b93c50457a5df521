/* status_json.c: how a sweep is, for programs. */
#include "status.h"

#include <math.h>

static void states(const size_t count[MTS_N_STATES])
{
    printf("{");
    for (size_t s = 0; s < MTS_N_STATES; s++)
        printf("%s\"%s\": %zu", s ? ", " : "", mts_state_name[s], count[s]);
    printf("}");
}

void mts_status_json_text(const char *key, const char *value)
{
    printf(", \"%s\": ", key);
    mts_table_json_text(value, stdout);
}

void mts_status_json_number(const char *key, double value)
{
    printf(", \"%s\": ", key);
    mts_table_json_number(value, stdout);
}

static void print_by(const mts_status_report *r)
{
    char value[MTS_VALUE_TEXT];
    printf(", \"by\": {");
    for (size_t a = 0; a < r->axes.n; a++) {
        printf("%s\"%s\": {", a ? ", " : "", r->axes.axis[a].field->name);
        for (size_t i = 0; i < r->axes.axis[a].n; i++) {
            mts_field_text(r->axes.axis[a].field, r->axes.axis[a].value[i], value);
            printf("%s\"%s\": ", i ? ", " : "", value);
            states(r->by[a][i]);
        }
        printf("}");
    }
    printf("}");
}

static void print_running(const mts_status_report *r)
{
    char what[MTS_TABLE_RUN_TEXT];
    printf(", \"running\": [");
    for (size_t i = 0; i < r->n_running && i < MTS_STATUS_RUNNING; i++) {
        const mts_status_part *part = &r->running[i];
        mts_table_run_text(&r->axes, &part->config, what);
        printf("%s{\"run\": %zu", i ? ", " : "", part->run);
        mts_status_json_text("config", what);
        mts_status_json_number("done", part->done);
        mts_status_json_number("loss", part->loss);
        mts_status_json_number("seconds", part->seconds);
        mts_status_json_number("rank", part->rank < 0 ? NAN : part->rank);
        mts_status_json_text("host", part->host);
        printf("}");
    }
    printf("]");
}

static void print_failures(const mts_status_report *r)
{
    printf(", \"failures\": [");
    for (size_t i = 0; i < r->n_failures; i++) {
        printf("%s{\"run\": %zu", i ? ", " : "", r->failure[i].run);
        mts_status_json_text("state", r->failure[i].diverged ? "diverged" : "failed");
        mts_status_json_text("config", r->failure[i].what);
        mts_status_json_text("reason", r->failure[i].reason);
        printf("}");
    }
    printf("]");
}

static void print_sessions(const mts_status_report *r)
{
    size_t printed = 0;
    printf(", \"sessions\": [");
    for (size_t i = 0; i < MTS_SESSIONS; i++) {
        const mts_session *s = &r->session[i];
        if (s->number == 0)
            continue;
        printf("%s{\"number\": %lld", printed++ ? ", " : "", (long long)s->number);
        mts_status_json_text("host", s->host);
        printf(", \"pid\": %lld", (long long)s->pid);
        mts_status_json_text("job", s->job);
        printf(", \"ranks\": %lld", (long long)s->ranks);
        mts_status_json_number("started", s->started);
        mts_status_json_number("ended", s->ended);
        printf(", \"exit\": %lld", (long long)s->exit);
        mts_status_json_text("kernels", s->kernels);
        printf("}");
    }
    printf("]");
}

void mts_status_print_json(const mts_status_report *r)
{
    printf("{\"file\": ");
    mts_table_json_text(r->path, stdout);
    printf(", \"runs\": %zu, \"states\": ", r->n_chosen);
    states(r->count);
    mts_status_json_number("work_done", r->work);
    mts_status_json_number("runs_per_minute", r->per_minute);
    mts_status_json_number("seconds_left", r->left);
    mts_status_json_text("lock", r->holder);
    print_by(r);
    print_running(r);
    print_failures(r);
    print_sessions(r);
    printf("}\n");
}
