/* frozen.c: the trained network on fresh trials: as the source of the decoder protocol, and on the
 * evaluation trials. */
#include "internal.h"

#include <assert.h>
#include <string.h>

mts_status mts_run_frozen_create(const mts_trainer *trainer, mts_progress *progress,
                                 mts_frozen *frozen)
{
    const mts_run_shape *shape = &trainer->shape;
    const mts_config evaluation = mts_task_evaluation(&trainer->config);
    const size_t B = shape->frozen_B;
    *frozen = (mts_frozen){.trainer = trainer, .progress = progress};
    mts_status st =
        mts_task_create(&evaluation, trainer->identity, trainer->kernels, &frozen->task);
    if (st == MTS_OK)
        st = mts_run_feed_create(shape, &shape->evaluation, frozen->task, trainer->kernels,
                                 trainer->encoder_theta, B, &frozen->feed);
    if (st == MTS_OK)
        st = mts_net_create(&shape->net, trainer->kernels, shape->evaluation.T, B, false,
                            &frozen->net);
    if (st == MTS_OK && !(frozen->z = mts_alloc(B * shape->K, sizeof *frozen->z)))
        st = MTS_ERR_MEMORY;
    if (st == MTS_OK)
        mts_net_pack(frozen->net, trainer->theta);
    else
        mts_run_frozen_free(frozen);
    return st;
}

void mts_run_frozen_free(mts_frozen *frozen)
{
    mts_run_feed_free(&frozen->feed);
    mts_task_destroy(frozen->task);
    mts_net_destroy(frozen->net);
    mts_free(frozen->z);
    *frozen = (mts_frozen){0};
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

/* ---- decoders ---- */

/* The encoder's features of the first n trials, averaged over the stimulus, mean[n][F]. */
static void features(mts_frozen *frozen, const mts_run_streams *random, size_t n, mts_real *mean)
{
    const mts_feed *feed = &frozen->feed;
    const size_t B = feed->batch->B, S = feed->batch->S, I = feed->I;
    const size_t F = frozen->trainer->shape.F;
    mts_run_frozen_feed(frozen, random);
    for (size_t b = 0; b < n; b++)
        for (size_t f = 0; f < F; f++) {
            const mts_real *x = feed->x + (feed->timing.stimulus_first * B + b) * I + (I - F) + f;
            double sum = 0;
            for (size_t s = 0; s < S; s++)
                sum += (double)x[s * B * I];
            mean[b * F + f] = (mts_real)(sum / (double)S);
        }
}

static mts_status draw(void *ctx, uint32_t sequence, uint64_t first, size_t n,
                       const mts_region *region, mts_real *h, mts_real *x)
{
    mts_frozen *frozen = ctx;
    const mts_trainer *trainer = frozen->trainer;
    mts_batch *batch = frozen->feed.batch;
    const size_t B = batch->B, D = batch->D, N = trainer->shape.probed;
    const mts_stream latent = {trainer->identity, MTS_FOR_PROBE_LATENT | sequence << 8};
    const mts_stream noise = {trainer->identity, MTS_FOR_PROBE_NOISE | sequence << 8};
    /* A batch has B trials always; those beyond n are drawn in vain. */
    for (size_t done = 0; done < n; done += B) {
        size_t take = n - done < B ? n - done : B;
        mts_run_streams random = {
            .inputs = {trainer->identity, MTS_FOR_PROBE_ENCODER_NOISE | sequence << 8},
            .network = {trainer->identity, MTS_FOR_PROBE_NETWORK_NOISE | sequence << 8},
            .first = first + done,
            .noisy = take};
        mts_task_draw(frozen->task, latent, noise, first + done, region, batch);
        if (trainer->shape.features)
            features(frozen, &random, take, h + done * N);
        else
            memcpy(h + done * N, mts_run_frozen_last(frozen, &random), take * N * sizeof *h);
        memcpy(x + done * D, batch->latent, take * D * sizeof *x);
        mts_status st =
            mts_run_advance(frozen->progress, (double)take * mts_run_cost_draw(&trainer->shape));
        if (st != MTS_OK)
            return st;
    }
    return MTS_OK;
}

mts_status mts_run_probe(mts_frozen *frozen, mts_result *result)
{
    const mts_trainer *trainer = frozen->trainer;
    mts_probe_spec spec = trainer->shape.probe;
    mts_probe_source source = {frozen, trainer->shape.probed, trainer->shape.D, draw};
    spec.identity = trainer->identity;
    return mts_probe(&spec, &source, trainer->kernels, result);
}

/* ---- evaluation trials ---- */

static void copy_row(size_t n, const mts_real *from, float *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (float)from[i];
}

/* Stores the stored steps of the first n trials of the batch, which are `first` ... of the file. */
static void store(mts_frozen *frozen, const mts_real *h, size_t first, size_t n, mts_result *r)
{
    const mts_trainer *trainer = frozen->trainer;
    const size_t *extent = r->extents.n;
    const size_t B = frozen->feed.batch->B, T = frozen->feed.batch->T;
    const size_t N = trainer->shape.N, K = trainer->shape.K;
    const size_t skipped = trainer->config.trace == MTS_TRACE_last ? T - 1 : 0;
    assert(extent[MTS_AXIS_trial] >= first + n && extent[MTS_AXIS_step] >= T - skipped);
    for (size_t t = skipped; t < T; t++) {
        mts_net_readout(frozen->net, B, h + t * B * N, frozen->z);
        for (size_t b = 0; b < n; b++) {
            size_t row = (first + b) * extent[MTS_AXIS_step] + t - skipped;
            copy_row(N, h + (t * B + b) * N, r->trace_hidden + row * extent[MTS_AXIS_unit]);
            copy_row(K, frozen->z + b * K, r->trace_readout + row * extent[MTS_AXIS_task]);
        }
    }
}

mts_status mts_run_trace(mts_frozen *frozen, mts_result *result)
{
    const mts_trainer *trainer = frozen->trainer;
    mts_batch *batch = frozen->feed.batch;
    const size_t B = batch->B, S = batch->S, D = batch->D;
    const size_t trials = mts_run_trial_count(&trainer->config);
    const size_t noisy = (size_t)trainer->config.trace_trials; /* the first ones */
    mts_status st = MTS_ERR_MEMORY;
    mts_real *latent = mts_alloc(trials * D, sizeof *latent);
    mts_real *obs = mts_alloc(trials * S * D, sizeof *obs);
    if (!latent || !obs)
        goto cleanup;
    st = mts_run_trials(&trainer->config, latent, obs);
    for (size_t first = 0; st == MTS_OK && first < trials; first += B) {
        size_t n = trials - first < B ? trials - first : B,
               left = noisy > first ? noisy - first : 0;
        mts_run_streams random = {.inputs = {0, MTS_FOR_TRACE_ENCODER_NOISE},
                                  .network = {trainer->identity, MTS_FOR_TRACE_NETWORK_NOISE},
                                  .first = first,
                                  .noisy = left < n ? left : n};
        mts_task_cue_in_turn(frozen->task, first, batch);
        for (size_t b = 0; b < n; b++)
            for (size_t s = 0; s < S; s++)
                memcpy(batch->obs + (s * B + b) * D, obs + ((first + b) * S + s) * D,
                       D * sizeof *obs);
        store(frozen, mts_run_frozen_states(frozen, &random), first, n, result);
        st = mts_run_advance(frozen->progress, (double)n * mts_run_cost_trial(&trainer->shape));
    }
cleanup:
    mts_free(latent);
    mts_free(obs);
    return st;
}
