/* training.c: batch after batch, with the training curves. */
#include "training.h"

#include <assert.h>
#include <math.h>

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

/* Decisions in a batch. */
static double decisions(const mts_trainer *trainer)
{
    const mts_timing *timing = &trainer->shape.timing;
    return (double)trainer->shape.config.batch * (double)trainer->feed.batch->n_asked *
           (double)(timing->T - timing->decision_first);
}

/* Point p of the curves, after this many batches; false if the gradient is not finite, as the update
 * made of it is not then. */
static bool put_point(const mts_trainer *trainer, size_t p, size_t batches, const interval *sum,
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

mts_status mts_run_train(mts_trainer *trainer, mts_progress *progress, mts_result *result)
{
    const mts_config *config = &trainer->shape.config;
    const size_t batches = (size_t)config->batches;
    const size_t points = mts_run_least(batches, (size_t)config->history_points);
    const size_t tail = batches - (batches + 9) / 10; /* first batch of the last tenth */
    const double work = mts_run_cost_batch(&trainer->shape);
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
            if (!put_point(trainer, p++, batch + 1, &point, result))
                return diverged(result, batch + 1);
            point = (interval){0};
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
        *result->result_accuracy = end.correct / (end.batches * decisions(trainer));
    }
    return MTS_OK;
}
