/* task.c: trials. Draws latents, has the noise kind make observations and the family make targets,
 * and weighs what counts in the loss.
 *
 * Words of an item of the latent stream: 0 .. D-1 are the latents, word D chooses the pattern of
 * the region. Nothing else is read, and word D only where there is a region.
 */
#include "fixed.h"
#include "functions.h"
#include "ideal.h"

#include <assert.h>
#include <math.h>

struct mts_task {
    mts_config config;
    uint64_t identity;
    mts_timing timing;
    const mts_kernels *kernels;
    const mts_family *family;
    const mts_noise *noise;
    const mts_mask *mask;
    void *state; /* of the family */
};

mts_timing mts_task_timing(const mts_config *config)
{
    return mts_family_at(config->family)->timing(config);
}

mts_status mts_task_check(const mts_config *config)
{
    const mts_boundary_kind *boundaries = mts_boundary_at(config->boundaries);
    const mts_family *family = mts_family_at(config->family);
    const mts_status st = boundaries->check ? boundaries->check(config) : MTS_OK;
    return st == MTS_OK && family->check ? family->check(config) : st;
}

const char *mts_task_loss(const mts_config *config)
{
    static const char *const names[] = {MTS_LOSSES(MTS_NAME) NULL};
    const char *own = mts_family_at(config->family)->loss;
    return own ? own : names[config->loss];
}

mts_config mts_task_evaluation(const mts_config *config)
{
    const mts_family *family = mts_family_at(config->family);
    mts_config evaluation = *config;
    if (config->probe_sigma >= 0)
        evaluation.sigma = config->probe_sigma;
    evaluation.probe_sigma = -1;
    if (config->probe_noise == MTS_PROBE_NOISE_gauss)
        evaluation.noise = MTS_NOISE_gauss;
    evaluation.probe_noise = MTS_PROBE_NOISE_same;
    evaluation.rho = 0;
    evaluation.mask = MTS_MASK_all;
    if (family->evaluation)
        family->evaluation(&evaluation);
    return evaluation;
}

mts_status mts_task_create(const mts_config *config, uint64_t identity, const mts_kernels *kernels,
                           mts_task **task)
{
    mts_status st;
    mts_task *self = mts_alloc(1, sizeof *self);
    *task = NULL;
    if (!self)
        return MTS_ERR_MEMORY;
    self->config = *config;
    self->identity = identity;
    self->timing = mts_task_timing(config);
    self->kernels = kernels;
    self->family = mts_family_at(config->family);
    self->noise = mts_noise_at(config->noise);
    self->mask = mts_mask_at(config->mask);
    st = self->family->create(config, identity, kernels, &self->state);
    if (st != MTS_OK) {
        mts_task_destroy(self);
        return st;
    }
    *task = self;
    return MTS_OK;
}

void mts_task_destroy(mts_task *task)
{
    if (!task)
        return;
    task->family->destroy(task->state);
    mts_free(task);
}

void mts_task_boundaries(const mts_task *task, double *normals, double *offsets)
{
    task->family->boundaries(task->state, normals, offsets);
}

void mts_task_ideal(const mts_task *task, double *accuracy, double *loss)
{
    double variance[MTS_IDEAL_LATENTS];
    *accuracy = *loss = NAN;
    if (task->family->ideal && task->config.rho == 0 &&
        mts_ideal_variance(&task->config, task->timing.stimulus, variance))
        task->family->ideal(task->state, &task->config, variance, accuracy, loss);
}

static double unbiased_r2(double variance)
{
    return 1 - 12 * variance;
}

static double r2_of(const mts_config *config, double (*r2)(double variance))
{
    const size_t K = (size_t)config->tasks, D = (size_t)config->latents;
    double variance[MTS_IDEAL_LATENTS], sum = 0;
    if (!mts_ideal_variance(config, mts_task_timing(config).stimulus, variance))
        return NAN;
    for (size_t d = 0; d < D; d++)
        sum += r2(variance[d]);
    return sum / (double)D * (K < D ? (double)K / (double)D : 1);
}

double mts_task_ideal_r2(const mts_config *config)
{
    return r2_of(config, unbiased_r2);
}

double mts_task_bayes_r2(const mts_config *config)
{
    return r2_of(config, mts_ideal_bayes_r2);
}

/* ---- batches ---- */

/* Weights of all trials: those of the mask, over the tasks that the trial asks for. */
static void weigh(const mts_task *task, uint64_t first, mts_batch *batch)
{
    const mts_stream stream = {task->identity, MTS_FOR_MASK};
    const size_t B = batch->B, K = batch->K;
    const double share = (double)K / (double)batch->n_asked;
    for (size_t b = 0; b < B; b++) {
        mts_real u = 0;
        if (task->mask->drawn)
            mts_uniform(stream, first + b, 1, &u);
        for (size_t t = 0; t < batch->T; t++) {
            const mts_real w = (mts_real)(share * task->mask->weight(&task->timing, t, (double)u));
            mts_real *weight = batch->weight + (t * B + b) * K;
            for (size_t k = 0; k < K; k++)
                weight[k] = !batch->asked || batch->asked[b * K + k] ? w : 0;
        }
    }
}

/* A batch in one piece, which it begins itself; NULL while the arena only counts. */
static mts_batch *take_batch(const mts_config *config, size_t B, mts_arena *arena)
{
    const mts_family *family = mts_family_at(config->family);
    const mts_timing timing = family->timing(config);
    const size_t T = timing.T, S = timing.stimulus, C = timing.channels;
    const size_t D = (size_t)config->latents, K = (size_t)config->tasks;
    const bool asks = family->ask != NULL, weighs = asks || !mts_mask_at(config->mask)->uniform;
    mts_batch *self = mts_take(arena, 1, sizeof *self);
    mts_batch batch = {.B = B, .T = T, .S = S, .D = D, .K = K, .C = C};
    batch.n_asked = family->n_asked(config);
    batch.cued = family->ask_in_turn != NULL;
    batch.latent = mts_take(arena, B * D, sizeof(mts_real));
    batch.obs = mts_take(arena, S * B * D, sizeof(mts_real));
    batch.channel = mts_take(arena, T * B * C, sizeof(mts_real));
    batch.target = mts_take(arena, T * B * K, sizeof(mts_real));
    batch.scratch = mts_take(arena, (S * D > D + 1 ? S * D : D + 1) * B, sizeof(mts_real));
    batch.weight = weighs ? mts_take(arena, T * B * K, sizeof(mts_real)) : NULL;
    batch.asked = asks ? mts_take(arena, B * K, sizeof *batch.asked) : NULL;
    if (self)
        *self = batch;
    return self;
}

mts_status mts_batch_create(const mts_task *task, size_t B, mts_batch **batch)
{
    mts_arena arena = {0};
    mts_status st;
    take_batch(&task->config, B, &arena);
    st = mts_arena_open(&arena);
    *batch = NULL;
    if (st != MTS_OK)
        return st;
    *batch = take_batch(&task->config, B, &arena);
    if ((*batch)->weight)
        weigh(task, 0, *batch);
    task->family->prepare(task->state, &task->config, *batch);
    return MTS_OK;
}

double mts_batch_memory(const mts_config *config, size_t B)
{
    mts_arena arena = {0};
    take_batch(config, B, &arena);
    return (double)arena.used;
}

void mts_batch_destroy(mts_batch *batch)
{
    mts_free(batch); /* the first piece, and so the block of all */
}

/* ---- draws ---- */

static void draw_latents(const mts_kernels *kernels, mts_stream stream, uint64_t first,
                         const mts_region *region, mts_batch *batch)
{
    const size_t B = batch->B, D = batch->D;
    const mts_real half = (mts_real)0.5;
    const mts_real *u = batch->scratch; /* [D + 1][B] */
    kernels->uniform(stream, first, B, region ? D + 1 : D, batch->scratch);
    for (size_t b = 0; b < B; b++) {
        mts_pattern pattern = {0, 0};
        if (region)
            pattern = region->pattern[(size_t)((double)u[D * B + b] * (double)region->n)];
        for (size_t d = 0; d < D; d++) {
            const uint32_t bit = (uint32_t)1 << d;
            const mts_real v = u[d * B + b];
            mts_real x = v - half;
            if (pattern.mask & bit)
                x = (pattern.sign & bit) != 0 ? half * v : -half * v;
            batch->latent[b * D + d] = x;
        }
    }
}

/* Two latents that are uniform and correlated: x* = Phi(z) - 1/2, z normal with correlation rho
 * [code tasks.py]. */
static void draw_correlated(const mts_kernels *kernels, mts_stream stream, uint64_t first,
                            double rho, mts_batch *batch)
{
    const size_t B = batch->B;
    const mts_real *z = batch->scratch; /* [2][B] */
    const double own = sqrt(1 - rho * rho);
    kernels->normal(stream, first, B, 2, batch->scratch);
    for (size_t b = 0; b < B; b++) {
        const double z1 = (double)z[b], z2 = rho * z1 + own * (double)z[B + b];
        batch->latent[2 * b] = (mts_real)(mts_task_normal_cdf(z1) - 0.5);
        batch->latent[2 * b + 1] = (mts_real)(mts_task_normal_cdf(z2) - 0.5);
    }
}

void mts_task_draw(const mts_task *task, mts_stream latent, mts_stream noise, uint64_t first,
                   const mts_region *region, mts_batch *batch)
{
    const double rho = task->config.rho;
    assert(!region || (region->n > 0 && rho == 0));
    if (rho != 0)
        draw_correlated(task->kernels, latent, first, rho, batch);
    else
        draw_latents(task->kernels, latent, first, region, batch);
    mts_task_draw_at(task, &noise, first, batch);
}

void mts_task_draw_at(const mts_task *task, const mts_stream *noise, uint64_t first,
                      mts_batch *batch)
{
    if (noise && task->config.noise_at == MTS_NOISE_AT_observation) {
        task->noise->observe(&task->config, task->kernels, *noise, first, batch);
    } else {
        for (size_t s = 0; s < batch->S; s++)
            for (size_t i = 0; i < batch->B * batch->D; i++)
                batch->obs[s * batch->B * batch->D + i] = batch->latent[i];
    }
    if (task->family->ask)
        task->family->ask(&task->config, task->identity, first, batch);
    if (task->family->ask || task->mask->drawn)
        weigh(task, first, batch);
    if (task->family->labels)
        mts_fixed_target(&task->timing, task->family->labels, task->state, batch);
    else
        task->family->target(task->state, &task->config, batch);
}

void mts_task_cue_in_turn(const mts_task *task, uint64_t first, mts_batch *batch)
{
    if (!task->family->ask_in_turn)
        return;
    task->family->ask_in_turn(&task->config, first, batch);
    weigh(task, first, batch);
}
