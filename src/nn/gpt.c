/* gpt.c: GPT-2 blocks over a linear embedding of the inputs, without positions (Radford et al. 2019;
 * [S1]; code transformer.py). With LN layer normalisation and d1, d2, d3, d4 dropout while training:
 *
 *     r = d1(x W_proj + b_proj)
 *     each block:   r <- r + d3(attention(LN1(r) W_attn + b_attn, d2) W_attnproj + b_attnproj)
 *                   r <- r + d4(gelu(LN2(r) W_fc + b_fc) W_mlpproj + b_mlpproj)
 *     h = LNf(r)
 *
 * Rows are (step, trial), time slowest. All but attention treats rows alone, so rows go through it
 * MTS_GPT_ROWS at a time, and what lies between two products of a block stays in the nearest caches. While
 * training, what the way back needs is kept for all rows, and the way back puts its gradients in
 * the place of what it has used up:
 *
 *     kept by forward         becomes
 *     factor of d1, d3, d4    gradient of what d1, d3, d4 were applied to
 *     q, k, v                 their gradient
 *     slope of gelu           gradient of gelu's argument
 */
#include "gpt.h"

#include <string.h>

static const mts_real epsilon = (mts_real)1e-5;

static void pack_linear(gpt *self, const gpt_linear *to)
{
    self->kernels->pack(to->k, to->n, self->theta + to->w, to->ldw, to->packed);
}

/* The transpose, for the way back through all n columns that stand in rows of ldw. */
static void pack_back(gpt *self, const gpt_linear *of, mts_real *packed)
{
    self->kernels->pack_transposed(of->ldw, of->k, self->theta + of->w, of->ldw, packed);
}

static void pack(void *state, const mts_real *theta)
{
    gpt *self = state;
    self->theta = theta;
    pack_linear(self, &self->proj);
    for (size_t l = 0; l < self->spec.blocks; l++) {
        gpt_block *b = &self->block[l];
        pack_linear(self, &b->q);
        pack_linear(self, &b->kv);
        pack_linear(self, &b->attnproj);
        pack_linear(self, &b->fc);
        pack_linear(self, &b->mlpproj);
        if (self->training) {
            pack_back(self, &b->q, b->attn_back); /* q, k and v together */
            pack_back(self, &b->attnproj, b->attnproj_back);
            pack_back(self, &b->fc, b->fc_back);
            pack_back(self, &b->mlpproj, b->mlpproj_back);
        }
    }
}

/* ---- forward and back ---- */

#define EACH_CHUNK(first, m, n)                                                                    \
    for (size_t i = (first), n; i < (m) && (n = (m)-i < MTS_GPT_ROWS ? (m)-i : MTS_GPT_ROWS);      \
         i += n)

static void apply(const gpt *self, const gpt_linear *by, size_t rows, const mts_real *x, size_t ldx,
                  mts_real *y)
{
    self->kernels->affine(
        &(mts_affine){.m = rows,
                      .n = by->n,
                      .term = {{.k = by->k, .x = x, .ldx = ldx, .packed = by->packed}},
                      .init = self->theta + by->b,
                      .y = y,
                      .ldy = by->ldw});
}

static void apply_back(const gpt *self, size_t k, size_t n, const mts_real *packed, size_t rows,
                       const mts_real *dy, mts_real *dx)
{
    self->kernels->affine(&(mts_affine){.m = rows,
                                        .n = n,
                                        .term = {{.k = k, .x = dy, .ldx = k, .packed = packed}},
                                        .y = dx,
                                        .ldy = n});
}

/* Rows first .. first + rows - 1 of x; y has these rows only where it is not kept. */
static void normalise(const gpt *self, const gpt_norm *by, size_t first, size_t rows,
                      const mts_real *x, mts_real *y)
{
    const size_t N = self->spec.N;
    const bool kept = self->training;
    self->kernels->layer_norm(&(mts_layer_norm){.m = rows,
                                                .n = N,
                                                .epsilon = epsilon,
                                                .x = x + first * N,
                                                .w = self->theta + by->w,
                                                .b = self->theta + by->b,
                                                .y = y,
                                                .unit = kept ? by->unit + first * N : NULL,
                                                .rstd = kept ? by->rstd + first : NULL});
}

static void normalise_back(const gpt *self, const gpt_norm *by, size_t first, size_t rows,
                           const mts_real *dy, mts_real *dx)
{
    const size_t N = self->spec.N;
    self->kernels->layer_norm_back(&(mts_layer_norm_back){.m = rows,
                                                          .n = N,
                                                          .w = self->theta + by->w,
                                                          .unit = by->unit + first * N,
                                                          .rstd = by->rstd + first,
                                                          .dy = dy,
                                                          .dx = dx + first * N,
                                                          .dw = by->dw,
                                                          .db = by->db});
}

static void zero(size_t n, mts_real *v)
{
    memset(v, 0, n * sizeof *v);
}

/* The dropout of a site of the network: 0 is d1; block l has 3 l + 1 .. 3 l + 3. */
static mts_dropout dropout_at(const gpt *self, const mts_net_trials *trials, size_t site)
{
    return (mts_dropout){{trials->noise.run, MTS_FOR_DROPOUT | (uint32_t)site << 8},
                         trials->first,
                         self->spec.dropout};
}

static void draw_factor(const gpt *self, const mts_net_trials *trials, size_t site,
                        mts_real *factor)
{
    const mts_dropout drop = dropout_at(self, trials, site);
    self->kernels->dropout(&drop, self->T, self->B, self->spec.N, factor);
}

/* The part of a block before its MLP, from step `from` on: r <- r + d3(attention ...). */
static void attend(gpt *self, size_t l, size_t from, const mts_net_trials *trials)
{
    const mts_kernels *kernels = self->kernels;
    const gpt_block *b = &self->block[l];
    const size_t N = self->spec.N, T = self->T, B = self->B, m = T * B, wanted = from * B;
    const bool kept = self->training;
    mts_attention a = {T, B, self->spec.heads, N / self->spec.heads, from, NULL};
    mts_dropout drop;
    EACH_CHUNK(0, m, rows)
    {
        mts_real *n1 = b->n1 + (kept ? i * N : 0);
        const size_t skip = wanted <= i ? 0 : wanted - i < rows ? wanted - i : rows;
        normalise(self, &b->ln1, i, rows, self->r, n1);
        apply(self, &b->q, rows - skip, n1 + skip * N, N, b->qkv + (i + skip) * 3 * N);
        apply(self, &b->kv, rows, n1, N, b->qkv + i * 3 * N + N);
    }
    if (self->dropping) {
        drop = dropout_at(self, trials, 3 * l + 1);
        a.dropout = &drop;
        draw_factor(self, trials, 3 * l + 2, b->factor3);
    }
    kernels->attention(&a, b->qkv, kept ? b->p : NULL, b->context, self->scratch);
    EACH_CHUNK(wanted, m, rows)
    {
        mts_real *r = self->r + i * N;
        apply(self, &b->attnproj, rows, b->context + (i - wanted) * N, N, self->row);
        kernels->scaled_add(rows * N, r, self->dropping ? b->factor3 + i * N : NULL, self->row, r);
    }
}

static void attend_back(gpt *self, size_t l, mts_real *dcontext)
{
    const mts_kernels *kernels = self->kernels;
    const gpt_block *b = &self->block[l];
    const size_t N = self->spec.N, T = self->T, B = self->B, m = T * B;
    const mts_dropout drop = {.rate = self->spec.dropout};
    const mts_attention a = {
        T, B, self->spec.heads, N / self->spec.heads, 0, self->dropping ? &drop : NULL};
    EACH_CHUNK(0, m, rows)
    {
        mts_real *factor = b->factor3 + i * N;
        kernels->scaled_add(rows * N, NULL, self->dropping ? factor : NULL, self->dr + i * N,
                            factor);
        apply_back(self, N, N, b->attnproj_back, rows, factor, dcontext + i * N);
    }
    kernels->attention_back(&a, b->qkv, b->p, dcontext, b->qkv, self->scratch);
    EACH_CHUNK(0, m, rows)
    {
        apply_back(self, 3 * N, N, b->attn_back, rows, b->qkv + i * 3 * N, self->row);
        normalise_back(self, &b->ln1, i, rows, self->row, self->dr);
    }
}

/* The MLP of a block: r <- r + d4(...). */
static void apply_mlp(gpt *self, size_t l, size_t from, const mts_net_trials *trials)
{
    const mts_kernels *kernels = self->kernels;
    const gpt_block *b = &self->block[l];
    const size_t N = self->spec.N, mlp = self->spec.mlp;
    const bool kept = self->training;
    if (self->dropping)
        draw_factor(self, trials, 3 * l + 3, b->factor4);
    EACH_CHUNK(from * self->B, self->T * self->B, rows)
    {
        const size_t at = kept ? i : 0;
        mts_real *n2 = b->n2 + at * N, *slope = b->slope + at * mlp, *gelu = b->gelu + at * mlp;
        mts_real *r = self->r + i * N;
        normalise(self, &b->ln2, i, rows, self->r, n2);
        apply(self, &b->fc, rows, n2, N, slope);
        kernels->gelu(rows * mlp, slope, gelu);
        apply(self, &b->mlpproj, rows, gelu, mlp, self->row);
        kernels->scaled_add(rows * N, r, self->dropping ? b->factor4 + i * N : NULL, self->row, r);
    }
}

static void apply_mlp_back(gpt *self, size_t l)
{
    const mts_kernels *kernels = self->kernels;
    const gpt_block *b = &self->block[l];
    const size_t N = self->spec.N, mlp = self->spec.mlp;
    EACH_CHUNK(0, self->T * self->B, rows)
    {
        mts_real *factor = b->factor4 + i * N, *slope = b->slope + i * mlp;
        kernels->scaled_add(rows * N, NULL, self->dropping ? factor : NULL, self->dr + i * N,
                            factor);
        apply_back(self, N, mlp, b->mlpproj_back, rows, factor, self->wide);
        kernels->scaled_add(rows * mlp, NULL, slope, self->wide, slope);
        apply_back(self, mlp, N, b->fc_back, rows, slope, self->row);
        normalise_back(self, &b->ln2, i, rows, self->row, self->dr);
    }
}

/* r of the last x: the embedding, and the first `sums` of what blocks add to it, two each. */
static void add_up(gpt *self, size_t sums, size_t from, const mts_net_trials *trials)
{
    const size_t m = self->T * self->B;
    apply(self, &self->proj, m, self->x, self->spec.I, self->r);
    if (self->dropping) {
        draw_factor(self, trials, 0, self->factor1);
        self->kernels->scaled_add(m * self->spec.N, NULL, self->factor1, self->r, self->r);
    }
    for (size_t i = 0; i < sums; i++) {
        const size_t l = i / 2, first = l + 1 == self->spec.blocks ? from : 0;
        if (i % 2 == 0)
            attend(self, l, first, trials);
        else
            apply_mlp(self, l, first, trials);
    }
}

static const mts_real *forward(void *state, size_t T, size_t B, const mts_real *x, size_t from,
                               const mts_net_trials *trials)
{
    gpt *self = state;
    const size_t N = self->spec.N;
    self->T = T;
    self->B = B;
    self->x = x;
    self->dropping = trials && trials->training && self->spec.dropout > 0;
    self->trials = trials;
    add_up(self, 2 * self->spec.blocks, from, trials);
    normalise(self, &self->lnf, from * B, (T - from) * B, self->r, self->h + from * B * N);
    return self->h;
}

static size_t put_attention(const gpt *self, const gpt_block *b, mts_real *values)
{
    const size_t T = self->T, B = self->B, heads = self->spec.heads;
    memset(values, 0, T * heads * T * B * sizeof *values);
    for (size_t t = 0; t < T; t++)
        for (size_t head = 0; head < heads; head++) {
            const size_t pair = head * (T * (T + 1) / 2) + t * (t + 1) / 2;
            memcpy(values + (t * heads + head) * T * B, b->p + pair * B,
                   (t + 1) * B * sizeof *values);
        }
    return T * heads * T * B;
}

/* The sums are not kept: they are made again, which leaves what is kept as it is. */
static size_t inner(void *state, const char *name, size_t block, mts_real *values)
{
    static const char *const sum[] = {"embed", "resid_mid", "resid_post"};
    gpt *self = state;
    const size_t n = self->T * self->B * self->spec.N;
    if (block >= self->spec.blocks)
        return 0;
    if (strcmp(name, "attn") == 0)
        return put_attention(self, &self->block[block], values);
    for (size_t i = 0; i < sizeof sum / sizeof *sum; i++)
        if (strcmp(name, sum[i]) == 0) {
            add_up(self, i == 0 ? 0 : 2 * block + i, 0, self->trials);
            memcpy(values, self->r, n * sizeof *values);
            return n;
        }
    return 0;
}

static void backward(void *state, mts_real *dh, mts_real *dx)
{
    gpt *self = state;
    const size_t I = self->spec.I, N = self->spec.N, m = self->T * self->B;
    for (size_t l = 0; l < self->spec.blocks; l++) {
        zero(N, self->block[l].ln1.dw);
        zero(N, self->block[l].ln1.db);
        zero(N, self->block[l].ln2.dw);
        zero(N, self->block[l].ln2.db);
    }
    zero(N, self->lnf.dw);
    zero(N, self->lnf.db);
    zero(m * N, self->dr);
    normalise_back(self, &self->lnf, 0, m, dh, self->dr);
    for (size_t l = self->spec.blocks; l-- > 0;) {
        apply_mlp_back(self, l);
        attend_back(self, l, dh); /* which is not needed any more */
    }
    self->kernels->scaled_add(m * N, NULL, self->dropping ? self->factor1 : NULL, self->dr,
                              self->factor1);
    if (dx) {
        pack_back(self, &self->proj, self->packed_proj);
        apply_back(self, N, I, self->packed_proj, m, self->factor1, dx);
    }
}

/* dW += x' dy, db += the sum of dy; all columns that stand in rows of ldw. */
static void linear_gradient(const gpt *self, const gpt_linear *of, const mts_real *x,
                            const mts_real *dy, mts_real *dtheta)
{
    const size_t m = self->T * self->B;
    self->kernels->outer(&(mts_outer){.m = m,
                                      .k = of->k,
                                      .n = of->ldw,
                                      .x = x,
                                      .ldx = of->k,
                                      .dy = dy,
                                      .lddy = of->ldw,
                                      .dw = dtheta + of->w,
                                      .lddw = of->ldw});
    self->kernels->column_sum(m, of->ldw, dy, of->ldw, dtheta + of->b);
}

static void norm_gradient(const gpt *self, const gpt_norm *of, mts_real *dtheta)
{
    const size_t N = self->spec.N;
    self->kernels->scaled_add(N, dtheta + of->w, NULL, of->dw, dtheta + of->w);
    self->kernels->scaled_add(N, dtheta + of->b, NULL, of->db, dtheta + of->b);
}

static void gradient(void *state, mts_real *dtheta)
{
    gpt *self = state;
    linear_gradient(self, &self->proj, self->x, self->factor1, dtheta);
    for (size_t l = 0; l < self->spec.blocks; l++) {
        const gpt_block *b = &self->block[l];
        norm_gradient(self, &b->ln1, dtheta);
        linear_gradient(self, &b->q, b->n1, b->qkv, dtheta); /* q, k and v together */
        linear_gradient(self, &b->attnproj, b->context, b->factor3, dtheta);
        norm_gradient(self, &b->ln2, dtheta);
        linear_gradient(self, &b->fc, b->n2, b->slope, dtheta);
        linear_gradient(self, &b->mlpproj, b->gelu, b->factor4, dtheta);
    }
    norm_gradient(self, &self->lnf, dtheta);
}

const mts_arch mts_arch_gpt = {.name = "gpt",
                               .layout = mts_gpt_layout,
                               .flops = mts_gpt_flops,
                               .flops_last = mts_gpt_flops_last,
                               .check_config = mts_gpt_check_config,
                               .check = mts_gpt_check,
                               .size = sizeof(gpt),
                               .take = mts_gpt_take,
                               .pack = pack,
                               .forward = forward,
                               .backward = backward,
                               .gradient = gradient,
                               .inner = inner};
