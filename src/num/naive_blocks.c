/* The definition of what transformer blocks are made of: layer normalisation, gelu, attention,
 * dropout. Belongs to the naive table. */
#include "tables.h"

#include <math.h>
#include <tgmath.h>

void mts_naive_layer_norm(const mts_layer_norm *norm)
{
    const size_t n = norm->n;
    const mts_real *x = norm->x;
    mts_real *y = norm->y;
    for (size_t i = 0; i < norm->m; i++, x += n, y += n) {
        mts_real mean = 0, variance = 0;
        for (size_t j = 0; j < n; j++)
            mean += x[j] / (mts_real)n;
        for (size_t j = 0; j < n; j++)
            variance += (x[j] - mean) * (x[j] - mean) / (mts_real)n;
        mts_real r = 1 / sqrt(variance + norm->epsilon);
        for (size_t j = 0; j < n; j++) {
            mts_real u = (x[j] - mean) * r;
            if (norm->unit)
                norm->unit[i * n + j] = u;
            y[j] = u * norm->w[j] + norm->b[j];
        }
        if (norm->rstd)
            norm->rstd[i] = r;
    }
}

/* With g = dy w: dx = rstd (g - mean(g) - unit mean(g unit)). */
void mts_naive_layer_norm_back(const mts_layer_norm_back *norm)
{
    const size_t n = norm->n;
    const mts_real *w = norm->w, *unit = norm->unit, *dy = norm->dy;
    mts_real *dx = norm->dx;
    for (size_t i = 0; i < norm->m; i++, unit += n, dy += n, dx += n) {
        mts_real mean = 0, along = 0;
        for (size_t j = 0; j < n; j++) {
            mean += dy[j] * w[j] / (mts_real)n;
            along += dy[j] * w[j] * unit[j] / (mts_real)n;
        }
        for (size_t j = 0; j < n; j++) {
            dx[j] += norm->rstd[i] * (dy[j] * w[j] - mean - unit[j] * along);
            norm->dw[j] += dy[j] * unit[j];
            norm->db[j] += dy[j];
        }
    }
}

/* In the form s sigmoid(2 u), which is s / 2 (1 + tanh(u)). */
void mts_naive_gelu(size_t n, mts_real *s, mts_real *y)
{
    const mts_real twice = (mts_real)1.5957691216057307118; /* 2 sqrt(2 / pi) */
    const mts_real cubic = (mts_real)0.044715;
    for (size_t i = 0; i < n; i++) {
        mts_real x = s[i], square = x * x;
        mts_real u = twice * x * (1 + cubic * square);
        mts_real gate = 1 / (1 + exp(-u)), rest = 1 / (1 + exp(u));
        y[i] = x * gate;
        s[i] = gate + x * gate * rest * twice * (1 + 3 * cubic * square);
    }
}

/* ---- dropout ---- */

static uint32_t limit_of(const mts_dropout *dropout)
{
    return (uint32_t)(dropout->rate * 65536 + 0.5);
}

static mts_real kept_of(const mts_dropout *dropout)
{
    return 65536 / (mts_real)(65536 - limit_of(dropout));
}

/* Half `half` of the item's words: word by word, the lower half first. */
static bool is_dropped(const mts_dropout *dropout, size_t trial, size_t block, size_t half)
{
    uint32_t word[4];
    mts_bits(dropout->stream, dropout->first + trial, (uint32_t)block, word);
    return (half % 2 == 0 ? word[half / 2] & 0xffff : word[half / 2] >> 16) < limit_of(dropout);
}

void mts_naive_dropout(const mts_dropout *dropout, size_t T, size_t B, size_t n, mts_real *factor)
{
    const mts_real kept = kept_of(dropout);
    for (size_t t = 0; t < T; t++)
        for (size_t b = 0; b < B; b++)
            for (size_t j = 0; j < n; j++) {
                size_t e = t * ((n + 15) / 16 * 16) + j;
                bool dropped = is_dropped(dropout, b, e / 128 * 16 + e % 16, e % 128 / 16);
                factor[(t * B + b) * n + j] = dropped ? 0 : kept;
            }
}

void mts_naive_scaled_add(size_t n, const mts_real *base, const mts_real *factor, const mts_real *x,
                          mts_real *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (base ? base[i] : 0) + (factor ? factor[i] * x[i] : x[i]);
}

/* ---- attention ---- */

size_t mts_naive_attention_scratch(size_t T, size_t size)
{
    return T + 3 * T * size;
}

/* One trial and head: a row of step t is at t * ld of q, k, v. */
typedef struct view {
    size_t T, size, ld, B;
    const mts_real *q, *k, *v;
    mts_real *p; /* of pair 0; those of other pairs are B apart */
} view;

static view view_of(const mts_attention *a, const mts_real *qkv, mts_real *p, size_t head, size_t b)
{
    size_t N = a->heads * a->size;
    const mts_real *q = qkv + b * 3 * N + head * a->size;
    return (view){
        a->T, a->size, a->B * 3 * N, a->B,
        q,    q + N,   q + 2 * N,    p ? p + head * (a->T * (a->T + 1) / 2) * a->B + b : NULL};
}

static mts_real dot(size_t n, const mts_real *a, const mts_real *b)
{
    mts_real sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += a[j] * b[j];
    return sum;
}

void mts_naive_attention(const mts_attention *a, const mts_real *qkv, mts_real *p,
                         mts_real *context, mts_real *scratch)
{
    const size_t N = a->heads * a->size, pairs = a->T * (a->T + 1) / 2;
    const mts_real kept = a->dropout ? kept_of(a->dropout) : 1;
    const mts_real scale = 1 / sqrt((mts_real)a->size);
    for (size_t head = 0; head < a->heads; head++)
        for (size_t b = 0; b < a->B; b++) {
            view x = view_of(a, qkv, p, head, b);
            for (size_t t = a->from; t < a->T; t++) {
                mts_real most = (mts_real)-INFINITY, sum = 0;
                mts_real *out = context + ((t - a->from) * a->B + b) * N + head * a->size;
                for (size_t u = 0; u <= t; u++) {
                    scratch[u] = scale * dot(x.size, x.q + t * x.ld, x.k + u * x.ld);
                    most = scratch[u] > most ? scratch[u] : most;
                }
                for (size_t u = 0; u <= t; u++)
                    sum += scratch[u] = exp(scratch[u] - most);
                for (size_t j = 0; j < x.size; j++)
                    out[j] = 0;
                for (size_t u = 0; u <= t; u++) {
                    size_t pair = t * (t + 1) / 2 + u;
                    mts_real weight = scratch[u] / sum;
                    size_t number = head * pairs + pair;
                    bool dropped = a->dropout && is_dropped(a->dropout, b, number / 8, number % 8);
                    if (p)
                        x.p[pair * x.B] = dropped ? -weight : weight;
                    for (size_t j = 0; j < x.size && !dropped; j++)
                        out[j] += kept * weight * x.v[u * x.ld + j];
                }
            }
        }
}

/* Copies q, k, v, as their gradients may be written in their place. */
static void take_copies(view *x, mts_real *copy)
{
    const mts_real **from[] = {&x->q, &x->k, &x->v};
    for (size_t i = 0; i < 3; i++, copy += x->T * x->size) {
        for (size_t t = 0; t < x->T; t++)
            for (size_t j = 0; j < x->size; j++)
                copy[t * x->size + j] = (*from[i])[t * x->ld + j];
        *from[i] = copy;
    }
    x->ld = x->size;
}

/* With f the factor of dropout:
 *     dv_u = sum_t f p_tu dc_t,   dp_tu = f dc_t . v_u,   ds_tu = p_tu (dp_tu - sum_w p_tw dp_tw),
 *     dq_t = sum_u ds_tu k_u / sqrt(size),   dk_u = sum_t ds_tu q_t / sqrt(size) */
void mts_naive_attention_back(const mts_attention *a, const mts_real *qkv, mts_real *p,
                              const mts_real *dcontext, mts_real *dqkv, mts_real *scratch)
{
    const size_t N = a->heads * a->size;
    const mts_real kept = a->dropout ? kept_of(a->dropout) : 1;
    const mts_real scale = 1 / sqrt((mts_real)a->size);
    for (size_t head = 0; head < a->heads; head++)
        for (size_t b = 0; b < a->B; b++) {
            view x = view_of(a, qkv, p, head, b);
            mts_real *dq = dqkv + (x.q - qkv), *dk = dq + N, *dv = dk + N;
            const size_t ld = x.ld;
            take_copies(&x, scratch + x.T);
            for (size_t t = 0; t < x.T; t++)
                for (size_t j = 0; j < x.size; j++)
                    dq[t * ld + j] = dk[t * ld + j] = dv[t * ld + j] = 0;
            for (size_t t = 0; t < x.T; t++) {
                const mts_real *dc = dcontext + (t * a->B + b) * N + head * a->size;
                mts_real *row = x.p + t * (t + 1) / 2 * x.B, mean = 0;
                for (size_t u = 0; u <= t; u++) {
                    bool dropped = signbit(row[u * x.B]) != 0;
                    mts_real weight = fabs(row[u * x.B]), f = dropped ? 0 : kept;
                    for (size_t j = 0; j < x.size; j++)
                        dv[u * ld + j] += f * weight * dc[j];
                    scratch[u] = f * dot(x.size, dc, x.v + u * x.ld);
                    mean += weight * scratch[u];
                    row[u * x.B] = weight;
                }
                for (size_t u = 0; u <= t; u++) {
                    mts_real ds = scale * row[u * x.B] * (scratch[u] - mean);
                    for (size_t j = 0; j < x.size; j++) {
                        dq[t * ld + j] += ds * x.k[u * x.ld + j];
                        dk[u * ld + j] += ds * x.q[t * x.ld + j];
                    }
                }
            }
        }
}
