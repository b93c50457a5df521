/* shape.c: what follows from a config: sizes, specs, layouts, the work of one trial. */
#include "shape.h"

/* Forward passes of the frozen network take up to this many trials at once, more being no faster,
 * and fewer where trials are long or networks large, so that states and inputs stay in the
 * second-level cache. */
enum { FROZEN_MOST = 32, FROZEN_LEAST = 16, FROZEN_FLOATS = 3 << 17 };

/* Trials of one pass. What grows with trials is as large with all kernels, and the arena rounds none
 * of it for multiples of 16 trials. */
static size_t frozen_trials(const mts_run_shape *s)
{
    const size_t T = s->evaluation.T;
    const size_t more = mts_net_memory(&s->net, s->kernels, T, FROZEN_MOST, false) -
                        mts_net_memory(&s->net, s->kernels, T, FROZEN_LEAST, false);
    double each =
        (double)(T * s->I) + (double)more / ((FROZEN_MOST - FROZEN_LEAST) * sizeof(mts_real));
    size_t fit = (size_t)(FROZEN_FLOATS / each) / FROZEN_LEAST * FROZEN_LEAST;
    return fit > FROZEN_MOST ? FROZEN_MOST : fit < FROZEN_LEAST ? FROZEN_LEAST : fit;
}

static mts_net_spec net_of(const mts_config *config, const mts_run_shape *s)
{
    static const mts_init recurrent_init[] = {[MTS_RECURRENT_INIT_uniform] = MTS_INIT_UNIFORM,
                                              [MTS_RECURRENT_INIT_sparse] = MTS_INIT_SPARSE,
                                              [MTS_RECURRENT_INIT_orthogonal] =
                                                  MTS_INIT_ORTHOGONAL};
    return (mts_net_spec){.arch = mts_arch_names[config->arch],
                          .I = s->I,
                          .N = s->N,
                          .K = s->K,
                          .act = config->activation == MTS_ACTIVATION_tanh ? MTS_ACT_TANH
                                                                           : MTS_ACT_RELU,
                          .alpha = config->dt / config->tau,
                          .recurrent_init = recurrent_init[config->recurrent_init],
                          .noise = config->network_noise,
                          .noise_group = config->network_noise_shared ? (size_t)config->batch : 1,
                          .blocks = (size_t)config->blocks,
                          .heads = (size_t)config->heads,
                          .mlp = (size_t)config->mlp,
                          .dropout = config->dropout,
                          .loss = mts_task_loss(config),
                          .bound = config->bound};
}

static mts_encoder_spec encoder_of(const mts_config *config, const mts_run_shape *s)
{
    static const mts_act act[] = {[MTS_ENCODER_relu] = MTS_ACT_RELU,
                                  [MTS_ENCODER_quadratic] = MTS_ACT_SQUARE,
                                  [MTS_ENCODER_none] = MTS_ACT_NONE};
    return (mts_encoder_spec){
        .D = s->D, .H = (size_t)config->encoder_hidden, .F = s->F, .act = act[config->encoder]};
}

static mts_probe_spec probe_of(const mts_config *config, size_t K)
{
    const size_t batches = (size_t)config->probe_batches;
    return (mts_probe_spec){.folds = config->folds,
                            .fits = (size_t)config->probe_fits,
                            .batches = batches > 0 ? batches : mts_probe_batches(K),
                            .test_trials = (size_t)config->probe_trials,
                            .learning_rate = config->probe_learning_rate};
}

static const mts_kernels *kernels_of(const mts_config *config)
{
    const char *name = mts_choice_name(mts_field_find("kernels"), config->kernels);
    const mts_kernels *kernels;
    return mts_kernels_find(name, &kernels) == MTS_OK ? kernels : mts_kernels_at(0);
}

mts_run_shape mts_run_shape_of(const mts_config *config)
{
    mts_run_shape s = {.config = *config,
                       .trials = mts_task_evaluation(config),
                       .kernels = kernels_of(config),
                       .timing = mts_task_timing(config),
                       .D = (size_t)config->latents,
                       .N = (size_t)config->units,
                       .K = (size_t)config->tasks};
    s.evaluation = mts_task_timing(&s.trials);
    s.F = config->encoder == MTS_ENCODER_none ? s.D : (size_t)config->encoder_features;
    s.I = s.timing.channels + s.F;
    s.features = config->probe_on == MTS_PROBE_ON_features;
    s.probed = s.features ? s.F : s.N;
    s.input_noise = config->noise_at == MTS_NOISE_AT_encoder ? config->encoder_noise : 0;
    s.net = net_of(config, &s);
    s.encoder = encoder_of(config, &s);
    s.probe = probe_of(config, s.K);
    s.frozen_B = frozen_trials(&s);
    return s;
}

mts_status mts_run_shape_layouts(const mts_run_shape *shape, mts_layout *net, mts_layout *encoder)
{
    mts_encoder_layout(&shape->encoder, encoder);
    return mts_net_layout(&shape->net, net);
}

mts_status mts_run_layouts(const mts_config *config, mts_layout *net, mts_layout *encoder)
{
    const mts_run_shape shape = mts_run_shape_of(config);
    return mts_run_shape_layouts(&shape, net, encoder);
}

/* ---- work ---- */

static double encode(const mts_run_shape *s, const mts_timing *timing)
{
    return (double)timing->stimulus * mts_encoder_flops(&s->encoder);
}

double mts_run_cost_batch(const mts_run_shape *s)
{
    const size_t T = s->timing.T;
    double trial = (double)T * mts_net_flops(&s->net, T, true) + encode(s, &s->timing);
    return (double)s->config.batch * trial;
}

double mts_run_cost_trial(const mts_run_shape *s)
{
    const size_t T = s->evaluation.T;
    return (double)T * mts_net_flops(&s->net, T, false) + encode(s, &s->evaluation);
}

double mts_run_cost_draw(const mts_run_shape *s)
{
    double n = (double)s->probed + 1;
    double net = s->features ? 0 : mts_net_flops_last(&s->net, s->evaluation.T);
    return encode(s, &s->evaluation) + net + 4 * n * n; /* the Gram matrix, in double */
}
