/* write.c: the text of a sweep file for a list of runs, so that a file that was grown, joined or
 * thinned out says what it holds in the words of any other. */
#include "mtsweep/grid.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 256 };

/* A text that grows. */
typedef struct writer {
    char *text;
    size_t used, room;
    bool failed;
} writer;

static void add(writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(writer *w, const char *format, ...)
{
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    const size_t n = (size_t)vsnprintf(NULL, 0, format, list);
    if (!w->failed && w->used + n + 1 > w->room) {
        const size_t room = 2 * (w->used + n + 1);
        char *more = mts_alloc(room, 1);
        if (more && w->text)
            memcpy(more, w->text, w->used);
        mts_free(w->text);
        w->text = more;
        w->room = room;
        w->failed = !more;
    }
    if (!w->failed)
        w->used += (size_t)vsnprintf(w->text + w->used, w->room - w->used, format, again);
    va_end(again);
    va_end(list);
}

/* A field that varies: its values in the order in which they come up first. */
typedef struct axis {
    const mts_field *field;
    size_t n;
    double *value; /* room for all runs */
} axis;

typedef struct sweep {
    size_t n, n_axes, product;
    const mts_config *config;
    axis axis[FIELDS_MAX];
    double *memory;
} sweep;

static void field_text(const mts_field *field, double value, char text[MTS_VALUE_TEXT])
{
    mts_config config = {0};
    mts_config_put(&config, field, value);
    mts_config_text(&config, field, text);
}

/* ---- what varies ---- */

static bool varies(const sweep *s, const mts_field *field)
{
    const double first = mts_config_value(&s->config[0], field);
    for (size_t i = 1; i < s->n; i++)
        if (mts_config_value(&s->config[i], field) != first)
            return true;
    return false;
}

/* Adds a value to those of an axis unless it is there. New ones come at the end; most are the last
 * or the first. */
static void collect(axis *a, double value)
{
    if (a->n > 0 && a->value[a->n - 1] == value)
        return;
    for (size_t i = 0; i < a->n; i++)
        if (a->value[i] == value)
            return;
    a->value[a->n++] = value;
}

/* How many runs pass before the axis changes: large for a slow one. */
static size_t first_change(const sweep *s, const axis *a)
{
    size_t run = 1;
    while (run < s->n && mts_config_value(&s->config[run], a->field) == a->value[0])
        run++;
    return run;
}

static void sort_axes(sweep *s)
{
    for (size_t i = 1; i < s->n_axes; i++)
        for (size_t j = i; j > 0 && first_change(s, &s->axis[j]) > first_change(s, &s->axis[j - 1]);
             j--) {
            const axis other = s->axis[j];
            s->axis[j] = s->axis[j - 1];
            s->axis[j - 1] = other;
        }
}

static mts_status find_axes(sweep *s)
{
    for (size_t f = 0; f < mts_n_fields; f++) {
        const mts_field *field = &mts_fields[f];
        if (field->flags & MTS_EXECUTION || !varies(s, field))
            continue;
        if (field->flags & MTS_SWEEP_WIDE)
            return mts_fail(MTS_ERR_SWEEP,
                            "runs differ in %s, which is one value for all runs of a file",
                            field->name);
        s->axis[s->n_axes++].field = field;
    }
    s->memory = mts_alloc(s->n_axes * s->n, sizeof *s->memory);
    if (!s->memory)
        return MTS_ERR_MEMORY;
    s->product = 1;
    for (size_t a = 0; a < s->n_axes; a++) {
        axis *here = &s->axis[a];
        here->value = s->memory + a * s->n;
        for (size_t i = 0; i < s->n; i++)
            collect(here, mts_config_value(&s->config[i], here->field));
        if (s->product <= s->n)
            s->product *= here->n;
    }
    sort_axes(s);
    return MTS_OK;
}

/* Whether the runs are the product of the axes, in the order of grid. */
static bool is_product(const sweep *s)
{
    if (s->product != s->n)
        return false;
    for (size_t run = 0; run < s->n; run++) {
        size_t rest = run;
        for (size_t a = s->n_axes; a-- > 0; rest /= s->axis[a].n)
            if (mts_config_value(&s->config[run], s->axis[a].field) !=
                s->axis[a].value[rest % s->axis[a].n])
                return false;
    }
    return true;
}

static int ascending(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static mts_status refuse_twins(const sweep *s)
{
    uint64_t *key = mts_alloc(s->n, sizeof *key);
    if (!key)
        return MTS_ERR_MEMORY;
    for (size_t i = 0; i < s->n; i++)
        key[i] = mts_config_key(&s->config[i]);
    qsort(key, s->n, sizeof *key, ascending);
    mts_status st = MTS_OK;
    for (size_t i = 1; i < s->n && st == MTS_OK; i++)
        if (key[i] == key[i - 1])
            st = mts_fail(MTS_ERR_SWEEP, "two of the runs are the same");
    mts_free(key);
    return st;
}

/* ---- text ---- */

/* Whether a value goes on from the one before it, as in 0..4. */
static bool goes_on(const mts_field *field, double before, double value)
{
    return field->type == MTS_INT && value == before + 1;
}

/* "[2, 4, 10..14]"; at(ctx, i) gives the values. */
static void add_list(writer *w, const mts_field *field, size_t n,
                     double (*at)(const void *ctx, size_t i), const void *ctx)
{
    add(w, "[");
    for (size_t i = 0, end; i < n; i = end) {
        char first[MTS_VALUE_TEXT], last[MTS_VALUE_TEXT];
        for (end = i + 1; end < n && goes_on(field, at(ctx, end - 1), at(ctx, end));)
            end++;
        if (end - i == 2)
            end--;
        field_text(field, at(ctx, i), first);
        field_text(field, at(ctx, end - 1), last);
        add(w, "%s%s%s%s", i > 0 ? ", " : "", first, end - i > 1 ? ".." : "",
            end - i > 1 ? last : "");
    }
    add(w, "]");
}

static double axis_value(const void *ctx, size_t i)
{
    return ((const axis *)ctx)->value[i];
}

typedef struct column {
    const sweep *sweep;
    const mts_field *field;
} column;

static double run_value(const void *ctx, size_t i)
{
    const column *c = ctx;
    return mts_config_value(&c->sweep->config[i], c->field);
}

/* A single-quoted scalar of YAML: a quote is doubled. `before` is what stands in front of it. */
static void add_line(writer *w, const char *before, const char *text)
{
    if (!text || !*text)
        return;
    add(w, "%s '", before);
    for (; *text; text++)
        add(w, *text == '\'' ? "''" : "%c", *text);
    add(w, "'\n");
}

static void add_axes(writer *w, const sweep *s)
{
    const bool product = is_product(s);
    if (s->n_axes > 0)
        add(w, product ? "grid:\n" : "zip:\n");
    for (size_t a = 0; a < s->n_axes; a++) {
        const column runs = {s, s->axis[a].field};
        add(w, "%s%s: ", product ? "  " : a == 0 ? "  - " : "    ", runs.field->name);
        if (product)
            add_list(w, runs.field, s->axis[a].n, axis_value, &s->axis[a]);
        else
            add_list(w, runs.field, s->n, run_value, &runs);
        add(w, "\n");
    }
}

static void add_set(writer *w, const sweep *s)
{
    bool any = false;
    for (size_t f = 0; f < mts_n_fields; f++) {
        const mts_field *field = &mts_fields[f];
        const double value = mts_config_value(&s->config[0], field);
        char text[MTS_VALUE_TEXT];
        bool is_axis = false;
        for (size_t a = 0; a < s->n_axes; a++)
            is_axis = is_axis || s->axis[a].field == field;
        if (is_axis || field->flags & MTS_EXECUTION || value == field->initial)
            continue;
        field_text(field, value, text);
        add(w, "%s  %s: %s\n", any ? "" : "set:\n", field->name, text);
        any = true;
    }
}

mts_status mts_grid_write(const mts_grid_title *title, size_t n, const mts_config *config,
                          char **text)
{
    sweep s = {.n = n, .config = config};
    writer w = {0};
    *text = NULL;
    mts_status st = refuse_twins(&s);
    if (st == MTS_OK)
        st = find_axes(&s);
    if (st == MTS_OK) {
        add(&w, "name: %s\n", title->name);
        add_line(&w, "question:", title->question);
        add_line(&w, "claim:", title->claim);
        for (size_t i = 0; i < title->n_expects; i++)
            add_line(&w, i == 0 ? "expect:\n  -" : "  -", title->expect[i]);
        add_axes(&w, &s);
        add_set(&w, &s);
        st = w.failed ? MTS_ERR_MEMORY : MTS_OK;
    }
    mts_free(s.memory);
    if (st == MTS_OK)
        *text = w.text;
    else
        mts_free(w.text);
    return st;
}
