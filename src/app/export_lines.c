/* export_lines.c: tidy csv and json: a line a value, with its coordinates. */
#include "export.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX_TEXT = 4096, CELLS = 1 << 16 /* numbers of a block */ };

typedef struct {
    const mts_app_export *e;
    bool json, any;
    FILE *to;
    char prefix[PREFIX_TEXT]; /* of the run */
    const mts_column *like;
    size_t extent[MTS_COLUMN_MAX_AXES], count;
} writer;

/* The fewest digits of two lengths that give the same number back. */
static void add_number(const writer *w, double value, bool narrow)
{
    char text[40];
    if (!isfinite(value)) {
        if (w->json)
            fputs("null", w->to);
        else if (isinf(value))
            fputs(value > 0 ? "inf" : "-inf", w->to);
        return;
    }
    int n = snprintf(text, sizeof text, narrow ? "%.7g" : "%.15g", value);
    if (narrow ? strtof(text, NULL) != (float)value : strtod(text, NULL) != value)
        n = snprintf(text, sizeof text, narrow ? "%.9g" : "%.17g", value);
    fwrite(text, 1, (size_t)n, w->to);
}

static bool missing(const mts_column *column, const void *values, size_t i)
{
    switch (column->type) {
    case MTS_F64:
        return isnan(((const double *)values)[i]);
    case MTS_F32:
        return isnan(((const float *)values)[i]);
    case MTS_I64:
        return ((const int64_t *)values)[i] == -1;
    case MTS_U8:
        return ((const uint8_t *)values)[i] == UINT8_MAX;
    }
    return true;
}

static void add_value(const writer *w, size_t column, const void *values, size_t i)
{
    const mts_column *c = &mts_columns[column];
    if (missing(c, values, i)) {
        fputs(w->json ? "null" : "", w->to);
        return;
    }
    switch (c->type) {
    case MTS_F64:
        add_number(w, ((const double *)values)[i], false);
        break;
    case MTS_F32:
        add_number(w, (double)((const float *)values)[i], true);
        break;
    case MTS_I64:
        fprintf(w->to, "%lld", (long long)((const int64_t *)values)[i]);
        break;
    case MTS_U8:
        fprintf(w->to, "%u", ((const uint8_t *)values)[i]);
        break;
    }
}

static void add_text(const writer *w, const char *text, bool quoted)
{
    if (quoted && w->json)
        mts_table_json_text(text, w->to);
    else
        fputs(text, w->to);
}

/* The run's number and fields, once a run. */
static mts_status set_prefix(writer *w, size_t row, mts_config *config)
{
    const mts_store *store = w->e->store;
    size_t used = (size_t)snprintf(w->prefix, PREFIX_TEXT, w->json ? "{\"run\":%zu" : "%zu",
                                   mts_store_number(store, row));
    const mts_status st = mts_store_config(w->e->store, row, config);
    for (size_t a = 0; a < w->e->axes.n && st == MTS_OK && used < PREFIX_TEXT; a++) {
        const mts_field *field = w->e->axes.axis[a].field;
        const char *quote = field->type == MTS_CHOICE ? "\"" : "";
        char text[MTS_VALUE_TEXT];
        mts_config_text(config, field, text);
        used += (size_t)(w->json ? snprintf(w->prefix + used, PREFIX_TEXT - used, ",\"%s\":%s%s%s",
                                            field->name, quote, text, quote)
                                 : snprintf(w->prefix + used, PREFIX_TEXT - used, ",%s", text));
    }
    return st;
}

/* The lines of one run; at[] holds where its part of each column begins. */
static void add_run(writer *w, const mts_config *config, const void *const *at)
{
    char name[MTS_APP_NAME_TEXT], text[MTS_FOLD_TEXT];
    const mts_app_export *e = w->e;
    for (size_t i = 0; i < w->count; i++) {
        size_t rest = i, index[MTS_COLUMN_MAX_AXES] = {0};
        bool none = true;
        for (size_t c = 0; c < e->n_columns && none; c++)
            none = missing(&mts_columns[e->column[c]], at[c], i);
        if (none)
            continue;
        for (size_t a = w->like->n_axes; a-- > 0; rest /= w->extent[a])
            index[a] = rest % w->extent[a];
        fputs(w->json && w->any ? ",\n" : "", w->to);
        fputs(w->prefix, w->to);
        for (size_t a = 0; a < w->like->n_axes; a++) {
            const mts_axis axis = w->like->axis[a];
            mts_app_export_coordinate(axis, index[a], config, text);
            if (w->json)
                fprintf(w->to, ",\"%s\":", mts_axis_name[axis]);
            else
                fputc(',', w->to);
            add_text(w, text, axis == MTS_AXIS_split || axis == MTS_AXIS_fold);
        }
        for (size_t c = 0; c < e->n_columns; c++) {
            mts_app_export_name(e, e->column[c], name);
            if (w->json)
                fprintf(w->to, ",\"%s\":", name);
            else
                fputc(',', w->to);
            add_value(w, e->column[c], at[c], i);
        }
        fputs(w->json ? "}" : "\n", w->to);
        w->any = true;
    }
}

static void add_head(const writer *w)
{
    char name[MTS_APP_NAME_TEXT];
    if (w->json) {
        fputs("[", w->to);
        return;
    }
    fputs("run", w->to);
    for (size_t a = 0; a < w->e->axes.n; a++)
        fprintf(w->to, ",%s", w->e->axes.axis[a].field->name);
    for (size_t a = 0; a < w->like->n_axes; a++)
        fprintf(w->to, ",%s", mts_axis_name[w->like->axis[a]]);
    for (size_t c = 0; c < w->e->n_columns; c++) {
        mts_app_export_name(w->e, w->e->column[c], name);
        fprintf(w->to, ",%s", name);
    }
    fputc('\n', w->to);
}

static mts_status write_rows(writer *w)
{
    const mts_app_export *e = w->e;
    const size_t most = CELLS / (w->count * e->n_columns) + 1;
    const void *at[MTS_N_COLUMNS];
    char *block[MTS_N_COLUMNS] = {0};
    mts_status st = MTS_OK;
    for (size_t c = 0; c < e->n_columns && st == MTS_OK; c++)
        if (!(block[c] = mts_alloc(most * w->count, sizeof(double))))
            st = MTS_ERR_MEMORY;
    for (size_t i = 0, n; i < e->n && st == MTS_OK && !ferror(w->to); i += n) {
        for (n = 1; n < most && i + n < e->n && e->row[i + n] == e->row[i] + n;)
            n++;
        for (size_t c = 0; c < e->n_columns && st == MTS_OK; c++)
            st = mts_store_column(e->store, e->column[c], e->row[i], n, block[c]);
        for (size_t k = 0; k < n && st == MTS_OK; k++) {
            mts_config config;
            for (size_t c = 0; c < e->n_columns; c++)
                at[c] = block[c] + k * w->count * mts_column_size(mts_columns[e->column[c]].type);
            st = set_prefix(w, e->row[i + k], &config);
            if (st == MTS_OK)
                add_run(w, &config, at);
        }
    }
    for (size_t c = 0; c < e->n_columns; c++)
        mts_free(block[c]);
    return st;
}

mts_status mts_app_export_lines(const mts_app_export *e, bool json, FILE *to)
{
    writer w = {.e = e, .json = json, .to = to, .like = &mts_columns[e->column[0]], .count = 1};
    for (size_t a = 0; a < w.like->n_axes; a++) {
        w.extent[a] = mts_store_extents(e->store)->n[w.like->axis[a]];
        w.count *= w.extent[a];
    }
    add_head(&w);
    const mts_status st = w.count > 0 ? write_rows(&w) : MTS_OK;
    fputs(json ? "]\n" : "", to);
    return st;
}
