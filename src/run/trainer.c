/* trainer.c: the training step. */
#include "trainer.h"

#include <math.h>
#include <string.h>

/* ---- life ---- */

/* What the arena holds. */
typedef struct pieces {
    mts_trainer *trainer;
    mts_real *theta, *gradient, *encoder_theta;
} pieces;

static void take_all(size_t P, size_t encoder_P, pieces *p, mts_arena *arena)
{
    p->trainer = mts_take(arena, 1, sizeof *p->trainer);
    p->theta = mts_take(arena, P, sizeof *p->theta);
    p->gradient = mts_take(arena, P, sizeof *p->gradient);
    p->encoder_theta = mts_take(arena, encoder_P, sizeof *p->encoder_theta);
}

double mts_run_trainer_memory(const mts_run_shape *shape)
{
    const size_t B = (size_t)shape->config.batch;
    mts_layout net, encoder;
    mts_arena arena = {0};
    if (mts_run_shape_layouts(shape, &net, &encoder) != MTS_OK)
        return 0;
    take_all(net.total, encoder.total, &(pieces){0}, &arena);
    return (double)arena.used + mts_run_feed_memory(shape, &shape->config, B) +
           (double)mts_net_memory(&shape->net, shape->kernels, shape->timing.T, B, true) +
           (double)mts_adam_memory(net.total);
}

mts_status mts_trainer_create(const mts_config *config, const mts_kernels *kernels,
                              mts_trainer **trainer)
{
    const uint64_t identity = mts_config_identity(config);
    const size_t B = (size_t)config->batch;
    mts_layout net, encoder;
    mts_arena arena = {0};
    pieces p;
    *trainer = NULL;
    mts_status st = mts_run_layouts(config, &net, &encoder);
    if (st != MTS_OK)
        return st;
    take_all(net.total, encoder.total, &p, &arena);
    if ((st = mts_arena_open(&arena)) != MTS_OK)
        return st;
    take_all(net.total, encoder.total, &p, &arena);
    mts_trainer *t = p.trainer;
    *t = (mts_trainer){.shape = mts_run_shape_of(config),
                       .identity = identity,
                       .arena = arena,
                       .encoder_theta = p.encoder_theta,
                       .P = net.total,
                       .theta = p.theta,
                       .gradient = p.gradient};
    t->shape.kernels = kernels;
    const mts_timing *timing = &t->shape.timing;
    if ((st = mts_layout_init(&net, (mts_stream){identity, MTS_FOR_INIT}, t->theta)) != MTS_OK ||
        (st = mts_layout_init(&encoder, (mts_stream){identity, MTS_FOR_ENCODER},
                              t->encoder_theta)) != MTS_OK ||
        (st = mts_task_create(config, identity, kernels, &t->task)) != MTS_OK ||
        (st = mts_run_feed_create(&t->shape, timing, t->task, t->encoder_theta, B, &t->feed)) !=
            MTS_OK ||
        (st = mts_net_create(&t->shape.net, kernels, timing->T, B, true, &t->net)) != MTS_OK ||
        (st = mts_adam_create(net.total, config->learning_rate, kernels, &t->adam)) != MTS_OK) {
        mts_trainer_destroy(t);
        return st;
    }
    *trainer = t;
    return MTS_OK;
}

void mts_trainer_destroy(mts_trainer *trainer)
{
    if (!trainer)
        return;
    mts_adam_destroy(trainer->adam);
    mts_net_destroy(trainer->net);
    mts_run_feed_free(&trainer->feed);
    mts_task_destroy(trainer->task);
    mts_arena arena = trainer->arena; /* which holds the struct itself */
    mts_arena_close(&arena);
}

/* ---- one step, part by part ---- */

/* What the parts hand on. */
typedef struct step {
    uint64_t first; /* trial of the batch */
    size_t *correct;
    double loss;
} step;

static void draw(mts_trainer *t, step *s)
{
    mts_task_draw(t->task, (mts_stream){t->identity, MTS_FOR_LATENT},
                  (mts_stream){t->identity, MTS_FOR_NOISE}, s->first, NULL, t->feed.batch);
    t->batch++;
}

static void encode(mts_trainer *t, step *s)
{
    mts_run_feed_encode(&t->feed);
    mts_run_feed_noise(&t->feed, (mts_stream){t->identity, MTS_FOR_ENCODER_NOISE}, s->first,
                       t->feed.batch->B);
}

static void forward(mts_trainer *t, step *s)
{
    const mts_net_trials trials = {
        .noise = {t->identity, MTS_FOR_NETWORK_NOISE}, .first = s->first, .training = true};
    mts_net_pack(t->net, t->theta);
    mts_net_set_trials(t->net, &trials);
    mts_net_forward(t->net, t->feed.batch->T, t->feed.batch->B, t->feed.x);
}

static void loss(mts_trainer *t, step *s)
{
    const mts_batch *batch = t->feed.batch;
    s->loss = mts_net_loss(t->net, batch->target, batch->weight, batch->asked,
                           t->shape.timing.decision_first, s->correct);
}

static void backward(mts_trainer *t, step *s)
{
    (void)s;
    mts_net_backward(t->net, NULL);
}

static void gradient(mts_trainer *t, step *s)
{
    (void)s;
    memset(t->gradient, 0, t->P * sizeof *t->gradient);
    mts_net_gradient(t->net, t->gradient);
}

static void adam(mts_trainer *t, step *s)
{
    (void)s;
    mts_adam_update(t->adam, t->theta, t->gradient);
}

#define PART_NAME(id, name) name,
const char *const mts_part_name[MTS_N_PARTS] = {MTS_PARTS(PART_NAME)};

double mts_trainer_step(mts_trainer *t, size_t *correct, double (*clock)(void),
                        double *part_seconds)
{
    static void (*const run[MTS_N_PARTS])(mts_trainer *, step *) = {
        [MTS_PART_DATA] = draw, [MTS_PART_ENCODER] = encode,    [MTS_PART_FORWARD] = forward,
        [MTS_PART_LOSS] = loss, [MTS_PART_BACKWARD] = backward, [MTS_PART_GRADIENT] = gradient,
        [MTS_PART_ADAM] = adam};
    step s = {.first = t->batch * t->feed.batch->B, .correct = correct};
    double then = clock ? clock() : 0;
    for (size_t i = 0; i < MTS_N_PARTS && isfinite(s.loss); i++) {
        run[i](t, &s);
        if (clock) {
            double now = clock();
            part_seconds[i] += now - then;
            then = now;
        }
    }
    return s.loss;
}

/* ---- what is known of it ---- */

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

void mts_trainer_set_parameters(mts_trainer *trainer, const mts_real *theta)
{
    memcpy(trainer->theta, theta, trainer->P * sizeof *theta);
}

double mts_trainer_alive(const mts_trainer *trainer)
{
    const size_t T = trainer->shape.timing.T, B = (size_t)trainer->shape.config.batch;
    const size_t N = trainer->shape.N;
    const mts_real *h = mts_net_hidden(trainer->net);
    size_t alive = 0;
    for (size_t t = 0; t < T; t++)
        for (size_t j = 0; j < N; j++) {
            bool any = false;
            for (size_t b = 0; b < B; b++)
                any = any || h[(t * B + b) * N + j] != 0;
            alive += any;
        }
    return (double)alive / (double)(T * N);
}

void mts_trainer_flops(const mts_trainer *trainer, double part_flops[MTS_N_PARTS])
{
    const mts_run_shape *shape = &trainer->shape;
    double B = (double)shape->config.batch, rows = B * (double)shape->timing.T;
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
