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

static void text(const char *key, const char *value)
{
    printf("\"%s\": ", key);
    mts_table_json_text(value, stdout);
}

static void number(const char *key, double value)
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
        printf("%s{\"run\": %zu, ", i ? ", " : "", part->run);
        text("config", what);
        number("done", part->done);
        number("loss", part->loss);
        number("seconds", part->seconds);
        number("rank", part->rank < 0 ? NAN : part->rank);
        printf(", ");
        text("host", part->host);
        printf("}");
    }
    printf("]");
}

static void print_failures(const mts_status_report *r)
{
    printf(", \"failures\": [");
    for (size_t i = 0; i < r->n_failures; i++) {
        printf("%s{\"run\": %zu, ", i ? ", " : "", r->failure[i].run);
        text("state", r->failure[i].diverged ? "diverged" : "failed");
        printf(", ");
        text("config", r->failure[i].what);
        printf(", ");
        text("reason", r->failure[i].reason);
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
        printf("%s{\"number\": %lld, ", printed++ ? ", " : "", (long long)s->number);
        text("host", s->host);
        printf(", \"pid\": %lld, ", (long long)s->pid);
        text("job", s->job);
        printf(", \"ranks\": %lld", (long long)s->ranks);
        number("started", s->started);
        number("ended", s->ended);
        printf(", \"exit\": %lld, ", (long long)s->exit);
        text("kernels", s->kernels);
        printf("}");
    }
    printf("]");
}

void mts_status_print_json(const mts_status_report *r)
{
    printf("{");
    text("file", r->path);
    printf(", \"runs\": %zu, \"states\": ", r->n_chosen);
    states(r->count);
    number("work_done", r->work);
    number("runs_per_minute", r->per_minute);
    number("seconds_left", r->left);
    printf(", ");
    text("lock", r->holder);
    print_by(r);
    print_running(r);
    print_failures(r);
    print_sessions(r);
    printf("}\n");
}
