/* output_probe.c: decoders of the latents, with the frozen network as the source of their trials. */
#include "output.h"

#include <string.h>

/* The encoder's features of the first n trials, averaged over the stimulus, mean[n][F]. */
static void features(mts_frozen *frozen, const mts_run_streams *random, size_t n, mts_real *mean)
{
    const mts_feed *feed = &frozen->feed;
    const size_t B = feed->batch->B, S = feed->batch->S, I = feed->I, F = feed->F;
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

typedef struct drawing {
    mts_frozen *frozen;
    mts_position *at;
} drawing;

static mts_status draw(void *ctx, uint32_t sequence, uint64_t first, size_t n,
                       const mts_region *region, mts_real *h, mts_real *x)
{
    mts_frozen *frozen = ((drawing *)ctx)->frozen;
    const mts_run_shape *shape = &frozen->trainer->shape;
    mts_batch *batch = frozen->feed.batch;
    const size_t B = batch->B, D = batch->D, N = shape->probed;
    /* A batch has B trials always; those beyond n are drawn in vain. */
    for (size_t done = 0; done < n; done += B) {
        size_t take = mts_run_least(B, n - done);
        mts_run_streams random = {
            .inputs = mts_run_frozen_stream(frozen, MTS_FOR_PROBE_ENCODER_NOISE, sequence),
            .network = mts_run_frozen_stream(frozen, MTS_FOR_PROBE_NETWORK_NOISE, sequence),
            .first = first + done,
            .noisy = take};
        mts_task_draw(frozen->task, mts_run_frozen_stream(frozen, MTS_FOR_PROBE_LATENT, sequence),
                      mts_run_frozen_stream(frozen, MTS_FOR_PROBE_NOISE, sequence), first + done,
                      region, batch);
        if (shape->features)
            features(frozen, &random, take, h + done * N);
        else
            memcpy(h + done * N, mts_run_frozen_last(frozen, &random), take * N * sizeof *h);
        memcpy(x + done * D, batch->latent, take * D * sizeof *x);
        mts_status st = mts_run_advance(frozen->progress, (double)take * mts_run_cost_draw(shape));
        if (st != MTS_OK)
            return st;
    }
    return MTS_OK;
}

static void fitted(void *ctx, size_t fits)
{
    mts_position *at = ((drawing *)ctx)->at;
    at->fits = fits;
    mts_run_save(at, false);
}

static mts_status run(mts_frozen *frozen, const mts_visited *visited, mts_position *at)
{
    const mts_trainer *trainer = frozen->trainer;
    mts_probe_spec spec = trainer->shape.probe;
    drawing ctx = {frozen, at};
    const mts_probe_source source = {.ctx = &ctx,
                                     .N = trainer->shape.probed,
                                     .D = trainer->shape.D,
                                     .draw = draw,
                                     .fitted = fitted,
                                     .fits = (size_t)at->fits};
    (void)visited;
    spec.identity = trainer->identity;
    return mts_probe(&spec, &source, trainer->shape.kernels, at->result);
}

static void extents(const mts_run_shape *shape, mts_extents *extents)
{
    mts_run_widen(extents, MTS_AXIS_fit, shape->probe.fits);
}

static double cost(const mts_run_shape *shape)
{
    return mts_probe_draws(&shape->probe, shape->D) * mts_run_cost_draw(shape);
}

static double memory(const mts_run_shape *shape)
{
    return (double)mts_probe_memory(&shape->probe, shape->kernels, shape->probed, shape->D);
}

static const size_t columns[] = {MTS_COL_score_r2,
                                 MTS_COL_score_r2_within,
                                 MTS_COL_score_mse,
                                 MTS_COL_score_angle,
                                 MTS_COL_score_pair_angle,
                                 MTS_COL_score_std_r2,
                                 MTS_COL_score_std_r2_within,
                                 MTS_COL_score_std_mse,
                                 MTS_COL_score_std_angle,
                                 MTS_COL_score_ols_r2,
                                 MTS_COL_score_ols_r2_within,
                                 MTS_COL_score_ols_mse,
                                 MTS_COL_score_ols_angle,
                                 MTS_COL_result_id_r2,
                                 MTS_COL_result_ood_r2,
                                 MTS_COL_result_ood_published_r2,
                                 MTS_COL_result_id_angle,
                                 MTS_COL_result_ood_angle,
                                 MTS_COL_none};

const mts_output mts_output_probe = {.name = "probe",
                                     .columns = columns,
                                     .trials = MTS_NO_TRIALS,
                                     .extents = extents,
                                     .cost = cost,
                                     .memory = memory,
                                     .run = run};
