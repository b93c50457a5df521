/* bench_products.c: the products of a training step alone. */
#include "bench_products.h"
#include "mtsweep/task.h"

#include <string.h>

enum { MOST = 3 + MTS_TENSORS_MAX / 2 }; /* the encoder's, and a network's without biases */

/* One weight matrix w[k][n] and how often it is used. */
typedef struct matrix {
    size_t k, n;
    size_t m, calls; /* forward: `calls` products of m rows */
    bool trained;    /* then also backward, if it has states behind it, and its gradient */
    bool back;
    mts_real *packed, *packed_back, *gradient;
} matrix;

struct mts_bench_products {
    const mts_kernels *kernels;
    size_t n_matrices;
    matrix matrix[MOST];
    mts_real *x, *y;
};

void mts_bench_products_destroy(mts_bench_products *self)
{
    if (!self)
        return;
    for (size_t i = 0; i < self->n_matrices; i++) {
        mts_free(self->matrix[i].packed);
        mts_free(self->matrix[i].packed_back);
        mts_free(self->matrix[i].gradient);
    }
    mts_free(self->x);
    mts_free(self->y);
    mts_free(self);
}

static void add(mts_bench_products *self, matrix m)
{
    if (self->n_matrices < MOST)
        self->matrix[self->n_matrices++] = m;
}

/* The matrices of the encoder, then those of the network in the order of their layout: the first is
 * that of the inputs, which has no states behind it. */
static void list(const mts_config *config, const mts_layout *net, const mts_layout *encoder,
                 mts_bench_products *self)
{
    const size_t B = (size_t)config->batch, T = mts_task_timing(config).T;
    for (size_t i = 0; i < encoder->n; i++)
        if (encoder->tensor[i].rows > 1)
            add(self, (matrix){.k = encoder->tensor[i].rows,
                               .n = encoder->tensor[i].cols,
                               .m = B * (size_t)config->stimulus,
                               .calls = 1});
    const char *step_by_step = mts_arch_recurrent(mts_arch_names[config->arch]);
    for (size_t i = 0; i < net->n; i++) {
        if (net->tensor[i].rows == 1)
            continue;
        bool recurrent = step_by_step && strcmp(net->tensor[i].name, step_by_step) == 0;
        add(self, (matrix){.k = net->tensor[i].rows,
                           .n = net->tensor[i].cols,
                           .m = recurrent ? B : T * B,
                           .calls = recurrent ? T : 1,
                           .trained = true,
                           .back = i > 0});
    }
}

mts_status mts_bench_products_create(const mts_config *config, const mts_kernels *kernels,
                                     mts_bench_products **products)
{
    *products = NULL;
    mts_layout net, encoder;
    mts_status st = mts_run_layouts(config, &net, &encoder);
    if (st != MTS_OK)
        return st;
    mts_bench_products *self = mts_alloc(1, sizeof *self);
    if (!self)
        return MTS_ERR_MEMORY;
    self->kernels = kernels;
    list(config, &net, &encoder, self);
    size_t most = 1, largest = 1;
    for (size_t i = 0; i < self->n_matrices; i++) {
        matrix *m = &self->matrix[i];
        size_t width = m->k > m->n ? m->k : m->n, rows = m->m * m->calls;
        most = rows * width > most ? rows * width : most;
        largest = m->k * m->n > largest ? m->k * m->n : largest;
    }
    st = MTS_ERR_MEMORY;
    self->x = mts_alloc(most > largest ? most : largest, sizeof *self->x);
    self->y = mts_alloc(most, sizeof *self->y);
    if (!self->x || !self->y)
        goto fail;
    /* Ordinary numbers: a denormal or a zero might be faster or slower than others. */
    mts_uniform((mts_stream){1, MTS_FOR_INIT}, 0, most > largest ? most : largest, self->x);
    for (size_t i = 0; i < self->n_matrices; i++) {
        matrix *m = &self->matrix[i];
        m->packed = mts_alloc(kernels->packed_size(m->k, m->n), sizeof *m->packed);
        m->packed_back = mts_alloc(kernels->packed_size(m->n, m->k), sizeof *m->packed_back);
        m->gradient = mts_alloc(m->k * m->n, sizeof *m->gradient);
        if (!m->packed || !m->packed_back || !m->gradient)
            goto fail;
        kernels->pack(m->k, m->n, self->x, m->n, m->packed);
        kernels->pack_transposed(m->n, m->k, self->x, m->n, m->packed_back);
    }
    *products = self;
    return MTS_OK;

fail:
    mts_bench_products_destroy(self);
    return st;
}

void mts_bench_products_run(mts_bench_products *self)
{
    const mts_kernels *kernels = self->kernels;
    for (size_t i = 0; i < self->n_matrices; i++) {
        const matrix *m = &self->matrix[i];
        const size_t k = m->k, n = m->n, rows = m->m * m->calls;
        for (size_t c = 0; c < m->calls; c++)
            kernels->affine(&(mts_affine){
                .m = m->m,
                .n = n,
                .term = {{.k = k, .x = self->x + c * m->m * k, .ldx = k, .packed = m->packed}},
                .y = self->y + c * m->m * n,
                .ldy = n});
        if (!m->trained)
            continue;
        for (size_t c = 0; m->back && c < m->calls; c++)
            kernels->affine(&(mts_affine){
                .m = m->m,
                .n = k,
                .term = {{.k = n, .x = self->x + c * m->m * n, .ldx = n, .packed = m->packed_back}},
                .y = self->y + c * m->m * k,
                .ldy = k});
        memset(m->gradient, 0, k * n * sizeof *m->gradient);
        kernels->outer(&(mts_outer){.m = rows,
                                    .k = k,
                                    .n = n,
                                    .x = self->x,
                                    .ldx = k,
                                    .dy = self->x,
                                    .lddy = n,
                                    .dw = m->gradient,
                                    .lddw = n});
    }
}
