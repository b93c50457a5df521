/* trials.h: tasks and batches, for tests of the trial generator. */
#ifndef MTSWEEP_TESTS_TRIALS_H
#define MTSWEEP_TESTS_TRIALS_H

#include <check.h>
#include <math.h>

#include "mtsweep/task.h"

#define LATENTS ((mts_stream){5, MTS_FOR_LATENT})
#define NOISE   ((mts_stream){5, MTS_FOR_NOISE})

static inline mts_config defaults(void)
{
    mts_config config;
    mts_config_default(&config);
    return config;
}

static inline mts_task *make_task(const mts_config *config, uint64_t identity, const mts_kernels *k)
{
    mts_task *task;
    ck_assert_int_eq(mts_config_check(config), MTS_OK);
    ck_assert_int_eq(mts_task_check(config), MTS_OK);
    ck_assert_int_eq(mts_task_create(config, identity, k, &task), MTS_OK);
    return task;
}

static inline mts_batch *make_batch(const mts_task *task, size_t B)
{
    mts_batch *batch;
    ck_assert_int_eq(mts_batch_create(task, B, &batch), MTS_OK);
    return batch;
}

/* Within four standard errors, `deviation` being that of one of the n values. */
static inline void check_mean(double sum, double n, double want, double deviation)
{
    ck_assert_double_le(fabs(sum / n - want), 4 * deviation / sqrt(n));
}

#endif
