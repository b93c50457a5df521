/* trainer.c: the training step. */
#include "internal.h"

#include <math.h>
#include <string.h>

const char *const mts_part_name[MTS_N_PARTS] = {
    "data", "encoder", "forward", "readout_loss", "backward", "weight_gradients", "adam"};

/* The channels of the batch, into inputs x[T][B][I]. */
static void copy_channels(const mts_feed *feed, mts_real *x)
{
    const size_t rows = feed->batch->T * feed->batch->B, C = feed->batch->C;
    for (size_t i = 0; i < rows; i++)
        memcpy(x + i * feed->I, feed->batch->channel + i * C, C * sizeof *x);
}

mts_status mts_run_feed_create(const mts_run_shape *shape, const mts_timing *timing,
                               const mts_task *task, const mts_kernels *kernels,
                               const mts_real *encoder_theta, size_t B, mts_feed *feed)
{
    const size_t S = timing->stimulus, C = timing->channels, F = shape->F, I = shape->I;
    const size_t n = timing->T * B * I;
    mts_real *zero = NULL, *constant;
    *feed = (mts_feed){
        .kernels = kernels, .noise = (mts_real)shape->input_noise, .I = I, .timing = *timing};
    mts_status st = mts_batch_create(task, B, &feed->batch);
    if (st == MTS_OK)
        st = mts_encoder_create(&shape->encoder, kernels, encoder_theta, S * B, &feed->encoder);
    if (st != MTS_OK)
        goto fail;
    st = MTS_ERR_MEMORY;
    feed->x = mts_alloc(n, sizeof *feed->x);
    zero = mts_alloc(shape->D + F, sizeof *zero); /* an observation, and f of it */
    if (!feed->x || !zero)
        goto fail;
    if (feed->noise > 0) {
        feed->exact = mts_alloc(n, sizeof *feed->exact);
        feed->draw = mts_alloc(n, sizeof *feed->draw);
        if (!feed->exact || !feed->draw)
            goto fail;
    }

    constant = feed->exact ? feed->exact : feed->x;
    mts_encoder_apply(feed->encoder, 1, zero, zero + shape->D, F);
    copy_channels(feed, constant);
    for (size_t t = 0; t < timing->T; t++)
        for (size_t b = 0; b < B; b++)
            if (t < timing->stimulus_first || t >= timing->stimulus_first + S)
                memcpy(constant + (t * B + b) * I + C, zero + shape->D, F * sizeof *zero);
    mts_free(zero);
    return MTS_OK;

fail:
    mts_free(zero);
    mts_run_feed_free(feed);
    return st;
}

void mts_run_feed_free(mts_feed *feed)
{
    mts_batch_destroy(feed->batch);
    mts_encoder_destroy(feed->encoder);
    mts_free(feed->x);
    mts_free(feed->exact);
    mts_free(feed->draw);
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

mts_status mts_trainer_create(const mts_config *config, const mts_kernels *kernels,
                              mts_trainer **trainer)
{
    *trainer = NULL;
    mts_trainer *t = mts_alloc(1, sizeof *t);
    if (!t)
        return MTS_ERR_MEMORY;
    t->config = *config;
    t->shape = mts_run_shape_of(config);
    t->identity = mts_config_identity(config);
    t->kernels = kernels;

    const size_t B = (size_t)config->batch;
    mts_layout net, encoder;
    mts_status st = mts_run_layouts(config, &net, &encoder);
    if (st != MTS_OK)
        goto fail;
    st = MTS_ERR_MEMORY;
    t->P = net.total;
    t->theta = mts_alloc(net.total, sizeof *t->theta);
    t->gradient = mts_alloc(net.total, sizeof *t->gradient);
    t->encoder_theta = mts_alloc(encoder.total, sizeof *t->encoder_theta);
    if (!t->theta || !t->gradient || !t->encoder_theta)
        goto fail;
    if ((st = mts_layout_init(&net, (mts_stream){t->identity, MTS_FOR_INIT}, t->theta)) != MTS_OK ||
        (st = mts_layout_init(&encoder, (mts_stream){t->identity, MTS_FOR_ENCODER},
                              t->encoder_theta)) != MTS_OK ||
        (st = mts_task_create(config, t->identity, kernels, &t->task)) != MTS_OK ||
        (st = mts_run_feed_create(&t->shape, &t->shape.timing, t->task, kernels, t->encoder_theta,
                                  B, &t->feed)) != MTS_OK ||
        (st = mts_net_create(&t->shape.net, kernels, t->shape.timing.T, B, true, &t->net)) !=
            MTS_OK ||
        (st = mts_adam_create(net.total, config->learning_rate, kernels, &t->adam)) != MTS_OK)
        goto fail;
    *trainer = t;
    return MTS_OK;

fail:
    mts_trainer_destroy(t);
    return st;
}

void mts_trainer_destroy(mts_trainer *trainer)
{
    if (!trainer)
        return;
    mts_adam_destroy(trainer->adam);
    mts_net_destroy(trainer->net);
    mts_run_feed_free(&trainer->feed);
    mts_task_destroy(trainer->task);
    mts_free(trainer->encoder_theta);
    mts_free(trainer->theta);
    mts_free(trainer->gradient);
    mts_free(trainer);
}

/* Adds the time since *then to a part. */
static void lap(double (*clock)(void), double *then, double *part)
{
    if (!clock)
        return;
    double now = clock();
    *part += now - *then;
    *then = now;
}

double mts_trainer_step(mts_trainer *t, size_t *correct, double (*clock)(void),
                        double *part_seconds)
{
    double none[MTS_N_PARTS] = {0}, *part = part_seconds ? part_seconds : none;
    double then = clock ? clock() : 0;
    mts_batch *batch = t->feed.batch;
    const mts_net_trials trials = {.noise = {t->identity, MTS_FOR_NETWORK_NOISE},
                                   .first = t->batch * batch->B,
                                   .training = true};
    mts_task_draw(t->task, (mts_stream){t->identity, MTS_FOR_LATENT},
                  (mts_stream){t->identity, MTS_FOR_NOISE}, t->batch * batch->B, NULL, batch);
    t->batch++;
    lap(clock, &then, &part[MTS_PART_DATA]);
    mts_run_feed_encode(&t->feed);
    mts_run_feed_noise(&t->feed, (mts_stream){t->identity, MTS_FOR_ENCODER_NOISE}, trials.first,
                       batch->B);
    lap(clock, &then, &part[MTS_PART_ENCODER]);
    mts_net_pack(t->net, t->theta);
    mts_net_set_trials(t->net, &trials);
    mts_net_forward(t->net, batch->T, batch->B, t->feed.x);
    lap(clock, &then, &part[MTS_PART_FORWARD]);
    double loss = mts_net_loss(t->net, batch->target, batch->weight, batch->asked,
                               t->shape.timing.decision_first, correct);
    lap(clock, &then, &part[MTS_PART_LOSS]);
    if (!isfinite(loss))
        return loss;
    mts_net_backward(t->net, NULL);
    lap(clock, &then, &part[MTS_PART_BACKWARD]);
    memset(t->gradient, 0, t->P * sizeof *t->gradient);
    mts_net_gradient(t->net, t->gradient);
    lap(clock, &then, &part[MTS_PART_GRADIENT]);
    mts_adam_update(t->adam, t->theta, t->gradient);
    lap(clock, &then, &part[MTS_PART_ADAM]);
    return loss;
}

size_t mts_trainer_size(const mts_trainer *trainer)
{
    return trainer->P;
}

const mts_real *mts_trainer_parameters(const mts_trainer *trainer)
{
    return trainer->theta;
}

const mts_real *mts_trainer_gradient(const mts_trainer *trainer)
{
    return trainer->gradient;
}

void mts_trainer_flops(const mts_trainer *trainer, double part_flops[MTS_N_PARTS])
{
    const mts_run_shape *shape = &trainer->shape;
    double B = (double)trainer->config.batch, rows = B * (double)shape->timing.T;
    mts_net_work work = mts_net_flops_by_call(&shape->net, shape->timing.T);
    for (size_t i = 0; i < MTS_N_PARTS; i++)
        part_flops[i] = 0;
    part_flops[MTS_PART_ENCODER] =
        mts_encoder_flops(&shape->encoder) * B * (double)shape->timing.stimulus;
    part_flops[MTS_PART_FORWARD] = work.forward * rows;
    part_flops[MTS_PART_LOSS] = work.loss * rows;
    part_flops[MTS_PART_BACKWARD] = work.backward * rows;
    part_flops[MTS_PART_GRADIENT] = work.gradient * rows;
}
