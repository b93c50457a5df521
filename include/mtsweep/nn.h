/* nn.h: the networks. A frozen encoder, a recurrent network with its readout, and the loss.
 *
 * Typical use, one training step:
 *
 *     mts_net_pack(net, theta);                          // after every change of theta
 *     mts_net_forward(net, T, B, x);
 *     loss = mts_net_loss(net, target, weight, &correct);
 *     mts_net_backward(net, NULL);                       // gradients of the states
 *     mts_net_gradient(net, dtheta);                     // gradients of the parameters, added: the
 * caller zeroes
 *
 * A network never owns its parameters: theta is one block of layout->total numbers, readout
 * included, described by one list of tensors, and the optimiser, the file and the gradient check
 * loop over that list. All arrays have time as the slowest axis: x[T][B][I], h[T][B][N]. The output
 * at step t depends on inputs up to t only. Trials of a batch do not touch each other.
 *
 * An architecture is one file with one const table of functions, listed in src/nn/registry.c.
 */
#ifndef MTSWEEP_NN_H
#define MTSWEEP_NN_H

#include "mtsweep/base.h"
#include "mtsweep/num.h"
#include "mtsweep/record.h"

/* ---- network ---- */

typedef struct mts_net_spec {
    const char *arch; /* a choice of config field arch */
    size_t I, N, K;
    mts_act act;  /* rnn: MTS_ACT_RELU or MTS_ACT_TANH */
    double alpha; /* rnn: dt / tau. 1 replaces the state, less leaks; rnn_noleak keeps all of it: r
                     + alpha act(h) */
} mts_net_spec;

typedef struct mts_net mts_net;

/* Workspace for up to T steps and B trials; `training` adds what the way back needs.
 * MTS_ERR_MEMORY; MTS_ERR_USAGE for an unknown arch. Keeps a copy of the spec. Destroy accepts
 * NULL. */
mts_status mts_net_create(const mts_net_spec *spec, const mts_kernels *kernels, size_t T, size_t B,
                          bool training, mts_net **net);
void mts_net_destroy(mts_net *net);

/* Names of the registry, NULL-terminated: the choices of config field arch, in the same order. */
extern const char *const mts_arch_names[];

/* The tensors of a network of this spec. rnn, rnn_noleak: W_in[I][N] b_in[N] W_rec[N][N] b_rec[N];
 * lstm: W_ih[I][4N] W_hh[N][4N] b_ih[4N] b_hh[4N], gates i f g o; then for all W_out[N][K]
 * b_out[K]. Bounds: rnn and readout 1 / sqrt(fan_in) (PyTorch's nn.Linear), lstm 1 / sqrt(N). */
mts_status mts_net_layout(const mts_net_spec *spec, mts_layout *layout);

/* theta[i] = U(-bound, bound) of its tensor; item = number of the tensor in the layout. */
void mts_layout_init(const mts_layout *layout, mts_stream stream, mts_real *theta);

/* Floating-point operations (multiply and add are two) of one trial step. */
double mts_net_flops(const mts_net_spec *spec, bool training);

void mts_net_pack(mts_net *net, const mts_real *theta);

/* Runs from the zero state. x[T][B][I] must live until mts_net_gradient. T and B at most those of
 * create. */
void mts_net_forward(mts_net *net, size_t T, size_t B, const mts_real *x);

/* After forward: states h[T][B][N], and readout before the sigmoid z[T][B][K] (after mts_net_loss
 * or mts_net_readout). Owned by the net. */
const mts_real *mts_net_hidden(const mts_net *net);
const mts_real *mts_net_logits(const mts_net *net);

/* Readout of the n rows of states that start at h (rows are [N], contiguous) into z[n][K]. */
void mts_net_readout(mts_net *net, size_t n, const mts_real *h, mts_real *z);

/* Readout of all steps and mean over T, B, K of the weighted cross-entropy of sigmoid(z) [S1];
 * keeps dloss/dz. weight NULL = 1. correct, if not NULL: number of (trial, task) at steps
 * first_decision .. T-1 where z > 0 agrees with target > 1/2. */
double mts_net_loss(mts_net *net, const mts_real *target, const mts_real *weight,
                    size_t first_decision, size_t *correct);

/* From the dloss/dz that mts_net_loss left: gradients of states and sums. dx, if not NULL:
 * [T][B][I] gradient of the inputs, written. */
void mts_net_backward(mts_net *net, mts_real *dx);

/* From what backward left: dtheta += gradient of the parameters. */
void mts_net_gradient(mts_net *net, mts_real *dtheta);

/* ---- encoder ---- */

/* Frozen MLP D -> H -> H -> F, the nonlinearity after layers 1 and 2, none after the last [code
 * util.py]. MTS_ACT_RELU or MTS_ACT_SQUARE; MTS_ACT_NONE makes it the identity (F = D, no tensors).
 */
typedef struct mts_encoder_spec {
    size_t D, H, F;
    mts_act act;
} mts_encoder_spec;

typedef struct mts_encoder mts_encoder;

/* Tensors W0[D][H] b0[H] W1[H][H] b1[H] W2[H][F] b2[F], bounds 1 / sqrt(fan_in). */
void mts_encoder_layout(const mts_encoder_spec *spec, mts_layout *layout);
/* Copies theta. rows: most rows of one call of apply. */
mts_status mts_encoder_create(const mts_encoder_spec *spec, const mts_kernels *kernels,
                              const mts_real *theta, size_t rows, mts_encoder **encoder);
void mts_encoder_destroy(mts_encoder *encoder);
/* out[i][0 .. F-1] = f(obs[i][0 .. D-1]); rows of out are ldo apart. */
void mts_encoder_apply(mts_encoder *encoder, size_t rows, const mts_real *obs, mts_real *out,
                       size_t ldo);
double mts_encoder_flops(const mts_encoder_spec *spec); /* of one row */

#endif
