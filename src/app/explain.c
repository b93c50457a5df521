/* explain.c: `mtsweep fields NAME`: all that record.h says of one field, column or axis. */
#include "app.h"

#include <string.h>

#define LEFT 12 /* columns before what is said */

static const struct {
    const char *mark, *text;
} sources[] = {{"[S1", "table S1 and appendix A.2 of the paper, arXiv 2407.11249"},
               {"[code", "that file of the authors' public code"},
               {"[open]", "no source settles it"}};

static void line(const char *name, const char *text, size_t width, FILE *to)
{
    fprintf(to, "  %-*s", LEFT - 2, name);
    mts_table_wrap(text, LEFT, width, to);
}

/* A passage of a description: "fan = lines at (k + 1/2) pi / K". */
typedef struct {
    const char *text;
    size_t length;
} passage;

/* The passages of a description: what "; " separates, and what stands before the first ": ". */
static size_t split(const char *doc, passage *part, size_t room)
{
    size_t n = 0;
    const char *colon = strstr(doc, ": ");
    while (*doc && n < room) {
        const char *end = strstr(doc, "; ");
        size_t length = end ? (size_t)(end - doc) : strlen(doc);
        if (n == 0 && colon && colon < doc + length)
            length = (size_t)(colon - doc);
        part[n++] = (passage){doc, length};
        doc += length;
        doc += *doc ? 2 : 0;
    }
    return n;
}

/* The passage that says what a choice means, or NULL. */
static const passage *meaning(const char *choice, const passage *part, size_t n)
{
    const size_t length = strlen(choice);
    for (size_t i = 0; i < n; i++)
        if (part[i].length > length + 3 && strncmp(part[i].text, choice, length) == 0 &&
            strncmp(part[i].text + length, " = ", 3) == 0)
            return &part[i];
    return NULL;
}

static void print_choices(const mts_field *field, const passage *part, size_t n, size_t width,
                          FILE *to)
{
    size_t longest = 0;
    for (size_t i = 0; field->choices[i]; i++)
        longest = strlen(field->choices[i]) > longest ? strlen(field->choices[i]) : longest;
    for (size_t i = 0; field->choices[i]; i++) {
        const char *choice = field->choices[i];
        const passage *p = meaning(choice, part, n);
        char text[600] = "";
        if (p)
            snprintf(text, sizeof text, "%.*s", (int)(p->length - strlen(choice) - 3),
                     p->text + strlen(choice) + 3);
        fprintf(to, "  %-*s", LEFT - 2, i == 0 ? "choices" : "");
        if (p)
            fprintf(to, "%-*s  ", (int)longest, choice);
        mts_table_wrap(p ? text : choice, p ? LEFT + longest + 2 : LEFT, width, to);
    }
}

/* The description without what print_choices says. */
static void print_doc(const mts_field *field, const passage *part, size_t n, size_t width, FILE *to)
{
    char text[1200] = "";
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        bool of_choice = false;
        for (size_t c = 0; field->choices && field->choices[c]; c++)
            of_choice = of_choice || meaning(field->choices[c], &part[i], 1);
        if (!of_choice && used + part[i].length + 3 < sizeof text)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%.*s",
                                     used == 0                 ? ""
                                     : part[i].text[-2] == ':' ? ": "
                                                               : "; ",
                                     (int)part[i].length, part[i].text);
    }
    fprintf(to, "  ");
    mts_table_wrap(text, 2, width, to);
}

static void print_sources(const char *doc, size_t width, FILE *to)
{
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        const char *from = strstr(doc, sources[i].mark);
        char mark[32];
        if (!from)
            continue;
        snprintf(mark, sizeof mark, "%.*s", (int)strcspn(from, "]") + 1, from);
        fprintf(to, "  %-*s%s: ", LEFT - 2, "source", mark);
        mts_table_wrap(sources[i].text, LEFT + strlen(mark) + 2, width, to);
    }
}

static void print_rules(const mts_field *field, size_t width, FILE *to)
{
    char text[300];
    if (field->flags & MTS_SWEEP_WIDE)
        line("rule", "one value for all runs of a sweep, as it sizes the file; no axis", width, to);
    else if (field->flags & MTS_EXECUTION)
        line("rule", "says how a run is done, not what it is; no axis", width, to);
    else if (field->flags & MTS_OUTPUT)
        line("rule", "changes nothing of the training: says what is looked at afterwards", width,
             to);
    snprintf(text, sizeof text,
             "under set%s in a sweep file; --set %s=VALUE; in the file config/%s",
             field->flags & (MTS_SWEEP_WIDE | MTS_EXECUTION) ? "" : ", grid or zip", field->name,
             field->name);
    line("where", text, width, to);
}

static void explain_field(const mts_field *field, size_t width, FILE *to)
{
    static const char *const types[] = {"whole number", "number", "choice"};
    passage part[32];
    const size_t n = split(field->doc, part, sizeof part / sizeof *part);
    const char *unit = strcmp(field->unit, "1") && field->type != MTS_CHOICE ? field->unit : "";
    char text[200], least[MTS_VALUE_TEXT], most[MTS_VALUE_TEXT];
    fprintf(to, "%s, a field of a run\n", field->name);
    print_doc(field, part, n, width, to);
    line("type", types[field->type], width, to);
    mts_field_text(field, field->initial, least);
    snprintf(text, sizeof text, "%s%s%s", least, *unit ? " " : "", unit);
    line("default", text, width, to);
    if (field->type == MTS_CHOICE) {
        print_choices(field, part, n, width, to);
    } else {
        mts_field_text(field, field->least, least);
        mts_field_text(field, field->most, most);
        snprintf(text, sizeof text, "%s to %s%s%s, ends included", least, most, *unit ? " " : "",
                 unit);
        line("range", text, width, to);
    }
    print_rules(field, width, to);
    print_sources(field->doc, width, to);
}

static void explain_column(const mts_column *column, size_t width, FILE *to)
{
    static const struct {
        const char *type, *none;
    } types[] = {[MTS_F64] = {"float64", "NaN"},
                 [MTS_F32] = {"float32", "NaN"},
                 [MTS_I64] = {"int64", "-1"},
                 [MTS_U8] = {"uint8", "255"}};
    char text[400];
    fprintf(to, "%s/%s, a dataset of the file, one row a run\n  ", column->group, column->name);
    mts_table_wrap(column->doc, 2, width, to);
    snprintf(text, sizeof text, "%s; %s where there is none", types[column->type].type,
             types[column->type].none);
    line("type", text, width, to);
    line("unit", strcmp(column->unit, "1") == 0 ? "none" : column->unit, width, to);
    line("axes", "run", width, to);
    for (size_t a = 0; a < column->n_axes; a++) {
        snprintf(text, sizeof text, "%s: %s", mts_axis_name[column->axis[a]],
                 mts_axis_doc[column->axis[a]]);
        line("", text, width, to);
    }
    if (column->ideal != MTS_COL_none) {
        snprintf(text, sizeof text, "%s/%s", mts_columns[column->ideal].group,
                 mts_columns[column->ideal].name);
        line("ideal", text, width, to);
    }
    print_sources(column->doc, width, to);
}

static mts_status unknown(const char *name)
{
    const char *names[512], *near;
    size_t n = 0;
    for (size_t f = 0; f < mts_n_fields && n < 256; f++)
        names[n++] = mts_fields[f].name;
    for (size_t c = 0; c < MTS_N_COLUMNS && n < 480; c++)
        names[n++] = mts_columns[c].name;
    for (size_t a = 0; a < MTS_N_AXES; a++)
        names[n++] = mts_axis_name[a];
    names[n] = NULL;
    near = mts_nearest(name, names);
    if (near)
        return mts_fail(MTS_ERR_USAGE,
                        "no field, column or axis '%s'; did you mean '%s'? ('mtsweep fields' lists "
                        "all)",
                        name, near);
    return mts_fail(MTS_ERR_USAGE, "no field, column or axis '%s'; 'mtsweep fields' lists all",
                    name);
}

mts_status mts_app_explain(const char *name, size_t width, FILE *to)
{
    const mts_field *field = mts_field_find(name);
    const char *slash = strchr(name, '/');
    size_t found = 0;
    if (field && ++found)
        explain_field(field, width, to);
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        const mts_column *column = &mts_columns[c];
        const size_t group = strlen(column->group);
        if (strcmp(slash ? slash + 1 : name, column->name) != 0 ||
            (slash && ((size_t)(slash - name) != group || strncmp(name, column->group, group))))
            continue;
        fputs(found++ ? "\n" : "", to);
        explain_column(column, width, to);
    }
    for (size_t a = 0; a < MTS_N_AXES; a++) {
        if (strcmp(name, mts_axis_name[a]) != 0)
            continue;
        fprintf(to, "%s%s, an axis of the file\n  ", found++ ? "\n" : "", name);
        mts_table_wrap(mts_axis_doc[a], 2, width, to);
    }
    return found ? MTS_OK : unknown(name);
}
