/* network.h: a network with all its arrays, for tests of the numerics. */
#ifndef MTSWEEP_TESTS_NETWORK_H
#define MTSWEEP_TESTS_NETWORK_H

#include <check.h>
#include <math.h>
#include <string.h>

#include "mtsweep/nn.h"

/* What the double build must reach is out of reach in float. */
#ifdef MTS_DOUBLE
#define IS_DOUBLE true
#define ROUNDING  1e-13
#else
#define IS_DOUBLE false
#define ROUNDING  2e-6
#endif

/* Whether these kernels promise that what they write for a row does not depend on the other rows to
 * the last bit. OpenBLAS chooses its code, and with it the order of its sums, by the shape of a
 * product. */
static inline bool promises_bits(const mts_kernels *kernels)
{
    return strcmp(kernels->name, "blas") != 0;
}

static inline mts_real *reals(size_t n)
{
    mts_real *v = mts_alloc(n, sizeof *v);
    ck_assert_ptr_nonnull(v);
    return v;
}

/* Runs the statement that follows with k, a const mts_kernels *, being each of this machine's. */
#define FOR_ALL_KERNELS(k)                                                                         \
    for (size_t number_##k = 0; (k = mts_kernels_at(number_##k)); number_##k++)

/* n numbers U(low, high), a function of `seed`. */
static inline mts_real *random_reals(size_t n, double low, double high, uint64_t seed)
{
    mts_real *v = reals(n);
    mts_uniform((mts_stream){seed, 77}, 0, n, v);
    for (size_t i = 0; i < n; i++)
        v[i] = (mts_real)(low + (high - low) * (double)v[i]);
    return v;
}

static inline bool same_bits(const mts_real *a, const mts_real *b, size_t n)
{
    return memcmp(a, b, n * sizeof *a) == 0;
}

/* Largest |a - b| divided by the largest |b|; huge where a number is not finite. */
static inline double distance(const mts_real *a, const mts_real *b, size_t n)
{
    double most = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = fabs((double)a[i] - (double)b[i]);
        if (!isfinite(d))
            return HUGE_VAL;
        most = fmax(most, d);
        size = fmax(size, fabs((double)b[i]));
    }
    return most > 0 ? most / size : 0;
}

/* A spec; further fields follow alpha as `.field = value`. */
#define SPEC(arch_, I_, N_, K_, act_, alpha_, ...)                                                 \
    {                                                                                              \
        .arch = (arch_), .I = (I_), .N = (N_), .K = (K_), .act = (act_), .alpha = (alpha_),        \
        __VA_ARGS__                                                                                \
    }

typedef struct network {
    mts_net_spec spec;
    mts_layout layout;
    const mts_kernels *kernels;
    size_t T, B;
    mts_net *net;
    mts_real *theta, *dtheta;  /* [P] */
    mts_real *x, *dx;          /* [T][B][I] */
    mts_real *target, *weight; /* [T][B][K] */
} network;

/* The initial values of a gpt are so small that attention hardly depends on them; here normal numbers
 * and constants get U(-1/2, 1/2) added. */
static inline void spread_parameters(const mts_layout *layout, uint64_t seed, mts_real *theta)
{
    for (size_t i = 0; i < layout->n; i++) {
        const mts_tensor *tensor = &layout->tensor[i];
        const size_t n = tensor->rows * tensor->cols;
        mts_real *more = random_reals(n, -0.5, 0.5, seed + i);
        for (size_t j = 0; j < n; j++)
            if (tensor->init == MTS_INIT_NORMAL || tensor->init == MTS_INIT_CONSTANT)
                theta[tensor->offset + j] += more[j];
        mts_free(more);
    }
}

/* Parameters, inputs U(-1, 1), targets U(0, 1) and weights U(0, 2), functions of `seed`. */
static inline network network_create(mts_net_spec spec, const mts_kernels *kernels, size_t T,
                                     size_t B, uint64_t seed)
{
    network n = {.spec = spec, .kernels = kernels, .T = T, .B = B};
    ck_assert_int_eq(mts_net_layout(&spec, &n.layout), MTS_OK);
    ck_assert_int_eq(mts_net_create(&spec, kernels, T, B, true, &n.net), MTS_OK);
    n.theta = reals(n.layout.total);
    n.dtheta = reals(n.layout.total);
    ck_assert_int_eq(mts_layout_init(&n.layout, (mts_stream){seed, MTS_FOR_INIT}, n.theta), MTS_OK);
    spread_parameters(&n.layout, seed, n.theta);
    n.x = random_reals(T * B * spec.I, -1, 1, seed + 1);
    n.dx = reals(T * B * spec.I);
    n.target = random_reals(T * B * spec.K, 0, 1, seed + 2);
    n.weight = random_reals(T * B * spec.K, 0, 2, seed + 3);
    return n;
}

static inline void network_destroy(network *n)
{
    mts_net_destroy(n->net);
    mts_free(n->theta);
    mts_free(n->dtheta);
    mts_free(n->x);
    mts_free(n->dx);
    mts_free(n->target);
    mts_free(n->weight);
}

static inline const mts_kernels *kernels_of(const char *name)
{
    const mts_kernels *kernels;
    ck_assert_int_eq(mts_kernels_find(name, &kernels), MTS_OK);
    return kernels;
}

/* An rnn of N units with three inputs. */
static inline network network_of(const char *arch, mts_act act, double alpha, size_t N,
                                 const mts_kernels *kernels)
{
    const mts_net_spec spec = {
        .arch = arch, .I = 3, .N = N, .K = 1, .act = act, .alpha = alpha, .mlp = 1};
    network net = network_create(spec, kernels, 1, 1, 11);
    mts_net_pack(net.net, net.theta);
    return net;
}

/* Trial b of `all` becomes the input of `one`, which has one trial of as many steps. */
static inline void take_trial(const network *all, size_t b, network *one)
{
    const size_t I = all->spec.I;
    for (size_t t = 0; t < all->T; t++)
        memcpy(one->x + t * I, all->x + (t * all->B + b) * I, I * sizeof *one->x);
}

/* Whether the hidden states of `one` are those of trial b among h[T][B][N]: their bits, or where
 * kernels do not promise these, to `rounding`. */
static inline bool is_trial(const mts_kernels *k, const network *one, const mts_real *h, size_t B,
                            size_t b, double rounding)
{
    const size_t N = one->spec.N;
    bool is = true;
    for (size_t t = 0; t < one->T; t++) {
        const mts_real *mine = mts_net_hidden(one->net) + t * N, *its = h + (t * B + b) * N;
        is =
            is && (promises_bits(k) ? same_bits(mine, its, N) : distance(mine, its, N) <= rounding);
    }
    return is;
}

static inline double network_loss(network *n)
{
    mts_net_pack(n->net, n->theta);
    mts_net_forward(n->net, n->T, n->B, n->x);
    return mts_net_loss(n->net, n->target, n->weight, NULL, 0, NULL);
}

/* Fills dtheta and dx. */
static inline double network_gradient(network *n)
{
    const double loss = network_loss(n);
    memset(n->dtheta, 0, n->layout.total * sizeof *n->dtheta);
    mts_net_backward(n->net, n->dx);
    mts_net_gradient(n->net, n->dtheta);
    return loss;
}

/* Holds the gradient dv of the loss with respect to v[n] against central differences. */
static inline void check_differences(network *net, const char *what, size_t n, mts_real *v,
                                     const mts_real *dv)
{
    const mts_real step = (mts_real)1e-5;
    for (size_t i = 0; i < n; i++) {
        const mts_real kept = v[i];
        double up, down, slope;
        v[i] = kept + step;
        up = network_loss(net);
        v[i] = kept - step;
        down = network_loss(net);
        v[i] = kept;
        slope = (up - down) / (2 * (double)step);
        ck_assert_msg(fabs(slope - (double)dv[i]) <= 1e-9 + 1e-6 * fabs(slope),
                      "%s, %s: %s[%zu] has gradient %.12g, differences say %.12g", net->spec.arch,
                      net->kernels->name, what, i, (double)dv[i], slope);
    }
}

/* All gradients of the network against central differences; meaningful in double only. */
static inline void check_gradients(network *n)
{
    network_gradient(n);
    for (size_t i = 0; i < n->layout.n; i++) {
        const mts_tensor *tensor = &n->layout.tensor[i];
        check_differences(n, tensor->name, tensor->rows * tensor->cols, n->theta + tensor->offset,
                          n->dtheta + tensor->offset);
    }
    check_differences(n, "x", n->T * n->B * n->spec.I, n->x, n->dx);
}

#endif
