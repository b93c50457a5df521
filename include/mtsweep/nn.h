/* nn.h: the networks. A frozen encoder, a network with its readout, and the loss.
 *
 * Typical use, one training step:
 *
 *     mts_net_pack(net, theta);                  // after every change of theta
 *     mts_net_set_trials(net, &trials);          // where the network itself draws random numbers
 *     mts_net_forward(net, T, B, x);
 *     loss = mts_net_loss(net, target, weight, asked, first_decision, &correct);
 *     mts_net_backward(net, NULL);               // gradients of the states
 *     mts_net_gradient(net, dtheta);             // of the parameters, added: the caller zeroes
 *
 * A network never owns its parameters: theta is one block of layout->total numbers, readout
 * included, described by one list of tensors, and the optimiser, the file and the gradient check
 * loop over that list. All arrays have time as the slowest axis: x[T][B][I], h[T][B][N]. The output
 * at step t depends on inputs up to t only. Trials of a batch do not touch each other. Nothing is
 * allocated outside the create functions.
 *
 * An architecture is one file with one const table of functions (src/nn/arch.h), a loss as well
 * (src/nn/loss.h); they are listed in record.h.
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

/* What an architecture or a loss does not have, it ignores; all that follows alpha may be zero. */
typedef struct mts_net_spec {
    const char *arch; /* a choice of config field arch */
    size_t I, N, K;
    mts_act act;  /* rnn, rnn_noleak: MTS_ACT_RELU or MTS_ACT_TANH */
    double alpha; /* dt / tau. rnn: r <- (1 - alpha) r + alpha act(h); rnn_noleak: r <- r + alpha
                   * act(h); with h = W_in x + b_in + W_rec r + b_rec + noise [S1 eq. 5] */
    mts_init recurrent_init;   /* rnn, rnn_noleak: of W_rec; UNIFORM, SPARSE or ORTHOGONAL */
    double noise;              /* rnn, rnn_noleak: sd of the network noise */
    size_t noise_group;        /* trials that share one vector a step; 0 or 1: each has its own */
    size_t blocks, heads, mlp; /* gpt: all at least 1, N a multiple of heads */
    double dropout;            /* gpt: rate, 0 to .999 */
    const char *loss;          /* of mts_loss_names; NULL: the first */
    double bound;              /* loss accumulate */
} mts_net_spec;

typedef struct mts_net mts_net;

/* Workspace for up to T steps and B trials (both at least 1); `training` adds what the way back
 * needs. Keeps a copy of the spec. MTS_ERR_MEMORY; MTS_ERR_USAGE for an unknown arch or loss, or what
 * the arch cannot do. Destroy accepts NULL. */
mts_status mts_net_create(const mts_net_spec *spec, const mts_kernels *kernels, size_t T, size_t B,
                          bool training, mts_net **net);
void mts_net_destroy(mts_net *net);

/* What the config's architecture needs of other fields, after mts_config_check. MTS_ERR_SWEEP with a
 * message that has no place in it. */
mts_status mts_net_check(const mts_config *config);

/* Names of the registries, NULL-terminated: the choices of config field arch in the same order;
 * those of field loss, and then that of family accumulate. */
extern const char *const mts_arch_names[];
extern const char *const mts_loss_names[];

/* Name of the matrix that a network of this architecture applies one step after the other, while the
 * others take all steps at once; NULL if there is none, or no such architecture. */
const char *mts_arch_recurrent(const char *arch);

/* The tensors of a network of this spec.
 *
 *     rnn, rnn_noleak   W_in[I][N] b_in[N] W_rec[N][N] b_rec[N]; U(+-1/sqrt(fan_in)) (PyTorch's
 *                       nn.Linear), W_rec as the spec says: sparse = each unit projects to N -
 *                       ceil(.85 N) units, as nn.init.sparse_, with sd sqrt(2 / (.15 N))
 *     lstm              W_ih[I][4N] W_hh[N][4N] b_ih[4N] b_hh[4N], gates i f g o; U(+-1/sqrt(N))
 *     gpt               W_proj[I][N] b_proj[N]; for each block ln1_w[N] ln1_b[N] W_attn[N][3N]
 *                       b_attn[3N] (columns q, k, v, each head by head) W_attnproj[N][N]
 *                       b_attnproj[N] ln2_w[N] ln2_b[N] W_fc[N][mlp] b_fc[mlp] W_mlpproj[mlp][N]
 *                       b_mlpproj[N], their names headed by "0." where there are more blocks than
 *                       one; lnf_w[N] lnf_b[N]. Weights N(0, .02), those of W_attnproj and W_mlpproj
 *                       N(0, .02 / sqrt(2 blocks)), biases 0, ln*_w 1, ln*_b 0 [GPT-2]
 *     all               W_out[N][K] b_out[K], U(+-1/sqrt(N))
 *
 * MTS_ERR_USAGE for an unknown arch. */
mts_status mts_net_layout(const mts_net_spec *spec, mts_layout *layout);

/* theta[i] = the initial value of its tensor; item = number of the tensor in the layout. Uniform:
 * word = number of the element in the tensor. Others take one block of four words for an element:
 * words 1 and 2 make a normal number (in double, with the C library's functions), word 0 where sparse
 * chooses. Orthogonal: Gram-Schmidt, twice, in double, of the rows of a normal matrix. MTS_ERR_MEMORY
 * (orthogonal only). */
mts_status mts_layout_init(const mts_layout *layout, mts_stream stream, mts_real *theta);

/* Floating-point operations (multiply and add are two) of the matrix products of one trial step, by
 * the call that does them, mean over a trial of T steps (attention looks at all steps before).
 * Activations are left out; step 0 counts as if it had a recurrence. */
typedef struct mts_net_work {
    double forward, loss, backward, gradient;
} mts_net_work;
mts_net_work mts_net_flops_by_call(const mts_net_spec *spec, size_t T);
/* Their sum; without training: forward and loss (the readout). 0 for an unknown arch. */
double mts_net_flops(const mts_net_spec *spec, size_t T, bool training);
/* Those of mts_net_forward_last for one trial. */
double mts_net_flops_last(const mts_net_spec *spec, size_t T);

/* Bytes that mts_net_create allocates, to the byte; 0 for what it refuses, SIZE_MAX for what cannot
 * be counted. */
size_t mts_net_memory(const mts_net_spec *spec, const mts_kernels *kernels, size_t T, size_t B,
                      bool training);

/* Takes over the parameters theta[P]. The block is read again on the way back: it lives, unchanged,
 * until mts_net_gradient. */
void mts_net_pack(mts_net *net, const mts_real *theta);

/* Which trials the next forward passes see, for what is random in the network itself: trial b of a
 * batch is item first + b of its streams, so neither the batch nor the order shows in a bit.
 *
 * noise: the stream of the network noise; number t N + j is that of step t and unit j. Where trials
 * share it, trial first + b has item (first + b) / noise_group.
 * training: dropout is on, only in a net created for training. Key noise.run, purpose
 * MTS_FOR_DROPOUT | site << 8: site 0 is the embedding, and in block l of a gpt 3 l + 1 are the
 * weights of attention, 3 l + 2 and 3 l + 3 what attention and MLP add.
 *
 * Holds until the next call. NULL, as after create: no network noise and no dropout. */
typedef struct mts_net_trials {
    mts_stream noise;
    uint64_t first;
    bool training;
} mts_net_trials;
void mts_net_set_trials(mts_net *net, const mts_net_trials *trials);

/* Runs from the zero state. x[T][B][I] must live until mts_net_gradient. T and B at most those of
 * create, at least 1. */
void mts_net_forward(mts_net *net, size_t T, size_t B, const mts_real *x);

/* The same where only the last step is wanted, for less work with gpt: returns its states h[B][N],
 * with the bits that mts_net_forward gives. mts_net_hidden has no other steps then, and
 * mts_net_loss may not follow. Not in a net created for training. */
const mts_real *mts_net_forward_last(mts_net *net, size_t T, size_t B, const mts_real *x);

/* After forward: states h[T][B][N]. After mts_net_loss: readout before the loss's
 * nonlinearity, z[T][B][K].
 * Owned by the net, overwritten by the next call; mts_net_backward leaves both. */
const mts_real *mts_net_hidden(const mts_net *net);
const mts_real *mts_net_logits(const mts_net *net);

/* What lay between inputs and states in the last mts_net_forward, to hold it against another
 * implementation: written to `values`, of which the number is returned; 0 where the architecture has
 * nothing of this name or block. In a net created for training, between forward and backward, which
 * it leaves as they are.
 *
 *     lstm  cell [T][B][N]; gates [T][B][4N], i f g o, each after its nonlinearity
 *     gpt   embed [T][B][N]; of each block: attn [T][heads][T][B], weights of step, head, earlier
 *           step; resid_mid, resid_post [T][B][N], the sum after attention and after the MLP */
size_t mts_net_inner(mts_net *net, const char *name, size_t block, mts_real *values);

/* Readout of the n rows of states that start at h (rows are [N], contiguous) into z[n][K]. */
void mts_net_readout(mts_net *net, size_t n, const mts_real *h, mts_real *z);

/* Readout of all steps; returns the mean over T, B, K of the weighted loss (the weights do not enter
 * the divisor) and keeps dloss/dz. target, weight: [T][B][K]; weight NULL is 1 everywhere.
 *
 *     cross_entropy  of sigmoid(z) and the target [S1]
 *     mse            (tanh(z) - (2 target - 1))^2 [code train.py]
 *     accumulate     (bound tanh(z) - target)^2, targets in +-bound [S1]
 *
 * correct, if not NULL: number of (step, trial, task) at steps first_decision .. T-1 where z > 0
 * agrees with target > 1/2 (accumulate: > 0), of the tasks with asked[B][K]; asked NULL: of all. The
 * loss is not finite if a state is not. */
double mts_net_loss(mts_net *net, const mts_real *target, const mts_real *weight, const bool *asked,
                    size_t first_decision, size_t *correct);

/* The log odds ln(p / (1 - p)) of a label that is 1 with probability p, over the z for which the loss
 * is least: 1 for cross_entropy, where p = sigmoid(z); 2 for mse, where 2 p - 1 = tanh(z); 0 where z
 * tells none (accumulate) or itself is 2 p - 1 (mse_linear), and for an unknown loss. */
double mts_net_log_odds(const mts_net_spec *spec);

/* Whether the state of the architecture is its representation, so that it can be stepped, as with rnn
 * and rnn_noleak. The next three functions are for these; MTS_ERR_USAGE for others. They leave what the
 * last forward left. */
bool mts_net_can_step(const mts_net_spec *spec);

/* One step of the dynamics under a constant input: next[i] is the state that follows h[i] for each
 * of n rows (any number), with the input x[I] for all of them and without noise. h, next: [n][N],
 * apart from each other. */
mts_status mts_net_step(mts_net *net, size_t n, const mts_real *x, const mts_real *h,
                        mts_real *next);

/* The way back through it: dh[i] = J(h[i])' dnext[i] with J as below. h, dnext, dh: [n][N], dh apart
 * from the others. Only in a net created for training. */
mts_status mts_net_step_back(mts_net *net, size_t n, const mts_real *x, const mts_real *h,
                             const mts_real *dnext, mts_real *dh);

/* The same step and its derivative at one state h[N], in double precision from the same parameters,
 * every sum in the order of its index: next[N], and J[i][j] = d next_i / d h_j, [N][N], unless it is
 * NULL. relu has slope 0 at 0; tanh is the C library's. */
mts_status mts_net_jacobian(mts_net *net, const mts_real *x, const double *h, double *next,
                            double *J);

/* From the dloss/dz that mts_net_loss left: gradients of states and sums. dx, if not NULL:
 * [T][B][I] gradient of the inputs, written. Once per mts_net_forward, and only in a net created for
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

/* Bytes that mts_encoder_create allocates, to the byte; SIZE_MAX for what cannot be counted. */
size_t mts_encoder_memory(const mts_encoder_spec *spec, const mts_kernels *kernels, size_t rows);

/* out[i][0 .. F-1] = f(obs[i][0 .. D-1]); rows of out are ldo apart, rows of obs D. */
void mts_encoder_apply(mts_encoder *encoder, size_t rows, const mts_real *obs, mts_real *out,
                       size_t ldo);

double mts_encoder_flops(const mts_encoder_spec *spec); /* of one row */

#endif
