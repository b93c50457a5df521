/* task.c: trials. Draws latents, has the noise kind make observations and the family make targets.
 *
 * Words of an item of the latent stream: 0 .. D-1 are the latents, word D chooses the pattern of
 * the region. Nothing else is read, and word D only where there is a region.
 */
#include <assert.h>

#include "family.h"

struct mts_task {
    mts_config config;
    const mts_kernels *kernels;
    const mts_family *family;
    const mts_noise *noise;
    void *state; /* of the family */
};

mts_timing mts_task_timing(const mts_config *config)
{
    return mts_family_at(config->family)->timing(config);
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
    self->kernels = kernels;
    self->family = mts_family_at(config->family);
    self->noise = mts_noise_at(config->noise);
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
    task->family->ideal(task->state, &task->config, accuracy, loss);
}

mts_status mts_batch_create(const mts_task *task, size_t B, mts_batch **batch)
{
    const mts_timing timing = mts_task_timing(&task->config);
    const size_t S = timing.stimulus, D = (size_t)task->config.latents;
    mts_batch *self = mts_alloc(1, sizeof *self);

    *batch = NULL;
    if (!self)
        return MTS_ERR_MEMORY;
    self->B = B;
    self->T = timing.T;
    self->S = S;
    self->D = D;
    self->K = (size_t)task->config.tasks;
    self->C = timing.channels;
    self->latent = mts_alloc(B * D, sizeof(mts_real));
    self->obs = mts_alloc(S * B * D, sizeof(mts_real));
    self->channel = mts_alloc(self->T * B * self->C, sizeof(mts_real));
    self->target = mts_alloc(self->T * B * self->K, sizeof(mts_real));
    self->scratch = mts_alloc((S * D > D + 1 ? S * D : D + 1) * B, sizeof(mts_real));
    if (!self->latent || !self->obs || !self->channel || !self->target || !self->scratch) {
        mts_batch_destroy(self);
        return MTS_ERR_MEMORY;
    }
    task->family->prepare(task->state, &task->config, self);
    *batch = self;
    return MTS_OK;
}

void mts_batch_destroy(mts_batch *batch)
{
    if (!batch)
        return;
    mts_free(batch->latent);
    mts_free(batch->obs);
    mts_free(batch->channel);
    mts_free(batch->target);
    mts_free(batch->weight);
    mts_free(batch->scratch);
    mts_free(batch);
}

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

void mts_task_draw(const mts_task *task, mts_stream latent, mts_stream noise, uint64_t first,
                   const mts_region *region, mts_batch *batch)
{
    assert(!region || region->n > 0);
    draw_latents(task->kernels, latent, first, region, batch);
    mts_task_draw_at(task, &noise, first, batch);
}

void mts_task_draw_at(const mts_task *task, const mts_stream *noise, uint64_t first,
                      mts_batch *batch)
{
    if (noise) {
        task->noise->observe(&task->config, task->kernels, *noise, first, batch);
    } else {
        for (size_t s = 0; s < batch->S; s++)
            for (size_t i = 0; i < batch->B * batch->D; i++)
                batch->obs[s * batch->B * batch->D + i] = batch->latent[i];
    }
    task->family->target(task->state, &task->config, batch);
}
