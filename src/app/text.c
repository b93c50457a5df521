/* text.c: numbers and tables for people, strings for JSON. */
#include "app.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void mts_app_value_text(const mts_field *field, double value, char text[MTS_VALUE_TEXT])
{
    mts_field_text(field, value, text);
}

void mts_app_bytes_text(double bytes, char text[32])
{
    static const char *const unit[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t u = 0;
    while (bytes >= 1023.5 && u < 5) {
        bytes /= 1024;
        u++;
    }
    snprintf(text, 32, "%.*f %s", u > 0 && bytes < 9.95 ? 1 : 0, bytes, unit[u]);
}

void mts_app_number_text(double value, int digits, char text[32])
{
    char full[32];
    if (!isfinite(value)) {
        strcpy(text, isnan(value) ? "-" : value > 0 ? "inf" : "-inf");
        return;
    }
    snprintf(full, sizeof full, "%.*f", digits, value);
    if (strncmp(full, "0.", 2) == 0)
        strcpy(text, full + 1);
    else if (strncmp(full, "-0.", 3) == 0)
        snprintf(text, 32, "-%s", full + 2);
    else
        strcpy(text, full);
}

void mts_app_json_text(FILE *to, const char *text)
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

void mts_app_json_number(FILE *to, double value)
{
    if (isfinite(value))
        fprintf(to, "%.15g", value);
    else
        fputs("null", to);
}

struct mts_app_table {
    size_t columns, n, room;
    char **cell;
};

mts_status mts_app_table_create(size_t columns, mts_app_table **table)
{
    *table = mts_alloc(1, sizeof **table);
    if (!*table)
        return MTS_ERR_MEMORY;
    (*table)->columns = columns;
    return MTS_OK;
}

void mts_app_table_destroy(mts_app_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->n; i++)
        mts_free(table->cell[i]);
    mts_free(table->cell);
    mts_free(table);
}

mts_status mts_app_table_add(mts_app_table *table, const char *format, ...)
{
    char text[512], *copy;
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (table->n == table->room) {
        const size_t room = table->room ? 2 * table->room : 64;
        char **cell = mts_alloc(room, sizeof *cell);
        if (!cell)
            return MTS_ERR_MEMORY;
        if (table->n)
            memcpy(cell, table->cell, table->n * sizeof *cell);
        mts_free(table->cell);
        table->cell = cell;
        table->room = room;
    }
    copy = mts_alloc(strlen(text) + 1, 1);
    if (!copy)
        return MTS_ERR_MEMORY;
    strcpy(copy, text);
    table->cell[table->n++] = copy;
    return MTS_OK;
}

void mts_app_table_print(const mts_app_table *table, const char *align, FILE *to)
{
    int width[MTS_APP_TABLE_COLUMNS] = {0};
    for (size_t i = 0; i < table->n; i++) {
        const int length = (int)strlen(table->cell[i]);
        if (length > width[i % table->columns])
            width[i % table->columns] = length;
    }
    for (size_t i = 0; i < table->n; i++) {
        const size_t column = i % table->columns;
        const bool last = column + 1 == table->columns || i + 1 == table->n;
        if (align[column] == 'r')
            fprintf(to, "%*s", width[column], table->cell[i]);
        else if (last)
            fputs(table->cell[i], to);
        else
            fprintf(to, "%-*s", width[column], table->cell[i]);
        fputs(last ? "\n" : "  ", to);
    }
}
