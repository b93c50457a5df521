/* shape.c: what follows from a config: sizes, layouts, cost, memory. */
#include "internal.h"

#include <math.h>
#include <string.h>

/* Forward passes of the frozen network take up to this many trials at once, more being no faster,
 * and fewer where trials are long or networks large, so that states and inputs stay in the
 * second-level cache. */
enum { FROZEN_MOST = 32, FROZEN_LEAST = 16, FROZEN_FLOATS = 3 << 17 };

/* Numbers that one trial adds to the frozen network and its inputs. What grows with trials is as
 * large with all kernels, and the arena rounds none of it for multiples of 16 trials. */
static double frozen_trial(const mts_run_shape *s)
{
    const size_t T = s->evaluation.T;
    const mts_kernels *any = mts_kernels_at(0);
    const size_t more = mts_net_memory(&s->net, any, T, FROZEN_MOST, false) -
                        mts_net_memory(&s->net, any, T, FROZEN_LEAST, false);
    return (double)(T * s->I) + (double)more / ((FROZEN_MOST - FROZEN_LEAST) * sizeof(mts_real));
}

mts_run_shape mts_run_shape_of(const mts_config *config)
{
    static const mts_act encoder_act[] = {[MTS_ENCODER_relu] = MTS_ACT_RELU,
                                          [MTS_ENCODER_quadratic] = MTS_ACT_SQUARE,
                                          [MTS_ENCODER_none] = MTS_ACT_NONE};
    mts_run_shape s = {.timing = mts_task_timing(config),
                       .D = (size_t)config->latents,
                       .N = (size_t)config->units,
                       .K = (size_t)config->tasks};
    static const mts_init recurrent_init[] = {[MTS_RECURRENT_INIT_uniform] = MTS_INIT_UNIFORM,
                                              [MTS_RECURRENT_INIT_sparse] = MTS_INIT_SPARSE,
                                              [MTS_RECURRENT_INIT_orthogonal] =
                                                  MTS_INIT_ORTHOGONAL};
    const mts_config evaluation = mts_task_evaluation(config);
    bool encoded = config->encoder != MTS_ENCODER_none;
    s.evaluation = mts_task_timing(&evaluation);
    s.F = encoded ? (size_t)config->encoder_features : s.D;
    s.I = s.timing.channels + s.F;
    s.features = config->probe_on == MTS_PROBE_ON_features;
    s.probed = s.features ? s.F : s.N;
    s.input_noise = config->noise_at == MTS_NOISE_AT_encoder ? config->encoder_noise : 0;
    s.net = (mts_net_spec){.arch = mts_arch_names[config->arch],
                           .I = s.I,
                           .N = s.N,
                           .K = s.K,
                           .act = config->activation == MTS_ACTIVATION_tanh ? MTS_ACT_TANH
                                                                            : MTS_ACT_RELU,
                           .alpha = config->dt / config->tau,
                           .recurrent_init = recurrent_init[config->recurrent_init],
                           .noise = config->network_noise,
                           .blocks = (size_t)config->blocks,
                           .heads = (size_t)config->heads,
                           .mlp = (size_t)config->mlp,
                           .dropout = config->dropout,
                           .loss = mts_task_loss(config),
                           .bound = config->bound};
    s.encoder = (mts_encoder_spec){.D = s.D,
                                   .H = (size_t)config->encoder_hidden,
                                   .F = s.F,
                                   .act = encoder_act[config->encoder]};
    s.probe = (mts_probe_spec){.folds = config->folds,
                               .fits = (size_t)config->probe_fits,
                               .batches = config->probe_batches > 0 ? (size_t)config->probe_batches
                                                                    : mts_probe_batches(s.K),
                               .test_trials = (size_t)config->probe_trials,
                               .learning_rate = config->probe_learning_rate};
    size_t fit = (size_t)(FROZEN_FLOATS / frozen_trial(&s)) / FROZEN_LEAST * FROZEN_LEAST;
    s.frozen_B = fit > FROZEN_MOST ? FROZEN_MOST : fit < FROZEN_LEAST ? FROZEN_LEAST : fit;
    return s;
}

mts_status mts_run_layouts(const mts_config *config, mts_layout *net, mts_layout *encoder)
{
    mts_run_shape shape = mts_run_shape_of(config);
    mts_encoder_layout(&shape.encoder, encoder);
    return mts_net_layout(&shape.net, net);
}

static void widen(mts_extents *extents, mts_axis axis, size_t n)
{
    if (extents->n[axis] < n)
        extents->n[axis] = n;
    if (extents->n[axis] == 0)
        extents->n[axis] = 1;
}

void mts_run_extents(const mts_config *config, mts_extents *extents)
{
    mts_run_shape s = mts_run_shape_of(config);
    mts_layout net = {0}, encoder = {0};
    (void)mts_run_layouts(config, &net, &encoder); /* fails for an unknown arch only */
    size_t steps[] = {[MTS_TRACE_all] = s.evaluation.T, [MTS_TRACE_last] = 1, [MTS_TRACE_none] = 0};
    widen(extents, MTS_AXIS_split, MTS_N_SPLITS);
    widen(extents, MTS_AXIS_fold, mts_probe_folds(config->folds, s.D));
    widen(extents, MTS_AXIS_fit, (size_t)config->probe_fits);
    widen(extents, MTS_AXIS_pair, s.D * (s.D - 1) / 2);
    widen(extents, MTS_AXIS_point, (size_t)config->history_points);
    widen(extents, MTS_AXIS_trial, mts_run_trial_count(config));
    widen(extents, MTS_AXIS_step, steps[config->trace]);
    widen(extents, MTS_AXIS_stimulus_step, s.evaluation.stimulus);
    widen(extents, MTS_AXIS_unit, s.N);
    widen(extents, MTS_AXIS_task, s.K);
    widen(extents, MTS_AXIS_latent, s.D);
    widen(extents, MTS_AXIS_parameter, net.total);
    widen(extents, MTS_AXIS_encoder_parameter, encoder.total);
    mts_run_measure_extents(config, extents);
}

/* ---- cost ---- */

double mts_run_cost_batch(const mts_run_shape *s, size_t B)
{
    double trial = (double)s->timing.T * mts_net_flops(&s->net, s->timing.T, true) +
                   (double)s->timing.stimulus * mts_encoder_flops(&s->encoder);
    return (double)B * trial;
}

static double encode(const mts_run_shape *s)
{
    return (double)s->evaluation.stimulus * mts_encoder_flops(&s->encoder);
}

double mts_run_cost_trial(const mts_run_shape *s)
{
    const size_t T = s->evaluation.T;
    return (double)T * mts_net_flops(&s->net, T, false) + encode(s);
}

double mts_run_cost_draw(const mts_run_shape *s)
{
    double n = (double)(s->features ? s->F : s->N) + 1;
    double net = s->features ? 0 : mts_net_flops_last(&s->net, s->evaluation.T);
    return encode(s) + net + 4 * n * n; /* the Gram matrix, in double */
}

double mts_run_cost(const mts_config *config)
{
    mts_run_shape s = mts_run_shape_of(config);
    return (double)config->batches * mts_run_cost_batch(&s, (size_t)config->batch) +
           mts_probe_draws(&s.probe, s.D) * mts_run_cost_draw(&s) +
           (double)mts_run_trial_count(config) * mts_run_cost_trial(&s) +
           mts_run_measure_cost(config, &s);
}

/* ---- memory ---- */

/* Bytes of a batch of the config's trials, its input, and the encoder. */
static double feed_memory(const mts_run_shape *s, const mts_kernels *kernels,
                          const mts_config *config, size_t B)
{
    const mts_timing timing = mts_task_timing(config);
    double inputs = (double)(timing.T * B * s->I);
    return mts_batch_memory(config, B) + (s->input_noise > 0 ? 3 : 1) * inputs * sizeof(mts_real) +
           (double)mts_encoder_memory(&s->encoder, kernels, timing.stimulus * B);
}

/* The kernels of the config, or any where this machine has none of these. */
static const mts_kernels *kernels_of(const mts_config *config)
{
    const char *name = mts_choice_name(mts_field_find("kernels"), config->kernels);
    const mts_kernels *kernels;
    return mts_kernels_find(name, &kernels) == MTS_OK ? kernels : mts_kernels_at(0);
}

double mts_run_memory(const mts_config *config)
{
    const mts_kernels *kernels = kernels_of(config);
    mts_run_shape s = mts_run_shape_of(config);
    mts_layout net = {0}, encoder = {0};
    if (mts_run_layouts(config, &net, &encoder) != MTS_OK)
        return 0;
    const mts_config evaluation = mts_task_evaluation(config);
    const size_t B = (size_t)config->batch;
    double P = (double)net.total, E = (double)encoder.total;
    double numbers = 4 * P + E + (double)(s.frozen_B * s.K);
    double feeds =
        feed_memory(&s, kernels, config, B) + feed_memory(&s, kernels, &evaluation, s.frozen_B);
    size_t nets = mts_net_memory(&s.net, kernels, s.timing.T, B, true) +
                  mts_net_memory(&s.net, kernels, s.evaluation.T, s.frozen_B, false);
    double trials = (double)mts_run_trial_count(config) * (double)s.D *
                    (1 + (double)s.evaluation.stimulus) * sizeof(mts_real);
    double probe = mts_probe_memory(&s.probe, s.probed, s.D);
    double measure = mts_run_measure_memory(config, &s);
    return numbers * sizeof(mts_real) + feeds + (double)nets + fmax(fmax(probe, trials), measure);
}
