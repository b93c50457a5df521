/* help.c: `mtsweep help`, from the tables of the verbs. */
#include "app.h"

#include <string.h>

#define WIDTH 98 /* at most; a line of fewer columns is longer to find than to read */
#define LEFT  30 /* columns before what an option does */

const mts_app_exit_text mts_app_exits[] = {
    {MTS_EXIT_OK, "all runs done"},
    {MTS_EXIT_FAILED_RUNS, "some runs failed for good"},
    {MTS_EXIT_USAGE, "wrong command line"},
    {MTS_EXIT_FOREIGN, "the file belongs to another sweep"},
    {MTS_EXIT_IO, "input or output"},
    {MTS_EXIT_STOPPED, "stopped early, the same command continues"},
    {MTS_EXIT_SWEEP, "wrong sweep file"},
    {0, NULL}};

static size_t width_of(FILE *to)
{
    const size_t window = mts_app_window(to);
    return window > 0 && window < WIDTH ? window : WIDTH;
}

static void print_option(const mts_app_option *o, size_t width, FILE *to)
{
    char left[64], letter[8] = "    ";
    if (o->letter)
        snprintf(letter, sizeof letter, "-%c, ", o->letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->value ? " " : "",
             o->value ? o->value : "");
    fprintf(to, "  %-28s", left);
    mts_table_wrap(o->doc, LEFT, width, to);
}

/* Lines that begin with a blank stand as they are, the others are one paragraph. */
static void print_more(const char *more, size_t width, FILE *to)
{
    char text[2048] = "";
    fprintf(to, "\n");
    for (const char *line = more, *end; *line; line = end + (*end == '\n')) {
        const size_t used = strlen(text);
        const bool stands = *line == ' ' || *line == '\n';
        end = line + strcspn(line, "\n");
        if (stands && used > 0)
            mts_table_wrap(text, 0, width, to);
        if (stands)
            fprintf(to, "%.*s\n", (int)(end - line), line);
        snprintf(text + (stands ? 0 : used), sizeof text - (stands ? 0 : used), "%.*s ",
                 stands ? 0 : (int)(end - line), line);
    }
    if (text[strspn(text, " ")])
        mts_table_wrap(text, 0, width, to);
}

void mts_app_help(const mts_app_verb *verb, FILE *to)
{
    const size_t width = width_of(to);
    fprintf(to, "usage: mtsweep %s%s%s", verb->name, *verb->arguments ? " " : "", verb->arguments);
    for (const mts_app_option *o = verb->options; o->name; o++)
        if (o->flags & MTS_APP_REQUIRED)
            fprintf(to, " -%c %s", o->letter, o->value);
    fprintf(to, " [OPTIONS]\n\n");
    mts_table_wrap(verb->summary, 0, width, to);
    fprintf(to, "\n");
    for (const mts_app_option *o = verb->options; o->name; o++)
        print_option(o, width, to);
    print_option(&mts_app_help_option, width, to);
    if (verb->more)
        print_more(verb->more, width, to);
    fprintf(to, "\nexamples:\n");
    for (size_t i = 0; i < sizeof verb->example / sizeof *verb->example; i++) {
        fprintf(to, "  %s\n      ", verb->example[i].command);
        mts_table_wrap(verb->example[i].doc, 6, width, to);
    }
}

void mts_app_overview(FILE *to)
{
    char text[600] = "exit status:";
    size_t used = strlen(text);
    const size_t width = width_of(to);
    fprintf(to, "usage: mtsweep VERB ...\n\n");
    mts_table_wrap(MTS_APP_PURPOSE, 0, width, to);
    fprintf(to, "\n");
    for (size_t i = 0; mts_app_verbs[i]; i++) {
        char left[64];
        snprintf(left, sizeof left, "%s %s", mts_app_verbs[i]->name, mts_app_verbs[i]->arguments);
        fprintf(to, "  mtsweep %-16s %s\n", left, mts_app_verbs[i]->summary);
    }
    fprintf(to, "  mtsweep %-16s %s\n\n", "help VERB", "the options of a verb (or VERB --help)");
    for (const mts_app_exit_text *e = mts_app_exits; e->text; e++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s %d %s",
                                 e > mts_app_exits ? ";" : "", e->status, e->text);
    mts_table_wrap(text, 0, width, to);
}
