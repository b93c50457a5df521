/* text.c: tables, numbers and strings as text. */
#include "mtsweep/table.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define LARGE  1e15 /* from here on numbers have an exponent, as those of config fields */
#define BESIDE 30   /* columns that a last column needs to stand beside the others */
#define BELOW  4    /* columns that it is indented by otherwise */

struct mts_table {
    size_t columns, n, room;
    char **cell;
    bool failed;
};

mts_table *mts_table_create(size_t columns)
{
    assert(columns > 0 && columns <= MTS_TABLE_COLUMNS);
    mts_table *table = mts_alloc(1, sizeof *table);
    if (table)
        table->columns = columns;
    return table;
}

void mts_table_destroy(mts_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->n; i++)
        mts_free(table->cell[i]);
    mts_free(table->cell);
    mts_free(table);
}

static bool make_room(mts_table *table)
{
    const size_t room = table->room ? 2 * table->room : 64;
    char **cell = mts_alloc(room, sizeof *cell);
    if (!cell)
        return false;
    if (table->n)
        memcpy(cell, table->cell, table->n * sizeof *cell);
    mts_free(table->cell);
    table->cell = cell;
    table->room = room;
    return true;
}

void mts_table_add(mts_table *table, const char *format, ...)
{
    char text[512], *copy;
    va_list list;
    if (!table || table->failed)
        return;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    copy = table->n < table->room || make_room(table) ? mts_alloc(strlen(text) + 1, 1) : NULL;
    table->failed = !copy;
    if (copy)
        table->cell[table->n++] = strcpy(copy, text);
}

static void measure(const mts_table *table, int width[MTS_TABLE_COLUMNS])
{
    memset(width, 0, MTS_TABLE_COLUMNS * sizeof *width);
    for (size_t i = 0; i < table->n; i++) {
        const int length = (int)strlen(table->cell[i]);
        if (length > width[i % table->columns])
            width[i % table->columns] = length;
    }
}

/* Writes the blanks that are due and a cell of `width`; returns those that are due behind it, which a
 * line does not end in. */
static int put_cell(const char *text, int width, bool right, int gap, FILE *to)
{
    const int pad = width - (int)strlen(text);
    if (!*text)
        return gap + pad;
    fprintf(to, "%*s%s", gap + (right ? pad : 0), "", text);
    return right ? 0 : pad;
}

mts_status mts_table_end(mts_table *table, const char *align, FILE *to)
{
    int gap = 0, width[MTS_TABLE_COLUMNS];
    if (!table || table->failed) {
        mts_table_destroy(table);
        return MTS_ERR_MEMORY;
    }
    measure(table, width);
    for (size_t i = 0; i < table->n; i++) {
        const size_t column = i % table->columns;
        const bool last = column + 1 == table->columns || i + 1 == table->n;
        gap = put_cell(table->cell[i], width[column], align && align[column] == 'r', gap, to);
        if (last)
            fputc('\n', to);
        gap = last ? 0 : gap + 2;
    }
    mts_table_destroy(table);
    return MTS_OK;
}

mts_status mts_table_end_beside(mts_table *table, size_t most, FILE *to)
{
    int width[MTS_TABLE_COLUMNS];
    if (!table || table->failed || most == 0 || table->columns == 1)
        return mts_table_end(table, NULL, to);
    measure(table, width);
    for (size_t first = 1, end; first < table->columns; first = end) {
        size_t used = (size_t)width[0] + 2 + (size_t)width[first];
        for (end = first + 1; end < table->columns && used + 2 + (size_t)width[end] <= most; end++)
            used += 2 + (size_t)width[end];
        if (first > 1)
            fputc('\n', to);
        for (size_t i = 0; i < table->n; i += table->columns) {
            int gap = put_cell(table->cell[i], width[0], false, 0, to) + 2;
            for (size_t column = first; column < end && i + column < table->n; column++)
                gap = put_cell(table->cell[i + column], width[column], false, gap, to) + 2;
            fputc('\n', to);
        }
    }
    mts_table_destroy(table);
    return MTS_OK;
}

mts_status mts_table_end_markdown(mts_table *table, FILE *to)
{
    if (!table || table->failed) {
        mts_table_destroy(table);
        return MTS_ERR_MEMORY;
    }
    for (size_t i = 0; i < table->n; i++) {
        fputs(i % table->columns == 0 ? "| " : " | ", to);
        for (const char *c = table->cell[i]; *c; c++)
            fprintf(to, *c == '|' ? "\\|" : "%c", *c);
        if ((i + 1) % table->columns == 0)
            fputs(" |\n", to);
        if (i + 1 == table->columns) {
            for (size_t column = 0; column < table->columns; column++)
                fputs("|---", to);
            fputs("|\n", to);
        }
    }
    mts_table_destroy(table);
    return MTS_OK;
}

/* Cells one after the other, in lines that end by column `most`; those after the first are indented. */
static void flow(char *const *cell, size_t n, size_t most, FILE *to)
{
    size_t column = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t length = strlen(cell[i]);
        if (column > 0 && column + 2 + length > most)
            column = (size_t)fprintf(to, "\n%*s", (int)BELOW, "") - 1;
        else if (column > 0)
            column += (size_t)fprintf(to, "  ");
        column += (size_t)fprintf(to, "%s", cell[i]);
    }
}

mts_status mts_table_end_within(mts_table *table, size_t most, FILE *to)
{
    int width[MTS_TABLE_COLUMNS];
    size_t indent = 0;
    if (!table || table->failed || most == 0)
        return mts_table_end(table, NULL, to);
    measure(table, width);
    const size_t last = table->columns - 1;
    for (size_t column = 0; column < last; column++)
        indent += (size_t)width[column] + 2;
    const bool below = indent + BESIDE > most && indent + (size_t)width[last] > most,
               loose = indent > most + 2;
    for (size_t i = 0; i + last < table->n; i += table->columns) {
        char *const *cell = &table->cell[i];
        int gap = 0;
        if (loose)
            flow(cell, last, most, to);
        for (size_t column = 0; column < last && !loose; column++)
            gap = put_cell(cell[column], width[column], false, gap, to) + 2;
        if (*cell[last] && below)
            fprintf(to, "\n%*s", BELOW, "");
        else if (*cell[last])
            fprintf(to, "%*s", gap, "");
        mts_table_wrap(cell[last], below ? BELOW : indent, most, to);
    }
    mts_table_destroy(table);
    return MTS_OK;
}

void mts_table_wrap(const char *text, size_t indent, size_t width, FILE *to)
{
    size_t column = indent;
    while (*text) {
        const size_t word = strcspn(text, " ");
        if (column > indent && column + 1 + word > width) {
            fprintf(to, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', to);
            column++;
        }
        fprintf(to, "%.*s", (int)word, text);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', to);
}

void mts_table_number_text(double value, int digits, char text[32])
{
    char full[32];
    if (!isfinite(value)) {
        strcpy(text, isnan(value) ? "-" : value > 0 ? "inf" : "-inf");
        return;
    }
    if (fabs(value) >= LARGE)
        snprintf(full, sizeof full, "%.4g", value);
    else
        snprintf(full, sizeof full, "%.*f", digits, value);
    if (strncmp(full, "0.", 2) == 0)
        strcpy(text, full + 1);
    else if (strncmp(full, "-0.", 3) == 0)
        snprintf(text, 32, "-%s", full + 2);
    else
        strcpy(text, full);
}

void mts_table_csv_text(const char *text, FILE *to)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        fputs(text, to);
        return;
    }
    fputc('"', to);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

void mts_table_json_text(const char *text, FILE *to)
{
    fputc('"', to);
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(to, "\\%c", c);
        else if (c < 0x20)
            fprintf(to, "\\u%04x", c);
        else
            fputc(c, to);
    }
    fputc('"', to);
}

void mts_table_json_number(double value, FILE *to)
{
    if (isfinite(value))
        fprintf(to, "%.15g", value);
    else
        fputs("null", to);
}
