/* The axes and their product: values, sizes and strides.
 *
 * Run r of the product takes value r / stride % n of every group of axes. */
#include "internal.h"

#include <stdlib.h>

mts_grid_axis_draft *mts_grid_find_axis(const mts_grid *grid, const mts_field *field)
{
    for (size_t i = 0; i < grid->n_axes; i++)
        if (grid->axis[i].field == field)
            return &grid->axis[i];
    return NULL;
}

static const mts_grid_values *values_of(const mts_grid_axis_draft *axis)
{
    return axis->given.n > 0 ? &axis->given : &axis->values;
}

static void expand(const mts_grid_values *values, double *out)
{
    for (size_t i = 0; i < values->n; i++)
        for (double v = values->span[i].first; v <= values->span[i].last; v++)
            *out++ = v;
}

static int compare_tuples(const void *a, const void *b, void *ctx)
{
    const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    const double *const *value = ctx;
    for (; *value; value++)
        if ((*value)[i] != (*value)[j])
            return (*value)[i] < (*value)[j] ? -1 : 1;
    return 0;
}

/* Whether a zip group has the same values twice. One of its axes that repeats nothing is enough to
 * tell all apart. */
static mts_status check_tuples(const mts_grid *grid, size_t group)
{
    size_t n = grid->group[group].n, n_members = 0;
    mts_grid_arena scratch = {NULL};
    mts_status st = MTS_OK;
    const double **member = mts_grid_alloc(&scratch, grid->n_axes + 1, sizeof *member);
    uint32_t *order = NULL;
    for (size_t i = 0; member && i < grid->n_axes; i++) {
        const mts_grid_axis_draft *axis = &grid->axis[i];
        if (axis->group != group)
            continue;
        member[n_members++] = axis->value;
        if (values_of(axis)->count == n && !values_of(axis)->repeats)
            goto done;
    }
    order = mts_grid_alloc(&scratch, n, sizeof *order);
    if (!order || !member) {
        st = MTS_ERR_MEMORY;
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, n, sizeof *order, compare_tuples, member);
    for (size_t i = 1; i < n && st == MTS_OK; i++)
        if (compare_tuples(&order[i - 1], &order[i], member) == 0)
            st = mts_fail(MTS_ERR_SWEEP,
                          "entries %u and %u of the zip group are the same; remove one",
                          (order[i - 1] < order[i] ? order[i - 1] : order[i]) + 1,
                          (order[i - 1] < order[i] ? order[i] : order[i - 1]) + 1);
done:
    mts_grid_free_all(&scratch);
    return st;
}

mts_status mts_grid_build_axes(mts_grid *grid, mts_grid_place *place)
{
    uint64_t product = 1;
    *place = grid->grid_place;
    for (size_t i = 0; i < grid->n_axes; i++) {
        mts_grid_group *group = &grid->group[grid->axis[i].group];
        uint64_t count = values_of(&grid->axis[i])->count;
        if (count > group->n)
            group->n = count <= MTS_RUNS_MAX ? (size_t)count : MTS_RUNS_MAX + 1;
    }
    for (size_t i = grid->n_groups; i-- > 0;) {
        grid->group[i].stride = (size_t)product;
        product *= grid->group[i].n;
        if (product > MTS_RUNS_MAX)
            return mts_fail(MTS_ERR_SWEEP, "the grid has more than %u runs; split the sweep",
                            MTS_RUNS_MAX);
    }
    grid->product = (size_t)product;
    for (size_t i = 0; i < grid->n_axes; i++) {
        mts_grid_axis_draft *axis = &grid->axis[i];
        size_t n = grid->group[axis->group].n;
        axis->value = mts_grid_alloc(&grid->arena, n, sizeof *axis->value);
        if (!axis->value)
            return MTS_ERR_MEMORY;
        expand(values_of(axis), axis->value);
        if (values_of(axis)->count == 1)
            for (size_t j = 1; j < n; j++)
                axis->value[j] = axis->value[0];
    }
    for (size_t i = 0; i < grid->n_groups; i++) {
        *place = grid->group[i].place;
        mts_status st = check_tuples(grid, i);
        if (st != MTS_OK)
            return st;
    }
    return MTS_OK;
}
