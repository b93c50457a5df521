/* experiment.c: one run from start to end. Who calls whom in this module:
 *
 *     experiment --> training --> trainer --> feed --> shape
 *                `-> outputs[]: probe, trace, each measure --> frozen --> trainer
 *
 * Beside them stand advance, called by whoever works, and cost, which sums up over the outputs. */
#include "frozen.h"
#include "output.h"
#include "training.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static void put_kernels(const mts_kernels *kernels, mts_result *result)
{
    const mts_field *field = mts_field_find("kernels");
    for (size_t i = 0; field->choices[i]; i++)
        if (strcmp(field->choices[i], kernels->name) == 0)
            *result->result_kernels = (uint8_t)i;
}

static mts_status put_task(const mts_trainer *trainer, mts_result *result)
{
    const size_t *extent = result->extents.n;
    const size_t K = trainer->shape.K, D = trainer->shape.D;
    const mts_config *evaluation = &trainer->shape.trials;
    double *boundary = mts_alloc(K * D + K, sizeof *boundary);
    if (!boundary)
        return MTS_ERR_MEMORY;
    *result->result_ideal_r2 = mts_task_ideal_r2(evaluation);
    *result->result_bayes_r2 = mts_task_bayes_r2(evaluation);
    mts_task_ideal(trainer->task, result->result_ideal_accuracy, result->result_ideal_loss);
    mts_task_boundaries(trainer->task, boundary, boundary + K * D);
    for (size_t k = 0; k < K; k++) {
        memcpy(result->weights_normals + k * extent[MTS_AXIS_latent], boundary + k * D,
               D * sizeof *boundary);
        result->weights_offsets[k] = boundary[K * D + k];
    }
    mts_free(boundary);
    return MTS_OK;
}

static void put_weights(size_t n, const mts_real *theta, float *column)
{
    for (size_t i = 0; i < n; i++)
        column[i] = (float)theta[i];
}

/* What the trained network gives. */
static mts_status give(mts_position *at)
{
    mts_frozen frozen;
    mts_status st = mts_run_frozen_create(at->trainer, at->progress, &frozen);
    if (st != MTS_OK)
        return st;
    st = mts_run_outputs(&frozen, at);
    mts_run_frozen_free(&frozen);
    return st;
}

/* From the start, or from where the hooks say that the run stands. */
static mts_status begin(mts_position *at)
{
    mts_trainer *trainer = at->trainer;
    const mts_run_hooks *hooks = at->progress->hooks;
    if (!mts_run_restore(at) && hooks->refused)
        hooks->refused(hooks->ctx);
    put_kernels(trainer->shape.kernels, at->result);
    mts_status st = put_task(trainer, at->result);
    return st == MTS_OK ? mts_run_consult(at->progress) : st;
}

mts_status mts_run(const mts_config *config, const mts_run_hooks *hooks, mts_result *result)
{
    mts_progress progress = {.hooks = hooks, .total = mts_run_cost(config), .loss = NAN};
    mts_position at = {.progress = &progress, .result = result};
    const mts_kernels *kernels;
    mts_layout net, encoder;
    mts_result_fill(result);
    const char *name = mts_choice_name(mts_field_find("kernels"), config->kernels);
    mts_status st = mts_kernels_find(name, &kernels);
    if (st != MTS_OK || (st = mts_run_layouts(config, &net, &encoder)) != MTS_OK ||
        (st = mts_trainer_create(config, kernels, &at.trainer)) != MTS_OK)
        return st;
    assert(result->extents.n[MTS_AXIS_parameter] >= net.total);
    if ((st = begin(&at)) != MTS_OK)
        goto cleanup;
    put_weights(encoder.total, at.trainer->encoder_theta, result->weights_encoder);
    if (hooks && hooks->trained)
        st = mts_run_take_training(&at, hooks->trained);
    if (st == MTS_OK)
        st = mts_run_train(&at);
    put_weights(net.total, at.trainer->theta, result->weights_parameters);
    if (st != MTS_OK || (st = give(&at)) != MTS_OK)
        goto cleanup;
    mts_run_finish(&progress); /* what the outputs do is an estimate */
cleanup:
    mts_trainer_destroy(at.trainer);
    return st;
}
