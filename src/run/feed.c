/* feed.c: from observations to the inputs of a network. */
#include "feed.h"

#include <string.h>

static void take_all(const mts_run_shape *shape, size_t T, size_t B, mts_feed *feed,
                     mts_arena *arena)
{
    const size_t n = T * B * shape->I;
    feed->x = mts_take(arena, n, sizeof *feed->x);
    feed->zero = mts_take(arena, shape->D, sizeof *feed->zero);
    feed->silence = mts_take(arena, shape->F, sizeof *feed->silence);
    if (shape->input_noise > 0) {
        feed->exact = mts_take(arena, n, sizeof *feed->exact);
        feed->draw = mts_take(arena, n, sizeof *feed->draw);
    }
}

double mts_run_feed_memory(const mts_run_shape *shape, const mts_config *trials, size_t B)
{
    const mts_timing timing = mts_task_timing(trials);
    mts_arena arena = {0};
    take_all(shape, timing.T, B, &(mts_feed){0}, &arena);
    return (double)arena.used + (double)mts_batch_memory(trials, B) +
           (double)mts_encoder_memory(&shape->encoder, shape->kernels, timing.stimulus * B);
}

/* The channels of the batch, into inputs x[T][B][I]. */
static void copy_channels(const mts_feed *feed, mts_real *x)
{
    const size_t rows = feed->batch->T * feed->batch->B, C = feed->batch->C;
    for (size_t i = 0; i < rows; i++)
        memcpy(x + i * feed->I, feed->batch->channel + i * C, C * sizeof *x);
}

/* What is the same for all trials. */
static void write_constant(mts_feed *feed)
{
    const mts_timing *timing = &feed->timing;
    const size_t B = feed->batch->B, C = feed->batch->C, I = feed->I;
    mts_real *constant = feed->exact ? feed->exact : feed->x;
    mts_encoder_apply(feed->encoder, 1, feed->zero, feed->silence, feed->F);
    copy_channels(feed, constant);
    for (size_t t = 0; t < timing->T; t++)
        for (size_t b = 0; b < B; b++)
            if (t < timing->stimulus_first || t >= timing->stimulus_first + timing->stimulus)
                memcpy(constant + (t * B + b) * I + C, feed->silence,
                       feed->F * sizeof *feed->silence);
}

mts_status mts_run_feed_create(const mts_run_shape *shape, const mts_timing *timing,
                               const mts_task *task, const mts_real *encoder_theta, size_t B,
                               mts_feed *feed)
{
    const mts_kernels *kernels = shape->kernels;
    mts_status st;
    *feed = (mts_feed){.kernels = kernels,
                       .noise = (mts_real)shape->input_noise,
                       .I = shape->I,
                       .F = shape->F,
                       .timing = *timing};
    take_all(shape, timing->T, B, feed, &feed->arena);
    if ((st = mts_arena_open(&feed->arena)) != MTS_OK ||
        (st = mts_batch_create(task, B, &feed->batch)) != MTS_OK ||
        (st = mts_encoder_create(&shape->encoder, kernels, encoder_theta, timing->stimulus * B,
                                 &feed->encoder)) != MTS_OK) {
        mts_run_feed_free(feed);
        return st;
    }
    take_all(shape, timing->T, B, feed, &feed->arena);
    write_constant(feed);
    return MTS_OK;
}

void mts_run_feed_free(mts_feed *feed)
{
    mts_batch_destroy(feed->batch);
    mts_encoder_destroy(feed->encoder);
    mts_arena_close(&feed->arena);
    *feed = (mts_feed){0};
}

void mts_run_feed_encode(mts_feed *feed)
{
    const mts_batch *batch = feed->batch;
    mts_real *x = feed->exact ? feed->exact : feed->x;
    if (batch->cued)
        copy_channels(feed, x);
    mts_encoder_apply(feed->encoder, batch->S * batch->B, batch->obs,
                      x + feed->timing.stimulus_first * batch->B * feed->I + batch->C, feed->I);
    if (feed->exact)
        memcpy(feed->x, feed->exact, batch->T * batch->B * feed->I * sizeof *x);
}

void mts_run_feed_noise(mts_feed *feed, mts_stream noise, uint64_t first, size_t n)
{
    const size_t B = feed->batch->B, I = feed->I;
    if (!feed->draw)
        return;
    feed->kernels->normal(noise, first, n, feed->batch->T * I, feed->draw);
    for (size_t t = 0; t < feed->batch->T; t++)
        for (size_t b = 0; b < n; b++)
            for (size_t i = 0; i < I; i++)
                feed->x[(t * B + b) * I + i] += feed->noise * feed->draw[(t * I + i) * n + b];
}
