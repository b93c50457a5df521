/* num.h: the numerical gateway. All heavy arithmetic of networks, losses, optimiser and noise goes
 * through one table of functions, so that a set of kernels is exchanged as a whole and the code
 * above is written once:
 *
 *     naive       plain loops, any precision: the definition that the others are tested against
 *     blas        OpenBLAS for the products (bits depend on the library and the CPU)
 *     generic, x86-64-v3, x86-64-v4
 *                 our own; one source compiled per instruction set. All give the same bits: a lane
 *                 is an output, every sum runs in the order of its index with fused multiply-add,
 *                 and exp, log, tanh are our own polynomials
 *
 * Our own are float only; the double build has naive and blas.
 *
 * Matrices are row-major with a leading dimension ("ld", in elements). Rows are trials (or trials x
 * steps), columns are units. No function allocates, fails, or keeps state; sizes are run-time values
 * and may be odd; m, n or k = 0 is allowed. Arrays need no alignment beyond their type's, and padding
 * is neither required nor touched. Outputs do not overlap inputs unless said. What a function writes
 * for one row does not depend on the other rows or on their number (blas does not promise that).
 *
 * Only this module calls BLAS or LAPACK.
 */
#ifndef MTSWEEP_NUM_H
#define MTSWEEP_NUM_H

#include "mtsweep/base.h"

/* relu leaves a NaN a NaN: divergence must be seen. */
typedef enum { MTS_ACT_NONE, MTS_ACT_RELU, MTS_ACT_SQUARE, MTS_ACT_TANH } mts_act;

/* One term of a sum of products: x[m][k] times the packed w[k][n]; none if k = 0. */
typedef struct mts_term {
    size_t k;
    const mts_real *x;
    size_t ldx;
    const mts_real *packed; /* by pack or pack_transposed of the same table, for the same k and n */
    bool sparse;            /* many columns of x are zero in rows that stand together, as states of
                             * relu units are: it pays to look for them. Changes no bit */
} mts_term;

/* y[m][n] = act(init[m][n] + sum over terms of x[m][k] w[k][n]); the sum starts at init and takes the
 * terms in order, k ascending. */
typedef struct mts_affine {
    size_t m, n;
    mts_term term[2];
    const mts_real *init; /* element (i, j) is init[i * ld_init + j]; NULL is zero; may be y */
    size_t ld_init;       /* 0 adds one row (a bias) to all */
    mts_act act;
    mts_real *y;
    size_t ldy;
    mts_real gain;     /* these three are read on the way back only */
    const mts_real *a; /* [m][n], the activation's output */
    size_t lda;
} mts_affine;

/* dw[k][n] += sum over rows i ascending of x[i][k] dy[i][n]. */
typedef struct mts_outer {
    size_t m, k, n;
    const mts_real *x;
    size_t ldx;
    const mts_real *dy;
    size_t lddy;
    mts_real *dw;
    size_t lddw;
} mts_outer;

/* An LSTM cell of m rows and n units; [m][n] without gaps, but for the gates. */
typedef struct mts_lstm_cell {
    size_t m, n;
    mts_real *gates; /* [m][4n]: the sums for i, f, g, o become sigmoid, sigmoid, tanh, sigmoid */
    const mts_real *c_prev; /* NULL is zero */
    mts_real *c, *tc, *h;   /* c = f c_prev + i g, tc = tanh(c), h = o tc; c may be c_prev */
} mts_lstm_cell;

typedef struct mts_lstm_cell_back {
    size_t m, n;
    const mts_real *gates, *c_prev, *tc; /* of the way forward */
    const mts_real *dh;
    mts_real *dc; /* the gradient that reaches c from the next step becomes the one for c_prev */
    mts_real *dgates; /* [m][4n], written: the gradient of the sums */
} mts_lstm_cell_back;

/* Layer normalisation of each of m rows of n, all without gaps:
 *     unit = (x - mean) rstd,   rstd = 1 / sqrt(variance + epsilon),   y = unit w + b
 * with the row's mean and variance (divided by n). */
typedef struct mts_layer_norm {
    size_t m, n;
    mts_real epsilon;
    const mts_real *x, *w, *b;
    mts_real *y;
    mts_real *unit, *rstd; /* [m][n] and [m], for the way back; both may be NULL */
} mts_layer_norm;

typedef struct mts_layer_norm_back {
    size_t m, n;
    const mts_real *w, *unit, *rstd, *dy;
    mts_real *dx;      /* [m][n] += the gradient of x */
    mts_real *dw, *db; /* [n] += sums over rows ascending of dy unit and of dy */
} mts_layer_norm_back;

/* The squared error e^2 of bound tanh(z) against the target gain y + shift. */
typedef struct mts_squared_error {
    size_t n;
    mts_real bound, gain, shift;
    const mts_real *z, *y;
    const mts_real *weight; /* NULL is 1 everywhere */
    mts_real scale;
    mts_real *dz; /* written: scale times the derivative of weight e^2 */
} mts_squared_error;

/* Adam, PyTorch's form:
 *     m <- b1 m + (1 - b1) g
 *     v <- b2 v + (1 - b2) g g
 *     theta <- theta - step m / (sqrt(v) root + epsilon)
 * with step = lr / (1 - b1^t) and root = 1 / sqrt(1 - b2^t). */
typedef struct mts_adam_step {
    mts_real beta1, beta2, epsilon, step, root;
} mts_adam_step;

/* b1^t and b2^t after t steps, as running products: the same bits with every C library. */
typedef struct mts_adam_state {
    double power1, power2;
} mts_adam_state;
#define MTS_ADAM_START ((mts_adam_state){1, 1})

/* Goes one step on and gives its numbers, with PyTorch's b1 = .9, b2 = .999, epsilon = 1e-8 [S1]. */
mts_adam_step mts_adam_next(mts_adam_state *state, double learning_rate);

/* Dropout: each element is dropped with chance `rate` (0 to .999, rounded to a multiple of 2^-16),
 * by half a word of the stream whose item is the trial: trial b of a batch is item first + b. Half i
 * of a block is in word i / 2, the lower 16 bits first. An element is dropped where its half is below
 * 2^16 rate; the others are multiplied by 1 / (1 - rate). */
typedef struct mts_dropout {
    mts_stream stream;
    uint64_t first;
    double rate;
} mts_dropout;

/* Causal self-attention of T steps and B trials, with heads of `size` units: N = heads size. */
typedef struct mts_attention {
    size_t T, B, heads, size;
    size_t from;                /* forward: first step whose context is wanted */
    const mts_dropout *dropout; /* of the weights, or NULL. Weight p_tu of a head is number
                                 * head T (T + 1) / 2 + t (t + 1) / 2 + u, half number % 8 of block
                                 * number / 8 */
} mts_attention;

typedef struct mts_kernels {
    const char *name;

    /* Weights change once a step and are read many times, so they are brought into the table's own
     * order first. packed_size: elements that packing a k x n matrix takes. pack: from w[k][n].
     * pack_transposed: from w[n][k], packing its transpose, which is again k x n. */
    size_t (*packed_size)(size_t k, size_t n);
    void (*pack)(size_t k, size_t n, const mts_real *w, size_t ldw, mts_real *packed);
    void (*pack_transposed)(size_t k, size_t n, const mts_real *w, size_t ldw, mts_real *packed);

    void (*affine)(const mts_affine *sum);
    /* The way back through an activation, after the same sum:
     *     y = gain act'(a) (init + sum x w)
     * where act' is written in the activation's output a (relu: 1 where a > 0, else 0; tanh: 1 - a a;
     * none: 1, and a may be NULL. SQUARE is not allowed). */
    void (*affine_back)(const mts_affine *sum);

    /* Weight gradient, added. */
    void (*outer)(const mts_outer *sum);

    /* Bias gradient, added: db[n] += sum over rows i ascending of dy[i][n]. */
    void (*column_sum)(size_t m, size_t n, const mts_real *dy, size_t lddy, mts_real *db);

    /* Columns of x[m][n] that are not 0 in all rows (a NaN is not 0): ascending into at[n]. Returns
     * their number. */
    size_t (*alive)(size_t m, size_t n, const mts_real *x, size_t ldx, size_t *at);
    /* y[i][j] = x[i][at[j]] for i < m, j < n; at ascends. */
    void (*gather)(size_t m, size_t n, const size_t *at, const mts_real *x, size_t ldx, mts_real *y,
                   size_t ldy);
    /* Whether all x[n] are finite. */
    bool (*finite)(size_t n, const mts_real *x);

    /* r[i] = keep r_prev[i] + gain a[i]. r may be r_prev or a. r_prev NULL is zero. */
    void (*blend)(size_t n, mts_real keep, const mts_real *r_prev, mts_real gain, const mts_real *a,
                  mts_real *r);

    void (*lstm_cell)(const mts_lstm_cell *cell);
    void (*lstm_cell_back)(const mts_lstm_cell_back *cell);

    void (*layer_norm)(const mts_layer_norm *norm);
    void (*layer_norm_back)(const mts_layer_norm_back *norm);

    /* y = gelu(s) = s / 2 (1 + tanh(sqrt(2 / pi) (s + .044715 s^3))), and s becomes the
     * slope gelu'(s). */
    void (*gelu)(size_t n, mts_real *s, mts_real *y);

    /* Attention, for each trial and head, with q, k, v the head's units of a row of qkv:
     *     p_tu = softmax over u <= t of q_t . k_u / sqrt(size),   context_t = sum over u of f p_tu v_u
     * where f is the factor of dropout. qkv[T][B][3N]: N units q (read from step `from` on), N of k,
     * N of v, each head by head. context[T - from][B][N]. p[heads][T (T + 1) / 2][B] keeps the
     * weights, with a minus where they are dropped; NULL where there is no dropout and no way back.
     * scratch: attention_scratch elements. */
    size_t (*attention_scratch)(size_t T, size_t size);
    void (*attention)(const mts_attention *a, const mts_real *qkv, mts_real *p, mts_real *context,
                      mts_real *scratch);
    /* The way back of all steps (from = 0): writes dqkv[T][B][3N], which may be qkv;
     * p is overwritten. */
    void (*attention_back)(const mts_attention *a, const mts_real *qkv, mts_real *p,
                           const mts_real *dcontext, mts_real *dqkv, mts_real *scratch);

    /* factor[T][B][n] = 0 where dropped, else 1 / (1 - rate). Element j of row t of an item has number
     * e = t n' + j, n' being n rounded up to a multiple of 16, and half e % 128 / 16 of block
     * e / 128 * 16 + e % 16. */
    void (*dropout)(const mts_dropout *dropout, size_t T, size_t B, size_t n, mts_real *factor);
    /* y[i] = base[i] + factor[i] x[i]. base NULL is 0, factor NULL is 1. y may be any of them. */
    void (*scaled_add)(size_t n, const mts_real *base, const mts_real *factor, const mts_real *x,
                       mts_real *y);

    /* Binary cross-entropy of sigmoid(z): returns the sum over n of w (softplus(z) - y z), in
     * double; writes dz = scale w (sigmoid(z) - y). weight NULL is 1 everywhere. Not finite if a z
     * is not. */
    double (*cross_entropy)(size_t n, const mts_real *z, const mts_real *y, const mts_real *weight,
                            mts_real scale, mts_real *dz);

    /* Returns the sum over n of weight e^2, in double. Not finite if a z is not. */
    double (*tanh_squared_error)(const mts_squared_error *error);

    void (*adam)(size_t n, const mts_adam_step *step, mts_real *theta, const mts_real *g,
                 mts_real *m, mts_real *v);

    /* out[j][i] (j < n, i < items, contiguous) = number j of item first + i of the stream.
     * uniform: as mts_uniform. normal: pairs by Box and Muller: with u0, u1 = uniform numbers 2p and
     * 2p + 1, the normal numbers 2p and 2p + 1 are sqrt(-2 ln u0) times cos and sin of 2 pi u1. */
    void (*uniform)(mts_stream stream, uint64_t first, size_t items, size_t n, mts_real *out);
    void (*normal)(mts_stream stream, uint64_t first, size_t items, size_t n, mts_real *out);
} mts_kernels;

/* The kernels of this name ("naive" too), "auto" being the fastest of our own that this CPU runs.
 * MTS_ERR_USAGE with a message if there is no such name, or this CPU or this build cannot run
 * them. */
mts_status mts_kernels_find(const char *name, const mts_kernels **kernels);

/* Number `i` of the kernels this CPU runs, for tests and benchmarks; NULL past the last. */
const mts_kernels *mts_kernels_at(size_t i);

/* "OpenBLAS 0.3.21, Haswell kernels, 1 thread". Static storage. */
const char *mts_blas_text(void);
/* Keeps BLAS to one thread: a rank is a thread already. Called once at start-up. */
void mts_blas_single_thread(void);

/* FMA peak of one core in GFLOP/s, measured over about `seconds` with register-only chains of the
 * instruction set that kernels `name` are compiled for (naive: as generic; blas, auto: the widest
 * there is). Generic on x86-64 has no FMA: a multiplication and an addition stand for it. */
double mts_peak_gflops(const char *name, double seconds);

/* ---- double precision statistics ---- */

/* gram[(n+1)(n+1)] += Z'Z of the rows z_i = (x_i, 1), and cross[(n+1)][d] += Z'y, for x[m][n] and
 * y[m][d]. All sums in double, rows ascending, with the same bits on every CPU in the float build. gram
 * is symmetric. */
typedef struct mts_gram {
    size_t m, n, d;
    const mts_real *x;
    size_t ldx;
    const mts_real *y;
    size_t ldy;
    double *gram, *cross;
} mts_gram;

void mts_gram_add(const mts_gram *sum);

/* Ridge regression from those sums and the sums square[d] of y^2: w[n + 1][d], whose
 * last row, the constants b, is not penalised. The least of sum |y - w'x - b|^2 + penalty |w|^2, with the
 * penalty, the same for all d, that is best by generalised cross-validation (Golub, Heath and Wahba
 * 1979: least m RSS / (m - degrees of freedom)^2, RSS summed over d) among 49 that are a quarter of a
 * decade apart, from 1e-9 to 1e3 of the largest eigenvalue of the rows' sums of products about their
 * means. *penalty is 0 where there is no row or x is constant; w is then 0 and b the mean of y.
 * MTS_ERR_MEMORY; MTS_DIVERGED if the sums are not finite. */
mts_status mts_ridge(size_t n, size_t d, const double *gram, const double *cross,
                     const double *square, double *w, double *penalty);

/* Bytes that mts_ridge, and the two below, take while they run, beside what is passed. */
size_t mts_ridge_memory(size_t n, size_t d);
size_t mts_eigen_symmetric_memory(size_t n);
size_t mts_eigen_general_memory(size_t n);

/* Eigenvalues value[n], ascending, of the symmetric matrix a[n][n], of which one triangle is read,
 * and orthonormal eigenvectors: vector[e][n] is that of value[e]; its sign is LAPACK's.
 * MTS_ERR_MEMORY; MTS_DIVERGED if the matrix is not finite or LAPACK does not converge, which leaves
 * the outputs undefined. */
mts_status mts_eigen_symmetric(size_t n, const double *a, double *value, double *vector);

/* Eigenvalues real[n] + i imaginary[n] of any real matrix a[n][n], in LAPACK's order: conjugate
 * pairs stand together, the one with the positive imaginary part first. Codes as above. */
mts_status mts_eigen_general(size_t n, const double *a, double *real, double *imaginary);

/* Angle in degrees [0, 180] between two n-vectors; NaN if one is zero or not finite. */
double mts_angle(size_t n, const double *a, const double *b);

/* Quantile q of the values among v[n] that are numbers, infinite ones included (linear interpolation,
 * as numpy's default), NaN if there is none. Leaves v in disorder. */
double mts_quantile(size_t n, double *v, double q);

#endif
