/* run.c: one experiment from start to end. */
#include "internal.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Work between two calls of the hooks: some milliseconds on one core. */
static const double work_between_reports = 2e8;

static void report(const mts_progress *progress)
{
    const mts_run_hooks *hooks = progress->hooks;
    if (hooks && hooks->report)
        hooks->report(hooks->ctx, progress->done, progress->total, progress->loss);
}

static mts_status consult(mts_progress *progress)
{
    const mts_run_hooks *hooks = progress->hooks;
    report(progress);
    progress->unreported = 0;
    if (hooks && hooks->asked_to_stop && hooks->asked_to_stop(hooks->ctx))
        return mts_fail(MTS_STOPPED, "stopped before the end of the run");
    return MTS_OK;
}

mts_status mts_run_advance(mts_progress *progress, double work)
{
    progress->done = fmin(progress->done + work, progress->total);
    progress->unreported += work;
    return progress->unreported < work_between_reports ? MTS_OK : consult(progress);
}

/* ---- what is known before training ---- */

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
    const mts_config evaluation = mts_task_evaluation(&trainer->config);
    double *boundary = mts_alloc(K * D + K, sizeof *boundary);
    if (!boundary)
        return MTS_ERR_MEMORY;
    *result->result_ideal_r2 = mts_task_ideal_r2(&evaluation);
    *result->result_bayes_r2 = mts_task_bayes_r2(&evaluation);
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

/* ---- training ---- */

/* Sums over an interval of batches. */
typedef struct interval {
    double loss, correct, batches;
} interval;

static void add(interval *sum, double loss, size_t correct)
{
    sum->loss += loss;
    sum->correct += (double)correct;
    sum->batches++;
}

static double norm(size_t n, const mts_real *v)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)v[i] * (double)v[i];
    return sqrt(sum);
}

static mts_status diverged(mts_result *result, size_t batches)
{
    *result->result_diverged_at = (int64_t)batches;
    return mts_fail(MTS_DIVERGED,
                    "diverged at batch %zu: the loss is not finite; try a lower learning_rate",
                    batches);
}

static mts_status train(mts_trainer *trainer, mts_progress *progress, mts_result *result)
{
    const mts_config *config = &trainer->config;
    const mts_timing timing = trainer->shape.timing;
    const size_t batches = (size_t)config->batches;
    const size_t wanted = (size_t)config->history_points;
    const size_t points = batches < wanted ? batches : wanted;
    const size_t tail = batches - (batches + 9) / 10; /* first batch of the last tenth */
    const double decisions = (double)config->batch * (double)trainer->feed.batch->n_asked *
                             (double)(timing.T - timing.decision_first);
    const double work = mts_run_cost_batch(&trainer->shape, (size_t)config->batch);
    interval point = {0}, end = {0}, reported = {0};
    assert(result->extents.n[MTS_AXIS_point] >= points);

    for (size_t batch = 0, p = 0; batch < batches; batch++) {
        size_t correct;
        double loss = mts_trainer_step(trainer, &correct, NULL, NULL);
        if (!isfinite(loss))
            return diverged(result, batch + 1);
        add(&point, loss, correct);
        add(&reported, loss, correct);
        if (batch >= tail)
            add(&end, loss, correct);
        if (batch + 1 == (p + 1) * batches / points) {
            double size = norm(trainer->P, trainer->gradient);
            if (!isfinite(size)) /* the update made of it is not finite either */
                return diverged(result, batch + 1);
            result->history_batch[p] = (int64_t)(batch + 1);
            result->history_loss[p] = point.loss / point.batches;
            result->history_accuracy[p] = point.correct / (point.batches * decisions);
            result->history_gradient_norm[p] = size;
            point = (interval){0};
            p++;
        }
        progress->loss = reported.loss / reported.batches;
        mts_status st = mts_run_advance(progress, work);
        if (st != MTS_OK)
            return st;
        if (progress->unreported == 0)
            reported = (interval){0};
    }
    if (batches > 0) {
        progress->loss = *result->result_loss = end.loss / end.batches;
        *result->result_accuracy = end.correct / (end.batches * decisions);
    }
    return MTS_OK;
}

/* ---- the whole ---- */

mts_status mts_run(const mts_config *config, const mts_run_hooks *hooks, mts_result *result)
{
    mts_progress progress = {.hooks = hooks, .total = mts_run_cost(config), .loss = NAN};
    mts_trainer *trainer = NULL;
    mts_frozen frozen = {0};
    const mts_kernels *kernels;
    mts_result_fill(result);
    const char *name = mts_choice_name(mts_field_find("kernels"), config->kernels);
    mts_status st = mts_kernels_find(name, &kernels);
    if (st != MTS_OK || (st = mts_trainer_create(config, kernels, &trainer)) != MTS_OK)
        return st;

    mts_layout net, encoder;
    put_kernels(kernels, result);
    if ((st = mts_run_layouts(config, &net, &encoder)) != MTS_OK ||
        (st = put_task(trainer, result)) != MTS_OK || (st = consult(&progress)) != MTS_OK)
        goto cleanup;
    assert(result->extents.n[MTS_AXIS_parameter] >= net.total);
    put_weights(encoder.total, trainer->encoder_theta, result->weights_encoder);
    st = train(trainer, &progress, result);
    put_weights(net.total, trainer->theta, result->weights_parameters);
    if (st != MTS_OK || (st = mts_run_frozen_create(trainer, &progress, &frozen)) != MTS_OK ||
        (st = mts_run_probe(&frozen, result)) != MTS_OK ||
        (st = mts_run_trace(&frozen, result)) != MTS_OK ||
        (st = mts_run_measure(&frozen, result)) != MTS_OK)
        goto cleanup;
    progress.done = progress.total; /* what probe and measures do is an estimate */
    report(&progress);
cleanup:
    mts_run_frozen_free(&frozen);
    mts_trainer_destroy(trainer);
    return st;
}
