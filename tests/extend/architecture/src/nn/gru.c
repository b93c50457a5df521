/* gru.c: PyTorch's nn.GRU of one layer.
 *
 *     r_t = sigmoid(x_t W_ir + b_ir + h_{t-1} W_hr + b_hr), z_t alike
 *     u_t = h_{t-1} W_hn + b_hn
 *     n_t = tanh(x_t W_in + b_in + r_t u_t)
 *     h_t = n_t + z_t (h_{t-1} - n_t)
 *
 * from h = 0, products of gates element by element. W_ih, W_hh, b_ih and b_hh have their columns in
 * the order r z n. The way back, with dh_t the whole gradient of h_t:
 *
 *     dn = dh (1 - z) (1 - n^2),   dz = dh (h_{t-1} - n) z (1 - z),   dr = dn u r (1 - r)
 *     di = (dr, dz, dn)        reaches x_t, W_ih and b_ih
 *     dj = (dr, dz, dn r)      reaches h_{t-1}, W_hh and b_hh
 *     dh_{t-1} = its part through the readout + z dh + dj W_hh'
 *
 * sigmoid(s) = (1 + tanh(s / 2)) / 2, so that the kernels' tanh, whose bits are the same everywhere,
 * is the only function.
 */
#include "arch.h"

#include <math.h>

typedef struct gru {
    mts_net_spec spec;
    const mts_kernels *kernels;
    bool training;

    size_t W_ih, W_hh, b_ih, b_hh; /* offsets in theta */
    const mts_real *theta;
    mts_real *packed_i, *packed_in;          /* W_ih: columns of r and z; of n */
    mts_real *packed_h, *packed_hn;          /* W_hh alike */
    mts_real *packed_i_back, *packed_h_back; /* transposes, training only */
    mts_real *bias;                          /* b_ih + b_hh of r and z [2N] */

    size_t T, B; /* of the last forward */
    const mts_real *x;
    mts_real *h;       /* [T][B][N] */
    mts_real *gates;   /* [T][B][3N]; [B][3N], reused by each step, if not training, as is u */
    mts_real *u;       /* [T][B][N] */
    mts_real *di, *dj; /* [T][B][3N], training only */
} gru;

static void layout(const mts_net_spec *spec, mts_layout *list)
{
    const double bound = 1 / sqrt((double)spec->N);
    mts_layout_add(list, "W_ih", spec->I, 3 * spec->N, bound);
    mts_layout_add(list, "W_hh", spec->N, 3 * spec->N, bound);
    mts_layout_add(list, "b_ih", 1, 3 * spec->N, bound);
    mts_layout_add(list, "b_hh", 1, 3 * spec->N, bound);
}

static void flops(const mts_net_spec *spec, size_t T, mts_net_work *work)
{
    const double in = 6.0 * (double)spec->I * (double)spec->N;
    const double rec = 6.0 * (double)spec->N * (double)spec->N;
    (void)T;
    work->forward += in + rec;
    work->backward += rec;
    work->gradient += in + rec;
}

static void take(void *state, mts_workspace *w)
{
    const mts_tensor *tensor = w->layout->tensor;
    const size_t I = w->spec.I, N = w->spec.N, trials = w->B * N, all = w->T * trials;
    const size_t kept = w->training ? all : trials;
    gru counted, *self = state ? state : &counted;
    *self = (gru){.spec = w->spec,
                  .kernels = w->kernels,
                  .training = w->training,
                  .W_ih = tensor[0].offset,
                  .W_hh = tensor[1].offset,
                  .b_ih = tensor[2].offset,
                  .b_hh = tensor[3].offset};
    self->packed_i = mts_take_packed(w, I, 2 * N);
    self->packed_in = mts_take_packed(w, I, N);
    self->packed_h = mts_take_packed(w, N, 2 * N);
    self->packed_hn = mts_take_packed(w, N, N);
    self->bias = mts_take_reals(w, 2 * N);
    self->h = mts_take_reals(w, all);
    self->gates = mts_take_reals(w, 3 * kept);
    self->u = mts_take_reals(w, kept);
    if (w->training) {
        self->packed_i_back = mts_take_packed(w, 3 * N, I);
        self->packed_h_back = mts_take_packed(w, 3 * N, N);
        self->di = mts_take_reals(w, 3 * all);
        self->dj = mts_take_reals(w, 3 * all);
    }
}

static void pack(void *state, const mts_real *theta)
{
    gru *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t I = self->spec.I, N = self->spec.N;
    self->theta = theta;
    kernels->pack(I, 2 * N, theta + self->W_ih, 3 * N, self->packed_i);
    kernels->pack(I, N, theta + self->W_ih + 2 * N, 3 * N, self->packed_in);
    kernels->pack(N, 2 * N, theta + self->W_hh, 3 * N, self->packed_h);
    kernels->pack(N, N, theta + self->W_hh + 2 * N, 3 * N, self->packed_hn);
    if (self->training)
        kernels->pack_transposed(3 * N, N, theta + self->W_hh, 3 * N, self->packed_h_back);
    kernels->blend(2 * N, 1, theta + self->b_ih, 1, theta + self->b_hh, self->bias);
}

/* tanh of s[m][n], in its place. */
static void tanh_of(const mts_kernels *kernels, size_t m, size_t n, mts_real *s, size_t ld)
{
    kernels->affine(&(mts_affine){
        .m = m, .n = n, .init = s, .ld_init = ld, .act = MTS_ACT_TANH, .y = s, .ldy = ld});
}

/* From the sums in gates, whose third column block lacks r u: gates become r, z, n, and h follows.
 * h_prev NULL is zero. */
static void cell(const gru *self, size_t B, mts_real *gates, const mts_real *u,
                 const mts_real *h_prev, mts_real *h)
{
    const mts_kernels *kernels = self->kernels;
    const size_t N = self->spec.N;
    const mts_real half = (mts_real)0.5;
    for (size_t b = 0; b < B; b++)
        for (size_t j = 0; j < 2 * N; j++)
            gates[b * 3 * N + j] *= half;
    tanh_of(kernels, B, 2 * N, gates, 3 * N);
    for (size_t b = 0; b < B; b++) {
        mts_real *r = gates + b * 3 * N, *n = r + 2 * N;
        for (size_t j = 0; j < 2 * N; j++)
            r[j] = half + half * r[j];
        for (size_t j = 0; j < N; j++)
            n[j] += r[j] * u[b * N + j];
    }
    tanh_of(kernels, B, N, gates + 2 * N, 3 * N);
    for (size_t b = 0; b < B; b++) {
        const mts_real *z = gates + b * 3 * N + N, *n = z + N;
        for (size_t j = 0; j < N; j++)
            h[b * N + j] = n[j] + z[j] * ((h_prev ? h_prev[b * N + j] : 0) - n[j]);
    }
}

/* From dh writes di and dj, and adds to dh_prev, unless it is NULL, the gradient through z h_prev. */
static void cell_back(const gru *self, size_t t, const mts_real *dh, mts_real *dh_prev)
{
    const size_t B = self->B, N = self->spec.N;
    for (size_t b = 0; b < B; b++) {
        const size_t row = t * B + b;
        const mts_real *r = self->gates + row * 3 * N, *z = r + N, *n = z + N;
        const mts_real *u = self->u + row * N;
        mts_real *di = self->di + row * 3 * N, *dj = self->dj + row * 3 * N;
        for (size_t j = 0; j < N; j++) {
            const mts_real d = dh[b * N + j];
            const mts_real h_prev = t > 0 ? self->h[(row - B) * N + j] : 0;
            const mts_real dn = d * (1 - z[j]) * (1 - n[j] * n[j]);
            di[j] = dj[j] = dn * u[j] * r[j] * (1 - r[j]);
            di[N + j] = dj[N + j] = d * (h_prev - n[j]) * z[j] * (1 - z[j]);
            di[2 * N + j] = dn;
            dj[2 * N + j] = dn * r[j];
            if (dh_prev)
                dh_prev[b * N + j] += z[j] * d;
        }
    }
}

static const mts_real *forward(void *state, size_t T, size_t B, const mts_real *x, size_t from,
                               const mts_net_trials *trials)
{
    gru *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t I = self->spec.I, N = self->spec.N;
    const mts_real *b_in = self->theta + self->b_ih + 2 * N;
    const mts_real *b_hn = self->theta + self->b_hh + 2 * N;
    const mts_real *h_prev = NULL;
    (void)from;
    (void)trials;
    self->T = T;
    self->B = B;
    self->x = x;
    for (size_t t = 0; t < T; t++) {
        const size_t at = self->training ? t : 0;
        mts_term in = {.k = I, .x = x + t * B * I, .ldx = I, .packed = self->packed_i};
        mts_term back = {.k = h_prev ? N : 0, .x = h_prev, .ldx = N, .packed = self->packed_h};
        mts_affine sum = {.m = B, .n = 2 * N, .term = {in, back}, .init = self->bias};
        mts_real *u = self->u + at * B * N, *h = self->h + t * B * N;
        sum.y = self->gates + at * B * 3 * N;
        sum.ldy = 3 * N;
        kernels->affine(&sum);
        in.packed = self->packed_in;
        kernels->affine(&(mts_affine){
            .m = B, .n = N, .term = {in}, .init = b_in, .y = sum.y + 2 * N, .ldy = 3 * N});
        back.packed = self->packed_hn;
        kernels->affine(
            &(mts_affine){.m = B, .n = N, .term = {back}, .init = b_hn, .y = u, .ldy = N});
        cell(self, B, sum.y, u, h_prev, h);
        h_prev = h;
    }
    return self->h;
}

static void backward(void *state, mts_real *dh, mts_real *dx)
{
    gru *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t T = self->T, B = self->B, I = self->spec.I, N = self->spec.N, G = 3 * N;
    for (size_t t = T; t-- > 0;) {
        const mts_term back = {
            .k = G, .x = self->dj + t * B * G, .ldx = G, .packed = self->packed_h_back};
        mts_real *dh_t = dh + t * B * N, *dh_prev = t > 0 ? dh_t - B * N : NULL;
        cell_back(self, t, dh_t, dh_prev);
        if (dh_prev)
            kernels->affine(&(mts_affine){.m = B,
                                          .n = N,
                                          .term = {back},
                                          .init = dh_prev,
                                          .ld_init = N,
                                          .y = dh_prev,
                                          .ldy = N});
    }
    if (dx) {
        const mts_term back = {.k = G, .x = self->di, .ldx = G, .packed = self->packed_i_back};
        kernels->pack_transposed(G, I, self->theta + self->W_ih, G, self->packed_i_back);
        kernels->affine(&(mts_affine){.m = T * B, .n = I, .term = {back}, .y = dx, .ldy = I});
    }
}

static void gradient(void *state, mts_real *dtheta)
{
    gru *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t B = self->B, I = self->spec.I, N = self->spec.N, G = 3 * N, m = self->T * B;
    mts_outer in = {.m = m, .k = I, .n = G, .x = self->x, .ldx = I, .dy = self->di, .lddy = G};
    mts_outer back = {.m = m - B, .k = N, .n = G, .x = self->h, .ldx = N, .lddy = G};
    in.dw = dtheta + self->W_ih;
    back.dy = self->dj + B * G;
    back.dw = dtheta + self->W_hh;
    in.lddw = back.lddw = G;
    kernels->outer(&in);
    kernels->outer(&back);
    kernels->column_sum(m, G, self->di, G, dtheta + self->b_ih);
    kernels->column_sum(m, G, self->dj, G, dtheta + self->b_hh);
}

const mts_arch mts_arch_gru = {.name = "gru",
                               .recurrent = "W_hh",
                               .layout = layout,
                               .flops = flops,
                               .size = sizeof(gru),
                               .take = take,
                               .pack = pack,
                               .forward = forward,
                               .backward = backward,
                               .gradient = gradient};
