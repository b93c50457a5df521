/* boundaries.c: linear boundaries of any kind. */
#include "boundaries.h"

#include <string.h>

/* b_k = offset (2 u - 1), u number 0 of item k of the stream MTS_FOR_OFFSETS. */
static void draw_offsets(const mts_config *config, uint64_t identity, double *offset)
{
    const mts_stream stream = {identity, MTS_FOR_OFFSETS};
    for (size_t k = 0; k < (size_t)config->tasks; k++) {
        mts_real u;
        mts_uniform(stream, k, 1, &u);
        offset[k] = config->offset > 0 ? config->offset * (2 * (double)u - 1) : 0;
    }
}

mts_status mts_boundaries_create(const mts_config *config, uint64_t identity,
                                 const mts_kernels *kernels, void **boundaries)
{
    mts_status st = MTS_ERR_MEMORY;
    mts_boundaries *self = mts_alloc(1, sizeof *self);
    *boundaries = NULL;
    if (!self)
        return MTS_ERR_MEMORY;
    self->K = (size_t)config->tasks;
    self->D = (size_t)config->latents;
    self->normal = mts_alloc(self->K * self->D, sizeof(double));
    self->offset = mts_alloc(self->K, sizeof(double));
    if (self->normal && self->offset)
        st = mts_boundary_at(config->boundaries)->normals(config, identity, kernels, self->normal);
    if (st != MTS_OK) {
        mts_boundaries_destroy(self);
        return st;
    }
    draw_offsets(config, identity, self->offset);
    *boundaries = self;
    return MTS_OK;
}

void mts_boundaries_destroy(void *boundaries)
{
    mts_boundaries *self = boundaries;
    if (!self)
        return;
    mts_free(self->normal);
    mts_free(self->offset);
    mts_free(self);
}

void mts_boundaries_copy(const void *boundaries, double *normals, double *offsets)
{
    const mts_boundaries *self = boundaries;
    if (normals)
        memcpy(normals, self->normal, self->K * self->D * sizeof *normals);
    if (offsets)
        memcpy(offsets, self->offset, self->K * sizeof *offsets);
}

void mts_boundaries_labels(const void *boundaries, const mts_real *x, mts_real *y)
{
    const mts_boundaries *self = boundaries;
    const size_t K = self->K, D = self->D;
    for (size_t k = 0; k < K; k++) {
        const double *c = self->normal + k * D;
        double sum = 0;
        for (size_t d = 0; d < D; d++)
            sum += c[d] * (double)x[d];
        y[k] = sum > self->offset[k] ? 1 : 0;
    }
}
