/* attention.h: causal attention; a lane is a trial.
 *
 * LANES trials of one head are transposed to [T][size][LANES], so that every score and every sum of
 * the context is a chain of fused multiply-adds of whole vectors, in the order of its index, and
 * softmax needs no sums across lanes. The head's units are taken in blocks of UNITS, whose sums stay
 * in registers.
 */
#ifndef MTSWEEP_VECTOR_ATTENTION_H
#define MTSWEEP_VECTOR_ATTENTION_H

#include "blocks.h"
#include "products.h"

#define UNITS 8

/* Calls f(units, first unit) for each block; the number of units is a constant where it is UNITS. */
#define EACH_BLOCK(size, f, ...)                                                                   \
    for (size_t c = 0; c < (size); c += UNITS) {                                                   \
        if ((size)-c >= UNITS)                                                                     \
            f(UNITS, c, __VA_ARGS__);                                                              \
        else                                                                                       \
            f((int)((size)-c), c, __VA_ARGS__);                                                    \
    }

/* LANES trials of one head. A row of step t is at t size LANES of q, k, v and dc. */
typedef struct lanes {
    size_t T, size, N, B;
    size_t n;              /* trials there are; the lanes beyond are zero */
    float *q, *k, *v, *dc; /* [T][size][LANES] */
    float *row;            /* [T][LANES] */
    float *out;            /* [size][LANES] */
    float *p;              /* of pair 0 and the first trial; pairs are B apart */
    part which;            /* of p */
} lanes;

static size_t attention_scratch(size_t T, size_t size)
{
    return LANES * (4 * T * size + T + size);
}

static lanes lanes_of(const mts_attention *a, float *p, size_t head, size_t b, float *scratch)
{
    const size_t T = a->T, size = a->size, each = T * size * LANES;
    const size_t n = a->B - b < LANES ? a->B - b : LANES;
    if (n < LANES)
        memset(scratch, 0, attention_scratch(T, size) * sizeof *scratch);
    return (lanes){.T = T,
                   .size = size,
                   .N = a->heads * size,
                   .B = a->B,
                   .n = n,
                   .q = scratch,
                   .k = scratch + each,
                   .v = scratch + 2 * each,
                   .dc = scratch + 3 * each,
                   .row = scratch + 4 * each,
                   .out = scratch + 4 * each + T * LANES,
                   .p = p ? p + head * (T * (T + 1) / 2) * a->B + b : NULL,
                   .which = part_of(n)};
}

/* to[t][j][lane] = from[(t B + lane) ld + j] for steps first .. T - 1 */
static void gather(const lanes *x, size_t first, const float *from, size_t ld, float *to)
{
    for (size_t t = first; t < x->T; t++)
        transpose(x->size, x->n, from + t * x->B * ld, ld, to + t * x->size * LANES, LANES);
}

/* to[lane ld + j] = out[j][lane] */
static void scatter(const lanes *x, float *to, size_t ld)
{
    transpose(x->n, x->size, x->out, LANES, to, ld);
}

INLINE float *pair_of(const lanes *x, size_t t, size_t u)
{
    return x->p + (t * (t + 1) / 2 + u) * x->B;
}

/* row[u] = gain a . b_u for u <= t, with a[size][LANES] and b_u = b[u][size][LANES]. */
INLINE void products_block(const int units, size_t c, const lanes *x, size_t t, float gain,
                           const float *a, const float *b)
{
    vf factor[UNITS] = {{0}};
    UNROLL_IF_CONSTANT for (int j = 0; j < units; j++) factor[j] =
        gain * load(a + (c + (size_t)j) * LANES);
    for (size_t u = 0; u <= t; u++) {
        const float *other = b + (u * x->size + c) * LANES;
        vf sum = c > 0 ? load(x->row + u * LANES) : (vf){0};
        UNROLL_IF_CONSTANT for (int j = 0; j < units; j++) sum =
            fma_of(factor[j], load(other + (size_t)j * LANES), sum);
        store(x->row + u * LANES, sum);
    }
}

static void products(const lanes *x, size_t t, float gain, const float *a,
                     const float *b){EACH_BLOCK(x->size, products_block, x, t, gain, a, b)}

/* out[j] = sum over u <= t of row[u] b[u][j] */
INLINE void mixture_block(const int units, size_t c, const lanes *x, size_t t, const float *b)
{
    vf sum[UNITS] = {{0}};
    for (size_t u = 0; u <= t; u++) {
        const vf weight = load(x->row + u * LANES);
        const float *other = b + (u * x->size + c) * LANES;
        UNROLL_IF_CONSTANT for (int j = 0; j < units; j++) sum[j] =
            fma_of(weight, load(other + (size_t)j * LANES), sum[j]);
    }
    UNROLL_IF_CONSTANT for (int j = 0; j < units; j++)
        store(x->out + (c + (size_t)j) * LANES, sum[j]);
}

static void mixture(const lanes *x, size_t t,
                    const float *b){EACH_BLOCK(x->size, mixture_block, x, t, b)}

/* out[j] = sum over t >= u of max(0, gain p_tu) b[t][j]; with `sign` of gain p_tu itself. */
INLINE void column_block(const int units, size_t c, const lanes *x, size_t u, float gain, bool sign,
                         const float *b)
{
    vf sum[UNITS] = {{0}};
    for (size_t t = u; t < x->T; t++) {
        vf weight = gain * load_part(pair_of(x, t, u), x->which);
        const float *other = b + (t * x->size + c) * LANES;
        weight = sign ? weight : max_of((vf){0}, weight);
        UNROLL_IF_CONSTANT for (int j = 0; j < units; j++) sum[j] =
            fma_of(weight, load(other + (size_t)j * LANES), sum[j]);
    }
    UNROLL_IF_CONSTANT for (int j = 0; j < units; j++)
        store(x->out + (c + (size_t)j) * LANES, sum[j]);
}

static void dropped_column(const lanes *x, size_t u, float gain, const float *b)
{
    EACH_BLOCK(x->size, column_block, x, u, gain, false, b)
}

static void signed_column(const lanes *x, size_t u, const float *b)
{
    EACH_BLOCK(x->size, column_block, x, u, 1, true, b)
}

/* p = -1 where the weight is dropped, else 1. */
static void mark_dropped(const lanes *x, const mts_dropout *drop, size_t head, size_t b)
{
    const uint32_t limit = limit_of(drop);
    const size_t pairs = x->T * (x->T + 1) / 2, first = head * pairs;
    const items_of_lanes items = items_from(drop->first + b);
    vu word[4];
    for (size_t pair = 0, i = first % 8; pair < pairs; i = 0) {
        bits_of(drop->stream, items, (uint32_t)((first + pair) / 8), word);
        for (; i < 8 && pair < pairs; i++, pair++)
            store_part(x->p + pair * x->B,
                       where(is_dropped(word[i / 2], i % 2, limit), splat(-1), splat(1)), x->which);
    }
}

/* The scores in row become weights with dropout, p those without. */
static void softmax(const lanes *x, size_t t, vf kept, bool dropping)
{
    vf most = load(x->row), sum = {0};
    for (size_t u = 1; u <= t; u++)
        most = max_of(most, load(x->row + u * LANES));
    for (size_t u = 0; u <= t; u++) {
        vf e = exp_of(load(x->row + u * LANES) - most);
        sum += e;
        store(x->row + u * LANES, e);
    }
    const vf each = 1 / sum;
    for (size_t u = 0; u <= t; u++) {
        vf weight = each * load(x->row + u * LANES);
        if (dropping) {
            vf marked = weight * load_part(pair_of(x, t, u), x->which);
            store_part(pair_of(x, t, u), marked, x->which);
            weight = max_of((vf){0}, kept * marked);
        } else if (x->p) {
            store_part(pair_of(x, t, u), weight, x->which);
        }
        store(x->row + u * LANES, weight);
    }
}

static void attention(const mts_attention *a, const float *qkv, float *p, float *context,
                      float *scratch)
{
    const float scale = 1 / sqrtf((float)a->size);
    const vf kept = splat(a->dropout ? kept_of(a->dropout) : 1);
    for (size_t head = 0; head < a->heads; head++)
        for (size_t b = 0; b < a->B; b += LANES) {
            const lanes x = lanes_of(a, p, head, b, scratch);
            const float *q = qkv + b * 3 * x.N + head * x.size;
            gather(&x, a->from, q, 3 * x.N, x.q);
            gather(&x, 0, q + x.N, 3 * x.N, x.k);
            gather(&x, 0, q + 2 * x.N, 3 * x.N, x.v);
            if (a->dropout)
                mark_dropped(&x, a->dropout, head, b);
            for (size_t t = a->from; t < x.T; t++) {
                products(&x, t, scale, x.q + t * x.size * LANES, x.k);
                softmax(&x, t, kept, a->dropout != NULL);
                mixture(&x, t, x.v);
                scatter(&x, context + ((t - a->from) * x.B + b) * x.N + head * x.size, x.N);
            }
        }
}

/* row holds the gradients of the weights with dropout and becomes those of the scores, times scale;
 * p as well. */
static void softmax_back(const lanes *x, size_t t, float scale, vf kept)
{
    const vf zero = {0};
    vf mean = zero;
    for (size_t u = 0; u <= t; u++) {
        vf weight = load_part(pair_of(x, t, u), x->which);
        vf d = if_less(weight, zero, zero, kept * load(x->row + u * LANES));
        mean = fma_of(abs_of(weight), d, mean);
        store(x->row + u * LANES, d);
    }
    for (size_t u = 0; u <= t; u++) {
        vf weight = abs_of(load_part(pair_of(x, t, u), x->which));
        vf d = scale * weight * (load(x->row + u * LANES) - mean);
        store(x->row + u * LANES, d);
        store_part(pair_of(x, t, u), d, x->which);
    }
}

/* naive_blocks.c has the formulas. */
static void attention_back(const mts_attention *a, const float *qkv, float *p,
                           const float *dcontext, float *dqkv, float *scratch)
{
    const float scale = 1 / sqrtf((float)a->size);
    const float kept = a->dropout ? kept_of(a->dropout) : 1;
    for (size_t head = 0; head < a->heads; head++)
        for (size_t b = 0; b < a->B; b += LANES) {
            const lanes x = lanes_of(a, p, head, b, scratch);
            const size_t ld = 3 * x.N, step = x.B * ld;
            const float *q = qkv + b * ld + head * x.size;
            float *dq = dqkv + b * ld + head * x.size, *dk = dq + x.N, *dv = dk + x.N;
            gather(&x, 0, q, ld, x.q);
            gather(&x, 0, q + x.N, ld, x.k);
            gather(&x, 0, q + 2 * x.N, ld, x.v);
            gather(&x, 0, dcontext + b * x.N + head * x.size, x.N, x.dc);
            for (size_t u = 0; u < x.T; u++) {
                dropped_column(&x, u, kept, x.dc);
                scatter(&x, dv + u * step, ld);
            }
            for (size_t t = 0; t < x.T; t++) {
                products(&x, t, 1, x.dc + t * x.size * LANES, x.v);
                softmax_back(&x, t, scale, splat(kept));
                mixture(&x, t, x.k);
                scatter(&x, dq + t * step, ld);
            }
            for (size_t u = 0; u < x.T; u++) {
                signed_column(&x, u, x.q);
                scatter(&x, dk + u * step, ld);
            }
        }
}

#endif
