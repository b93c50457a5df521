/* trials.c: the evaluation trials, which all runs of a set share. */
#include "mtsweep/run.h"

#include <string.h>

#include "mtsweep/probe.h"
#include "mtsweep/task.h"

enum { BATCH = 64 };

size_t mts_run_trial_count(const mts_config *config)
{
    if (config->trace == MTS_TRACE_none)
        return 0;
    return (size_t)(config->trace_trials + config->trace_grid * config->trace_grid);
}

uint64_t mts_run_trial_set(const mts_config *config)
{
    static const char *const names[] = {"family",   "latents",           "sigma",
                                        "noise",    "noise_coefficient", "noise_at",
                                        "stimulus", "trace_trials",      "trace_grid"};
    const mts_config evaluation = mts_task_evaluation(config);
    uint64_t hash = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        uint64_t field = mts_field_hash(&evaluation, mts_field_find(names[i]));
        hash = mts_hash(hash, &field, sizeof field);
    }
    return hash;
}

/* The first n trials of the batch become trials `first` ... of the list. */
static void copy_out(const mts_batch *batch, size_t first, size_t n, mts_real *latent,
                     mts_real *obs)
{
    const size_t B = batch->B, S = batch->S, D = batch->D;
    memcpy(latent + first * D, batch->latent, n * D * sizeof *latent);
    for (size_t b = 0; b < n; b++)
        for (size_t s = 0; s < S; s++)
            memcpy(obs + ((first + b) * S + s) * D, batch->obs + (s * B + b) * D, D * sizeof *obs);
}

double mts_run_trials_memory(const mts_config *config)
{
    const mts_config evaluation = mts_task_evaluation(config);
    return mts_run_trial_count(config) > 0 ? (double)mts_batch_memory(&evaluation, BATCH) : 0;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

mts_status mts_run_trials(const mts_config *config, mts_real *latent, mts_real *obs)
{
    const mts_stream latents = {0, MTS_FOR_TRACE_LATENT}, noise = {0, MTS_FOR_TRACE_NOISE};
    const size_t D = (size_t)config->latents, noisy = (size_t)config->trace_trials;
    const size_t g = (size_t)config->trace_grid;
    const mts_config evaluation = mts_task_evaluation(config);
    const mts_kernels *kernels;
    mts_task *task = NULL;
    mts_batch *batch = NULL;
    if (mts_run_trial_count(config) == 0)
        return MTS_OK;
    /* Not the kernels of the run: the trials are the same whatever trains on them. */
    mts_status st = mts_kernels_find("auto", &kernels);
    if (st != MTS_OK || (st = mts_task_create(&evaluation, 0, kernels, &task)) != MTS_OK ||
        (st = mts_batch_create(task, BATCH, &batch)) != MTS_OK)
        goto cleanup;

    for (size_t quadrant = 0; quadrant < 4; quadrant++) {
        /* Trial i is in quadrant floor(4 i / n). */
        size_t first = (quadrant * noisy + 3) / 4, end = ((quadrant + 1) * noisy + 3) / 4;
        mts_pattern pattern = mts_probe_held_out(MTS_FOLDS_last_two, D, quadrant);
        for (size_t i = first; i < end; i += BATCH) {
            mts_task_draw(task, latents, noise, i, &(mts_region){1, &pattern}, batch);
            copy_out(batch, i, least(BATCH, end - i), latent, obs);
        }
    }
    memset(batch->latent, 0, BATCH * D * sizeof *batch->latent);
    for (size_t i = 0; i < g * g; i += BATCH) {
        size_t n = least(BATCH, g * g - i);
        for (size_t b = 0; b < n; b++) {
            batch->latent[b * D] = (mts_real)(((double)((i + b) / g) + 0.5) / (double)g - 0.5);
            batch->latent[b * D + 1] = (mts_real)(((double)((i + b) % g) + 0.5) / (double)g - 0.5);
        }
        mts_task_draw_at(task, NULL, 0, batch);
        copy_out(batch, noisy + i, n, latent, obs);
    }
cleanup:
    mts_batch_destroy(batch);
    mts_task_destroy(task);
    return st;
}
