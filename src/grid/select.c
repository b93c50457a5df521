/* Selections on the command line: --only, --where and --ids. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

/* ---- filters ---- */

struct mts_filter {
    mts_grid_arena arena;
    mts_grid_condition *condition;
    size_t n;
};

static mts_status refuse(const char *text, const char *what)
{
    char excerpt[MTS_EXCERPT_TEXT];
    return mts_fail(MTS_ERR_USAGE, "selection '%s': %s", mts_excerpt(text, excerpt), what);
}

/* The length of "key=value,value" at the start of text: up to a comma after which a key follows. */
static size_t condition_length(const char *text)
{
    size_t end = strcspn(text, ",");
    while (text[end] == ',') {
        size_t next = strcspn(text + end + 1, ",=");
        if (text[end + 1 + next] == '=')
            break;
        end += 1 + next;
    }
    return end;
}

static mts_status parse_condition(mts_filter *filter, const char *all, const char *text,
                                  size_t length)
{
    char name[MTS_GRID_UNKNOWN_TEXT], what[MTS_GRID_UNKNOWN_TEXT], value[MTS_VALUE_TEXT];
    const char *equals = memchr(text, '=', length);
    if (!equals || equals == text)
        return refuse(all, "write it as key=value,value");
    snprintf(name, sizeof name, "%.*s", (int)(equals - text < 199 ? equals - text : 199), text);
    mts_grid_condition *c = &filter->condition[filter->n];
    c->field = mts_field_find(name);
    if (!c->field) {
        mts_grid_unknown_text(name, what);
        return refuse(all, what);
    }
    for (size_t i = 0; i < filter->n; i++)
        if (filter->condition[i].field == c->field) {
            snprintf(what, sizeof what, "'%s' is given twice; write all its values after one '%s='",
                     c->field->name, c->field->name);
            return refuse(all, what);
        }
    mts_status st = mts_grid_parse_list(&filter->arena, c->field, equals + 1,
                                        length - (size_t)(equals + 1 - text), &c->values);
    if (st == MTS_ERR_SWEEP)
        return refuse(all, mts_message());
    if (st == MTS_OK && c->values.repeats) {
        mts_field_text(c->field, c->values.repeated, value);
        snprintf(what, sizeof what, "'%s' has the value %s twice; remove one", c->field->name,
                 value);
        return refuse(all, what);
    }
    filter->n++;
    return st;
}

mts_status mts_filter_parse(const char *text, mts_filter **filter)
{
    *filter = NULL;
    mts_filter *f = mts_alloc(1, sizeof *f);
    if (!f)
        return MTS_ERR_MEMORY;
    mts_status st = MTS_OK;
    /* A field stands at most once, so one more than there are is never reached. */
    f->condition = mts_grid_alloc(&f->arena, mts_n_fields + 1, sizeof *f->condition);
    if (!f->condition)
        st = MTS_ERR_MEMORY;
    for (const char *piece = text; st == MTS_OK;) {
        size_t length = condition_length(piece);
        st = parse_condition(f, text, piece, length);
        if (piece[length] == '\0')
            break;
        piece += length + 1;
    }
    if (st != MTS_OK) {
        mts_filter_destroy(f);
        return st;
    }
    *filter = f;
    return MTS_OK;
}

void mts_filter_destroy(mts_filter *filter)
{
    if (!filter)
        return;
    mts_grid_free_all(&filter->arena);
    mts_free(filter);
}

bool mts_filter_match(const mts_filter *filter, const mts_config *config)
{
    return !filter || mts_grid_holds(filter->condition, filter->n, config);
}

const mts_field *mts_filter_field(const mts_filter *filter, size_t i)
{
    return filter && i < filter->n ? filter->condition[i].field : NULL;
}

bool mts_filter_holds(const mts_filter *filter, size_t i, const mts_config *config)
{
    return mts_grid_holds(&filter->condition[i], 1, config);
}

/* ---- ids ---- */

/* Reads digits; NULL if there are none. What is far beyond any run stays there. */
static const char *read_number(const char *s, size_t *number)
{
    const char *start = s;
    *number = 0;
    for (; *s >= '0' && *s <= '9'; s++)
        if (*number <= MTS_RUNS_MAX)
            *number = *number * 10 + (size_t)(*s - '0');
    return s == start ? NULL : s;
}

mts_status mts_ids_parse(const char *text, size_t n, bool *chosen)
{
    char excerpt[MTS_EXCERPT_TEXT];
    const char *s = text;
    mts_excerpt(text, excerpt);
    for (;;) {
        size_t first, last;
        s = read_number(s, &first);
        last = first;
        if (s && *s == '-')
            s = read_number(s + 1, &last);
        if (!s || (*s != ',' && *s != '\0'))
            return mts_fail(MTS_ERR_USAGE, "--ids '%s': write numbers and ranges such as 3-9,12",
                            excerpt);
        if (first >= n || last >= n)
            return mts_fail(MTS_ERR_USAGE, "--ids '%s': there are %zu runs, numbered from 0",
                            excerpt, n);
        if (first > last)
            return mts_fail(MTS_ERR_USAGE,
                            "--ids '%s': a range descends; write the smaller end first", excerpt);
        for (size_t i = first; i <= last; i++)
            chosen[i] = true;
        if (*s++ == '\0')
            return MTS_OK;
    }
}
