/* man.c: the manual pages, from the tables that the help and the file come from: mtsweep(1), one page a
 * verb, and mtsweep(5) for the sweep file and the file of results. Macros of man(7); sentences begin on
 * lines of their own, and lines are short, as mandoc -T lint asks. */
#include "app.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WIDTH 76

/* ---- roff ---- */

static void put_escaped(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] == '\\')
            fputs("\\e", stdout);
        else if (text[i] == '-')
            fputs("\\-", stdout);
        else if (text[i] == '\'')
            fputs("\\(aq", stdout);
        else if (text[i] == '^')
            fputs("\\(ha", stdout);
        else
            putchar(text[i]);
}

/* A line with nothing but text, and a dot at its start no macro. */
static void put_line(const char *text, size_t length)
{
    if (length > 0 && (*text == '.' || *text == '\''))
        fputs("\\&", stdout);
    put_escaped(text, length);
    putchar('\n');
}

/* Words in short lines, a sentence on a line of its own. */
static void put_text(const char *text)
{
    size_t column = 0;
    bool ends = false;
    while (*text) {
        const size_t word = strcspn(text, " \n");
        if (column > 0 && (ends || column + 1 + word > WIDTH)) {
            putchar('\n');
            column = 0;
        } else if (column > 0) {
            putchar(' ');
            column++;
        }
        if (column == 0 && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        put_escaped(text, word);
        column += word;
        text += word;
        ends = word > 0 && memchr(".!?", text[-1], 3);
        text += strspn(text, " \n");
    }
    putchar('\n');
}

/* Paragraphs; lines that begin with blanks stay as they are. */
static void put_more(const char *text)
{
    bool literal = false, fresh = true;
    char paragraph[4096] = "";
    while (*text) {
        const size_t length = strcspn(text, "\n");
        const bool blank = length == 0, indented = *text == ' ';
        if ((blank || indented) && *paragraph) {
            put_text(paragraph);
            *paragraph = '\0';
        }
        if (indented != literal && !blank) {
            puts(indented ? ".PP\n.nf" : ".fi");
            literal = indented;
            fresh = true;
        }
        if (indented) {
            put_line(text, length);
        } else if (!blank) {
            if (!*paragraph && !fresh)
                puts(".PP");
            snprintf(paragraph + strlen(paragraph), sizeof paragraph - strlen(paragraph), "%s%.*s",
                     *paragraph ? " " : "", (int)length, text);
        }
        fresh = false;
        text += length + (text[length] == '\n');
    }
    if (*paragraph)
        put_text(paragraph);
    if (literal)
        puts(".fi");
}

static void put_bold(const char *text)
{
    fputs(".B ", stdout);
    put_escaped(text, strlen(text));
    putchar('\n');
}

/* The day of SOURCE_DATE_EPOCH, so that the same source gives the same page; else today. */
static void put_head(const char *name, int section, const char *summary)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    const time_t now = epoch ? (time_t)strtoll(epoch, NULL, 10) : time(NULL);
    struct tm day;
    char text[16], line[300];
    gmtime_r(&now, &day);
    strftime(text, sizeof text, "%Y-%m-%d", &day);
    printf(".TH ");
    for (const char *c = name; *c; c++)
        if (*c == '-')
            printf("\\-");
        else
            putchar(toupper((unsigned char)*c));
    printf(" %d %s \"mtsweep %s\"\n.SH NAME\n", section, text, MTS_VERSION);
    snprintf(line, sizeof line, "%s - %s", name, summary);
    put_text(line);
}

static void put_exits(void)
{
    puts(".SH EXIT STATUS");
    for (const mts_app_exit_text *e = mts_app_exits; e->text; e++) {
        printf(".TP\n%d\n", e->status);
        put_text(e->text);
    }
}

/* ---- pages ---- */

static void page_overview(void)
{
    put_head("mtsweep", 1, "train sweeps of small recurrent networks");
    puts(".SH SYNOPSIS\n.B mtsweep\n.I VERB\n\\&...\n.SH DESCRIPTION");
    put_text(MTS_APP_PURPOSE);
    puts(".SH VERBS");
    for (size_t i = 0; mts_app_verbs[i]; i++) {
        const mts_app_verb *verb = mts_app_verbs[i];
        printf(".TP\n.BR mtsweep\\-%s (1)\n", verb->name);
        put_text(verb->summary);
    }
    puts(".TP\n.B mtsweep help\n.I VERB");
    put_text("prints the options of a verb.");
    put_exits();
    puts(".SH FILES\n.TP");
    puts(".I share/mtsweep/sweeps\nSweep files of the figures of the paper, below the folder that "
         "the\nprogram is installed in.\n.TP\n.I share/mtsweep/jobs\nScripts for one machine and "
         "for "
         "SLURM.\n.TP\n.I share/mtsweep/matlab\nThe package for MATLAB and Octave.");
    puts(".SH SEE ALSO\n.BR mtsweep (5)");
}

static void put_option(const mts_app_option *o)
{
    puts(".TP");
    fputs(".B ", stdout);
    if (o->letter)
        printf("\\-%c, ", o->letter);
    fputs("\\-\\-", stdout);
    put_escaped(o->name, strlen(o->name));
    if (o->value) {
        fputs(" \\fI", stdout);
        put_escaped(o->value, strlen(o->value));
        fputs("\\fR", stdout);
    }
    putchar('\n');
    put_text(o->doc);
}

static void page_verb(const mts_app_verb *verb)
{
    char name[80];
    snprintf(name, sizeof name, "mtsweep-%s", verb->name);
    put_head(name, 1, verb->summary);
    printf(".SH SYNOPSIS\n.B mtsweep %s\n", verb->name);
    if (*verb->arguments)
        printf(".I %s\n", verb->arguments);
    for (const mts_app_option *o = verb->options; o->name; o++)
        if (o->flags & MTS_APP_REQUIRED)
            printf(".B \\-%c\n.I %s\n", o->letter, o->value);
    puts(".RI [ OPTIONS ]");
    if (verb->more) {
        puts(".SH DESCRIPTION");
        put_more(verb->more);
    }
    puts(".SH OPTIONS");
    for (const mts_app_option *o = verb->options; o->name; o++)
        put_option(o);
    put_option(&mts_app_help_option);
    puts(".SH EXAMPLES");
    for (size_t i = 0; i < sizeof verb->example / sizeof *verb->example; i++) {
        puts(".TP");
        put_bold(verb->example[i].command);
        put_text(verb->example[i].doc);
    }
    put_exits();
    puts(".SH SEE ALSO\n.BR mtsweep (1),\n.BR mtsweep (5)");
}

static void put_fields(void)
{
    char least[MTS_VALUE_TEXT], most[MTS_VALUE_TEXT], value[MTS_VALUE_TEXT];
    puts(".SH FIELDS");
    put_text(
        "Keys of grid, zip, set, where and exclude, and of --set; columns of /config in the file.");
    for (size_t f = 0; f < mts_n_fields; f++) {
        const mts_field *field = &mts_fields[f];
        char text[1600] = "";
        size_t used = 0;
        puts(".TP");
        put_bold(field->name);
        mts_field_text(field, field->least, least);
        mts_field_text(field, field->most, most);
        mts_field_text(field, field->initial, value);
        used = (size_t)snprintf(text, sizeof text, "%s. Default %s%s%s; ", field->doc, value,
                                strcmp(field->unit, "1") ? " " : "",
                                strcmp(field->unit, "1") ? field->unit : "");
        if (field->type != MTS_CHOICE)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s to %s", least, most);
        for (size_t i = 0; field->choices && field->choices[i] && used < sizeof text - 80; i++)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
                                     i == 0 ? "one of " : ", ", field->choices[i]);
        snprintf(text + used, sizeof text - used, "%s.",
                 field->flags & MTS_SWEEP_WIDE ? "; one value for all runs" : "");
        put_text(text);
    }
}

static void put_columns(void)
{
    puts(".SH DATASETS");
    put_text("One row a run, in grid order; the axes after it in brackets.");
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        const mts_column *column = &mts_columns[c];
        char text[1200];
        puts(".TP");
        snprintf(text, sizeof text, "%s/%s (run", column->group, column->name);
        for (size_t a = 0; a < column->n_axes; a++)
            snprintf(text + strlen(text), sizeof text - strlen(text), ", %s",
                     mts_axis_name[column->axis[a]]);
        snprintf(text + strlen(text), sizeof text - strlen(text), ")%s%s",
                 strcmp(column->unit, "1") ? " in " : "",
                 strcmp(column->unit, "1") ? column->unit : "");
        put_bold(text);
        put_text(column->doc);
    }
    puts(".SH AXES");
    for (size_t a = 0; a < MTS_N_AXES; a++) {
        puts(".TP");
        put_bold(mts_axis_name[a]);
        put_text(mts_axis_doc[a]);
    }
}

static void page_files(void)
{
    static const char *const sweep[] = {
        "name: wide                    required: letters, digits, - _ .",
        "question: Do wider ones ...?  one line",
        "claim: r2 rises with units    what the results are held against",
        "grid:                         every combination, the last axis fastest",
        "  arch: [rnn, lstm]",
        "  seed: 0..4                  a range of whole numbers, ends included",
        "zip:                          axes that move together",
        "  - {units: [64, 128], tasks: [6, 12]}",
        "set:                          what else differs from the defaults",
        "  batches: 20000",
        "measure: [sparsity, pca]",
        "override:                     where all conditions hold; later ones win",
        "  - where: {arch: lstm}",
        "    set: {batches: 10000}",
        "exclude:                      runs to leave out",
        "  - {arch: rnn, units: 128}"};
    put_head("mtsweep", 5, "sweep files, and the file of results");
    puts(".SH DESCRIPTION");
    put_text("A sweep file is YAML. All keys but name may be missing.");
    puts(".PP\n.nf");
    for (size_t i = 0; i < sizeof sweep / sizeof *sweep; i++)
        put_line(sweep[i], strlen(sweep[i]));
    puts(".fi\n.PP");
    put_text("The file of results is HDF5 with one dataset a quantity. Every axis has a named "
             "coordinate, every dataset the attributes units and long_name.");
    put_fields();
    put_columns();
    puts(".SH SEE ALSO\n.BR mtsweep (1)");
}

mts_status mts_app_man(const char *page)
{
    const mts_app_verb *verb;
    char name[64] = "";
    if (!page) {
        puts("mtsweep.1");
        for (size_t i = 0; mts_app_verbs[i]; i++)
            printf("mtsweep-%s.1\n", mts_app_verbs[i]->name);
        puts("mtsweep.5");
        return MTS_OK;
    }
    sscanf(page, "mtsweep-%60[a-z].1", name);
    verb = mts_app_verb_find(name);
    if (verb)
        page_verb(verb);
    else if (strcmp(page, "mtsweep.1") == 0)
        page_overview();
    else if (strcmp(page, "mtsweep.5") == 0)
        page_files();
    else
        return mts_fail(MTS_ERR_USAGE, "no manual page '%s'; 'mtsweep help --man' lists them",
                        page);
    return MTS_OK;
}
