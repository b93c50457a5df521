/* lstm.c: PyTorch's nn.LSTM of one layer; the representation is h.
 *
 *     s_t = x_t W_ih + b_ih + h_{t-1} W_hh + b_hh   [4N], in the order i f g o
 *     i, f, o = sigmoid, g = tanh of their sums;   c_t = f c_{t-1} + i g;   h_t = o tanh(c_t)
 *
 * from h = c = 0. The way back, with dh_t the part of h's gradient through the readout:
 *
 *     whole gradient of h_t = dh_t + ds_{t+1} W_hh'
 *
 * and then through the cell, which hands dc from step to step.
 */
#include "arch.h"

#include <math.h>
#include <string.h>

typedef struct lstm {
    mts_net_spec spec;
    const mts_kernels *kernels;
    bool training;

    size_t W_ih, W_hh, b_ih, b_hh; /* offsets in theta */
    const mts_real *theta;
    mts_real *packed_ih, *packed_hh;
    mts_real *packed_ih_back, *packed_hh_back; /* transposes, training only */
    mts_real *bias;                            /* b_ih + b_hh [4N] */

    size_t T, B; /* of the last forward */
    const mts_real *x;
    mts_real *h;     /* [T][B][N] */
    mts_real *gates; /* [T][B][4N]; [B][4N], reused by each step, if not training */
    mts_real *c;     /* [T][B][N]; [B][N] if not training */
    mts_real *tc;    /* [T][B][N], tanh(c); [B][N] if not training */
    mts_real *ds;    /* [T][B][4N], training only */
    mts_real *dc;    /* [B][N], training only */
    mts_real *db;    /* [4N], training only */
} lstm;

static void layout(const mts_net_spec *spec, mts_layout *list)
{
    const double bound = 1 / sqrt((double)spec->N);
    mts_layout_add(list, "W_ih", spec->I, 4 * spec->N, bound);
    mts_layout_add(list, "W_hh", spec->N, 4 * spec->N, bound);
    mts_layout_add(list, "b_ih", 1, 4 * spec->N, bound);
    mts_layout_add(list, "b_hh", 1, 4 * spec->N, bound);
}

static void flops(const mts_net_spec *spec, size_t T, mts_net_work *work)
{
    const double in = 8.0 * (double)spec->I * (double)spec->N;
    const double rec = 8.0 * (double)spec->N * (double)spec->N;
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
    lstm counted = {0}, *self = state ? state : &counted;
    *self = (lstm){.spec = w->spec,
                   .kernels = w->kernels,
                   .training = w->training,
                   .W_ih = tensor[0].offset,
                   .W_hh = tensor[1].offset,
                   .b_ih = tensor[2].offset,
                   .b_hh = tensor[3].offset};
    self->packed_ih = mts_take_packed(w, I, 4 * N);
    self->packed_hh = mts_take_packed(w, N, 4 * N);
    self->bias = mts_take_reals(w, 4 * N);
    self->h = mts_take_reals(w, all);
    self->gates = mts_take_reals(w, 4 * kept);
    self->c = mts_take_reals(w, kept);
    self->tc = mts_take_reals(w, kept);
    if (w->training) {
        self->packed_ih_back = mts_take_packed(w, 4 * N, I);
        self->packed_hh_back = mts_take_packed(w, 4 * N, N);
        self->ds = mts_take_reals(w, 4 * all);
        self->dc = mts_take_reals(w, trials);
        self->db = mts_take_reals(w, 4 * N);
    }
}

static void pack(void *state, const mts_real *theta)
{
    lstm *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t I = self->spec.I, N = self->spec.N;
    self->theta = theta;
    kernels->pack(I, 4 * N, theta + self->W_ih, 4 * N, self->packed_ih);
    kernels->pack(N, 4 * N, theta + self->W_hh, 4 * N, self->packed_hh);
    if (self->training)
        kernels->pack_transposed(4 * N, N, theta + self->W_hh, 4 * N, self->packed_hh_back);
    kernels->blend(4 * N, 1, theta + self->b_ih, 1, theta + self->b_hh, self->bias);
}

static const mts_real *forward(void *state, size_t T, size_t B, const mts_real *x, size_t from,
                               const mts_net_trials *trials)
{
    lstm *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t I = self->spec.I, N = self->spec.N;
    const mts_real *h_prev = NULL, *c_prev = NULL;
    (void)from;
    (void)trials;
    self->T = T;
    self->B = B;
    self->x = x;
    for (size_t t = 0; t < T; t++) {
        const size_t at = self->training ? t : 0;
        mts_real *gates = self->gates + at * B * 4 * N;
        mts_real *c = self->c + at * B * N;
        mts_real *h = self->h + t * B * N;
        kernels->affine(&(mts_affine){
            .m = B,
            .n = 4 * N,
            .term = {{.k = I, .x = x + t * B * I, .ldx = I, .packed = self->packed_ih},
                     {.k = h_prev ? N : 0, .x = h_prev, .ldx = N, .packed = self->packed_hh}},
            .init = self->bias,
            .y = gates,
            .ldy = 4 * N});
        kernels->lstm_cell(&(mts_lstm_cell){.m = B,
                                            .n = N,
                                            .gates = gates,
                                            .c_prev = c_prev,
                                            .c = c,
                                            .tc = self->tc + at * B * N,
                                            .h = h});
        h_prev = h;
        c_prev = c;
    }
    return self->h;
}

static void backward(void *state, mts_real *dh, mts_real *dx)
{
    lstm *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t T = self->T, B = self->B, I = self->spec.I, N = self->spec.N;
    for (size_t i = 0; i < B * N; i++)
        self->dc[i] = 0;
    for (size_t t = T; t-- > 0;) {
        mts_real *dh_t = dh + t * B * N;
        mts_real *ds = self->ds + t * B * 4 * N;
        if (t + 1 < T)
            kernels->affine(&(mts_affine){.m = B,
                                          .n = N,
                                          .term = {{.k = 4 * N,
                                                    .x = ds + B * 4 * N,
                                                    .ldx = 4 * N,
                                                    .packed = self->packed_hh_back}},
                                          .init = dh_t,
                                          .ld_init = N,
                                          .y = dh_t,
                                          .ldy = N});
        kernels->lstm_cell_back(
            &(mts_lstm_cell_back){.m = B,
                                  .n = N,
                                  .gates = self->gates + t * B * 4 * N,
                                  .c_prev = t ? self->c + (t - 1) * B * N : NULL,
                                  .tc = self->tc + t * B * N,
                                  .dh = dh_t,
                                  .dc = self->dc,
                                  .dgates = ds});
    }
    if (dx) {
        kernels->pack_transposed(4 * N, I, self->theta + self->W_ih, 4 * N, self->packed_ih_back);
        kernels->affine(&(mts_affine){
            .m = T * B,
            .n = I,
            .term = {{.k = 4 * N, .x = self->ds, .ldx = 4 * N, .packed = self->packed_ih_back}},
            .y = dx,
            .ldy = I});
    }
}

static void gradient(void *state, mts_real *dtheta)
{
    lstm *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t T = self->T, B = self->B, I = self->spec.I, N = self->spec.N, G = 4 * N;
    mts_real *db = self->db;
    kernels->outer(&(mts_outer){.m = T * B,
                                .k = I,
                                .n = G,
                                .x = self->x,
                                .ldx = I,
                                .dy = self->ds,
                                .lddy = G,
                                .dw = dtheta + self->W_ih,
                                .lddw = G});
    kernels->outer(&(mts_outer){.m = (T - 1) * B,
                                .k = N,
                                .n = G,
                                .x = self->h,
                                .ldx = N,
                                .dy = self->ds + B * G,
                                .lddy = G,
                                .dw = dtheta + self->W_hh,
                                .lddw = G});

    /* Both biases enter the same sum, so they have the same gradient. */
    for (size_t j = 0; j < G; j++)
        db[j] = 0;
    kernels->column_sum(T * B, G, self->ds, G, db);
    kernels->blend(G, 1, dtheta + self->b_ih, 1, db, dtheta + self->b_ih);
    kernels->blend(G, 1, dtheta + self->b_hh, 1, db, dtheta + self->b_hh);
}

static size_t inner(void *state, const char *name, size_t block, mts_real *values)
{
    const lstm *self = state;
    const bool cell = strcmp(name, "cell") == 0;
    const size_t n = self->T * self->B * self->spec.N * (cell ? 1 : 4);
    if (block > 0 || (!cell && strcmp(name, "gates") != 0))
        return 0;
    memcpy(values, cell ? self->c : self->gates, n * sizeof *values);
    return n;
}

const mts_arch mts_arch_lstm = {.name = "lstm",
                                .recurrent = "W_hh",
                                .layout = layout,
                                .flops = flops,
                                .size = sizeof(lstm),
                                .take = take,
                                .pack = pack,
                                .forward = forward,
                                .backward = backward,
                                .gradient = gradient,
                                .inner = inner};
