/* rnn.c: the two recurrent networks of rate units, which differ in what a unit keeps of itself
 * [S1 eq. 5; code RNN.py].
 *
 *     s_t = x_t W_in + b_in + r_{t-1} W_rec + b_rec,   a_t = act(s_t),   r_{-1} = 0
 *     r_t = keep r_{t-1} + gain a_t
 *     rnn: keep = 1 - alpha, gain = alpha;   rnn_noleak: keep = 1, gain = alpha
 *
 * The way back, with dr_t the whole gradient of r_t and dh_t its part through the readout:
 *
 *     dr_t = dh_t + keep dr_{t+1} + ds_{t+1} W_rec',   ds_t = gain act'(a_t) dr_t
 *
 * Where keep = 0 and gain = 1 (the default: dt = tau), r_t is a_t itself, and a step is one call of
 * the kernels in either direction.
 */
#include <assert.h>
#include <math.h>

#include "arch.h"

typedef struct rnn {
    mts_net_spec spec;
    const mts_kernels *kernels;
    bool training;
    mts_real keep, gain;
    bool direct; /* keep 0, gain 1 */

    size_t W_in, b_in, W_rec, b_rec; /* offsets in theta */
    const mts_real *theta;
    mts_real *packed_in, *packed_rec;
    mts_real *packed_in_back, *packed_rec_back; /* transposes, training only */
    mts_real *bias;                             /* b_in + b_rec [N] */

    size_t T, B; /* of the last forward */
    const mts_real *x;
    mts_real *r;  /* [T][B][N] */
    mts_real *a;  /* [T][B][N]; r itself if direct; [B][N], reused by each step, if not training */
    mts_real *dr; /* [B][N], training and not direct only */
    mts_real *ds; /* [T][B][N]: the caller's dh, overwritten */
    mts_real *db; /* [N], training only */
} rnn;

static void layout(const mts_net_spec *spec, mts_layout *list)
{
    const double in = 1 / sqrt((double)spec->I), rec = 1 / sqrt((double)spec->N);

    mts_layout_add(list, "W_in", spec->I, spec->N, in);
    mts_layout_add(list, "b_in", 1, spec->N, in);
    mts_layout_add(list, "W_rec", spec->N, spec->N, rec);
    mts_layout_add(list, "b_rec", 1, spec->N, rec);
}

static void flops(const mts_net_spec *spec, mts_net_work *work)
{
    const double in = 2.0 * (double)spec->I * (double)spec->N;
    const double rec = 2.0 * (double)spec->N * (double)spec->N;

    work->forward += in + rec;
    work->backward += rec;
    work->gradient += in + rec;
}

static void destroy(void *state)
{
    rnn *self = state;

    if (!self)
        return;
    mts_free(self->packed_in);
    mts_free(self->packed_rec);
    mts_free(self->packed_in_back);
    mts_free(self->packed_rec_back);
    mts_free(self->bias);
    if (self->a != self->r)
        mts_free(self->a);
    mts_free(self->r);
    mts_free(self->dr);
    mts_free(self->db);
    mts_free(self);
}

static mts_status create(const mts_net_spec *spec, const mts_kernels *kernels, size_t T, size_t B,
                         bool training, double keep, void **state)
{
    const size_t I = spec->I, N = spec->N;
    mts_layout list = {0};
    rnn *self;

    *state = NULL;
    if (spec->act != MTS_ACT_RELU && spec->act != MTS_ACT_TANH)
        return mts_fail(MTS_ERR_USAGE, "units of architecture %s are relu or tanh", spec->arch);
    self = mts_alloc(1, sizeof *self);
    if (!self)
        return MTS_ERR_MEMORY;
    self->spec = *spec;
    self->kernels = kernels;
    self->training = training;
    self->keep = (mts_real)keep;
    self->gain = (mts_real)spec->alpha;
    self->direct = keep == 0 && spec->alpha == 1;
    layout(spec, &list);
    self->W_in = list.tensor[0].offset;
    self->b_in = list.tensor[1].offset;
    self->W_rec = list.tensor[2].offset;
    self->b_rec = list.tensor[3].offset;

    self->packed_in = mts_alloc(kernels->packed_size(I, N), sizeof(mts_real));
    self->packed_rec = mts_alloc(kernels->packed_size(N, N), sizeof(mts_real));
    self->bias = mts_alloc(N, sizeof(mts_real));
    self->r = mts_alloc(T * B * N, sizeof(mts_real));
    self->a = self->direct ? self->r : mts_alloc((training ? T : 1) * B * N, sizeof(mts_real));
    if (!self->packed_in || !self->packed_rec || !self->bias || !self->r || !self->a)
        goto fail;
    if (training) {
        self->packed_in_back = mts_alloc(kernels->packed_size(N, I), sizeof(mts_real));
        self->packed_rec_back = mts_alloc(kernels->packed_size(N, N), sizeof(mts_real));
        self->dr = mts_alloc(self->direct ? 0 : B * N, sizeof(mts_real));
        self->db = mts_alloc(N, sizeof(mts_real));
        if (!self->packed_in_back || !self->packed_rec_back || !self->dr || !self->db)
            goto fail;
    }
    *state = self;
    return MTS_OK;

fail:
    destroy(self);
    return MTS_ERR_MEMORY;
}

static mts_status create_leaky(const mts_net_spec *spec, const mts_kernels *kernels, size_t T,
                               size_t B, bool training, void **state)
{
    return create(spec, kernels, T, B, training, 1 - spec->alpha, state);
}

static mts_status create_noleak(const mts_net_spec *spec, const mts_kernels *kernels, size_t T,
                                size_t B, bool training, void **state)
{
    return create(spec, kernels, T, B, training, 1, state);
}

static void pack(void *state, const mts_real *theta)
{
    rnn *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t I = self->spec.I, N = self->spec.N;

    self->theta = theta;
    kernels->pack(I, N, theta + self->W_in, N, self->packed_in);
    kernels->pack(N, N, theta + self->W_rec, N, self->packed_rec);
    if (self->training)
        kernels->pack_transposed(N, N, theta + self->W_rec, N, self->packed_rec_back);
    kernels->blend(N, 1, theta + self->b_in, 1, theta + self->b_rec, self->bias);
}

static const mts_real *forward(void *state, size_t T, size_t B, const mts_real *x)
{
    rnn *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t I = self->spec.I, N = self->spec.N;
    const mts_real *r_prev = NULL;

    self->T = T;
    self->B = B;
    self->x = x;
    for (size_t t = 0; t < T; t++) {
        const mts_term term[2] = {{I, x + t * B * I, I, self->packed_in},
                                  {N, r_prev, N, self->packed_rec}};
        mts_real *r = self->r + t * B * N;
        mts_real *a = self->direct ? r : self->a + (self->training ? t * B * N : 0);

        kernels->affine(B, N, term, r_prev ? 2 : 1, self->bias, 0, self->spec.act, a, N);
        if (!self->direct)
            kernels->blend(B * N, self->keep, r_prev, self->gain, a, r);
        r_prev = r;
    }
    return self->r;
}

static void backward(void *state, mts_real *dh, mts_real *dx)
{
    rnn *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t T = self->T, B = self->B, I = self->spec.I, N = self->spec.N;
    const mts_act act = self->spec.act;

    self->ds = dh;
    for (size_t t = T; t-- > 0;) {
        const bool last = t + 1 == T;
        const mts_real *a = self->a + t * B * N;
        mts_real *ds = dh + t * B * N;
        const mts_term term = {N, ds + B * N, N, self->packed_rec_back};

        if (self->direct) {
            kernels->affine_back(B, N, &term, last ? 0 : 1, ds, N, act, 1, a, N, ds, N);
        } else {
            kernels->blend(B * N, self->keep, last ? NULL : self->dr, 1, ds, self->dr);
            if (!last)
                kernels->affine(B, N, &term, 1, self->dr, N, MTS_ACT_NONE, self->dr, N);
            kernels->affine_back(B, N, NULL, 0, self->dr, N, act, self->gain, a, N, ds, N);
        }
    }
    if (dx) {
        const mts_term term = {N, dh, N, self->packed_in_back};

        kernels->pack_transposed(N, I, self->theta + self->W_in, N, self->packed_in_back);
        kernels->affine(T * B, I, &term, 1, NULL, 0, MTS_ACT_NONE, dx, I);
    }
}

static void gradient(void *state, mts_real *dtheta)
{
    rnn *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t T = self->T, B = self->B, I = self->spec.I, N = self->spec.N;
    mts_real *db = self->db;

    kernels->outer(T * B, I, N, self->x, I, self->ds, N, dtheta + self->W_in, N);
    kernels->outer((T - 1) * B, N, N, self->r, N, self->ds + B * N, N, dtheta + self->W_rec, N);

    /* Both biases enter the same sum, so they have the same gradient. */
    for (size_t j = 0; j < N; j++)
        db[j] = 0;
    kernels->column_sum(T * B, N, self->ds, N, db);
    kernels->blend(N, 1, dtheta + self->b_in, 1, db, dtheta + self->b_in);
    kernels->blend(N, 1, dtheta + self->b_rec, 1, db, dtheta + self->b_rec);
}

const mts_arch mts_arch_rnn = {"rnn", layout,  flops,    create_leaky, destroy,
                               pack,  forward, backward, gradient};
const mts_arch mts_arch_rnn_noleak = {"rnn_noleak", layout,  flops,    create_noleak, destroy,
                                      pack,         forward, backward, gradient};
