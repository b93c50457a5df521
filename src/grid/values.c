/* Lists of values and ranges, and conditions on them. Ranges stay ranges until an axis is expanded,
 * so that "seed: 0..999999" in a condition costs nothing. */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mts_status parse_value(const mts_field *field, const char *text, double *value)
{
    mts_config scratch = {0};
    mts_status st = mts_config_set(&scratch, field, text);
    if (st == MTS_OK)
        *value = mts_config_value(&scratch, field);
    return st;
}

/* What is no value of a field of whole numbers and looks like a range of another language:
 * "range(5)", "range(1, 5)", "0-4", "0:4". */
static mts_status hint_range(const mts_field *field, const char *text)
{
    char message[MTS_MESSAGE_MAX];
    long long first = 0, last;
    int end = 0;
    if (sscanf(text, "range(%lld )%n", &last, &end) == 1 && end > 0)
        last--;
    else if (sscanf(text, "range(%lld ,%lld )%n", &first, &last, &end) == 2 && end > 0)
        last--;
    else if (sscanf(text, "%lld%*1[-:]%lld%n", &first, &last, &end) != 2 || end == 0)
        return MTS_ERR_SWEEP;
    if (text[end] || field->type != MTS_INT || first < 0 || first > last)
        return MTS_ERR_SWEEP;
    snprintf(message, sizeof message, "%s", mts_message());
    return mts_fail(MTS_ERR_SWEEP, "%s; did you mean '%lld..%lld'?", message, first, last);
}

mts_status mts_grid_parse_span(const mts_field *field, const char *text, mts_grid_span *span)
{
    const char *dots = strstr(text, "..");
    char first[MTS_VALUE_TEXT], excerpt[MTS_EXCERPT_TEXT];
    mts_status st;
    if (!dots || field->type == MTS_CHOICE || (size_t)(dots - text) >= sizeof first) {
        st = parse_value(field, text, &span->first);
        span->last = span->first;
        return st == MTS_ERR_SWEEP ? hint_range(field, text) : st;
    }
    mts_excerpt(text, excerpt);
    if (field->type != MTS_INT)
        return mts_fail(MTS_ERR_SWEEP,
                        "%s takes no range such as '%s', as it is no whole number; list the values",
                        field->name, excerpt);
    if (strstr(dots + 2, ".."))
        return mts_fail(
            MTS_ERR_SWEEP,
            "a range such as '%s' of %s is 'first..last' and has no step; list the values", excerpt,
            field->name);
    memcpy(first, text, (size_t)(dots - text));
    first[dots - text] = '\0';
    st = parse_value(field, first, &span->first);
    if (st == MTS_OK)
        st = parse_value(field, dots + 2, &span->last);
    if (st == MTS_OK && span->first > span->last)
        return mts_fail(MTS_ERR_SWEEP, "the range '%s' of %s descends; write the smaller end first",
                        excerpt, field->name);
    return st;
}

mts_status mts_grid_new_values(mts_grid_arena *arena, size_t n, mts_grid_values *values)
{
    *values = (mts_grid_values){.n = n};
    values->span = mts_grid_alloc(arena, n, sizeof *values->span);
    values->sorted = mts_grid_alloc(arena, n, sizeof *values->sorted);
    return !values->span || !values->sorted ? MTS_ERR_MEMORY : MTS_OK;
}

static int compare_spans(const void *a, const void *b)
{
    const mts_grid_span *s = a, *t = b;
    return (s->first > t->first) - (s->first < t->first);
}

void mts_grid_sort_values(mts_grid_values *values)
{
    values->count = 0;
    values->repeats = false;
    memcpy(values->sorted, values->span, values->n * sizeof *values->span);
    qsort(values->sorted, values->n, sizeof *values->sorted, compare_spans);
    double reached = 0;
    for (size_t i = 0; i < values->n; i++) {
        const mts_grid_span *s = &values->sorted[i];
        if (i > 0 && s->first <= reached && !values->repeats) {
            values->repeats = true;
            values->repeated = s->first;
        }
        reached = i > 0 && reached > s->last ? reached : s->last;
        /* A range has at most 2^31 values, and a text of 1 MiB fewer than 2^20 of them. */
        values->count += (uint64_t)(s->last - s->first) + 1;
    }
}

mts_status mts_grid_parse_list(mts_grid_arena *arena, const mts_field *field, const char *text,
                               size_t length, mts_grid_values *values)
{
    size_t n = 1;
    for (size_t i = 0; i < length; i++)
        n += text[i] == ',';
    char *copy = mts_grid_alloc(arena, length + 1, 1);
    if (!copy || mts_grid_new_values(arena, n, values) != MTS_OK)
        return MTS_ERR_MEMORY;
    memcpy(copy, text, length);
    for (size_t i = 0; i < n; i++) {
        char *piece = strsep(&copy, ",");
        mts_status st = mts_grid_parse_span(field, piece, &values->span[i]);
        if (st != MTS_OK)
            return st;
    }
    mts_grid_sort_values(values);
    return MTS_OK;
}

/* Walks both sorted lists once. A value is covered if, of the spans of `all` that start at or below
 * it, one reaches it. */
bool mts_grid_have_values(const mts_grid_values *all, const mts_grid_values *some, double *missing)
{
    size_t j = 0;
    double reached = -(double)INFINITY;
    for (size_t i = 0; i < some->n; i++) {
        double next = some->sorted[i].first, last = some->sorted[i].last;
        while (next <= last) {
            for (; j < all->n && all->sorted[j].first <= next; j++)
                reached = fmax(reached, all->sorted[j].last);
            if (reached < next) {
                *missing = next;
                return false;
            }
            next = reached + 1; /* beyond `last` if that is a single value */
        }
    }
    return true;
}

bool mts_grid_holds(const mts_grid_condition *condition, size_t n, const mts_config *config)
{
    for (size_t i = 0; i < n; i++) {
        double value = mts_config_value(config, condition[i].field);
        const mts_grid_span *span = condition[i].values.sorted;
        size_t low = 0, high = condition[i].values.n; /* the span, if any, is in [low, high) */
        while (high - low > 1) {
            size_t middle = low + (high - low) / 2;
            if (span[middle].first <= value)
                low = middle;
            else
                high = middle;
        }
        if (value < span[low].first || value > span[low].last)
            return false;
    }
    return true;
}
