/* rnn.c: the two recurrent networks of rate units, which differ in what a unit keeps of itself
 * [S1 eq. 5; code RNN.py].
 *
 *     s_t = x_t W_in + b_in + r_{t-1} W_rec + b_rec + noise,   a_t = act(s_t),   r_{-1} = 0
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
#include "arch.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define STEP_ROWS 32 /* rows that step_back takes at a time */

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
    bool whole;                                 /* the latter is that of all units */
    mts_real *bias;                             /* b_in + b_rec [N] */

    size_t T, B; /* of the last forward */
    const mts_real *x;
    mts_real *r; /* [T][B][N] */
    mts_real *a; /* [T][B][N]; r itself if direct; [B][N], reused by each step, if not training */
    mts_real *normal; /* [T][N][groups] network noise; with noise only, as is init */
    uint64_t first;   /* trial of the last forward; then its groups of trials that share noise */
    size_t groups;
    mts_real *init; /* [B][N], what a step's sums start from: bias and noise */
    mts_real *dr;   /* [B][N], training and not direct only */
    mts_real *ds;   /* [T][B][N]: the caller's dh, overwritten */
    mts_real *db;   /* [N], training only */

    /* The way back; training only, and all but units for relu only. */
    mts_units units;
    size_t *at;                  /* [N] */
    mts_real *r_alive, *a_alive; /* r and a of these units alone */
    const mts_real *a_back;      /* a, or a_alive */
    mts_real *part;              /* [I or N][N]: of a matrix, the columns of these units */

    mts_real *drive; /* [N], for step: the sums without the recurrence */
    mts_real *rows;  /* [2][STEP_ROWS][N], for step_back, training only */
} rnn;

static double recurrent_scale(const mts_net_spec *spec)
{
    const double N = (double)spec->N;
    return spec->recurrent_init == MTS_INIT_SPARSE       ? sqrt(2 / (0.15 * N))
           : spec->recurrent_init == MTS_INIT_ORTHOGONAL ? 1
                                                         : 1 / sqrt(N);
}

static void layout(const mts_net_spec *spec, mts_layout *list)
{
    const double in = 1 / sqrt((double)spec->I), rec = 1 / sqrt((double)spec->N);
    mts_layout_add(list, "W_in", spec->I, spec->N, in);
    mts_layout_add(list, "b_in", 1, spec->N, in);
    mts_layout_add_init(list, "W_rec", spec->N, spec->N, spec->recurrent_init,
                        recurrent_scale(spec));
    mts_layout_add(list, "b_rec", 1, spec->N, rec);
}

static void flops(const mts_net_spec *spec, size_t T, mts_net_work *work)
{
    const double in = 2.0 * (double)spec->I * (double)spec->N;
    const double rec = 2.0 * (double)spec->N * (double)spec->N;
    (void)T;
    work->forward += in + rec;
    work->backward += rec;
    work->gradient += in + rec;
}

static mts_status check(const mts_net_spec *spec)
{
    if (spec->act != MTS_ACT_RELU && spec->act != MTS_ACT_TANH)
        return mts_fail(MTS_ERR_USAGE, "units of architecture %s are relu or tanh", spec->arch);
    if (spec->recurrent_init == MTS_INIT_NORMAL || spec->recurrent_init == MTS_INIT_CONSTANT)
        return mts_fail(MTS_ERR_USAGE, "W_rec of architecture %s is uniform, sparse or orthogonal",
                        spec->arch);
    return MTS_OK;
}

static void take_alive(rnn *self, mts_workspace *w, size_t all)
{
    const size_t I = w->spec.I, N = w->spec.N;
    if (w->spec.act != MTS_ACT_RELU)
        return;
    self->at = mts_take(&w->arena, N, sizeof *self->at);
    self->r_alive = mts_take_reals(w, all);
    self->a_alive = self->direct ? self->r_alive : mts_take_reals(w, all);
    self->part = mts_take_reals(w, (I > N ? I : N) * N);
}

static void take(rnn *self, mts_workspace *w, double keep)
{
    const mts_net_spec *spec = &w->spec;
    const mts_tensor *tensor = w->layout->tensor;
    const size_t I = spec->I, N = spec->N, trials = w->B * N, all = w->T * trials;
    *self = (rnn){.spec = *spec,
                  .kernels = w->kernels,
                  .training = w->training,
                  .keep = (mts_real)keep,
                  .gain = (mts_real)spec->alpha,
                  .direct = keep == 0 && spec->alpha == 1,
                  .W_in = tensor[0].offset,
                  .b_in = tensor[1].offset,
                  .W_rec = tensor[2].offset,
                  .b_rec = tensor[3].offset};
    self->packed_in = mts_take_packed(w, I, N);
    self->packed_rec = mts_take_packed(w, N, N);
    self->bias = mts_take_reals(w, N);
    self->r = mts_take_reals(w, all);
    self->a = self->direct ? self->r : mts_take_reals(w, w->training ? all : trials);
    self->drive = mts_take_reals(w, N);
    if (spec->noise > 0) {
        self->normal = mts_take_reals(w, all);
        self->init = mts_take_reals(w, trials);
    }
    if (w->training) {
        self->packed_in_back = mts_take_packed(w, N, I);
        self->packed_rec_back = mts_take_packed(w, N, N);
        self->dr = self->direct ? NULL : mts_take_reals(w, trials);
        self->db = mts_take_reals(w, N);
        self->rows = mts_take_reals(w, 2 * STEP_ROWS * N);
        take_alive(self, w, all);
    }
}

static void take_leaky(void *state, mts_workspace *w)
{
    rnn counted;
    take(state ? state : &counted, w, 1 - w->spec.alpha);
}

static void take_noleak(void *state, mts_workspace *w)
{
    rnn counted;
    take(state ? state : &counted, w, 1);
}

static void pack(void *state, const mts_real *theta)
{
    rnn *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t I = self->spec.I, N = self->spec.N;
    self->theta = theta;
    kernels->pack(I, N, theta + self->W_in, N, self->packed_in);
    kernels->pack(N, N, theta + self->W_rec, N, self->packed_rec);
    self->whole = false;
    kernels->blend(N, 1, theta + self->b_in, 1, theta + self->b_rec, self->bias);
}

/* The item of the noise that trial b of the batch has. */
static uint64_t group_of(const rnn *self, size_t b)
{
    const size_t shared = self->spec.noise_group;
    return (self->first + b) / (shared > 0 ? shared : 1);
}

static void draw_noise(rnn *self, const mts_net_trials *trials)
{
    self->first = trials->first;
    self->groups = (size_t)(group_of(self, self->B - 1) - group_of(self, 0)) + 1;
    self->kernels->normal(trials->noise, group_of(self, 0), self->groups, self->T * self->spec.N,
                          self->normal);
}

/* Bias and noise of step t, as rows of trials. */
static const mts_real *noisy_bias(rnn *self, size_t t)
{
    const size_t B = self->B, N = self->spec.N, G = self->groups;
    const mts_real *normal = self->normal + t * N * G, sd = (mts_real)self->spec.noise;
    for (size_t b = 0; b < B; b++) {
        const size_t g = (size_t)(group_of(self, b) - group_of(self, 0));
        for (size_t j = 0; j < N; j++)
            self->init[b * N + j] = self->bias[j] + sd * normal[j * G + g];
    }
    return self->init;
}

static const mts_real *forward(void *state, size_t T, size_t B, const mts_real *x, size_t from,
                               const mts_net_trials *trials)
{
    rnn *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t I = self->spec.I, N = self->spec.N;
    const bool noisy = trials && self->normal, sparse = self->spec.act == MTS_ACT_RELU;
    const mts_real *r_prev = NULL;
    (void)from;
    self->T = T;
    self->B = B;
    self->x = x;
    if (noisy)
        draw_noise(self, trials);
    for (size_t t = 0; t < T; t++) {
        mts_real *r = self->r + t * B * N;
        mts_real *a = self->direct ? r : self->a + (self->training ? t * B * N : 0);
        kernels->affine(&(mts_affine){
            .m = B,
            .n = N,
            .term = {{.k = I, .x = x + t * B * I, .ldx = I, .packed = self->packed_in},
                     {.k = r_prev ? N : 0,
                      .x = r_prev,
                      .ldx = N,
                      .packed = self->packed_rec,
                      .sparse = sparse}},
            .init = noisy ? noisy_bias(self, t) : self->bias,
            .ld_init = noisy ? N : 0,
            .act = self->spec.act,
            .y = a,
            .ldy = N});
        if (!self->direct)
            kernels->blend(B * N, self->keep, r_prev, self->gain, a, r);
        r_prev = r;
    }
    return self->r;
}

/* ---- back, for the chosen units: all, or those that were not silent all the time ---- */

static bool all_finite(const rnn *self)
{
    const size_t I = self->spec.I, N = self->spec.N;
    const mts_kernels *kernels = self->kernels;
    return kernels->finite(I * N, self->theta + self->W_in) &&
           kernels->finite(N * N, self->theta + self->W_rec) &&
           kernels->finite(self->T * self->B * I, self->x) &&
           kernels->finite(self->T * self->B * N, self->r);
}

static const mts_units *choose(void *state, bool all)
{
    rnn *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t rows = self->T * self->B, N = self->spec.N;
    const size_t n =
        all || self->spec.act != MTS_ACT_RELU ? N : kernels->alive(rows, N, self->a, N, self->at);
    self->units = (mts_units){.n = N, .h = self->r};
    self->a_back = self->a;
    if (n == 0 || 8 * n > 7 * N || !all_finite(self))
        return &self->units;
    kernels->gather(rows, n, self->at, self->r, N, self->r_alive, n);
    if (!self->direct)
        kernels->gather(rows, n, self->at, self->a, N, self->a_alive, n);
    self->units = (mts_units){.n = n, .at = self->at, .h = self->r_alive};
    self->a_back = self->a_alive;
    return &self->units;
}

/* w[k][N] for the chosen units: its columns and, if `square`, its rows. *ld is that of the result. */
static const mts_real *part_of(rnn *self, size_t k, const mts_real *w, bool square, size_t *ld)
{
    const size_t N = self->spec.N, n = self->units.n;
    const size_t *at = self->units.at;
    *ld = n;
    if (!at)
        return w;
    self->kernels->gather(square ? N : k, n, at, w, N, self->part, n);
    for (size_t i = 0; square && i < k; i++) /* at[i] is not below i */
        memmove(self->part + i * n, self->part + at[i] * n, n * sizeof *w);
    return self->part;
}

static void backward(void *state, mts_real *dh, mts_real *dx)
{
    rnn *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t T = self->T, B = self->B, I = self->spec.I, n = self->units.n;
    const mts_act act = self->spec.act;
    size_t ld;
    const mts_real *w = part_of(self, n, self->theta + self->W_rec, true, &ld);
    kernels->pack_transposed(n, n, w, ld, self->packed_rec_back);
    self->whole = !self->units.at;
    self->ds = dh;
    for (size_t t = T; t-- > 0;) {
        const bool last = t + 1 == T;
        mts_real *ds = dh + t * B * n;
        mts_real *dr = self->direct ? ds : self->dr;
        const mts_term back = {.k = last ? 0 : n,
                               .x = ds + B * n,
                               .ldx = n,
                               .packed = self->packed_rec_back,
                               .sparse = act == MTS_ACT_RELU};
        if (!self->direct)
            kernels->blend(B * n, self->keep, last ? NULL : dr, 1, ds, dr);
        if (!self->direct && !last)
            kernels->affine(&(mts_affine){
                .m = B, .n = n, .term = {back}, .init = dr, .ld_init = n, .y = dr, .ldy = n});
        kernels->affine_back(&(mts_affine){.m = B,
                                           .n = n,
                                           .term = {self->direct ? back : (mts_term){0}},
                                           .init = dr,
                                           .ld_init = n,
                                           .act = act,
                                           .y = ds,
                                           .ldy = n,
                                           .gain = self->gain,
                                           .a = self->a_back + t * B * n,
                                           .lda = n});
    }
    if (dx) {
        w = part_of(self, I, self->theta + self->W_in, false, &ld);
        kernels->pack_transposed(n, I, w, ld, self->packed_in_back);
        kernels->affine(
            &(mts_affine){.m = T * B,
                          .n = I,
                          .term = {{.k = n, .x = dh, .ldx = n, .packed = self->packed_in_back}},
                          .y = dx,
                          .ldy = I});
    }
}

/* dw[k][N] += x' dy, in the columns of the chosen units and, if x is of these units, in their rows. */
static void add_outer(rnn *self, mts_outer sum, bool square, mts_real *dw)
{
    const size_t N = self->spec.N, n = self->units.n;
    const size_t *at = self->units.at;
    sum.n = sum.lddy = n;
    sum.dw = at ? self->part : dw;
    part_of(self, sum.k, dw, square, &sum.lddw);
    self->kernels->outer(&sum);
    for (size_t i = 0; at && i < sum.k; i++)
        for (size_t j = 0; j < n; j++)
            dw[(square ? at[i] : i) * N + at[j]] = self->part[i * n + j];
}

static void gradient(void *state, mts_real *dtheta)
{
    rnn *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t T = self->T, B = self->B, I = self->spec.I, N = self->spec.N, n = self->units.n;
    const size_t *at = self->units.at;
    mts_real *db = self->db;
    add_outer(self, (mts_outer){.m = T * B, .k = I, .x = self->x, .ldx = I, .dy = self->ds}, false,
              dtheta + self->W_in);
    add_outer(
        self,
        (mts_outer){.m = (T - 1) * B, .k = n, .x = self->units.h, .ldx = n, .dy = self->ds + B * n},
        true, dtheta + self->W_rec);

    /* Both biases enter the same sum, so they have the same gradient. */
    for (size_t j = 0; j < N; j++)
        db[j] = 0;
    kernels->column_sum(T * B, n, self->ds, n, db);
    for (size_t j = n; at && j-- > 0;) { /* at[j] is not below j */
        const mts_real sum = db[j];
        db[j] = 0;
        db[at[j]] = sum;
    }
    kernels->blend(N, 1, dtheta + self->b_in, 1, db, dtheta + self->b_in);
    kernels->blend(N, 1, dtheta + self->b_rec, 1, db, dtheta + self->b_rec);
}

/* b + x W_in, the part of the sums that is the same in every row. */
static const mts_real *drive_of(rnn *self, const mts_real *x)
{
    const size_t I = self->spec.I, N = self->spec.N;
    self->kernels->affine(
        &(mts_affine){.m = 1,
                      .n = N,
                      .term = {{.k = I, .x = x, .ldx = I, .packed = self->packed_in}},
                      .init = self->bias,
                      .y = self->drive,
                      .ldy = N});
    return self->drive;
}

static void step(void *state, size_t n, const mts_real *x, const mts_real *h, mts_real *next)
{
    rnn *self = state;
    const size_t N = self->spec.N;
    self->kernels->affine(&(mts_affine){.m = n,
                                        .n = N,
                                        .term = {{.k = N,
                                                  .x = h,
                                                  .ldx = N,
                                                  .packed = self->packed_rec,
                                                  .sparse = self->spec.act == MTS_ACT_RELU}},
                                        .init = drive_of(self, x),
                                        .act = self->spec.act,
                                        .y = next,
                                        .ldy = N});
    if (!self->direct)
        self->kernels->blend(n * N, self->keep, h, self->gain, next, next);
}

/* dh = keep dnext + (gain act'(a) dnext) W_rec', some rows at a time. */
static void step_back(void *state, size_t n, const mts_real *x, const mts_real *h,
                      const mts_real *dnext, mts_real *dh)
{
    rnn *self = state;
    const mts_kernels *kernels = self->kernels;
    const size_t N = self->spec.N;
    const mts_act act = self->spec.act;
    const mts_real *drive = drive_of(self, x);
    mts_real *a = self->rows, *ds = self->rows + STEP_ROWS * N;
    if (!self->whole)
        kernels->pack_transposed(N, N, self->theta + self->W_rec, N, self->packed_rec_back);
    self->whole = true;
    for (size_t first = 0; first < n; first += STEP_ROWS) {
        const size_t m = n - first < STEP_ROWS ? n - first : STEP_ROWS;
        const mts_term term = {.k = N,
                               .x = h + first * N,
                               .ldx = N,
                               .packed = self->packed_rec,
                               .sparse = act == MTS_ACT_RELU};
        const mts_term back = {.k = N,
                               .x = ds,
                               .ldx = N,
                               .packed = self->packed_rec_back,
                               .sparse = act == MTS_ACT_RELU};
        const mts_real *from = dnext + first * N;
        mts_real *to = dh + first * N;
        kernels->affine(&(mts_affine){
            .m = m, .n = N, .term = {term}, .init = drive, .act = act, .y = a, .ldy = N});
        kernels->affine_back(&(mts_affine){.m = m,
                                           .n = N,
                                           .init = from,
                                           .ld_init = N,
                                           .act = act,
                                           .y = ds,
                                           .ldy = N,
                                           .gain = self->gain,
                                           .a = a,
                                           .lda = N});
        kernels->blend(m * N, 0, NULL, self->keep, from, to);
        kernels->affine(&(mts_affine){
            .m = m, .n = N, .term = {back}, .init = to, .ld_init = N, .y = to, .ldy = N});
    }
}

static void add_multiple(size_t n, double factor, const mts_real *row, double *sum)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += factor * (double)row[i];
}

/* d next_i / d h_j = keep [i = j] + gain act'(a_i) W_rec[j][i] */
static void jacobian(void *state, const mts_real *x, const double *h, double *next, double *J)
{
    rnn *self = state;
    const size_t N = self->spec.N;
    const mts_real *theta = self->theta, *w = theta + self->W_rec;
    const double keep = (double)self->keep, gain = (double)self->gain;
    const bool relu = self->spec.act == MTS_ACT_RELU;
    for (size_t i = 0; i < N; i++)
        next[i] = (double)theta[self->b_in + i] + (double)theta[self->b_rec + i];
    for (size_t k = 0; k < self->spec.I; k++)
        add_multiple(N, (double)x[k], theta + self->W_in + k * N, next);
    for (size_t j = 0; j < N; j++)
        add_multiple(N, h[j], w + j * N, next);
    for (size_t i = 0; i < N; i++) {
        const double s = next[i], a = relu ? (s <= 0 ? 0 : s) : tanh(s); /* a NaN stays one */
        const double slope = relu ? (s > 0 ? 1 : 0) : 1 - a * a;
        next[i] = keep * h[i] + gain * a;
        for (size_t j = 0; J && j < N; j++)
            J[i * N + j] = gain * slope * (double)w[j * N + i] + (i == j ? keep : 0);
    }
}

const mts_arch mts_arch_rnn = {.name = "rnn",
                               .recurrent = "W_rec",
                               .silent = true,
                               .layout = layout,
                               .flops = flops,
                               .check = check,
                               .size = sizeof(rnn),
                               .take = take_leaky,
                               .pack = pack,
                               .forward = forward,
                               .choose = choose,
                               .backward = backward,
                               .gradient = gradient,
                               .step = step,
                               .step_back = step_back,
                               .jacobian = jacobian};
const mts_arch mts_arch_rnn_noleak = {.name = "rnn_noleak",
                                      .recurrent = "W_rec",
                                      .silent = true,
                                      .layout = layout,
                                      .flops = flops,
                                      .check = check,
                                      .size = sizeof(rnn),
                                      .take = take_noleak,
                                      .pack = pack,
                                      .forward = forward,
                                      .choose = choose,
                                      .backward = backward,
                                      .gradient = gradient,
                                      .step = step,
                                      .step_back = step_back,
                                      .jacobian = jacobian};
