/* net.c: an architecture with its readout and the loss.
 *
 *     z = h W_out + b_out;   loss = mean over T, B, K of the cross-entropy of sigmoid(z)
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "arch.h"

struct mts_net {
    mts_net_spec spec;
    const mts_arch *arch;
    const mts_kernels *kernels;
    void *state; /* of the architecture */
    size_t T_most, B_most;
    bool training;

    size_t W_out, b_out; /* offsets in theta */
    const mts_real *theta;
    mts_real *packed;      /* W_out */
    mts_real *packed_back; /* its transpose, training only */

    size_t T, B; /* of the last forward */
    const mts_real *h;
    mts_real *z, *dz; /* [T][B][K] */
    mts_real *dh;     /* [T][B][N], training only */
};

mts_status mts_net_layout(const mts_net_spec *spec, mts_layout *layout)
{
    const mts_arch *arch = mts_arch_find(spec->arch);
    const double bound = 1 / sqrt((double)spec->N);

    *layout = (mts_layout){0};
    if (!arch)
        return MTS_ERR_USAGE;
    arch->layout(spec, layout);
    mts_layout_add(layout, "W_out", spec->N, spec->K, bound);
    mts_layout_add(layout, "b_out", 1, spec->K, bound);
    return MTS_OK;
}

void mts_layout_init(const mts_layout *layout, mts_stream stream, mts_real *theta)
{
    for (size_t i = 0; i < layout->n; i++) {
        const mts_tensor *tensor = &layout->tensor[i];
        const size_t n = tensor->rows * tensor->cols;
        mts_real *w = theta + tensor->offset;

        mts_uniform(stream, i, n, w);
        for (size_t j = 0; j < n; j++)
            w[j] = (mts_real)tensor->bound * (2 * w[j] - 1);
    }
}

mts_net_work mts_net_flops_by_call(const mts_net_spec *spec)
{
    const double readout = 2.0 * (double)spec->N * (double)spec->K;
    const mts_arch *arch = mts_arch_find(spec->arch);
    mts_net_work work = {0, readout, readout, readout};

    if (!arch)
        return (mts_net_work){0};
    arch->flops(spec, &work);
    return work;
}

double mts_net_flops(const mts_net_spec *spec, bool training)
{
    const mts_net_work work = mts_net_flops_by_call(spec);

    return work.forward + work.loss + (training ? work.backward + work.gradient : 0);
}

mts_status mts_net_create(const mts_net_spec *spec, const mts_kernels *kernels, size_t T, size_t B,
                          bool training, mts_net **net)
{
    mts_status st;
    mts_layout layout;
    mts_net *self;

    assert(T > 0 && B > 0 && spec->I > 0 && spec->N > 0 && spec->K > 0);
    *net = NULL;
    st = mts_net_layout(spec, &layout);
    if (st != MTS_OK)
        return st;
    self = mts_alloc(1, sizeof *self);
    if (!self)
        return MTS_ERR_MEMORY;
    self->spec = *spec;
    self->arch = mts_arch_find(spec->arch);
    self->spec.arch = self->arch->name;
    self->kernels = kernels;
    self->T_most = T;
    self->B_most = B;
    self->training = training;
    self->W_out = layout.tensor[layout.n - 2].offset;
    self->b_out = layout.tensor[layout.n - 1].offset;

    st = self->arch->create(&self->spec, kernels, T, B, training, &self->state);
    if (st != MTS_OK)
        goto fail;
    st = MTS_ERR_MEMORY;
    self->packed = mts_alloc(kernels->packed_size(spec->N, spec->K), sizeof(mts_real));
    self->z = mts_alloc(T * B * spec->K, sizeof(mts_real));
    self->dz = mts_alloc(T * B * spec->K, sizeof(mts_real));
    if (!self->packed || !self->z || !self->dz)
        goto fail;
    if (training) {
        self->packed_back = mts_alloc(kernels->packed_size(spec->K, spec->N), sizeof(mts_real));
        self->dh = mts_alloc(T * B * spec->N, sizeof(mts_real));
        if (!self->packed_back || !self->dh)
            goto fail;
    }
    *net = self;
    return MTS_OK;

fail:
    mts_net_destroy(self);
    return st;
}

void mts_net_destroy(mts_net *net)
{
    if (!net)
        return;
    net->arch->destroy(net->state);
    mts_free(net->packed);
    mts_free(net->packed_back);
    mts_free(net->z);
    mts_free(net->dz);
    mts_free(net->dh);
    mts_free(net);
}

void mts_net_pack(mts_net *net, const mts_real *theta)
{
    const size_t N = net->spec.N, K = net->spec.K;

    net->theta = theta;
    net->arch->pack(net->state, theta);
    net->kernels->pack(N, K, theta + net->W_out, K, net->packed);
    if (net->training)
        net->kernels->pack_transposed(K, N, theta + net->W_out, K, net->packed_back);
}

void mts_net_forward(mts_net *net, size_t T, size_t B, const mts_real *x)
{
    assert(net->theta);
    assert(0 < T && T <= net->T_most && 0 < B && B <= net->B_most);
    net->T = T;
    net->B = B;
    net->h = net->arch->forward(net->state, T, B, x);
}

const mts_real *mts_net_hidden(const mts_net *net)
{
    return net->h;
}

const mts_real *mts_net_logits(const mts_net *net)
{
    return net->z;
}

void mts_net_readout(mts_net *net, size_t n, const mts_real *h, mts_real *z)
{
    const size_t N = net->spec.N, K = net->spec.K;
    const mts_term term = {N, h, N, net->packed};

    net->kernels->affine(n, K, &term, 1, net->theta + net->b_out, 0, MTS_ACT_NONE, z, K);
}

double mts_net_loss(mts_net *net, const mts_real *target, const mts_real *weight,
                    size_t first_decision, size_t *correct)
{
    const size_t T = net->T, B = net->B, K = net->spec.K, n = T * B * K;
    double sum;

    mts_net_readout(net, T * B, net->h, net->z);
    sum = net->kernels->cross_entropy(n, net->z, target, weight, (mts_real)(1.0 / (double)n),
                                      net->dz);
    if (correct) {
        size_t count = 0;

        for (size_t i = first_decision * B * K; i < n; i++)
            count += (net->z[i] > 0) == (target[i] > (mts_real)0.5);
        *correct = count;
    }
    return sum / (double)n;
}

void mts_net_backward(mts_net *net, mts_real *dx)
{
    const size_t N = net->spec.N, K = net->spec.K;
    const mts_term term = {K, net->dz, K, net->packed_back};

    assert(net->training);
    net->kernels->affine(net->T * net->B, N, &term, 1, NULL, 0, MTS_ACT_NONE, net->dh, N);
    net->arch->backward(net->state, net->dh, dx);
}

void mts_net_gradient(mts_net *net, mts_real *dtheta)
{
    const size_t N = net->spec.N, K = net->spec.K, rows = net->T * net->B;

    assert(net->training);
    net->arch->gradient(net->state, dtheta);
    net->kernels->outer(rows, N, K, net->h, N, net->dz, K, dtheta + net->W_out, K);
    net->kernels->column_sum(rows, K, net->dz, K, dtheta + net->b_out);
}
