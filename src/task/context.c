/* context.c: two tasks of which a rule input selects one for the whole trial [code tasks.py,
 * TwoAlternativeForcedChoice and AttributeIntegration; code util.py, assign_task_rules].
 *
 *     task 0   y = [x2 > x1]        rule (1, 0)
 *     task 1   y = [x1 + x2 > 0]    rule (0, 1)
 *
 * Channels 1 and 2 are the rule; only the output of the cued task counts. Trial i asks for task 0
 * where number 0 of item i of the stream MTS_FOR_CUE is below 1/2. (The authors draw the task of a
 * whole batch.)
 */
#include "boundaries.h"
#include "check.h"
#include "fixed.h"
#include "ideal.h"

#include <string.h>

enum { TASKS = 2, RULE = 1 /* first channel of the rule */ };

static mts_status check(const mts_config *config)
{
    const mts_status st = mts_family_check_latents(config);
    if (st != MTS_OK)
        return st;
    if (config->tasks != TASKS)
        return mts_fail(MTS_ERR_SWEEP, "family context needs tasks %d, not %lld", TASKS,
                        (long long)config->tasks);
    return mts_family_check_boundaries(config, NULL);
}

static mts_timing timing(const mts_config *config)
{
    mts_timing t = mts_fixed_timing(config);
    t.channels = RULE + TASKS;
    return t;
}

static size_t n_asked(const mts_config *config)
{
    (void)config;
    return 1;
}

static mts_status create(const mts_config *config, uint64_t identity, const mts_kernels *kernels,
                         void **state)
{
    const double half_root = 0.70710678118654752440;
    const double normal[] = {-half_root, half_root, half_root, half_root};
    const mts_status st = mts_boundaries_create(config, identity, kernels, state);
    if (st == MTS_OK)
        memcpy(((mts_boundaries *)*state)->normal, normal, sizeof normal);
    return st;
}

static void cue(size_t b, size_t task, mts_batch *batch)
{
    for (size_t k = 0; k < TASKS; k++) {
        batch->asked[b * TASKS + k] = k == task;
        for (size_t t = 0; t < batch->T; t++)
            batch->channel[(t * batch->B + b) * batch->C + RULE + k] = k == task ? 1 : 0;
    }
}

static void ask(const mts_config *config, uint64_t identity, uint64_t first, mts_batch *batch)
{
    const mts_stream stream = {identity, MTS_FOR_CUE};
    (void)config;
    for (size_t b = 0; b < batch->B; b++) {
        mts_real u;
        mts_uniform(stream, first + b, 1, &u);
        cue(b, u < (mts_real)0.5 ? 0 : 1, batch);
    }
}

static void ask_in_turn(const mts_config *config, uint64_t first, mts_batch *batch)
{
    (void)config;
    for (size_t b = 0; b < batch->B; b++)
        cue(b, (size_t)((first + b) % TASKS), batch);
}

const mts_family mts_family_context = {
    .check = check,
    .timing = timing,
    .n_asked = n_asked,
    .create = create,
    .destroy = mts_boundaries_destroy,
    .boundaries = mts_boundaries_copy,
    .ideal = mts_ideal_boundaries,
    .prepare = mts_fixed_prepare,
    .ask = ask,
    .ask_in_turn = ask_in_turn,
    .labels = mts_boundaries_labels,
};
