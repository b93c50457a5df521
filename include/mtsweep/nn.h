/* nn.h: the networks. A frozen encoder, a recurrent network with its readout, and the loss.
 *
 * Typical use, one training step:
 *
 *     mts_net_pack(net, theta);                  // after every change of theta
 *     mts_net_forward(net, T, B, x);
 *     loss = mts_net_loss(net, target, weight, first_decision, &correct);
 *     mts_net_backward(net, NULL);               // gradients of the states
 *     mts_net_gradient(net, dtheta);             // of the parameters, added: the caller zeroes
 *
 * A network never owns its parameters: theta is one block of layout->total numbers, readout
 * included, described by one list of tensors, and the optimiser, the file and the gradient check
 * loop over that list. All arrays have time as the slowest axis: x[T][B][I], h[T][B][N]. The output
 * at step t depends on inputs up to t only. Trials of a batch do not touch each other. Nothing is
 * allocated outside the create functions.
 *
 * An architecture is one file with one const table of functions (src/nn/arch.h), listed in
 * src/nn/registry.c.
 *
 * Letters: B trials in a batch, T steps, I network inputs, N hidden units, K tasks, D latents,
 * H units of an encoder layer, F encoder features.
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
    mts_act act;  /* rnn, rnn_noleak: MTS_ACT_RELU or MTS_ACT_TANH; lstm ignores it */
    double alpha; /* dt / tau. rnn: r <- (1 - alpha) r + alpha act(h); rnn_noleak: r <- r + alpha
                   * act(h); with h = W_in x + b_in + W_rec r + b_rec [S1 eq. 5]; lstm ignores it */
} mts_net_spec;

typedef struct mts_net mts_net;

/* Workspace for up to T steps and B trials (both at least 1); `training` adds what the way back
 * needs. Keeps a copy of the spec. MTS_ERR_MEMORY; MTS_ERR_USAGE for an unknown arch or an
 * activation that it does not have. Destroy accepts NULL. */
mts_status mts_net_create(const mts_net_spec *spec, const mts_kernels *kernels, size_t T, size_t B,
                          bool training, mts_net **net);
void mts_net_destroy(mts_net *net);

/* Names of the registry, NULL-terminated: the choices of config field arch, in the same order. */
extern const char *const mts_arch_names[];

/* The tensors of a network of this spec. rnn, rnn_noleak: W_in[I][N] b_in[N] W_rec[N][N] b_rec[N];
 * lstm: W_ih[I][4N] W_hh[N][4N] b_ih[4N] b_hh[4N], gates i f g o; then for all W_out[N][K]
 * b_out[K]. Bounds: rnn and readout 1 / sqrt(fan_in) (PyTorch's nn.Linear), lstm 1 / sqrt(N).
 * MTS_ERR_USAGE for an unknown arch. */
mts_status mts_net_layout(const mts_net_spec *spec, mts_layout *layout);

/* theta[i] = U(-bound, bound) of its tensor; item = number of the tensor in the layout, word =
 * number of the element in the tensor. */
void mts_layout_init(const mts_layout *layout, mts_stream stream, mts_real *theta);

/* Floating-point operations (multiply and add are two) of the matrix products of one trial step, by
 * the call that does them. Activations are left out; step 0 counts as if it had a recurrence. */
typedef struct mts_net_work {
    double forward, loss, backward, gradient;
} mts_net_work;
mts_net_work mts_net_flops_by_call(const mts_net_spec *spec);
/* Their sum; without training: forward and loss (the readout). 0 for an unknown arch. */
double mts_net_flops(const mts_net_spec *spec, bool training);

/* Takes over the parameters theta[P]. The block is read again on the way back: it lives, unchanged,
 * until mts_net_gradient. */
void mts_net_pack(mts_net *net, const mts_real *theta);

/* Runs from the zero state. x[T][B][I] must live until mts_net_gradient. T and B at most those of
 * create, at least 1. */
void mts_net_forward(mts_net *net, size_t T, size_t B, const mts_real *x);

/* After forward: states h[T][B][N]. After mts_net_loss: readout before the sigmoid, z[T][B][K].
 * Owned by the net, overwritten by the next call; mts_net_backward leaves both. */
const mts_real *mts_net_hidden(const mts_net *net);
const mts_real *mts_net_logits(const mts_net *net);

/* Readout of the n rows of states that start at h (rows are [N], contiguous) into z[n][K]. */
void mts_net_readout(mts_net *net, size_t n, const mts_real *h, mts_real *z);

/* Readout of all steps; returns the mean over T, B, K of the weighted cross-entropy of sigmoid(z)
 * [S1] (the weights do not enter the divisor) and keeps dloss/dz. target, weight: [T][B][K]; weight
 * NULL is 1 everywhere. correct, if not NULL: number of (step, trial, task) at steps first_decision
 * .. T-1 where z > 0 agrees with target > 1/2. The loss is not finite if a state is not. */
double mts_net_loss(mts_net *net, const mts_real *target, const mts_real *weight,
                    size_t first_decision, size_t *correct);

/* From the dloss/dz that mts_net_loss left: gradients of states and sums. dx, if not NULL:
 * [T][B][I] gradient of the inputs, written. Once per mts_net_loss, and only in a net created for
 * training. */
void mts_net_backward(mts_net *net, mts_real *dx);

/* From what backward left: dtheta += gradient of the parameters. */
void mts_net_gradient(mts_net *net, mts_real *dtheta);

/* ---- encoder ---- */

/* Frozen MLP D -> H -> H -> F, the nonlinearity after layers 1 and 2, none after the last [code
 * util.py]. MTS_ACT_RELU or MTS_ACT_SQUARE; MTS_ACT_NONE makes it the identity: F counts as D, H
 * is ignored, and there are no tensors. */
typedef struct mts_encoder_spec {
    size_t D, H, F;
    mts_act act;
} mts_encoder_spec;

typedef struct mts_encoder mts_encoder;

/* Tensors W0[D][H] b0[H] W1[H][H] b1[H] W2[H][F] b2[F], bounds 1 / sqrt(fan_in). */
void mts_encoder_layout(const mts_encoder_spec *spec, mts_layout *layout);

/* Copies theta (NULL is allowed for the identity). rows: most rows of one call of apply.
 * MTS_ERR_MEMORY. Destroy accepts NULL. */
mts_status mts_encoder_create(const mts_encoder_spec *spec, const mts_kernels *kernels,
                              const mts_real *theta, size_t rows, mts_encoder **encoder);
void mts_encoder_destroy(mts_encoder *encoder);

/* out[i][0 .. F-1] = f(obs[i][0 .. D-1]); rows of out are ldo apart, rows of obs D. */
void mts_encoder_apply(mts_encoder *encoder, size_t rows, const mts_real *obs, mts_real *out,
                       size_t ldo);

double mts_encoder_flops(const mts_encoder_spec *spec); /* of one row */

#endif
