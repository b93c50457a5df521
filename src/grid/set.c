/* --set on top of a sweep file. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

static mts_status refuse(const char *set, const char *what)
{
    char excerpt[MTS_EXCERPT_TEXT];
    return mts_fail(MTS_ERR_USAGE, "--set '%s': %s", mts_excerpt(set, excerpt), what);
}

/* Passes on a status; a message about the value gets the option in front. */
static mts_status in_set(const char *set, mts_status st)
{
    return st == MTS_ERR_SWEEP ? refuse(set, mts_message()) : st;
}

static size_t members(const mts_grid *grid, size_t group)
{
    size_t n = 0;
    for (size_t i = 0; i < grid->n_axes; i++)
        n += grid->axis[i].group == group;
    return n;
}

/* An axis takes the given values. In a zip group the others keep theirs, so it takes as many as
 * before, or one for all of the group. */
static mts_status set_axis(mts_grid *grid, mts_grid_axis_draft *axis, const char *set,
                           const char *text)
{
    char what[160];
    mts_grid_values values;
    mts_status st = mts_grid_parse_list(&grid->arena, axis->field, text, strlen(text), &values);
    if (st != MTS_OK)
        return in_set(set, st);
    if (members(grid, axis->group) == 1) {
        if (values.repeats) {
            char value[MTS_VALUE_TEXT];
            mts_field_text(axis->field, values.repeated, value);
            snprintf(what, sizeof what, "'%s' has the value %s twice; remove one",
                     axis->field->name, value);
            return refuse(set, what);
        }
    } else if (values.count != 1 && values.count != axis->values.count) {
        snprintf(what, sizeof what, "'%s' is in a zip group of %llu; give one value, or %llu",
                 axis->field->name, (unsigned long long)axis->values.count,
                 (unsigned long long)axis->values.count);
        return refuse(set, what);
    }
    axis->given = values;
    return MTS_OK;
}

/* A field that is no axis has this value in all runs: no override sets it any longer. */
static mts_status set_field(mts_grid *grid, const mts_field *field, const char *set,
                            const char *text)
{
    mts_grid_span span;
    if (strchr(text, ',') ||
        (mts_grid_parse_span(field, text, &span) == MTS_OK && span.first != span.last)) {
        char what[160];
        snprintf(what, sizeof what,
                 "'%s' is no axis of the sweep and takes one value; 'grid' in the sweep file makes "
                 "it an axis",
                 field->name);
        return refuse(set, what);
    }
    mts_status st = mts_config_set(&grid->base, field, text);
    if (st != MTS_OK)
        return in_set(set, st);
    for (size_t i = 0; i < grid->n_overrides; i++) {
        mts_grid_rule *rule = &grid->override[i];
        size_t kept = 0;
        for (size_t j = 0; j < rule->n_assignments; j++)
            if (rule->assignment[j].field != field)
                rule->assignment[kept++] = rule->assignment[j];
        rule->n_assignments = kept;
    }
    return MTS_OK;
}

mts_status mts_grid_apply_set(mts_grid *grid, const char *set)
{
    const char *equals = strchr(set, '=');
    char name[MTS_GRID_UNKNOWN_TEXT];
    if (!equals || equals == set)
        return refuse(set, "write it as key=value");
    snprintf(name, sizeof name, "%.*s", (int)(equals - set < 199 ? equals - set : 199), set);
    const mts_field *field = mts_field_find(name);
    if (!field) {
        char what[MTS_GRID_UNKNOWN_TEXT];
        mts_grid_unknown_text(name, what);
        return refuse(set, what);
    }
    mts_grid_axis_draft *axis = mts_grid_find_axis(grid, field);
    return axis ? set_axis(grid, axis, set, equals + 1) : set_field(grid, field, set, equals + 1);
}
