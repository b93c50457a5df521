/* The definition: every function of the table as plain loops over mts_real with the C library's
 * functions. The other kernels are tested against this file; it also serves the double build. */
#include "tables.h"

#include <math.h>
#include <tgmath.h>

static size_t packed_size(size_t k, size_t n)
{
    return k * n;
}

static void pack(size_t k, size_t n, const mts_real *w, size_t ldw, mts_real *packed)
{
    for (size_t p = 0; p < k; p++)
        for (size_t j = 0; j < n; j++)
            packed[p * n + j] = w[p * ldw + j];
}

static void pack_transposed(size_t k, size_t n, const mts_real *w, size_t ldw, mts_real *packed)
{
    for (size_t p = 0; p < k; p++)
        for (size_t j = 0; j < n; j++)
            packed[p * n + j] = w[j * ldw + p];
}

static mts_real activate(mts_act act, mts_real x)
{
    switch (act) {
    case MTS_ACT_RELU:
        return x < 0 ? 0 : x; /* not x > 0: a NaN must stay one, or divergence would go unseen */
    case MTS_ACT_SQUARE:
        return x * x;
    case MTS_ACT_TANH:
        return tanh(x);
    default:
        return x;
    }
}

static mts_real sum_of(const mts_affine *s, size_t i, size_t j)
{
    mts_real sum = s->init ? s->init[i * s->ld_init + j] : 0;
    for (const mts_term *term = s->term; term < s->term + 2; term++)
        for (size_t p = 0; p < term->k; p++)
            sum += term->x[i * term->ldx + p] * term->packed[p * s->n + j];
    return sum;
}

static void affine(const mts_affine *sum)
{
    for (size_t i = 0; i < sum->m; i++)
        for (size_t j = 0; j < sum->n; j++)
            sum->y[i * sum->ldy + j] = activate(sum->act, sum_of(sum, i, j));
}

static void affine_back(const mts_affine *sum)
{
    for (size_t i = 0; i < sum->m; i++)
        for (size_t j = 0; j < sum->n; j++) {
            mts_real d = sum->gain * sum_of(sum, i, j);
            mts_real out = sum->act == MTS_ACT_NONE ? 0 : sum->a[i * sum->lda + j];
            if (sum->act == MTS_ACT_RELU)
                d = out > 0 ? d : 0;
            else if (sum->act == MTS_ACT_TANH)
                d *= 1 - out * out;
            sum->y[i * sum->ldy + j] = d;
        }
}

static void outer(const mts_outer *sum)
{
    for (size_t i = 0; i < sum->m; i++)
        for (size_t p = 0; p < sum->k; p++)
            for (size_t j = 0; j < sum->n; j++)
                sum->dw[p * sum->lddw + j] += sum->x[i * sum->ldx + p] * sum->dy[i * sum->lddy + j];
}

static void column_sum(size_t m, size_t n, const mts_real *dy, size_t lddy, mts_real *db)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            db[j] += dy[i * lddy + j];
}

static size_t alive(size_t m, size_t n, const mts_real *x, size_t ldx, size_t *at)
{
    size_t found = 0;
    for (size_t j = 0; j < n; j++) {
        bool any = false;
        for (size_t i = 0; i < m; i++)
            any = any || x[i * ldx + j] != 0;
        if (any)
            at[found++] = j;
    }
    return found;
}

static void gather(size_t m, size_t n, const size_t *at, const mts_real *x, size_t ldx, mts_real *y,
                   size_t ldy)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            y[i * ldy + j] = x[i * ldx + at[j]];
}

static bool finite_numbers(size_t n, const mts_real *x)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

static void blend(size_t n, mts_real keep, const mts_real *r_prev, mts_real gain, const mts_real *a,
                  mts_real *r)
{
    for (size_t i = 0; i < n; i++)
        r[i] = (r_prev ? keep * r_prev[i] : 0) + gain * a[i];
}

static mts_real sigmoid(mts_real x)
{
    return 1 / (1 + exp(-x));
}

static void lstm_cell(const mts_lstm_cell *cell)
{
    const size_t n = cell->n;
    const mts_real *c_prev = cell->c_prev;
    mts_real *c = cell->c, *tc = cell->tc, *h = cell->h;
    for (size_t row = 0; row < cell->m; row++) {
        mts_real *i = cell->gates + row * 4 * n, *f = i + n, *g = f + n, *o = g + n;
        for (size_t j = 0; j < n; j++) {
            size_t at = row * n + j;
            i[j] = sigmoid(i[j]);
            f[j] = sigmoid(f[j]);
            g[j] = tanh(g[j]);
            o[j] = sigmoid(o[j]);
            c[at] = (c_prev ? f[j] * c_prev[at] : 0) + i[j] * g[j];
            tc[at] = tanh(c[at]);
            h[at] = o[j] * tc[at];
        }
    }
}

static void lstm_cell_back(const mts_lstm_cell_back *cell)
{
    const size_t n = cell->n;
    const mts_real *c_prev = cell->c_prev, *tc = cell->tc, *dh = cell->dh;
    mts_real *dc = cell->dc;
    for (size_t row = 0; row < cell->m; row++) {
        const mts_real *i = cell->gates + row * 4 * n, *f = i + n, *g = f + n, *o = g + n;
        mts_real *di = cell->dgates + row * 4 * n, *df = di + n, *dg = df + n, *d_o = dg + n;
        for (size_t j = 0; j < n; j++) {
            size_t at = row * n + j;
            mts_real sum = dc[at] + dh[at] * o[j] * (1 - tc[at] * tc[at]);
            di[j] = sum * g[j] * i[j] * (1 - i[j]);
            df[j] = c_prev ? sum * c_prev[at] * f[j] * (1 - f[j]) : 0;
            dg[j] = sum * i[j] * (1 - g[j] * g[j]);
            d_o[j] = dh[at] * tc[at] * o[j] * (1 - o[j]);
            dc[at] = sum * f[j];
        }
    }
}

/* softplus(z) = max(z, 0) + log1p(exp(-|z|)) and sigmoid from the same exponential: no overflow. */
static double cross_entropy(size_t n, const mts_real *z, const mts_real *y, const mts_real *weight,
                            mts_real scale, mts_real *dz)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        mts_real w = weight ? weight[i] : 1;
        mts_real e = exp(-fabs(z[i]));
        mts_real softplus = (z[i] < 0 ? 0 : z[i]) + log1p(e);
        mts_real s = (z[i] < 0 ? e : 1) / (1 + e);
        sum += (double)(w * (softplus - y[i] * z[i]));
        dz[i] = scale * w * (s - y[i]);
    }
    return sum;
}

/* z - z is 0, or NaN where z is not finite: tanh would hide an infinite z. */
static double tanh_squared_error(const mts_squared_error *error)
{
    const mts_real *z = error->z, bound = error->bound;
    double sum = 0;
    for (size_t i = 0; i < error->n; i++) {
        mts_real w = error->weight ? error->weight[i] : 1;
        mts_real t = tanh(z[i]) + (z[i] - z[i]);
        mts_real e = bound * t - (error->gain * error->y[i] + error->shift);
        sum += (double)(w * e * e);
        error->dz[i] = error->scale * w * (2 * bound * e * (1 - t * t));
    }
    return sum;
}

static void adam(size_t n, const mts_adam_step *step, mts_real *theta, const mts_real *g,
                 mts_real *m, mts_real *v)
{
    for (size_t i = 0; i < n; i++) {
        m[i] = step->beta1 * m[i] + (1 - step->beta1) * g[i];
        v[i] = step->beta2 * v[i] + (1 - step->beta2) * g[i] * g[i];
        theta[i] -= step->step * m[i] / (sqrt(v[i]) * step->root + step->epsilon);
    }
}

static mts_real unit(uint32_t word)
{
    return ((mts_real)(word >> 9) + (mts_real)0.5) * (mts_real)0x1p-23;
}

static void uniform(mts_stream stream, uint64_t first, size_t items, size_t n, mts_real *out)
{
    uint32_t word[4];
    for (size_t i = 0; i < items; i++)
        for (size_t j = 0; j < n; j++) {
            if (j % 4 == 0)
                mts_bits(stream, first + i, (uint32_t)(j / 4), word);
            out[j * items + i] = unit(word[j % 4]);
        }
}

static void normal(mts_stream stream, uint64_t first, size_t items, size_t n, mts_real *out)
{
    const mts_real turn = (mts_real)6.283185307179586477;
    uint32_t word[4];
    for (size_t i = 0; i < items; i++)
        for (size_t j = 0; j < n; j += 2) {
            if (j % 4 == 0)
                mts_bits(stream, first + i, (uint32_t)(j / 4), word);
            mts_real radius = sqrt(-2 * log(unit(word[j % 4])));
            mts_real angle = turn * unit(word[j % 4 + 1]);
            out[j * items + i] = radius * cos(angle);
            if (j + 1 < n)
                out[(j + 1) * items + i] = radius * sin(angle);
        }
}

const mts_kernels mts_naive_kernels = {
    .name = "naive",
    .packed_size = packed_size,
    .pack = pack,
    .pack_transposed = pack_transposed,
    .affine = affine,
    .affine_back = affine_back,
    .outer = outer,
    .column_sum = column_sum,
    .alive = alive,
    .gather = gather,
    .finite = finite_numbers,
    .blend = blend,
    .lstm_cell = lstm_cell,
    .lstm_cell_back = lstm_cell_back,
    .layer_norm = mts_naive_layer_norm,
    .layer_norm_back = mts_naive_layer_norm_back,
    .gelu = mts_naive_gelu,
    .attention_scratch = mts_naive_attention_scratch,
    .attention = mts_naive_attention,
    .attention_back = mts_naive_attention_back,
    .dropout = mts_naive_dropout,
    .scaled_add = mts_naive_scaled_add,
    .cross_entropy = cross_entropy,
    .tanh_squared_error = tanh_squared_error,
    .adam = adam,
    .uniform = uniform,
    .normal = normal,
};
