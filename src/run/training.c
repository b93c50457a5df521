/* training.c: batch after batch, with the training curves. */
#include "training.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static void add(mts_interval *sum, double loss, size_t correct)
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

/* Decisions in a batch. */
static double decisions(const mts_trainer *trainer)
{
    const mts_timing *timing = &trainer->shape.timing;
    return (double)trainer->shape.config.batch * (double)trainer->feed.batch->n_asked *
           (double)(timing->T - timing->decision_first);
}

/* Point p of the curves, after this many batches; false if the gradient is not finite, as the update
 * made of it is not then. */
static bool put_point(const mts_trainer *trainer, size_t p, size_t batches, const mts_interval *sum,
                      mts_result *result)
{
    double size = norm(trainer->P, trainer->gradient);
    if (!isfinite(size))
        return false;
    result->history_batch[p] = (int64_t)batches;
    result->history_loss[p] = sum->loss / sum->batches;
    result->history_accuracy[p] = sum->correct / (sum->batches * decisions(trainer));
    result->history_gradient_norm[p] = size;
    return true;
}

static mts_status diverged(mts_result *result, size_t batches)
{
    *result->result_diverged_at = (int64_t)batches;
    return mts_fail(MTS_DIVERGED,
                    "diverged at batch %zu: the loss is not finite; try a lower learning_rate",
                    batches);
}

/* Points of the curves that so many batches have given. */
static size_t points_behind(size_t batch, size_t batches, size_t points)
{
    size_t p = 0;
    while (p < points && (p + 1) * batches / points <= batch)
        p++;
    return p;
}

/* One batch, and what it adds to the curves. */
static mts_status train_batch(mts_position *at, size_t *p, mts_interval *reported)
{
    mts_trainer *trainer = at->trainer;
    const mts_config *config = &trainer->shape.config;
    const size_t batch = (size_t)trainer->batch, batches = (size_t)config->batches;
    const size_t points = mts_run_least(batches, (size_t)config->history_points);
    size_t correct;
    double loss = mts_trainer_step(trainer, &correct, NULL, NULL);
    if (!isfinite(loss))
        return diverged(at->result, batch + 1);
    add(&at->point, loss, correct);
    add(reported, loss, correct);
    if (batch >= batches - (batches + 9) / 10) /* the last tenth */
        add(&at->end, loss, correct);
    if (batch + 1 == (*p + 1) * batches / points) {
        if (!put_point(trainer, (*p)++, batch + 1, &at->point, at->result))
            return diverged(at->result, batch + 1);
        at->point = (mts_interval){0};
    }
    if (batch + 1 == batches) {
        *at->result->result_loss = at->end.loss / at->end.batches;
        *at->result->result_accuracy = at->end.correct / (at->end.batches * decisions(trainer));
    }
    return MTS_OK;
}

/* What training leaves in a row, beside the parameters. */
static void copy_curves(const mts_result *from, mts_result *to)
{
    for (size_t c = 0; c < MTS_N_COLUMNS; c++)
        if (c == MTS_COL_result_loss || c == MTS_COL_result_accuracy ||
            strcmp(mts_columns[c].group, "history") == 0)
            memcpy(to->column[c], from->column[c],
                   mts_column_count(&mts_columns[c], &to->extents) *
                       mts_column_size(mts_columns[c].type));
}

mts_status mts_run_take_training(mts_position *at, const mts_result *from)
{
    mts_trainer *trainer = at->trainer;
    const uint64_t left = (uint64_t)trainer->shape.config.batches - trainer->batch;
    if (left == 0)
        return MTS_OK;
    for (size_t i = 0; i < trainer->P; i++)
        trainer->theta[i] = (mts_real)from->weights_parameters[i];
    trainer->batch += left;
    copy_curves(from, at->result);
    return mts_run_advance(at->progress, (double)left * mts_run_cost_batch(&trainer->shape));
}

mts_status mts_run_train(mts_position *at)
{
    mts_trainer *trainer = at->trainer;
    mts_progress *progress = at->progress;
    const size_t batches = (size_t)trainer->shape.config.batches;
    const size_t points = mts_run_least(batches, (size_t)trainer->shape.config.history_points);
    const double work = mts_run_cost_batch(&trainer->shape);
    mts_interval reported = {0};
    size_t p = points_behind((size_t)trainer->batch, batches, points);
    assert(at->result->extents.n[MTS_AXIS_point] >= points);

    while (trainer->batch < batches) {
        mts_status st = train_batch(at, &p, &reported);
        if (st != MTS_OK)
            return st;
        progress->loss = reported.loss / reported.batches;
        st = mts_run_advance(progress, work);
        mts_run_save(at, st == MTS_STOPPED);
        if (st != MTS_OK)
            return st;
        if (progress->unreported == 0)
            reported = (mts_interval){0};
    }
    if (batches > 0)
        progress->loss = *at->result->result_loss;
    return MTS_OK;
}
