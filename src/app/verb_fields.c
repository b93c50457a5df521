/* verb_fields.c: `mtsweep fields`: prints the tables of record.h. */
#include "app.h"

#include <math.h>
#include <string.h>

static const mts_app_option options[] = {{"markdown", 0, NULL, "as tables for a README", 0},
                                         {NULL, 0, NULL, NULL, 0}};

static void range_text(const mts_field *field, char text[256])
{
    char least[MTS_VALUE_TEXT], most[MTS_VALUE_TEXT];
    size_t used = 0;
    if (field->type == MTS_CHOICE) {
        for (size_t i = 0; field->choices[i] && used < 250; i++)
            used += (size_t)snprintf(text + used, 256 - used, "%s%s", i > 0 ? "|" : "",
                                     field->choices[i]);
        return;
    }
    mts_field_text(field, field->least, least);
    mts_field_text(field, field->most, most);
    snprintf(text, 256, "%s..%s", least, most);
}

static void axes_text(const mts_column *column, char text[256])
{
    size_t used = (size_t)snprintf(text, 256, "run");
    for (size_t a = 0; a < column->n_axes; a++)
        used += (size_t)snprintf(text + used, 256 - used, ", %s", mts_axis_name[column->axis[a]]);
}

static void print_markdown(void)
{
    char value[MTS_VALUE_TEXT], range[256];
    printf("| field | default | unit | values | meaning |\n|---|---|---|---|---|\n");
    for (size_t f = 0; f < mts_n_fields; f++) {
        const mts_field *field = &mts_fields[f];
        mts_field_text(field, field->initial, value);
        range_text(field, range);
        printf("| `%s` | %s | %s | ", field->name, value, field->unit);
        for (const char *c = range; *c; c++)
            printf(*c == '|' ? ", " : "%c", *c);
        printf(" | %s |\n", field->doc);
    }
    printf("\n| column | axes | unit | meaning |\n|---|---|---|---|\n");
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        axes_text(&mts_columns[c], range);
        printf("| `%s/%s` | %s | %s | %s |\n", mts_columns[c].group, mts_columns[c].name, range,
               mts_columns[c].unit, mts_columns[c].doc);
    }
}

/* Choices are cut to about this in a window of `width`. */
static size_t range_room(size_t width)
{
    return width == 0 || width > 84 ? 40 : width > 60 ? width - 44 : 16;
}

static mts_status print_fields(size_t width)
{
    const size_t room = range_room(width);
    mts_table *table = mts_table_create(4);
    char value[MTS_VALUE_TEXT], range[256];
    for (size_t f = 0; f < mts_n_fields; f++) {
        const mts_field *field = &mts_fields[f];
        const bool plain = strcmp(field->unit, "1") == 0 || field->type == MTS_CHOICE;
        mts_field_text(field, field->initial, value);
        range_text(field, range);
        if (strlen(range) > room)
            strcpy(range + room - 3, "...");
        mts_table_add(table, "%s", field->name);
        mts_table_add(table, "%s%s%s", value, plain ? "" : " ", plain ? "" : field->unit);
        mts_table_add(table, "%s", range);
        mts_table_add(table, "%s%s", field->doc,
                      field->flags & MTS_SWEEP_WIDE ? " (one value for all runs)" : "");
    }
    mts_table_wrap("Fields of a run: keys of a sweep file and of --set; datasets of /config in the "
                   "file.",
                   0, width > 0 ? width : 98, stdout);
    printf("\n");
    return mts_table_end_within(table, width, stdout);
}

static mts_status print_columns(size_t width)
{
    mts_table *table = mts_table_create(4);
    char axes[256];
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        const mts_column *column = &mts_columns[c];
        axes_text(column, axes);
        mts_table_add(table, "%s/%s", column->group, column->name);
        mts_table_add(table, "(%s)", axes);
        mts_table_add(table, "%s", strcmp(column->unit, "1") ? column->unit : "");
        mts_table_add(table, "%s", column->doc);
    }
    printf("\nColumns of the file: datasets GROUP/NAME, one row a run.\n\n");
    return mts_table_end_within(table, width, stdout);
}

static int fields_main(const mts_app_args *args)
{
    const size_t width = mts_app_window(stdout);
    mts_status st;
    if (args->n_arguments > 0)
        return mts_app_report(mts_app_explain(args->argument[0], width > 0 ? width : 98, stdout));
    if (mts_app_text(args, "markdown")) {
        print_markdown();
        return MTS_EXIT_OK;
    }
    st = print_fields(width);
    return mts_app_report(st == MTS_OK ? print_columns(width) : st);
}

const mts_app_verb mts_app_verb_fields = {
    "fields",
    "[NAME]",
    "every config field and result column with default, unit and meaning",
    options,
    NULL,
    fields_main,
    {{"mtsweep fields tau", "everything about one field, column or axis"},
     {"mtsweep fields | grep noise", "a line a field, where no terminal reads it"}}};
