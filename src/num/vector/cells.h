/* cells.h: what happens element by element: blending states, the LSTM cell, loss, and Adam. */
#ifndef MTSWEEP_VECTOR_CELLS_H
#define MTSWEEP_VECTOR_CELLS_H

#include "functions.h"
#include "mtsweep/num.h"

static void blend(size_t n, float keep, const float *r_prev, float gain, const float *a, float *r)
{
    for (size_t i = 0; i < n; i += LANES) {
        part which = part_left(n - i);
        vf kept = r_prev ? keep * load_part(r_prev + i, which) : (vf){0};
        store_part(r + i, fma_of(splat(gain), load_part(a + i, which), kept), which);
    }
}

/* Two passes over a row: in one, the chain of dependent operations from a gate to h would be longer
 * than what a core can look ahead. */
static void lstm_cell(const mts_lstm_cell *of)
{
    const size_t n = of->n;
    const float *c_prev = of->c_prev;
    float *c = of->c, *tc = of->tc, *h = of->h;
    for (size_t row = 0; row < of->m; row++) {
        float *gi = of->gates + row * 4 * n, *gf = gi + n, *gg = gf + n, *go = gg + n;
        for (size_t j = 0; j < n; j += LANES) {
            part which = part_left(n - j);
            size_t at = row * n + j;
            vf i = sigmoid_of(load_part(gi + j, which)), f = sigmoid_of(load_part(gf + j, which));
            vf g = tanh_of(load_part(gg + j, which)), o = sigmoid_of(load_part(go + j, which));
            vf cell = i * g;
            if (c_prev)
                cell = fma_of(f, load_part(c_prev + at, which), cell);
            store_part(gi + j, i, which);
            store_part(gf + j, f, which);
            store_part(gg + j, g, which);
            store_part(go + j, o, which);
            store_part(c + at, cell, which);
        }
        for (size_t j = 0; j < n; j += LANES) {
            part which = part_left(n - j);
            size_t at = row * n + j;
            vf t = tanh_of(load_part(c + at, which));
            store_part(tc + at, t, which);
            store_part(h + at, load_part(go + j, which) * t, which);
        }
    }
}

static void lstm_cell_back(const mts_lstm_cell_back *of)
{
    const vf one = splat(1), zero = {0};
    const size_t n = of->n;
    const float *c_prev = of->c_prev, *tc = of->tc, *dh = of->dh;
    float *dc = of->dc;
    for (size_t row = 0; row < of->m; row++) {
        const float *gi = of->gates + row * 4 * n, *gf = gi + n, *gg = gf + n, *go = gg + n;
        float *di = of->dgates + row * 4 * n, *df = di + n, *dg = df + n, *d_o = dg + n;
        for (size_t j = 0; j < n; j += LANES) {
            part which = part_left(n - j);
            size_t at = row * n + j;
            vf i = load_part(gi + j, which), f = load_part(gf + j, which);
            vf g = load_part(gg + j, which), o = load_part(go + j, which);
            vf t = load_part(tc + at, which), d = load_part(dh + at, which);
            vf before = c_prev ? load_part(c_prev + at, which) : zero;
            vf sum = fma_of(d * o, fma_of(-t, t, one), load_part(dc + at, which));
            store_part(di + j, sum * g * i * (1 - i), which);
            store_part(df + j, sum * before * f * (1 - f), which);
            store_part(dg + j, sum * i * fma_of(-g, g, one), which);
            store_part(d_o + j, d * t * o * (1 - o), which);
            store_part(dc + at, sum * f, which);
        }
    }
}

/* A sum in double, kept in 16 parts on every instruction set: element i goes to part i mod 16. */
#define SUMS 16
typedef struct long_sum {
    vd part[2 * SUMS / LANES];
} long_sum;

/* Adds elements u LANES .. of a block of SUMS, u < SUMS / LANES. */
INLINE void add_long(long_sum *sum, size_t u, vf x)
{
    sum->part[2 * u] += widen_low(x);
    sum->part[2 * u + 1] += widen_high(x);
}

INLINE double total_long(const long_sum *sum)
{
    double total = 0;
    for (size_t i = 0; i < SUMS; i++)
        total += sum->part[i / (LANES / 2)][i % (LANES / 2)];
    return total;
}

/* Does the body for every vector of n elements, with i its first element and u its place in a block of
 * SUMS. */
#define EACH_PART(n)                                                                               \
    for (size_t block = 0; block < (n); block += SUMS)                                             \
    UNROLL for (size_t u = 0, i = block; u < SUMS / LANES; u++, i += LANES) if (i < (n))

/* In two passes over a block, for the reason given at lstm_cell; exp(-|z|) waits in dz. */
#define BLOCK 256

static double cross_entropy(size_t n, const float *z, const float *y, const float *weight,
                            float scale, float *dz)
{
    const vf zero = {0};
    long_sum sum = {0};
    for (size_t start = 0; start < n; start += BLOCK) {
        const size_t end = n - start < BLOCK ? n : start + BLOCK;
        for (size_t i = start; i < end; i += LANES) {
            part which = part_left(n - i);
            store_part(dz + i, exp_of(-abs_of(load_part(z + i, which))), which);
        }
        for (size_t group = start; group < end; group += SUMS)
            UNROLL for (size_t u = 0; u < SUMS / LANES; u++)
            {
                size_t i = group + u * LANES;
                if (i >= n)
                    continue;
                part which = part_left(n - i);
                vf w = weight ? load_part(weight + i, which) : splat(1);
                vf zi = load_part(z + i, which), yi = load_part(y + i, which);
                vf e = load_part(dz + i, which);
                vf loss = w * (fma_of(-yi, zi, max_of(zero, zi)) + log1p_of(e));
                vf s = if_less(zi, zero, e, splat(1)) / (1 + e);
                store_part(dz + i, scale * w * (s - yi), which);
                add_long(&sum, u, loss);
            }
    }
    return total_long(&sum);
}

static double tanh_squared_error(const mts_squared_error *of)
{
    const float bound = of->bound;
    long_sum sum = {0};
    EACH_PART(of->n)
    {
        part which = part_left(of->n - i);
        vf w = of->weight ? load_part(of->weight + i, which) : splat(1);
        vf zi = load_part(of->z + i, which);
        vf t = tanh_of(zi) + (zi - zi); /* not finite where z is not */
        vf target = fma_of(splat(of->gain), load_part(of->y + i, which), splat(of->shift));
        vf error = fma_of(splat(bound), t, -target);
        store_part(of->dz + i, of->scale * w * (2 * bound * error * fma_of(-t, t, splat(1))),
                   which);
        add_long(&sum, u, keep_part(w * error * error, which));
    }
    return total_long(&sum);
}

static void adam(size_t n, const mts_adam_step *step, float *theta, const float *g, float *m,
                 float *v)
{
    const vf b1 = splat(step->beta1), b2 = splat(step->beta2);
    const vf c1 = splat(1 - step->beta1), c2 = splat(1 - step->beta2);
    const vf root = splat(step->root), epsilon = splat(step->epsilon);
    for (size_t i = 0; i < n; i += LANES) {
        part which = part_left(n - i);
        vf gi = load_part(g + i, which);
        vf mean = fma_of(b1, load_part(m + i, which), c1 * gi);
        vf square = fma_of(b2, load_part(v + i, which), c2 * gi * gi);
        vf way = step->step * mean / fma_of(sqrt_of(square), root, epsilon);
        store_part(m + i, mean, which);
        store_part(v + i, square, which);
        store_part(theta + i, load_part(theta + i, which) - way, which);
    }
}

#endif
