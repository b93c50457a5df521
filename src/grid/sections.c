/* Tree -> grid: the keys of the sweep file and what they may hold. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

#define NAME_TEXT 64
#define LINE_TEXT 240  /* question, claim */
#define RULES_MAX 1000 /* entries of override, and of exclude */

typedef struct reader {
    const mts_grid_source *source;
    mts_grid *grid;
} reader;

/* ---- keys ---- */

static const char *kind_text(const mts_grid_node *node)
{
    static const char *const text[] = {
        [NODE_VALUE] = "a value", [NODE_LIST] = "a list", [NODE_MAPPING] = "a mapping"};
    return text[node->kind];
}

/* Nothing written after the key, as is left when all entries are commented out. */
static bool is_nothing(const mts_grid_node *node)
{
    return node->kind == NODE_VALUE && !node->quoted && node->text[0] == '\0';
}

static mts_status expect(reader *r, const mts_grid_node *node, mts_grid_node_kind kind,
                         const char *what, const char *wanted)
{
    if (node->kind == kind)
        return MTS_OK;
    return mts_grid_fault(r->source, node->place, "%s must be %s, not %s", what, wanted,
                          kind_text(node));
}

void mts_grid_unknown_text(const char *name, char text[MTS_GRID_UNKNOWN_TEXT])
{
    char excerpt[MTS_EXCERPT_TEXT];
    const char *nearest = mts_field_nearest(name);
    mts_excerpt(name, excerpt);
    if (nearest)
        snprintf(text, MTS_GRID_UNKNOWN_TEXT,
                 "unknown key '%s'; did you mean '%s'? ('mtsweep fields' lists all)", excerpt,
                 nearest);
    else
        snprintf(text, MTS_GRID_UNKNOWN_TEXT, "unknown key '%s'; 'mtsweep fields' lists all",
                 excerpt);
}

static mts_status refuse_twice(reader *r, const mts_grid_node *key)
{
    return mts_grid_fault(r->source, key->place, "'%s' is given twice; remove one", key->text);
}

/* Whether all keys of a mapping are fields, each once. As the first wrong one ends the walk, there
 * are never more than mts_n_fields behind it. */
static mts_status check_fields(reader *r, const mts_grid_node *mapping)
{
    for (const mts_grid_node *node = mapping->first; node; node = node->next) {
        if (!mts_field_find(node->key->text)) {
            char text[MTS_GRID_UNKNOWN_TEXT];
            mts_grid_unknown_text(node->key->text, text);
            return mts_grid_fault(r->source, node->key->place, "%s", text);
        }
        for (const mts_grid_node *other = mapping->first; other != node; other = other->next)
            if (strcmp(other->key->text, node->key->text) == 0)
                return refuse_twice(r, node->key);
    }
    return MTS_OK;
}

/* A mapping with keys of its own. */
typedef struct section {
    const char *owner; /* "a sweep file" */
    const char *home;  /* where a field belongs that stands among its keys */
    const char *const *names;
} section;

static mts_status refuse_key(reader *r, const mts_grid_node *key, const section *own)
{
    char excerpt[MTS_EXCERPT_TEXT], list[128] = "";
    mts_excerpt(key->text, excerpt);
    for (size_t i = 0; own->names[i]; i++) {
        size_t length = strlen(list);
        snprintf(list + length, sizeof list - length, "%s%s", i > 0 ? ", " : "", own->names[i]);
    }
    const char *nearest = mts_nearest(key->text, own->names);
    if (mts_field_find(key->text))
        return mts_grid_fault(r->source, key->place, "'%s' is a field; put it under %s", excerpt,
                              own->home);
    if (nearest)
        return mts_grid_fault(r->source, key->place,
                              "unknown key '%s'; did you mean '%s'? (%s has %s)", excerpt, nearest,
                              own->owner, list);
    return mts_grid_fault(r->source, key->place, "unknown key '%s'; %s has %s", excerpt, own->owner,
                          list);
}

/* Sorts the entries of a mapping: found[i] is the one with the key names[i], or NULL. */
static mts_status pick_keys(reader *r, const mts_grid_node *mapping, const section *own,
                            const mts_grid_node **found)
{
    const char *const *names = own->names;
    for (size_t i = 0; names[i]; i++)
        found[i] = NULL;
    for (const mts_grid_node *node = mapping->first; node; node = node->next) {
        size_t i = 0;
        while (names[i] && strcmp(names[i], node->key->text) != 0)
            i++;
        if (!names[i])
            return refuse_key(r, node->key, own);
        if (found[i])
            return refuse_twice(r, node->key);
        found[i] = node;
    }
    return MTS_OK;
}

/* ---- values ---- */

/* Passes on a status; a message without a place gets one. */
static mts_status at(reader *r, mts_grid_place place, mts_status st)
{
    return st == MTS_ERR_SWEEP ? mts_grid_fault(r->source, place, "%s", mts_message()) : st;
}

/* A value, a range, or a list of these. */
static mts_status read_values(reader *r, const mts_field *field, const mts_grid_node *node,
                              mts_grid_values *values)
{
    if (node->kind == NODE_MAPPING)
        return mts_grid_fault(r->source, node->place,
                              "'%s' takes a value or a list of values, not a mapping", field->name);
    if (is_nothing(node) || (node->kind == NODE_LIST && node->n == 0))
        return mts_grid_fault(r->source, node->place, "'%s' has no values; give at least one",
                              field->name);
    size_t i = 0;
    mts_status st = mts_grid_new_values(r->source->arena, node->n > 0 ? node->n : 1, values);
    if (st != MTS_OK)
        return st;
    const mts_grid_node *item = node->kind == NODE_LIST ? node->first : node;
    for (; i < values->n; i++, item = item->next) {
        if (item->kind != NODE_VALUE)
            return mts_grid_fault(r->source, item->place,
                                  "the values of '%s' must be words or numbers, not %s",
                                  field->name, kind_text(item));
        st = at(r, item->place, mts_grid_parse_span(field, item->text, &values->span[i]));
        if (st != MTS_OK)
            return st;
    }
    mts_grid_sort_values(values);
    return MTS_OK;
}

static mts_status refuse_repeated(reader *r, const mts_field *field, mts_grid_place place,
                                  const mts_grid_values *values)
{
    char text[MTS_VALUE_TEXT];
    mts_field_text(field, values->repeated, text);
    return mts_grid_fault(r->source, place, "'%s' has the value %s twice; remove one", field->name,
                          text);
}

/* A mapping of fields to one value each. */
static mts_status read_assignments(reader *r, const mts_grid_node *mapping,
                                   mts_grid_assignment **out, size_t *n)
{
    mts_config scratch = {0};
    mts_status st = check_fields(r, mapping);
    if (st != MTS_OK)
        return st;
    mts_grid_assignment *a = mts_grid_alloc(r->source->arena, mapping->n, sizeof *a);
    if (!a)
        return MTS_ERR_MEMORY;
    *out = a;
    *n = mapping->n;
    for (const mts_grid_node *node = mapping->first; node; node = node->next, a++) {
        a->field = mts_field_find(node->key->text);
        a->place = node->key->place;
        if (node->kind != NODE_VALUE)
            return mts_grid_fault(r->source, node->place,
                                  "'set' takes one value of '%s', not %s; 'grid' makes it an axis",
                                  a->field->name, kind_text(node));
        st = at(r, node->place, mts_config_set(&scratch, a->field, node->text));
        if (st != MTS_OK)
            return st;
        a->value = mts_config_value(&scratch, a->field);
    }
    return MTS_OK;
}

/* A mapping of fields to the values they may have. */
static mts_status read_conditions(reader *r, const mts_grid_node *mapping, mts_grid_rule *rule)
{
    mts_status st = check_fields(r, mapping);
    if (st != MTS_OK)
        return st;
    if (mapping->n == 0)
        return mts_grid_fault(r->source, mapping->place,
                              "the condition is empty and would hold for every run; remove it");
    mts_grid_condition *c = mts_grid_alloc(r->source->arena, mapping->n, sizeof *c);
    if (!c)
        return MTS_ERR_MEMORY;
    rule->condition = c;
    rule->n_conditions = mapping->n;
    for (const mts_grid_node *node = mapping->first; node; node = node->next, c++) {
        c->field = mts_field_find(node->key->text);
        c->place = node->key->place;
        st = read_values(r, c->field, node, &c->values);
        if (st != MTS_OK)
            return st;
        if (c->values.repeats)
            return refuse_repeated(r, c->field, node->place, &c->values);
    }
    return MTS_OK;
}

/* ---- sections ---- */

static mts_status read_name(reader *r, const mts_grid_node *top, const mts_grid_node *node)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    char excerpt[MTS_EXCERPT_TEXT];
    if (!node)
        return mts_grid_fault(r->source, top->place, "the sweep has no name; add 'name: ...'");
    mts_status st = expect(r, node, NODE_VALUE, "'name'", "one word");
    if (st != MTS_OK)
        return st;
    size_t length = strlen(node->text);
    if (length == 0 || length > NAME_TEXT || strspn(node->text, letters) != length)
        return mts_grid_fault(r->source, node->place,
                              "name must be 1 to %d letters, digits, '-', '_' or '.', not '%s'",
                              NAME_TEXT, mts_excerpt(node->text, excerpt));
    r->grid->name = node->text;
    return MTS_OK;
}

static mts_status read_line(reader *r, const mts_grid_node *node, const char **line)
{
    char key[MTS_EXCERPT_TEXT];
    snprintf(key, sizeof key, "'%s'", node->key->text);
    mts_status st = expect(r, node, NODE_VALUE, key, "one line of text");
    if (st != MTS_OK)
        return st;
    char cleaned[LINE_TEXT + 1];
    snprintf(cleaned, sizeof cleaned, "%s", node->text);
    mts_clean(cleaned); /* a character that a terminal obeys becomes another one */
    if (strcmp(cleaned, node->text) != 0)
        return mts_grid_fault(r->source, node->place, "%s must be one line of at most %d bytes",
                              node->key->text, LINE_TEXT);
    *line = node->text;
    return MTS_OK;
}

static mts_status read_question(reader *r, const mts_grid_node *node)
{
    return read_line(r, node, &r->grid->question);
}

static mts_status read_claim(reader *r, const mts_grid_node *node)
{
    return read_line(r, node, &r->grid->claim);
}

static mts_status read_expect(reader *r, const mts_grid_node *node)
{
    mts_status st = expect(r, node, NODE_LIST, "'expect'", "a list of comparisons");
    if (st != MTS_OK)
        return st;
    r->grid->expect = mts_grid_alloc(r->source->arena, node->n, sizeof *r->grid->expect);
    if (!r->grid->expect && node->n > 0)
        return MTS_ERR_MEMORY;
    for (const mts_grid_node *item = node->first; item && st == MTS_OK; item = item->next) {
        struct mts_grid_node named = *item;
        named.key = node->key; /* "expect must be one line" */
        st = read_line(r, &named, &r->grid->expect[r->grid->n_expects++]);
    }
    return st;
}

/* The fields of one mapping become axes: each a group of its own (grid), or all in one (zip). */
static mts_status read_axes(reader *r, const mts_grid_node *mapping, bool zip)
{
    mts_grid *g = r->grid;
    const mts_grid_axis_draft *leader = NULL;
    mts_status st = check_fields(r, mapping);
    if (st != MTS_OK)
        return st;
    for (const mts_grid_node *node = mapping->first; node; node = node->next) {
        const mts_field *field = mts_field_find(node->key->text);
        const mts_grid_axis_draft *other = mts_grid_find_axis(g, field);
        if (other)
            return mts_grid_fault(r->source, node->key->place,
                                  "'%s' is an axis already (line %zu); remove one", field->name,
                                  other->place.line);
        if (field->flags & (MTS_EXECUTION | MTS_SWEEP_WIDE))
            return mts_grid_fault(r->source, node->key->place,
                                  "'%s' cannot be an axis, as it %s; put it under 'set'",
                                  field->name,
                                  field->flags & MTS_EXECUTION ? "does not change what a run is"
                                                               : "is one value for all runs");
        mts_grid_axis_draft *axis = &g->axis[g->n_axes];
        *axis = (mts_grid_axis_draft){.field = field, .place = node->key->place};
        st = read_values(r, field, node, &axis->values);
        if (st != MTS_OK)
            return st;
        if (!zip && axis->values.repeats)
            return refuse_repeated(r, field, node->place, &axis->values);
        if (leader && axis->values.count != leader->values.count)
            return mts_grid_fault(r->source, node->place,
                                  "the axes of a zip group need as many values each, but '%s' has "
                                  "%llu and '%s' has %llu",
                                  leader->field->name, (unsigned long long)leader->values.count,
                                  field->name, (unsigned long long)axis->values.count);
        if (!leader)
            g->group[g->n_groups++].place = zip ? mapping->place : node->key->place;
        axis->group = g->n_groups - 1;
        g->n_axes++;
        if (zip && !leader)
            leader = axis;
    }
    return MTS_OK;
}

static mts_status read_grid(reader *r, const mts_grid_node *node)
{
    mts_status st = MTS_OK;
    if (!is_nothing(node))
        st = expect(r, node, NODE_MAPPING, "'grid'", "a mapping of fields to values");
    if (st == MTS_OK && node->n == 0)
        return mts_grid_fault(r->source, node->place, "'grid' has no axes; add one, or remove it");
    return st == MTS_OK ? read_axes(r, node, false) : st;
}

static mts_status read_zip(reader *r, const mts_grid_node *node)
{
    mts_status st = expect(r, node, NODE_LIST, "'zip'", "a list ('- ...')");
    for (const mts_grid_node *entry = node->first; st == MTS_OK && entry; entry = entry->next) {
        st = expect(r, entry, NODE_MAPPING, "an entry of 'zip'", "a mapping of fields to values");
        if (st == MTS_OK && entry->n == 0)
            return mts_grid_fault(r->source, entry->place, "the zip group is empty; remove it");
        if (st == MTS_OK)
            st = read_axes(r, entry, true);
    }
    return st;
}

static mts_status read_set(reader *r, const mts_grid_node *node)
{
    mts_grid *g = r->grid;
    mts_status st = expect(r, node, NODE_MAPPING, "'set'", "a mapping of fields to one value each");
    if (st == MTS_OK)
        st = read_assignments(r, node, &g->assignment, &g->n_assignments);
    if (st != MTS_OK)
        return st;
    for (size_t i = 0; i < g->n_assignments; i++)
        mts_config_put(&g->base, g->assignment[i].field, g->assignment[i].value);
    return MTS_OK;
}

/* The fields that 'measure' names by what follows MEASURE. */
#define MEASURE "measure_"

static mts_status refuse_measure(reader *r, const mts_grid_node *item)
{
    char excerpt[MTS_EXCERPT_TEXT], list[256] = "", hint[80] = "";
    const char **names = mts_grid_alloc(r->source->arena, mts_n_fields + 1, sizeof *names);
    size_t n = 0, length = 0;
    if (!names)
        return MTS_ERR_MEMORY;
    for (size_t i = 0; i < mts_n_fields; i++)
        if (strncmp(mts_fields[i].name, MEASURE, strlen(MEASURE)) == 0)
            names[n++] = mts_fields[i].name + strlen(MEASURE);
    for (size_t i = 0; i < n && length < sizeof list; i++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%s", i > 0 ? ", " : "",
                                   names[i]);
    const char *nearest = mts_nearest(item->text, names);
    if (nearest)
        snprintf(hint, sizeof hint, "did you mean '%s'? ", nearest);
    return mts_grid_fault(r->source, item->place, "unknown measure '%s'; %sthere are %s",
                          mts_excerpt(item->text, excerpt), hint, list);
}

/* A measure, or a list of them: each is as its field with the value yes under 'set'. */
static mts_status read_measure(reader *r, const mts_grid_node *node)
{
    mts_grid *g = r->grid;
    const mts_grid_node *item = node->kind == NODE_LIST ? node->first : node;
    if (node->kind == NODE_MAPPING)
        return mts_grid_fault(r->source, node->place,
                              "'measure' must be a list of measures, not a mapping");
    for (const mts_grid_node *first = item; item; item = item->next) {
        char name[MTS_EXCERPT_TEXT + sizeof MEASURE], excerpt[MTS_EXCERPT_TEXT];
        if (item->kind != NODE_VALUE)
            return mts_grid_fault(r->source, item->place, "a measure must be one word, not %s",
                                  kind_text(item));
        snprintf(name, sizeof name, MEASURE "%s", mts_excerpt(item->text, excerpt));
        const mts_field *field = mts_field_find(name);
        if (!field)
            return refuse_measure(r, item);
        for (const mts_grid_node *other = first; other != item; other = other->next)
            if (strcmp(other->text, item->text) == 0)
                return mts_grid_fault(r->source, item->place,
                                      "measure '%s' is given twice; remove one", excerpt);
        for (size_t i = 0; i < g->n_assignments; i++)
            if (g->assignment[i].field == field)
                return mts_grid_fault(r->source, item->place,
                                      "measure '%s' is under 'set' too, as '%s' (line %zu); remove "
                                      "one",
                                      excerpt, name, g->assignment[i].place.line);
        mts_config_put(&g->base, field, MTS_YES);
        if (node->kind != NODE_LIST)
            break;
    }
    return MTS_OK;
}

static mts_status read_override(reader *r, const mts_grid_node *entry, mts_grid_rule *rule)
{
    enum { WHERE, SET, N_KEYS };
    static const char *const names[N_KEYS + 1] = {"where", "set", NULL};
    static const section keys = {"an override", "'set'", names};
    const mts_grid_node *found[N_KEYS];
    mts_status st = expect(r, entry, NODE_MAPPING, "an override", "a mapping of 'where' and 'set'");
    if (st == MTS_OK)
        st = pick_keys(r, entry, &keys, found);
    for (size_t i = 0; i < N_KEYS && st == MTS_OK; i++) {
        if (!found[i])
            return mts_grid_fault(r->source, entry->place, "the override has no '%s'; add it",
                                  names[i]);
        st = expect(r, found[i], NODE_MAPPING, i == SET ? "'set'" : "'where'",
                    i == SET ? "a mapping of fields to one value each"
                             : "a mapping of axes to values");
    }
    if (st == MTS_OK)
        st = read_conditions(r, found[WHERE], rule);
    if (st == MTS_OK && found[SET]->n == 0)
        return mts_grid_fault(r->source, found[SET]->place, "the override sets nothing; remove it");
    return st == MTS_OK ? read_assignments(r, found[SET], &rule->assignment, &rule->n_assignments)
                        : st;
}

static mts_status read_exclude(reader *r, const mts_grid_node *entry, mts_grid_rule *rule)
{
    mts_status st =
        expect(r, entry, NODE_MAPPING, "an entry of 'exclude'", "a mapping of axes to values");
    return st == MTS_OK ? read_conditions(r, entry, rule) : st;
}

static mts_status read_rules(reader *r, const mts_grid_node *node, const char *what,
                             mts_status (*read)(reader *, const mts_grid_node *, mts_grid_rule *),
                             mts_grid_rule **out, size_t *n)
{
    mts_status st = expect(r, node, NODE_LIST, what, "a list ('- ...')");
    if (st != MTS_OK)
        return st;
    if (node->n > RULES_MAX)
        return mts_grid_fault(r->source, node->place, "%s has more than %d entries; join some",
                              what, RULES_MAX);
    mts_grid_rule *rule = mts_grid_alloc(r->source->arena, node->n, sizeof *rule);
    if (!rule)
        return MTS_ERR_MEMORY;
    *out = rule;
    *n = node->n;
    for (const mts_grid_node *entry = node->first; entry; entry = entry->next, rule++) {
        st = read(r, entry, rule);
        if (st != MTS_OK)
            return st;
    }
    return MTS_OK;
}

static mts_status read_overrides(reader *r, const mts_grid_node *node)
{
    return read_rules(r, node, "'override'", read_override, &r->grid->override,
                      &r->grid->n_overrides);
}

static mts_status read_excludes(reader *r, const mts_grid_node *node)
{
    return read_rules(r, node, "'exclude'", read_exclude, &r->grid->exclude, &r->grid->n_excludes);
}

mts_status mts_grid_read_sweep(const mts_grid_source *source, mts_grid *grid)
{
    enum { NAME, QUESTION, CLAIM, EXPECT, GRID, ZIP, SET, MEASURES, OVERRIDE, EXCLUDE, N_KEYS };
    static const char *const names[N_KEYS + 1] = {"name",     "question", "claim", "expect",
                                                  "grid",     "zip",      "set",   "measure",
                                                  "override", "exclude",  NULL};
    static const section keys = {"a sweep file", "'set' or 'grid'", names};
    /* Zip groups come before the grid, as they are its slower axes. */
    static const struct {
        int key;
        mts_status (*read)(reader *r, const mts_grid_node *node);
    } order[] = {{QUESTION, read_question}, {CLAIM, read_claim},        {EXPECT, read_expect},
                 {ZIP, read_zip},           {GRID, read_grid},          {SET, read_set},
                 {MEASURES, read_measure},  {OVERRIDE, read_overrides}, {EXCLUDE, read_excludes}};
    const mts_grid_node *found[N_KEYS];
    reader r = {.source = source, .grid = grid};
    mts_grid_node *top;
    mts_status st = mts_grid_read_tree(source, &top);
    if (st == MTS_OK)
        st = expect(&r, top, NODE_MAPPING, "a sweep file", "a mapping such as 'name: ...'");
    if (st == MTS_OK)
        st = pick_keys(&r, top, &keys, found);
    if (st != MTS_OK)
        return st;

    grid->grid_place = found[GRID] ? found[GRID]->key->place : top->place;
    grid->exclude_place = found[EXCLUDE] ? found[EXCLUDE]->key->place : top->place;
    st = read_name(&r, top, found[NAME]);
    for (size_t i = 0; i < sizeof order / sizeof *order && st == MTS_OK; i++) {
        const mts_grid_node *node = found[order[i].key];
        /* Of the optional ones an empty one is as good as none. */
        if (node && (order[i].key == GRID || !is_nothing(node)))
            st = order[i].read(&r, node);
    }
    return st;
}
