/* outputs.c: the list of outputs, and what loops over it. */
#include "output.h"

#include <assert.h>
#include <math.h>

static bool probe_is_chosen(const mts_run_shape *shape)
{
    return shape->probe.fits > 0;
}

static bool trace_is_chosen(const mts_run_shape *shape)
{
    return shape->config.trace != MTS_TRACE_none;
}

#define IS_CHOSEN(name, ...)                                                                       \
    static bool name##_is_chosen(const mts_run_shape *shape)                                       \
    {                                                                                              \
        return shape->config.measure_##name == MTS_YES;                                            \
    }
MTS_MEASURES(IS_CHOSEN)

#define ENTRY(name, ...) {name##_is_chosen, &mts_output_##name},
static const struct entry {
    bool (*is_chosen)(const mts_run_shape *shape);
    const mts_output *output;
} entries[] = {ENTRY(probe) ENTRY(trace) MTS_MEASURES(ENTRY)};

enum { ENTRIES = sizeof entries / sizeof *entries };

/* Output i if it is chosen, else NULL. */
static const mts_output *chosen(const mts_run_shape *shape, size_t i)
{
    return entries[i].is_chosen(shape) ? entries[i].output : NULL;
}

static bool need_visited(const mts_run_shape *shape)
{
    for (size_t i = 0; i < ENTRIES; i++)
        if (chosen(shape, i) && entries[i].output->visited)
            return true;
    return false;
}

/* Whether no two sets of trials have one number. */
static bool trials_differ(void)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        const uint32_t number = entries[i].output->trials;
        for (size_t j = 0; j < i && number != MTS_NO_TRIALS; j++)
            if (entries[j].output->trials == number)
                return false;
        if (number == MTS_VISITED_TRIALS)
            return false;
    }
    return true;
}

mts_status mts_run_outputs(mts_frozen *frozen, mts_result *result)
{
    const mts_run_shape *shape = &frozen->trainer->shape;
    mts_visited visited = {0};
    mts_status st = MTS_OK;
    assert(trials_differ());
    (void)trials_differ;
    if (need_visited(shape))
        st = mts_run_visit(frozen, &visited);
    for (size_t i = 0; st == MTS_OK && i < ENTRIES; i++) {
        const mts_output *output = chosen(shape, i);
        if (output)
            st = output->run(frozen, output->visited ? &visited : NULL, result);
    }
    mts_run_visited_free(&visited);
    return st;
}

void mts_run_outputs_extents(const mts_run_shape *shape, mts_extents *extents)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        const mts_output *output = chosen(shape, i);
        if (output && output->extents)
            output->extents(shape, extents);
    }
}

double mts_run_outputs_cost(const mts_run_shape *shape)
{
    double cost = need_visited(shape) ? mts_run_visit_cost(shape) : 0;
    for (size_t i = 0; i < ENTRIES; i++) {
        const mts_output *output = chosen(shape, i);
        cost += output ? output->cost(shape) : 0;
    }
    return cost;
}

double mts_run_outputs_memory(const mts_run_shape *shape)
{
    double most = 0;
    for (size_t i = 0; i < ENTRIES; i++) {
        const mts_output *output = chosen(shape, i);
        most = fmax(most, output ? output->memory(shape) : 0);
    }
    return most + (need_visited(shape) ? mts_run_visit_memory(shape) : 0);
}

const char *mts_run_output_of(size_t column)
{
    for (size_t i = 0; i < ENTRIES; i++)
        for (const size_t *c = entries[i].output->columns; *c != MTS_COL_none; c++)
            if (*c == column)
                return entries[i].output->name;
    return NULL;
}
