/* What the parts of a sweep file must not contradict. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

#define LIST_TEXT 200

/* Appends to a list of words with commas; after the room is used up, "...". */
static void append(char text[LIST_TEXT], const char *word)
{
    size_t length = strlen(text), n = strlen(word);
    if (length + strlen(", ") + n + sizeof ", ..." <= LIST_TEXT)
        snprintf(text + length, LIST_TEXT - length, "%s%s", length > 0 ? ", " : "", word);
    else if (length < 3 || strcmp(text + length - 3, "...") != 0)
        snprintf(text + length, LIST_TEXT - length, ", ...");
}

static void list_values(const mts_grid_axis_draft *axis, char text[LIST_TEXT])
{
    text[0] = '\0';
    for (size_t i = 0; i < axis->values.n && i < LIST_TEXT; i++) {
        const mts_grid_span *s = &axis->values.span[i];
        char first[MTS_VALUE_TEXT], last[MTS_VALUE_TEXT], both[2 * MTS_VALUE_TEXT + 2];
        mts_field_text(axis->field, s->first, first);
        mts_field_text(axis->field, s->last, last);
        snprintf(both, sizeof both, "%s..%s", first, last);
        append(text, s->first == s->last ? first : both);
    }
}

static mts_status check_conditions(const mts_grid_source *source, const mts_grid *grid,
                                   const mts_grid_rule *rule)
{
    char list[LIST_TEXT] = "", value[MTS_VALUE_TEXT];
    for (size_t i = 0; i < rule->n_conditions; i++) {
        const mts_grid_condition *c = &rule->condition[i];
        const mts_grid_axis_draft *axis = mts_grid_find_axis(grid, c->field);
        double missing;
        if (!axis) {
            for (size_t j = 0; j < grid->n_axes; j++)
                append(list, grid->axis[j].field->name);
            return mts_grid_fault(source, c->place,
                                  "'%s' is no axis of this sweep, so no condition on it can hold; "
                                  "the axes are: %s",
                                  c->field->name, grid->n_axes > 0 ? list : "none");
        }
        if (!mts_grid_have_values(&axis->values, &c->values, &missing)) {
            list_values(axis, list);
            mts_field_text(c->field, missing, value);
            return mts_grid_fault(source, c->place, "axis '%s' has no value %s; it has %s",
                                  c->field->name, value, list);
        }
    }
    return MTS_OK;
}

static mts_status check_override(const mts_grid_source *source, const mts_grid *grid,
                                 const mts_grid_rule *rule)
{
    for (size_t i = 0; i < rule->n_assignments; i++) {
        const mts_grid_assignment *a = &rule->assignment[i];
        /* So no override can make two runs alike: they differ in an axis, to the end. */
        if (mts_grid_find_axis(grid, a->field))
            return mts_grid_fault(source, a->place,
                                  "an override cannot set '%s', as it is an axis; drop runs with "
                                  "'exclude'",
                                  a->field->name);
        if (a->field->flags & MTS_SWEEP_WIDE)
            return mts_grid_fault(source, a->place,
                                  "an override cannot set '%s', as it is one value for all runs; "
                                  "put it under the top level's 'set'",
                                  a->field->name);
    }
    return MTS_OK;
}

mts_status mts_grid_check_rules(const mts_grid_source *source, const mts_grid *grid)
{
    mts_status st = MTS_OK;
    for (size_t i = 0; i < grid->n_assignments; i++) {
        const mts_grid_assignment *a = &grid->assignment[i];
        const mts_grid_axis_draft *axis = mts_grid_find_axis(grid, a->field);
        if (axis)
            return mts_grid_fault(source, a->place,
                                  "'%s' is an axis already (line %zu); remove it from 'set'",
                                  a->field->name, axis->place.line);
    }
    for (size_t i = 0; i < grid->n_overrides && st == MTS_OK; i++) {
        st = check_conditions(source, grid, &grid->override[i]);
        if (st == MTS_OK)
            st = check_override(source, grid, &grid->override[i]);
    }
    for (size_t i = 0; i < grid->n_excludes && st == MTS_OK; i++)
        st = check_conditions(source, grid, &grid->exclude[i]);
    return st;
}
