/* frozen.c: passes of the trained network. */
#include "frozen.h"

static void take_all(const mts_run_shape *shape, mts_frozen *frozen, mts_arena *arena)
{
    frozen->z = mts_take(arena, shape->frozen_B * shape->K, sizeof *frozen->z);
}

double mts_run_frozen_memory(const mts_run_shape *shape)
{
    const size_t T = shape->evaluation.T, B = shape->frozen_B;
    mts_arena arena = {0};
    take_all(shape, &(mts_frozen){0}, &arena);
    return (double)arena.used + mts_run_feed_memory(shape, &shape->trials, B) +
           (double)mts_net_memory(&shape->net, shape->kernels, T, B, false);
}

mts_status mts_run_frozen_create(const mts_trainer *trainer, mts_progress *progress,
                                 mts_frozen *frozen)
{
    const mts_run_shape *shape = &trainer->shape;
    const size_t B = shape->frozen_B;
    mts_status st;
    *frozen = (mts_frozen){.trainer = trainer, .progress = progress};
    take_all(shape, frozen, &frozen->arena);
    if ((st = mts_arena_open(&frozen->arena)) != MTS_OK ||
        (st = mts_task_create(&shape->trials, trainer->identity, shape->kernels, &frozen->task)) !=
            MTS_OK ||
        (st = mts_run_feed_create(shape, &shape->evaluation, frozen->task, trainer->encoder_theta,
                                  B, &frozen->feed)) != MTS_OK ||
        (st = mts_net_create(&shape->net, shape->kernels, shape->evaluation.T, B, false,
                             &frozen->net)) != MTS_OK) {
        mts_run_frozen_free(frozen);
        return st;
    }
    take_all(shape, frozen, &frozen->arena);
    mts_net_pack(frozen->net, trainer->theta);
    return MTS_OK;
}

void mts_run_frozen_free(mts_frozen *frozen)
{
    mts_run_feed_free(&frozen->feed);
    mts_task_destroy(frozen->task);
    mts_net_destroy(frozen->net);
    mts_arena_close(&frozen->arena);
    *frozen = (mts_frozen){0};
}

mts_stream mts_run_frozen_stream(const mts_frozen *frozen, enum mts_purpose purpose,
                                 uint32_t number)
{
    return (mts_stream){frozen->trainer->identity, (uint32_t)purpose | number << 8};
}

void mts_run_frozen_draw_exact(mts_frozen *frozen, uint32_t number, size_t first)
{
    mts_task_draw(frozen->task, mts_run_frozen_stream(frozen, MTS_FOR_MEASURE_LATENT, number),
                  mts_run_frozen_stream(frozen, MTS_FOR_MEASURE_NOISE, number), first, NULL,
                  frozen->feed.batch);
    mts_task_draw_at(frozen->task, NULL, first, frozen->feed.batch);
}

void mts_run_frozen_feed(mts_frozen *frozen, const mts_run_streams *random)
{
    mts_run_feed_encode(&frozen->feed);
    if (!random) {
        mts_net_set_trials(frozen->net, NULL);
        return;
    }
    const mts_net_trials trials = {.noise = random->network, .first = random->first};
    mts_run_feed_noise(&frozen->feed, random->inputs, random->first, random->noisy);
    mts_net_set_trials(frozen->net, &trials);
}

const mts_real *mts_run_frozen_last(mts_frozen *frozen, const mts_run_streams *random)
{
    const mts_batch *batch = frozen->feed.batch;
    mts_run_frozen_feed(frozen, random);
    return mts_net_forward_last(frozen->net, batch->T, batch->B, frozen->feed.x);
}

const mts_real *mts_run_frozen_states(mts_frozen *frozen, const mts_run_streams *random)
{
    const mts_batch *batch = frozen->feed.batch;
    mts_run_frozen_feed(frozen, random);
    mts_net_forward(frozen->net, batch->T, batch->B, frozen->feed.x);
    return mts_net_hidden(frozen->net);
}

mts_status mts_run_frozen_advance(mts_frozen *frozen, size_t trials)
{
    return mts_run_advance(frozen->progress,
                           (double)trials * mts_run_cost_trial(&frozen->trainer->shape));
}

size_t mts_run_frozen_last_stimulus(const mts_frozen *frozen)
{
    const mts_timing *timing = &frozen->feed.timing;
    return timing->stimulus_first + timing->stimulus - 1;
}
