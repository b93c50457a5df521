/* net.c: an architecture with its readout and a loss of it:  z = h W_out + b_out. */
#include "arch.h"
#include "loss.h"

#include <assert.h>
#include <math.h>
#include <string.h>

struct mts_net {
    mts_arena memory; /* all that the network is */
    mts_net_spec spec;
    const mts_arch *arch;
    const mts_loss *loss;
    const mts_kernels *kernels;
    void *state; /* the architecture's */
    size_t T_most, B_most;
    bool training;

    size_t W_out, b_out; /* offsets in theta */
    const mts_real *theta;
    mts_real *packed;      /* W_out */
    mts_real *packed_back; /* its transpose; this and the next, training only */
    mts_real *rows;        /* [N][K]: rows of W_out or of its gradient */
    mts_units units;       /* of the last way back */

    mts_net_trials trials;
    bool draws; /* there are trials to draw for */

    size_t T, B; /* of the last forward */
    const mts_real *h;
    mts_real *z, *dz; /* [T][B][K] */
    mts_real *dh;     /* [T][B][N], training only */
};

static bool has_silent_units(const mts_net *net)
{
    return net->arch->silent && net->spec.act == MTS_ACT_RELU;
}

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

mts_net_work mts_net_flops_by_call(const mts_net_spec *spec, size_t T)
{
    const double readout = 2.0 * (double)spec->N * (double)spec->K;
    const mts_arch *arch = mts_arch_find(spec->arch);
    mts_net_work work = {0, readout, readout, readout};
    if (!arch)
        return (mts_net_work){0};
    arch->flops(spec, T, &work);
    return work;
}

double mts_net_flops(const mts_net_spec *spec, size_t T, bool training)
{
    const mts_net_work work = mts_net_flops_by_call(spec, T);
    return work.forward + work.loss + (training ? work.backward + work.gradient : 0);
}

double mts_net_flops_last(const mts_net_spec *spec, size_t T)
{
    const mts_arch *arch = mts_arch_find(spec->arch);
    return arch && arch->flops_last ? arch->flops_last(spec, T)
                                    : (double)T * mts_net_flops_by_call(spec, T).forward;
}

mts_status mts_net_check(const mts_config *config)
{
    const mts_arch *arch = mts_arch_find(mts_arch_names[config->arch]);
    return arch->check_config ? arch->check_config(config) : MTS_OK;
}

/* All of the workspace but its memory. */
static mts_status prepare(const mts_net_spec *spec, const mts_kernels *kernels, size_t T, size_t B,
                          bool training, mts_layout *layout, mts_workspace *w)
{
    const mts_arch *arch = mts_arch_find(spec->arch);
    const mts_loss *loss = arch ? mts_loss_find(spec->loss) : NULL;
    assert(T > 0 && B > 0 && spec->I > 0 && spec->N > 0 && spec->K > 0);
    if (!loss)
        return MTS_ERR_USAGE;
    *w = (mts_workspace){
        .spec = *spec, .layout = layout, .kernels = kernels, .T = T, .B = B, .training = training};
    w->spec.arch = arch->name;
    w->spec.loss = loss->name;
    if (arch->check && arch->check(&w->spec) != MTS_OK)
        return MTS_ERR_USAGE;
    return mts_net_layout(spec, layout);
}

/* The network in its workspace; NULL while the arena only counts. */
static mts_net *take(mts_workspace *w)
{
    const size_t N = w->spec.N, K = w->spec.K, rows = w->T * w->B;
    const mts_tensor *end = w->layout->tensor + w->layout->n;
    mts_net counted = {0}, *net = mts_take(&w->arena, 1, sizeof *net), *self = net ? net : &counted;
    *self = (mts_net){.spec = w->spec,
                      .arch = mts_arch_find(w->spec.arch),
                      .loss = mts_loss_find(w->spec.loss),
                      .kernels = w->kernels,
                      .T_most = w->T,
                      .B_most = w->B,
                      .training = w->training,
                      .W_out = end[-2].offset,
                      .b_out = end[-1].offset};
    self->state = mts_take(&w->arena, 1, self->arch->size);
    self->arch->take(self->state, w);
    self->packed = mts_take_packed(w, N, K);
    self->z = mts_take_reals(w, rows * K);
    self->dz = mts_take_reals(w, rows * K);
    if (w->training) {
        self->packed_back = mts_take_packed(w, K, N);
        self->rows = mts_take_reals(w, N * K);
        self->dh = mts_take_reals(w, rows * N);
    }
    return net;
}

size_t mts_net_memory(const mts_net_spec *spec, const mts_kernels *kernels, size_t T, size_t B,
                      bool training)
{
    mts_layout layout;
    mts_workspace w;
    if (prepare(spec, kernels, T, B, training, &layout, &w) != MTS_OK)
        return 0;
    take(&w);
    return w.arena.used;
}

mts_status mts_net_create(const mts_net_spec *spec, const mts_kernels *kernels, size_t T, size_t B,
                          bool training, mts_net **net)
{
    mts_layout layout;
    mts_workspace w;
    mts_status st = prepare(spec, kernels, T, B, training, &layout, &w);
    *net = NULL;
    if (st != MTS_OK)
        return st;
    take(&w);
    st = mts_arena_open(&w.arena);
    if (st != MTS_OK)
        return st;
    *net = take(&w);
    (*net)->memory = w.arena;
    return MTS_OK;
}

void mts_net_destroy(mts_net *net)
{
    mts_arena memory; /* the network is in it */
    if (!net)
        return;
    memory = net->memory;
    mts_arena_close(&memory);
}

void mts_net_pack(mts_net *net, const mts_real *theta)
{
    const size_t N = net->spec.N, K = net->spec.K;
    net->theta = theta;
    net->arch->pack(net->state, theta);
    net->kernels->pack(N, K, theta + net->W_out, K, net->packed);
}

void mts_net_set_trials(mts_net *net, const mts_net_trials *trials)
{
    assert(!trials || !trials->training || net->training);
    net->draws = trials != NULL;
    if (trials)
        net->trials = *trials;
}

/* Steps from .. T-1 of the states. */
static void forward(mts_net *net, size_t T, size_t B, const mts_real *x, size_t from)
{
    assert(net->theta);
    assert(0 < T && T <= net->T_most && 0 < B && B <= net->B_most);
    net->T = T;
    net->B = B;
    net->h = net->arch->forward(net->state, T, B, x, from, net->draws ? &net->trials : NULL);
}

void mts_net_forward(mts_net *net, size_t T, size_t B, const mts_real *x)
{
    forward(net, T, B, x, 0);
}

const mts_real *mts_net_forward_last(mts_net *net, size_t T, size_t B, const mts_real *x)
{
    assert(!net->training);
    forward(net, T, B, x, T - 1);
    return net->h + (T - 1) * B * net->spec.N;
}

const mts_real *mts_net_hidden(const mts_net *net)
{
    return net->h;
}

const mts_real *mts_net_logits(const mts_net *net)
{
    return net->z;
}

size_t mts_net_inner(mts_net *net, const char *name, size_t block, mts_real *values)
{
    assert(net->training);
    return net->arch->inner ? net->arch->inner(net->state, name, block, values) : 0;
}

void mts_net_readout(mts_net *net, size_t n, const mts_real *h, mts_real *z)
{
    const size_t N = net->spec.N, K = net->spec.K;
    net->kernels->affine(&(mts_affine){
        .m = n,
        .n = K,
        .term =
            {{.k = N, .x = h, .ldx = N, .packed = net->packed, .sparse = has_silent_units(net)}},
        .init = net->theta + net->b_out,
        .y = z,
        .ldy = K});
}

/* Answers that agree with the target, at steps first .. T-1. */
static size_t count_correct(const mts_net *net, const mts_real *target, const bool *asked,
                            size_t first)
{
    const size_t each = net->B * net->spec.K;
    const mts_real decided = net->loss->decided;
    size_t count = 0;
    for (size_t t = first; t < net->T; t++) {
        const mts_real *z = net->z + t * each, *y = target + t * each;
        for (size_t i = 0; i < each; i++)
            count += (!asked || asked[i]) && (z[i] > 0) == (y[i] > decided);
    }
    return count;
}

double mts_net_loss(mts_net *net, const mts_real *target, const mts_real *weight, const bool *asked,
                    size_t first_decision, size_t *correct)
{
    const size_t n = net->T * net->B * net->spec.K;
    double sum;
    mts_net_readout(net, net->T * net->B, net->h, net->z);
    sum = net->loss->apply(&net->spec, net->kernels, n, net->z, target, weight,
                           (mts_real)(1.0 / (double)n), net->dz);
    if (correct)
        *correct = count_correct(net, target, asked, first_decision);
    return sum / (double)n;
}

double mts_net_log_odds(const mts_net_spec *spec)
{
    const mts_loss *loss = mts_loss_find(spec->loss);
    return loss ? loss->log_odds : 0;
}

bool mts_net_can_step(const mts_net_spec *spec)
{
    const mts_arch *arch = mts_arch_find(spec->arch);
    return arch && arch->step;
}

static mts_status check_autonomous(const mts_net *net)
{
    if (net->arch->step)
        return MTS_OK;
    return mts_fail(MTS_ERR_USAGE,
                    "architecture %s has no state of its own to step: its representation is not "
                    "all that it keeps; take one such as rnn",
                    net->spec.arch);
}

mts_status mts_net_step(mts_net *net, size_t n, const mts_real *x, const mts_real *h,
                        mts_real *next)
{
    const mts_status st = check_autonomous(net);
    assert(net->theta);
    if (st == MTS_OK)
        net->arch->step(net->state, n, x, h, next);
    return st;
}

mts_status mts_net_step_back(mts_net *net, size_t n, const mts_real *x, const mts_real *h,
                             const mts_real *dnext, mts_real *dh)
{
    const mts_status st = check_autonomous(net);
    assert(net->theta && net->training);
    if (st == MTS_OK)
        net->arch->step_back(net->state, n, x, h, dnext, dh);
    return st;
}

mts_status mts_net_jacobian(mts_net *net, const mts_real *x, const double *h, double *next,
                            double *J)
{
    const mts_status st = check_autonomous(net);
    assert(net->theta);
    if (st == MTS_OK)
        net->arch->jacobian(net->state, x, h, next, J);
    return st;
}

/* The way back through the readout and the architecture, of all units or of those that matter. */
static void backward(mts_net *net, mts_real *dx, bool all)
{
    const mts_kernels *kernels = net->kernels;
    const size_t K = net->spec.K;
    const mts_real *w = net->theta + net->W_out;
    net->units = net->arch->choose ? *net->arch->choose(net->state, all)
                                   : (mts_units){.n = net->spec.N, .h = net->h};
    const mts_units *units = &net->units;
    for (size_t i = 0; units->at && i < units->n; i++)
        memcpy(net->rows + i * K, w + units->at[i] * K, K * sizeof *w);
    kernels->pack_transposed(K, units->n, units->at ? net->rows : w, K, net->packed_back);
    kernels->affine(
        &(mts_affine){.m = net->T * net->B,
                      .n = units->n,
                      .term = {{.k = K, .x = net->dz, .ldx = K, .packed = net->packed_back}},
                      .y = net->dh,
                      .ldy = units->n});
    net->arch->backward(net->state, net->dh, dx);
}

void mts_net_backward(mts_net *net, mts_real *dx)
{
    const size_t rows = net->T * net->B;
    assert(net->training);
    backward(net, dx, false);
    if (net->units.at && !(net->kernels->finite(rows * net->units.n, net->dh) &&
                           net->kernels->finite(rows * net->spec.K, net->dz)))
        backward(net, dx, true);
}

void mts_net_gradient(mts_net *net, mts_real *dtheta)
{
    const mts_units *units = &net->units;
    const size_t K = net->spec.K, rows = net->T * net->B;
    mts_real *dw = dtheta + net->W_out;
    assert(net->training);
    net->arch->gradient(net->state, dtheta);
    for (size_t i = 0; units->at && i < units->n; i++)
        memcpy(net->rows + i * K, dw + units->at[i] * K, K * sizeof *dw);
    net->kernels->outer(&(mts_outer){.m = rows,
                                     .k = units->n,
                                     .n = K,
                                     .x = units->h,
                                     .ldx = units->n,
                                     .dy = net->dz,
                                     .lddy = K,
                                     .dw = units->at ? net->rows : dw,
                                     .lddw = K});
    for (size_t i = 0; units->at && i < units->n; i++)
        memcpy(dw + units->at[i] * K, net->rows + i * K, K * sizeof *dw);
    net->kernels->column_sum(rows, K, net->dz, K, dtheta + net->b_out);
}
