/* The runs of the product: exclusion, index -> config, hash.
 *
 * Two runs differ in the value of an axis, which no override may set: so no two runs are the same,
 * by construction. */
#include "internal.h"
#include "mtsweep/nn.h"
#include "mtsweep/task.h"

#include <stdio.h>
#include <string.h>

/* ---- runs ---- */

static void place_run(const mts_grid *grid, size_t run, mts_config *config)
{
    *config = grid->base;
    for (size_t i = 0; i < grid->n_axes; i++) {
        const mts_grid_axis_draft *axis = &grid->axis[i];
        const mts_grid_group *group = &grid->group[axis->group];
        mts_config_put(config, axis->field, axis->value[run / group->stride % group->n]);
    }
}

/* Conditions look at axes only, and overrides set none, so their order is that of the file. */
static void apply_overrides(const mts_grid *grid, mts_config *config)
{
    for (size_t i = 0; i < grid->n_overrides; i++) {
        const mts_grid_rule *rule = &grid->override[i];
        if (!mts_grid_holds(rule->condition, rule->n_conditions, config))
            continue;
        for (size_t j = 0; j < rule->n_assignments; j++)
            mts_config_put(config, rule->assignment[j].field, rule->assignment[j].value);
    }
}

static bool is_excluded(const mts_grid *grid, const mts_config *config)
{
    for (size_t i = 0; i < grid->n_excludes; i++)
        if (mts_grid_holds(grid->exclude[i].condition, grid->exclude[i].n_conditions, config))
            return true;
    return false;
}

/* A message about a run, with the values of its axes. */
static mts_status refuse_run(const mts_grid *grid, const mts_config *config)
{
    char values[400] = "";
    if (grid->n_axes == 0)
        return MTS_ERR_SWEEP;
    for (size_t i = 0; i < grid->n_axes; i++) {
        char text[MTS_VALUE_TEXT];
        size_t length = strlen(values);
        mts_config_text(config, grid->axis[i].field, text);
        snprintf(values + length, sizeof values - length, "%s%s=%s", i > 0 ? ", " : "",
                 grid->axis[i].field->name, text);
    }
    return mts_fail(MTS_ERR_SWEEP, "the run %s: %s", values, mts_message());
}

/* Drops the excluded runs and checks the others. */
static mts_status build_runs(mts_grid *grid, mts_grid_place *place)
{
    if (grid->n_excludes > 0) {
        grid->kept = mts_grid_alloc(&grid->arena, grid->product, sizeof *grid->kept);
        if (!grid->kept)
            return MTS_ERR_MEMORY;
    }
    for (size_t run = 0; run < grid->product; run++) {
        mts_config config;
        place_run(grid, run, &config);
        if (is_excluded(grid, &config))
            continue;
        apply_overrides(grid, &config);
        if (mts_config_check(&config) != MTS_OK || mts_task_check(&config) != MTS_OK ||
            mts_net_check(&config) != MTS_OK) {
            *place = grid->grid_place;
            return refuse_run(grid, &config);
        }
        if (grid->kept)
            grid->kept[grid->whole] = (uint32_t)run;
        grid->whole++;
    }
    grid->size = grid->whole;
    if (grid->size == 0) {
        *place = grid->exclude_place;
        return mts_fail(MTS_ERR_SWEEP, "'exclude' drops every run; remove a condition");
    }
    return MTS_OK;
}

/* ---- the object ---- */

static mts_status create(const mts_grid_source *source, mts_grid *grid)
{
    grid->axis = mts_grid_alloc(&grid->arena, mts_n_fields, sizeof *grid->axis);
    grid->group = mts_grid_alloc(&grid->arena, mts_n_fields, sizeof *grid->group);
    if (!grid->axis || !grid->group)
        return MTS_ERR_MEMORY;
    grid->name = grid->question = grid->claim = "";
    mts_config_default(&grid->base);
    mts_status st = mts_grid_read_sweep(source, grid);
    return st == MTS_OK ? mts_grid_check_rules(source, grid) : st;
}

/* A fault in the runs. It is the file's if the file has it without --set too. */
static mts_status refuse_runs(const mts_grid_source *source, mts_grid_place place, size_t n_sets)
{
    char what[MTS_MESSAGE_MAX];
    mts_grid *plain;
    mts_status st = MTS_OK;
    snprintf(what, sizeof what, "%s", mts_message());
    if (n_sets == 0)
        return mts_grid_fault(source, place, "%s", what);
    st = mts_grid_parse(source->text, source->length, source->file, NULL, 0, &plain);
    mts_grid_destroy(plain);
    return st == MTS_OK ? mts_fail(MTS_ERR_USAGE, "with --set: %s", what) : st;
}

mts_status mts_grid_parse(const char *text, size_t length, const char *file,
                          const char *const *sets, size_t n_sets, mts_grid **grid)
{
    *grid = NULL;
    mts_grid *g = mts_alloc(1, sizeof *g);
    if (!g)
        return MTS_ERR_MEMORY;
    mts_grid_source source = {text, length, file, &g->arena};
    mts_grid_place place = {1, 1};
    mts_status st = create(&source, g);
    for (size_t i = 0; i < n_sets && st == MTS_OK; i++)
        st = mts_grid_apply_set(g, sets[i]);
    if (st == MTS_OK) {
        st = mts_grid_build_axes(g, &place);
        if (st == MTS_OK)
            st = build_runs(g, &place);
        if (st == MTS_ERR_SWEEP)
            st = refuse_runs(&source, place, n_sets);
    }
    if (st != MTS_OK) {
        mts_grid_destroy(g);
        return st;
    }
    *grid = g;
    return MTS_OK;
}

void mts_grid_destroy(mts_grid *grid)
{
    if (!grid)
        return;
    mts_grid_free_all(&grid->arena);
    mts_free(grid);
}

const char *mts_grid_name(const mts_grid *grid)
{
    return grid->name;
}

const char *mts_grid_question(const mts_grid *grid)
{
    return grid->question;
}

const char *mts_grid_claim(const mts_grid *grid)
{
    return grid->claim;
}

size_t mts_grid_expects(const mts_grid *grid)
{
    return grid->n_expects;
}

const char *mts_grid_expect(const mts_grid *grid, size_t i)
{
    return grid->expect[i];
}

size_t mts_grid_overrides(const mts_grid *grid)
{
    return grid->n_overrides;
}

size_t mts_grid_excluded(const mts_grid *grid)
{
    return grid->product - grid->whole;
}

size_t mts_grid_size(const mts_grid *grid)
{
    return grid->size;
}

size_t mts_grid_whole(const mts_grid *grid)
{
    return grid->whole;
}

size_t mts_grid_number(const mts_grid *grid, size_t index)
{
    return grid->part ? grid->part[index] : index;
}

mts_status mts_grid_keep(mts_grid *grid, size_t n, const size_t *index)
{
    uint32_t *part = mts_grid_alloc(&grid->arena, n, sizeof *part);
    if (!part)
        return MTS_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        if (index[i] >= grid->size || (i > 0 && index[i] <= index[i - 1]))
            return mts_fail(MTS_ERR_USAGE, "run %zu is none of the %zu runs, or out of order",
                            index[i], grid->size);
        part[i] = (uint32_t)mts_grid_number(grid, index[i]);
    }
    grid->part = part;
    grid->size = n;
    return MTS_OK;
}

static void whole_config(const mts_grid *grid, size_t number, mts_config *config)
{
    place_run(grid, grid->kept ? grid->kept[number] : number, config);
    apply_overrides(grid, config);
}

void mts_grid_config(const mts_grid *grid, size_t index, mts_config *config)
{
    whole_config(grid, mts_grid_number(grid, index), config);
}

size_t mts_grid_axes(const mts_grid *grid)
{
    return grid->n_axes;
}

mts_grid_axis mts_grid_axis_at(const mts_grid *grid, size_t axis)
{
    const mts_grid_axis_draft *a = &grid->axis[axis];
    return (mts_grid_axis){a->field, grid->group[a->group].n, a->value, a->group};
}

/* Chains the sums that the identities are made of. From one run to the next few fields change, and
 * only their parts of the sum are made anew. */
uint64_t mts_grid_hash(const mts_grid *grid)
{
    enum { N_FIELDS = sizeof(mts_config) / sizeof(double) }; /* every member has 8 bytes */
    uint64_t hash = 0, sum = 0, part[N_FIELDS];
    mts_config config, last;
    whole_config(grid, 0, &last);
    for (size_t i = 0; i < N_FIELDS; i++) {
        part[i] = mts_field_hash(&last, &mts_fields[i]);
        sum += part[i];
    }
    for (size_t run = 0; run < grid->whole; run++) {
        whole_config(grid, run, &config);
        for (size_t i = 0; i < N_FIELDS; i++) {
            const mts_field *field = &mts_fields[i];
            if (mts_config_value(&config, field) == mts_config_value(&last, field))
                continue;
            sum -= part[i];
            part[i] = mts_field_hash(&config, field);
            sum += part[i];
        }
        last = config;
        hash += mts_hash_number(sum); /* mts_config_key */
    }
    return mts_hash_number(hash);
}
